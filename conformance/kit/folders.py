"""Private temporary folders whose names leave room for the path of a Unix socket."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from loopcert.conformance.kit.verify import CouldNotRun

_ROOM = 72
"""Longest name in bytes of a folder in which tests still name sockets: the path of one ends at 103 bytes on BSD."""
_PREFIX = "loopcert-"
_OWN_NAME = len(_PREFIX) + 9
_SHORT = ("/tmp", "/var/tmp")


def _fits(parent: str) -> bool:
    return len(os.fsencode(parent)) + _OWN_NAME <= _ROOM


@cache
def _parent() -> str:
    usual = tempfile.gettempdir()
    if os.name == "nt" or _fits(usual):
        return usual
    for parent in _SHORT:
        if os.access(parent, os.W_OK | os.X_OK):
            return parent
    raise CouldNotRun(f"{usual} is too long a name for Unix sockets in it; set TMPDIR to a shorter one")


@contextmanager
def private_folder(within: Path | None = None) -> Iterator[Path]:
    """Give an empty folder that goes with the block.

    It lies ``within`` a folder that is cleared away in any case, also when the process dies, if that leaves room.
    Else TMPDIR decides where, unless its name leaves no room for a Unix socket (CI systems and macOS have such); then
    it is in ``/tmp``. Raises CouldNotRun where that does not exist either.
    """
    parent = str(within) if within is not None and _fits(str(within)) else _parent()
    with tempfile.TemporaryDirectory(prefix=_PREFIX, dir=parent, ignore_cleanup_errors=True) as folder:
        yield Path(folder)
