"""Watches one pytest run from outside: follows its journal, ends what no watchdog inside can."""

from __future__ import annotations

import enum
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from loopcert.runners.journal import Event, GoneEvent, PlanEvent, SessionEvent, StartEvent, Tail
from loopcert.runners.ledger import Attempt, Killed, Ledger
from loopcert.runners.processes import alive, clear, kill, resident, start
from loopcert.runners.target import Target

_POLL = 0.02
_UNUSED = (
    *("doctest", "faulthandler", "junitxml", "legacypath", "logging", "pastebin", "setuponly", "setupplan", "skipping"),
    *("stepwise", "subtests", "threadexception", "tmpdir", "unittest", "unraisableexception", "warnings"),
)
"""Plugins of pytest that have nothing to do here, and do it for every test; faulthandler's calls our watchdog off."""
_LATE = 5.0
"""Seconds past the watchdog, which may be a moment late, and the two of the leak check.

After these a process is taken for stopped or deaf.
"""
_FOREIGN_LATE = 60.0
"""The same where a process cannot be looked at: that it has ended is learnt from xdist, who takes its time."""
_SILENCE = 15.0
"""Seconds past the watchdog without any event after which the whole run is taken for stuck."""
_COLLECTING = 120.0
_FOREIGN_SLACK = 4
"""How many times as long an interpreter of another system, or one that each test has for itself, may be silent."""
_LEAVING = 1.0
"""Seconds that pytest gets to end in order once every test has its end; a thread left behind may hold it for ever."""
_MEMORY = 2 * 2**30
"""Bytes that a process running a test may hold."""
_DEATHS = 8
"""Workers that may die before the rest is better done in a process for each test."""


class Ending(enum.Enum):
    """Why a run came to its end."""

    FINISHED = enum.auto()
    TOO_MANY_DEATHS = enum.auto()
    ENOUGH = enum.auto()
    STUCK = enum.auto()


