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
def private_folder() -> Iterator[Path]:
    """Give an empty folder that goes with the block.

    TMPDIR decides where: in a run, that is a folder which is cleared away also when this process dies. Where its name
    leaves no room for a Unix socket (CI systems and macOS have such), the folder is in ``/tmp``. Raises CouldNotRun
    where that does not exist either.
    """
    with tempfile.TemporaryDirectory(prefix=_PREFIX, dir=_parent(), ignore_cleanup_errors=True) as folder:
        yield Path(folder)
