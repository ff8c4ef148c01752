"""Keeps this process usable whatever a loop does to it: standard descriptors, output, limits, cwd, environment."""

from __future__ import annotations

import faulthandler
import os
import signal
import sys
import time
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TextIO

from loopcert.conformance.journal import Journal
from loopcert.conformance.patches import Patches

_OUTPUT_SHOWN = 4096
_FILE_LIMIT = 256 * 2**20
"""Bytes that one file written by a worker may have: a loop that floods stdout must not fill the disk."""
_SLACK = 0.5
"""Seconds that a watchdog which goes on into the next test may be late: starting another costs a thread each time."""


def _raw_environ() -> dict[Any, Any]:
    # os.environ decodes every name and value that is looked at, which would cost more than many a test
    return dict(getattr(os.environ, "_data", os.environ))


@dataclass
class Ambience:
    """Process-wide state that a test or loop may change and the next test must not inherit."""

    cwd: str = field(default_factory=os.getcwd)
    environ: dict[str, str] = field(default_factory=lambda: dict(os.environ))
    raw: dict[Any, Any] = field(default_factory=_raw_environ)
    recursion_limit: int = field(default_factory=sys.getrecursionlimit)
    mask: set[int] = field(
        default_factory=lambda: set(signal.pthread_sigmask(signal.SIG_BLOCK, ())) if os.name == "posix" else set()
    )

    def restore(self) -> None:
        """Put everything back that differs."""
        if sys.getrecursionlimit() != self.recursion_limit:
            sys.setrecursionlimit(self.recursion_limit)
        if _raw_environ() != self.raw:
            os.environ.clear()
            os.environ.update(self.environ)
        if os.name == "posix":
            signal.pthread_sigmask(signal.SIG_SETMASK, self.mask)
        try:
            moved = os.getcwd() != self.cwd
        except OSError:  # the folder was removed under us
            moved = True
        if moved:
            os.chdir(self.cwd)


def ordinary_signals() -> None:
    """Undo what the parent of this process has ignored or blocked: nohup does, and shells in the background.

    Children inherit it, and would not die of the signals that tests send them. What Python itself ignores stays so.
    """
    if os.name != "posix":
        return
    for number in signal.valid_signals() - {signal.SIGPIPE, signal.SIGXFSZ}:
        if signal.getsignal(number) == signal.SIG_IGN:
            signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())


class Guard:
    """Owns stdout, stderr and the watchdog of a process that runs tests for a journal."""

    def __init__(self, journal: Journal) -> None:
        self.journal = journal
        self._stacks: TextIO | None = None
        self._patches = Patches()
        self._shown = 0
        self._fires = 0.0

    @cached_property
    def ambience(self) -> Ambience:
        """The process as it was before its first test; every test is given it anew."""
        return Ambience()

    def take_over(self) -> None:
        """Send descriptors 1 and 2 to a file of this process, limit how large files grow, undo what a parent set."""
        ordinary_signals()
        self._point_output()
        if sys.platform != "win32":
            import resource

            _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
            soft = _FILE_LIMIT if hard == resource.RLIM_INFINITY else min(hard, _FILE_LIMIT)
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
            resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
        self._stacks = open(self.journal.stacks, "w")  # noqa: SIM115 - it stays open as long as the process
        faulthandler.enable(self._stacks)

    def _point_output(self) -> None:
        target = os.open(self.journal.output, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        for descriptor in (1, 2):
            os.dup2(target, descriptor)
        if target > 2:
            os.close(target)
        try:
            os.fstat(0)
        except OSError:
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)

    def arm(self, seconds: float, *, lasting: bool = False) -> None:
        """Leave the process with stacks written if `disarm` is not called within ``seconds``; needs no GIL.

        ``lasting``: the watchdog may be half a second late, so that one which is still on from the test before will
        do. Where that one fires between two tests, no test is blamed: this is called before the start is journalled.
        """
        slack = _SLACK if lasting else 0.0
        if not seconds <= self.left <= seconds + slack:
            self._start(seconds + slack)

    def spare(self, seconds: float) -> None:
        """Make sure that the watchdog, which is on, leaves another ``seconds``."""
        if self.left < seconds:
            self._start(seconds)

    @property
    def left(self) -> float:
        """Seconds until the watchdog fires; negative where it is not on."""
        return self._fires - time.monotonic()

    def _start(self, seconds: float) -> None:
        self._fires = time.monotonic() + seconds
        if self._stacks is None:
            faulthandler.dump_traceback_later(seconds, exit=True)
        else:
            faulthandler.dump_traceback_later(seconds, exit=True, file=self._stacks)

    def patched(self) -> list[str]:
        """Return the names of asyncio that were rebound since the last call: later tests here prove nothing."""
        return self._patches.found()

    def disarm(self) -> None:
        """Call the watchdog off."""
        self._fires = 0.0
        faulthandler.cancel_dump_traceback_later()

    def output(self) -> str:
        """Return what the test wrote to stdout and stderr, cut to 4 kB; mend the descriptors if they were closed."""
        try:
            for stream in (sys.stdout, sys.stderr):
                stream.flush()
            now = os.fstat(1)
            intact = os.path.samestat(now, os.stat(self.journal.output)) and bool(os.fstat(0))
        except (OSError, ValueError):
            intact = False
        if not intact:
            self._point_output()
        elif now.st_size == self._shown:
            return ""
        with open(self.journal.output, "rb") as written:
            written.seek(self._shown)
            text = written.read(_OUTPUT_SHOWN).decode("utf-8", "replace")
            self._shown = written.seek(0, os.SEEK_END)
        if self._shown > _FILE_LIMIT // 4:
            os.truncate(self.journal.output, 0)
            self._shown = 0
        return text
