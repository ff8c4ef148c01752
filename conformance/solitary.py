"""One test in an interpreter of its own, where there is no `os.fork`: what `isolation` starts in place of a fork."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterable
from itertools import takewhile
from pathlib import Path
from typing import Any, NoReturn

import pytest

from loopcert.conformance import plugin

_STARTING = 180.0
"""Seconds that an interpreter may take until its test begins; the test itself is the watchdog's."""
_POLL = 0.02


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> NoReturn:
    """Run what was selected and leave without the interpreter's shutdown: threads that a loop left must not hold us."""
    status = 1
    try:
        for item in filter(plugin.ours, session.items):
            run_twice_if_it_leaks(item)
        session.config.stash[plugin.JOURNAL].write("exit")
        status = 0
    finally:
        os._exit(status)


def run_twice_if_it_leaks(item: pytest.Item) -> None:
    """Run a test; what a library opens once a process shows as a leak the first time only."""
    item.config.hook.pytest_runtest_protocol(item=item, nextitem=None)
    if item.stash[plugin.RECORD].leaks:
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=None)


class Crowd:
    """Runs each test in an interpreter of its own, a few at a time, and outlives every one of them."""

    def __init__(self, config: pytest.Config, limit: float) -> None:
        """Take the width from ``--isolate``; ``limit`` is the seconds that one test may take."""
        self._config = config
        self._limit = limit
        self._folder: Path = config.stash[plugin.JOURNAL].folder
        # what follows --pyargs is the modules and the selection, which each child gets for itself
        self._inherited = list(takewhile(lambda each: each != "--pyargs", config.invocation_params.args))
        self._running: dict[subprocess.Popen[bytes], tuple[str, float]] = {}

    def run(self, items: Iterable[pytest.Item]) -> None:
        """Run all tests; returns when the last process is gone."""
        waiting = deque(enumerate(items))
        while waiting or self._running:
            while waiting and len(self._running) < self._config.getoption("--isolate"):
                self._start(*waiting.popleft())
            ended = [process for process in list(self._running) if self._over(process)]
            if not ended:
                time.sleep(_POLL)

    def _start(self, number: int, item: pytest.Item) -> None:
        name = plugin.test_id(item)
        chosen = self._folder / f"alone-{number}.json"
        chosen.write_text(json.dumps([name]), "utf-8")
        command = [
            *(sys.executable, "-m", "pytest", *self._inherited, "-p", __name__, "--isolate", "0"),
            *("--select", str(chosen), "--pyargs", f"{__package__}.{item.path.stem}"),
        ]
        # its output goes to a file of its own as soon as its test begins; until then to where ours goes
        process = subprocess.Popen(command, stdin=subprocess.PIPE)
        if process.stdin is not None:
            process.stdin.close()
        self._running[process] = (name, time.monotonic() + _STARTING + self._limit * plugin.patience(item))

    def _over(self, process: subprocess.Popen[bytes]) -> bool:
        """Say whether a process has ended, and write how if that was not in order."""
        name, deadline = self._running[process]
        late = time.monotonic() > deadline
        if late:
            process.kill()
        elif process.poll() is None:
            return False
        status = process.wait()
        del self._running[process]
        if (death := self._death(process.pid, status, late)) is not None:
            self._config.stash[plugin.JOURNAL].write("died", test=name, **death)
        return True

    def _death(self, pid: int, status: int, late: bool) -> dict[str, Any] | None:
        """Return how a process died, or None if it ended in order, or never came as far as a test."""
        try:
            written = (self._folder / f"{pid}.jsonl").read_bytes()
        except OSError:  # whoever reads the journal clears away what ended in order
            return None
        # an "end", too, is enough: what comes after is the interpreter's business
        if b'"event": "start"' not in written.rpartition(b'"event": "end"')[2]:
            return None
        text = ""
        with contextlib.suppress(OSError):
            text = (self._folder / f"{pid}.stacks").read_text("utf-8", "replace")
        hung = late or text.startswith("Timeout (")
        return {"died": pid, "signal": "", "status": status, "timeout": hung, "stacks": text[:16_000]}
