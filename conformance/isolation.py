"""Each test in a fork of its own: the warm parent has pytest and the tests, and never touches a loop itself.

Where there is no `os.fork`, each test has an interpreter of its own.
"""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import sys
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import pytest

from loopcert.conformance import plugin, solitary

_GRACE = 1.5
"""Seconds past the watchdog after which a process is taken for stopped or deaf, and killed."""
_POLL = 0.003
_LOOK = 0.25
"""Seconds between two looks at who only waits."""
_CROWD = 6
"""How many times the width may run at once where all but the width only wait."""
_MOST = 64
"""How many processes may run at once for that reason."""


@dataclass(frozen=True)
class Job:
    """What one fork has to do: ``run`` in the child, and ``over`` in the parent when the child has ended.

    ``over`` gets how the child died, or None if it ended in order; it may return a job for what is left.
    ``tests`` is how many tests the job runs, patient ones counted several times, which decides how long it may take.
    """

    run: Callable[[], None]
    over: Callable[[dict[str, Any] | None], Job | None]
    tests: int = 1


class Waiters:
    """Knows which processes only wait: asleep at two looks, and no processor time used between them.

    A loop that hangs in hundreds of tests mostly sleeps until the watchdog ends it, and takes nothing from others.
    """

    def __init__(self) -> None:
        self._used: dict[int, str] = {}
        self._waiting: set[int] = set()
        self._next = 0.0

    def among(self, pids: Iterable[int]) -> int:
        """Return how many of ``pids`` only wait; none where the system does not tell."""
        if (now := time.monotonic()) >= self._next:
            self._next = now + _LOOK
            used = {pid: self._time(pid) for pid in pids}
            self._waiting = {pid for pid, each in used.items() if each and each == self._used.get(pid)}
            self._used = used
        return len(self._waiting.intersection(pids))

    @staticmethod
    def _time(pid: int) -> str:
        """Return the processor time that a process has used with all its threads, if it is asleep, else ""."""
        try:
            fields = Path("/proc", str(pid), "stat").read_text("utf-8", "replace").rpartition(")")[2].split()
        except OSError:
            return ""
        return " ".join(fields[11:13]) if fields[0] == "S" else ""


class Pool:
    """Runs jobs in forks, a few at a time besides those that only wait, and outlives every one of them."""

    def __init__(self, config: pytest.Config, limit: float) -> None:
        """Take the width from ``--isolate``; ``limit`` is the seconds that one test of a job may take."""
        self.config = config
        self.limit = limit
        self._waiting: deque[Job] = deque()
        self._running: dict[int, tuple[Job, float]] = {}
        self._waiters = Waiters()

    def run(self, jobs: Iterable[Job]) -> None:
        """Run all jobs; returns when the last process is gone."""
        width = self.config.getoption("--isolate")
        self._waiting.extend(jobs)
        while self._waiting or self._running:
            while self._waiting and self._room(width):
                job = self._waiting.popleft()
                self._running[self._fork(job)] = (job, time.monotonic() + self.limit * job.tests + _GRACE)
            if not self._reap():
                time.sleep(_POLL)

    def _room(self, width: int) -> bool:
        running = len(self._running)
        if running < width or running >= min(_CROWD * width, _MOST):
            return running < width
        return running - self._waiters.among(self._running) < width

    def _fork(self, job: Job) -> int:
        sys.stdout.flush()
        sys.stderr.flush()
        pid = os.fork()
        if not pid:
            self._child(job)
        return pid

    def _child(self, job: Job) -> NoReturn:
        """Run the job and leave without the interpreter's shutdown: threads that a loop left must not hold us."""
        status = 1
        try:
            os.setpgid(0, 0)
            plugin.start_guard(self.config)
            job.run()
            self.config.stash[plugin.JOURNAL].write("exit")
            status = 0
        finally:
            os._exit(status)

    def _reap(self) -> bool:
        moved = False
        for pid, (job, deadline) in list(self._running.items()):
            gone, status = os.waitpid(pid, os.WNOHANG)
            late = not gone and time.monotonic() > deadline
            if late:
                os.kill(pid, signal.SIGKILL)
                _, status = os.waitpid(pid, 0)
            if gone or late:
                del self._running[pid]
                moved = True
                rest = job.over(self._bury(pid, status, late))
                if rest is not None:
                    self._waiting.appendleft(rest)
        return moved

    def _bury(self, pid: int, status: int, late: bool) -> dict[str, Any] | None:
        """Return how a process died, or None if it ended in order."""
        with contextlib.suppress(ProcessLookupError, PermissionError):  # nobody is left of its group: as it should be
            os.killpg(pid, signal.SIGKILL)
        code = os.waitstatus_to_exitcode(status)
        stacks = self.config.stash[plugin.JOURNAL].folder / f"{pid}.stacks"
        text = ""
        with contextlib.suppress(FileNotFoundError):  # whoever reads the journal clears away what ended in order
            text = stacks.read_text("utf-8", "replace")
        hung = late or text.startswith("Timeout (")
        if code == 0 and not hung:
            return None
        name = signal.Signals(-code).name if code < 0 and not late else ""
        return {"died": pid, "signal": name, "status": code, "timeout": hung, "stacks": text[:16_000]}


def warm_up(items: Iterable[pytest.Item]) -> None:
    """Do once in the parent what every fork would do again for itself."""
    plugin.warm_up(items)
    gc.collect()
    gc.freeze()  # so that collections in the forks leave the pages alone that they share


class Isolation:
    """Takes the place of pytest's loop over the tests."""

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Run every selected test in a fork, or in another interpreter."""
        config = session.config
        if config.getoption("--collect-only"):
            return True
        if plugin.JOURNAL not in config.stash:
            raise pytest.UsageError("--isolate needs --journal DIR")
        # A test that leaks is run twice.
        limit = 2 * config.getoption("--watchdog")
        items = [item for item in session.items if plugin.ours(item)]
        if not hasattr(os, "fork"):
            solitary.Crowd(config, limit).run(items)
            return True
        pool = Pool(config, limit)
        warm_up(items)
        pool.run(self._job(config, item) for item in items)
        return True

    def _job(self, config: pytest.Config, item: pytest.Item) -> Job:
        name = plugin.test_id(item)
        journal = config.stash[plugin.JOURNAL]

        def run() -> None:
            solitary.run_twice_if_it_leaks(item)

        def over(death: dict[str, Any] | None) -> None:
            if death is not None:
                journal.write("died", test=name, **death)

        return Job(run, over, plugin.patience(item))
