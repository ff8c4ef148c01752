"""A command that is given so much time and no more, and then some to close its books."""

from __future__ import annotations

import os
import subprocess
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from loopcert.runners.interrupts import Interrupts
from loopcert.runners.processes import kill, strays

GRACE = 120.0
"""Seconds that a command gets to close its books after it was told to stop."""
_POLL = 0.2
_NEWS = 60.0
_MARK = "LOOPCERT_CELL"


@dataclass(frozen=True)
class Ended:
    """How a command ended: its exit code, and whether it was told to stop because of the time, or of an interrupt."""

    status: int
    late: bool = False
    interrupted: bool = False


def bounded(command: list[str], log: Path, limit: float, news: Callable[[float], None], grace: float = GRACE) -> Ended:
    """Run ``command`` for ``limit`` seconds at most, with everything that it prints going to ``log``.

    When the time is up, or at an interrupt, it gets SIGTERM and ``grace`` seconds (on Windows, which has no such
    signal, it just ends), and is then killed with all that it started. ``news`` is called every minute with the
    seconds so far.
    """
    mark = uuid.uuid4().hex
    # in a session of its own, or a terminal's Ctrl-C would reach it as well, and the workers that it must see end
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, _MARK: mark},
            start_new_session=True,
        )
    interrupts = Interrupts()
    try:
        with interrupts:
            late = not _wait(process, limit, interrupts.check, news)
            if late:
                _stop(process, grace)
    except KeyboardInterrupt:
        _stop(process, grace)
        return Ended(process.returncode, interrupted=True)
    finally:
        for pid in strays(mark, _MARK):
            kill(pid)
    return Ended(process.returncode, late)


def _wait(
    process: subprocess.Popen[bytes], limit: float, check: Callable[[], None], news: Callable[[float], None]
) -> bool:
    """Wait for the end and say whether it came within ``limit`` seconds."""
    began = told = time.monotonic()
    while process.poll() is None:
        check()
        now = time.monotonic()
        if now - began > limit:
            return False
        if now - told > _NEWS:
            told = now
            news(now - began)
        time.sleep(_POLL)
    return True


def _stop(process: subprocess.Popen[bytes], grace: float) -> None:
    process.terminate()
    try:
        process.wait(grace)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
