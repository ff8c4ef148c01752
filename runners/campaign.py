"""All the runs that it takes to judge a loop: everybody together in workers, then alone whoever did not pass."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from loopcert.runners.exits import Exit, Stop
from loopcert.runners.journal import Event
from loopcert.runners.ledger import Attempt, Ledger
from loopcert.runners.supervise import Ending, Supervisor
from loopcert.runners.target import Target
from loopcert.runners.verdicts import confirmed_leaks, needs_run_alone, only_leaks
from loopcert.spec.index import CONFORMANCE

_ROUNDS = 4
"""How often what has no verdict yet is run alone; what has none after that could not be run."""
_SAMPLE = 16
"""How many tests that leave the same behind are run alone at first."""
_CROWD = 2
"""Processes for each worker where every test has its own: many of these tests hang, and only wait."""
_RESTARTS = 32
_RESUMPTIONS = 8
"""How often a pass that was cut short is taken up again where a process for each test of the rest costs seconds."""
SUITE = "loopcert.conformance"


@dataclass(frozen=True)
class Settings:
    """How to run: ``watchdog`` in seconds, ``requirements`` by id (None: all), ``forks``: is there `os.fork`.

    ``foreign`` is as for a `Supervisor`.
    """

    workers: int
    runs: int
    watchdog: float
    requirements: Sequence[str] | None = None
    forks: bool = True
    foreign: bool = False


@dataclass
class Campaign:
    """Runs the suite against ``target`` and keeps the books in ``ledger``.

    ``heed`` is told every event; ``enough`` says whether an attempt ends the campaign (the first failure, say);
    ``check`` is called again and again, and may raise to end it.
    """

    target: Target
    settings: Settings
    folder: Path
    heed: Callable[[Event | None, Attempt | None], None]
    enough: Callable[[Attempt], bool] = lambda _: False
    check: Callable[[], None] = lambda: None
    ledger: Ledger = field(init=False)
    stopped: bool = field(init=False, default=False)
    _passes: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        """Open the books."""
        self.ledger = Ledger(self.settings.watchdog)

    def run(self) -> None:
        """Make every run that is needed; `Stop` where the suite itself cannot be run, or nothing is selected."""
        for _ in range(self.settings.runs):
            self._together()
            if self.stopped:
                break
        for number in range(_ROUNDS):
            tests = self._wanted_alone()
            if number == 0:
                tests = sample(tests, self.ledger)
            if not tests:
                return
            width = _CROWD * self.settings.workers
            self._supervise(["--isolate", str(width)], tests, alone=True)

    def _wanted_alone(self) -> list[str]:
        """Return the tests that have to be run alone. What only leaks as others do that were, need not."""
        tried = [(test, self.ledger.attempts.get(test, [])) for test in self.ledger.planned]
        proven = {requirement for _, attempts in tried for requirement in confirmed_leaks(attempts)}
        return [
            test
            for test, attempts in tried
            # after a stop at the first failure only that failure is looked at again
            if (attempts or not self.stopped) and needs_run_alone(attempts) and (only_leaks(attempts) or {""}) - proven
        ]

    def _together(self) -> None:
        arguments = ["-n", str(self.settings.workers), "--max-worker-restart", str(_RESTARTS)]
        supervisor, ending = self._supervise(arguments, self.settings.requirements, alone=False)
        for _ in range(0 if self.settings.forks else _RESUMPTIONS):
            left = self.ledger.missing(self.ledger.planned)
            if ending is Ending.ENOUGH or not supervisor.planned or len(left) <= _SAMPLE:
                break
            _, ending = self._supervise(arguments, left, alone=False)
        self.stopped = ending is Ending.ENOUGH
        if not supervisor.planned:
            raise Stop(f"the suite could not be run: {supervisor.explain()}", Exit.SUITE_FAILED)
        if not self.ledger.planned:
            raise Stop("nothing to run: no test checks what was selected", Exit.INCOMPLETE)

    def _supervise(
        self, arguments: list[str], select: Sequence[str] | None, *, alone: bool
    ) -> tuple[Supervisor, Ending]:
        self._passes += 1
        folder = self.folder / f"pass-{self._passes}"
        found: list[Attempt] = []

        def heed(event: Event | None, attempt: Attempt | None) -> None:
            if attempt is not None and not alone and self.enough(attempt):
                found.append(attempt)
            self.heed(event, attempt)

        def enough() -> bool:
            self.check()
            return bool(found)

        supervisor = Supervisor(self.target, self.ledger, folder, self.settings.watchdog, heed, enough)
        supervisor.foreign = self.settings.foreign
        if not self.settings.forks:
            supervisor.deaths = _RESTARTS
        if select is None:
            arguments = [SUITE, *arguments]
        else:
            chosen = folder / "select.json"
            chosen.write_text(json.dumps(list(select)), "utf-8")
            arguments = [*modules(select), *arguments, "--select", str(chosen)]
        return supervisor, supervisor.run(arguments, alone=alone)


def sample(tests: Sequence[str], ledger: Ledger) -> list[str]:
    """Return ``tests`` with no more than a few for each thing that is left behind, and by nothing else than that.

    A loop that keeps a descriptor open does so in every test; running each of them alone would tell nothing more.
    """
    taken: Counter[frozenset[str]] = Counter()
    chosen = []
    for test in tests:
        leaked = only_leaks(ledger.attempts.get(test, []))
        taken[leaked] += 1
        if not leaked or taken[leaked] <= _SAMPLE:
            chosen.append(test)
    return chosen


def modules(select: Sequence[str]) -> list[str]:
    """Return the modules of the suite that may hold a selected test or requirement: collecting all takes a second."""
    tests = {each.partition("::")[0] for each in select if "::" in each}
    marks = tuple(f'"{each}"' for each in select if "::" not in each)
    found = [
        f"{SUITE}.{file.stem}"
        for file in sorted(CONFORMANCE.glob("test_*.py"))
        if file.stem in tests or (marks and any(mark in text for text in [file.read_text("utf-8")] for mark in marks))
    ]
    return found or [SUITE]
