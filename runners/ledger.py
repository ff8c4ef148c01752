"""The books of one campaign: what was planned, and every attempt that was made of each test.

Pure: fed with journal events and with what the supervisor did, it decides nothing but what a single attempt came to.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from loopcert.runners.journal import DiedEvent, EndEvent, Event, Leak, PlanEvent, Planned, StartEvent
from loopcert.runners.vocabulary import Verdict

_HANG = "Timeout ("
_FATAL = {
    "Segmentation fault": "SIGSEGV",
    "Aborted": "SIGABRT",
    "Bus error": "SIGBUS",
    "Illegal instruction": "SIGILL",
    "Floating-point exception": "SIGFPE",
}
"""How faulthandler begins its report of a hang, and of each signal that it catches."""


class Killed(enum.StrEnum):
    """Why the supervisor ended a process."""

    OVERDUE = "overdue"
    MEMORY = "memory"


@dataclass(frozen=True)
class Attempt:
    """One run of one test. ``alone`` means in a fresh process of its own.

    ``spoiled``: an earlier test of the same process had gone wrong, or left asyncio patched, so that a bad end of
    this one proves nothing.
    """

    test: str
    verdict: Verdict
    alone: bool = False
    spoiled: bool = False
    kind: str = ""
    message: str = ""
    reason: str = ""
    details: str = ""
    signal: str = ""
    stacks: str = ""
    output: str = ""
    seconds: float = 0.0
    leaks: tuple[Leak, ...] = ()

    @property
    def clean(self) -> bool:
        """Whether nothing about it calls for a second look."""
        return not self.verdict.broken and self.verdict is not Verdict.HARNESS_ERROR and not self.leaks


@dataclass
class Ledger:
    """What was planned and what was tried; ``watchdog`` (seconds) only words the message of a hang."""

    watchdog: float = 5.0
    planned: dict[str, Planned] = field(default_factory=dict)
    attempts: dict[str, list[Attempt]] = field(default_factory=dict)
    running: dict[int, str] = field(default_factory=dict)
    alone: bool = False
    _spoiled: set[int] = field(default_factory=set)
    _limits: dict[int, float] = field(default_factory=dict)
    _closed: set[tuple[int, str]] = field(default_factory=set)

    def begin(self, *, alone: bool) -> None:
        """Open a new pass over the tests, each in a process of its own (``alone``) or many in one."""
        self.alone = alone
        self.running.clear()
        self._spoiled.clear()
        self._closed.clear()

    def observe(self, event: Event) -> Attempt | None:
        """Enter one event; return the attempt that it ended, if any."""
        match event:
            case PlanEvent():
                for test in event.tests:
                    self.planned.setdefault(test.id, test)
            case StartEvent():
                # the parent's note that a child died may be read before the child's own file
                if (event.pid, event.test) not in self._closed:
                    self.running[event.pid] = event.test
                    self._limits[event.pid] = event.limit or self.watchdog
            case EndEvent():
                attempt = self._enter(event.pid, _ended(event, self.alone))
                if event.patched:
                    self._spoiled.add(event.pid)
                return attempt
            case DiedEvent():
                return self.lost(event.died, event.test, event)
        return None

    def lost(
        self, pid: int, test: str, died: DiedEvent | None = None, *, stacks: str = "", killed: Killed | None = None
    ) -> Attempt:
        """Enter that process ``pid`` ended, by itself or ``killed`` by the supervisor, in the middle of ``test``."""
        stacks = stacks or (died.stacks if died else "")
        hung = killed is Killed.OVERDUE or stacks.startswith(_HANG) or bool(died and died.timeout)
        signal = "" if hung else died.signal if died else _fatal_signal(stacks)
        if hung:
            message = f"made no progress within {self._limits.get(pid, self.watchdog):g} s"
            if killed is Killed.OVERDUE:
                message += ", and the process's own watchdog could not end it"
        elif killed is Killed.MEMORY:
            message = "the process ran out of the memory that a test may use, and was ended"
        elif signal:
            message = f"the process died of {signal}"
        elif died is not None:
            message = f"the process ended with status {died.status} in the middle of the test"
        else:
            message = "the process ended in the middle of the test"
        verdict = Verdict.HANG if hung else Verdict.CRASH
        return self._enter(pid, Attempt(test, verdict, self.alone, message=message, signal=signal, stacks=stacks))

    def _enter(self, pid: int, attempt: Attempt) -> Attempt:
        if self.running.get(pid) == attempt.test:
            del self.running[pid]
        self._closed.add((pid, attempt.test))
        if not attempt.clean:
            if pid in self._spoiled and not self.alone:
                attempt = replace(attempt, spoiled=True)
            self._spoiled.add(pid)
        self.attempts.setdefault(attempt.test, []).append(attempt)
        return attempt

    def missing(self, tests: Iterable[str]) -> list[str]:
        """Return those of ``tests`` of which there is no attempt."""
        return [test for test in tests if not self.attempts.get(test)]


def _ended(event: EndEvent, alone: bool) -> Attempt:
    try:
        verdict = Verdict(event.outcome)
    except ValueError:
        verdict = Verdict.HARNESS_ERROR
    return Attempt(
        event.test,
        verdict,
        alone,
        kind=event.kind,
        message=event.message,
        reason=event.reason,
        details=event.details,
        output=event.output,
        seconds=event.seconds,
        leaks=event.leaks,
    )


def _fatal_signal(stacks: str) -> str:
    for words, name in _FATAL.items():
        if stacks.startswith(f"Fatal Python error: {words}"):
            return name
    return ""