@dataclass
class Supervisor:
    """Runs pytest once in ``folder`` and enters what happens into ``ledger``.

    ``watchdog`` is in seconds. ``heed`` gets every event and what it ended, if anything; ``enough`` ends the run early;
    ``once``: every test runs once only, so that the run is over when each has ended. ``status`` is pytest's own exit
    code where it was left to end by itself. ``foreign``: the pids in the journal are those of another system (Wine's),
    so that no process of the run can be looked at or ended by its pid, only all of them together.
    ``deaths``: so many workers may die before the run is given up.
    """

    target: Target
    ledger: Ledger
    folder: Path
    watchdog: float
    heed: Callable[[Event | None, Attempt | None], None]
    enough: Callable[[], bool] = lambda: False
    once: bool = True
    foreign: bool = False
    deaths: int = _DEATHS
    planned: bool = False
    status: int | None = None
    _tail: Tail = field(init=False)
    _due: set[str] = field(init=False, default_factory=set)
    _since: dict[int, float] = field(init=False, default_factory=dict)
    _limits: dict[int, float] = field(init=False, default_factory=dict)
    _killed: dict[int, Killed] = field(init=False, default_factory=dict)
    _named: dict[str, int] = field(init=False, default_factory=dict)
    _gone: set[str] = field(init=False, default_factory=set)
    _deaf: bool = field(init=False, default=False)
    _deaths: int = field(init=False, default=0)
    _arguments: list[str] = field(init=False, default_factory=list)
    _last: float = field(init=False, default_factory=time.monotonic)
    _done: float = field(init=False, default=0.0)

    def __post_init__(self) -> None:
        """Make the folder that pytest runs in."""
        self.folder.mkdir(parents=True)
        self._tail = Tail(self.folder)

    @property
    def log(self) -> Path:
        """Where pytest's own output goes."""
        return self.folder / "pytest.log"

    def run(self, arguments: list[str], *, alone: bool) -> Ending:
        """Run pytest with ``arguments``, modules to begin with; ``alone``: each test gets its own process."""
        self.ledger.begin(alone=alone)
        self._arguments = arguments
        mark = uuid.uuid4().hex
        # A terminal reporter would write to descriptors that a loop may have closed, and end the worker by its error.
        command = self._command(["-p", "no:terminal", *arguments])
        # what tests leave behind, also by dying, goes with the folder
        environment = {**self.target.environment(mark), "TMPDIR": str(self.folder)}
        process = start(command, environment, self.log)
        interrupted: set[int] = set()
        try:
            while process.poll() is None:
                self._read()
                if not alone:
                    self._bury()
                self._discipline()
                if (ending := self._ending()) is not None:
                    return ending
                time.sleep(_POLL)
            self.status = process.returncode
            return Ending.FINISHED
        finally:
            interrupted.update(pid for pid in self.ledger.running if self._alive(pid) and pid not in self._killed)
            clear(process, mark)
            self._read()
            self._close_books(interrupted)

    def explain(self) -> str:
        """Return why pytest could not run the suite: its own words, from collecting once more what was last run."""
        command = self._command(["--collect-only", "-q", *self._arguments])
        process = start(command, self.target.environment(""), self.log)
        process.wait()
        return last_words(self.log)

    def _command(self, arguments: list[str]) -> list[str]:
        settings = self.folder / "pytest.ini"
        settings.write_text("[pytest]\n", "utf-8")
        return [
            *(self.target.python, "-m", "pytest", "-c", str(settings), "--rootdir", str(self.folder)),
            *("--noconftest", "-p", "no:cacheprovider", "-p", "xdist", "-p", "loopcert.conformance.plugin"),
            *("-p", "loopcert.conformance.conftest", "-s"),
            # The kit's verifiers say what they saw, so pytest need not compile every module for itself.
            "--assert=plain",
            *(option for name in _UNUSED for option in ("-p", f"no:{name}")),
            *("--loop", self.target.loop.text, "--watchdog", str(self.watchdog), "--journal", str(self.folder)),
            *("--pyargs", *arguments),
        ]

    def _read(self) -> None:
        for event in self._tail.read():
            self._last = time.monotonic()
            if isinstance(event, PlanEvent):
                # a test alone in an interpreter makes a plan, too, and it may be read before the plan for all
                if not self.planned or self.ledger.alone:
                    self._due.update(test.id for test in event.tests)
                self.planned = True
            elif isinstance(event, SessionEvent):
                # a pid may come again: it is the latest worker's
                self._named = {name: pid for name, pid in self._named.items() if pid != event.pid}
                self._named[event.worker] = event.pid
            elif isinstance(event, GoneEvent):
                self._gone.add(event.worker)
            elif isinstance(event, StartEvent):
                self._since[event.pid] = self._last
                self._limits[event.pid] = event.limit or self.watchdog
            attempt = self.ledger.observe(event)
            self._account(event, attempt)

    def _account(self, event: Event | None, attempt: Attempt | None) -> None:
        if attempt is not None:
            self._due.discard(attempt.test)
        self.heed(event, attempt)

    def _bury(self) -> None:
        """Enter the tests whose worker is gone. What it wrote before its death is read first."""
        gone = [pid for pid in self.ledger.running if not self._alive(pid)]
        if gone:
            self._read()
        for pid in gone:
            if pid in self.ledger.running:
                self._lost(pid)

    def _alive(self, pid: int) -> bool:
        return not self._told(pid) and (self.foreign or alive(pid))

    def _told(self, pid: int) -> bool:
        """Say whether xdist has told of the end of that worker."""
        return any(self._named.get(name) == pid for name in self._gone)

    def _lost(self, pid: int) -> None:
        self._deaths += 1
        test, stacks = self.ledger.running[pid], self._tail.stacks(pid)
        self._account(None, self.ledger.lost(pid, test, stacks=stacks, killed=self._killed.get(pid)))

    def _discipline(self) -> None:
        now = time.monotonic()
        for pid in self.ledger.running:
            if pid in self._killed:
                continue
            if now - self._since[pid] > self._limits[pid] + (_FOREIGN_LATE if self.foreign else _LATE):
                self._killed[pid] = Killed.OVERDUE
            elif not self.foreign and resident(pid) > _MEMORY:
                self._killed[pid] = Killed.MEMORY
            else:
                continue
            if self.foreign:
                self._deaf = True
            else:
                kill(pid)

    def _ending(self) -> Ending | None:
        now = time.monotonic()
        if self.enough():
            return Ending.ENOUGH
        if self._deaf:
            return Ending.STUCK
        if self._deaths >= self.deaths:
            return Ending.TOO_MANY_DEATHS
        patience = max((self._limits[pid] for pid in self.ledger.running), default=self.watchdog)
        silence = patience + _SILENCE if self.planned else _COLLECTING
        if now - self._last > silence * (_FOREIGN_SLACK if self.foreign else 1):
            return Ending.STUCK
        if self.once and self.planned and not self._due:
            self._done = self._done or now
            return Ending.FINISHED if now - self._done > _LEAVING else None
        return None

    def _close_books(self, interrupted: set[int]) -> None:
        """Enter the tests that never ended, but for those that we cut off ourselves: nothing is known of these."""
        for pid in list(self.ledger.running):
            if pid in interrupted and not self._told(pid):
                del self.ledger.running[pid]
            else:
                self._lost(pid)


def last_words(log: Path) -> str:
    """Return the line of pytest's output that says best why it could not go on."""
    lines = [line.strip() for line in log.read_text("utf-8", "replace").splitlines() if line.strip()]
    blamed = [line for line in lines if line.startswith(("E ", "ERROR", "INTERNALERROR>", "ImportError"))]
    return (blamed or lines or ["pytest said nothing"])[-1][:500]
