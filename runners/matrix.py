"""The kill matrix of the selftest: which fault makes which test fail. Pure."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from loopcert.runners.journal import BystanderEvent, Event, KillEvent, PlanEvent, Planned


@dataclass(frozen=True)
class ChapterRow:
    """The counts of one chapter."""

    chapter: str
    tests: int
    proven: int
    faults: int
    unnoticed: int


@dataclass
class Matrix:
    """Collects the events of a selftest over the faults and requirements that ``patterns`` name."""

    patterns: Sequence[str]
    planned: dict[str, Planned] = field(default_factory=dict)
    kills: list[KillEvent] = field(default_factory=list)
    bystanders: list[BystanderEvent] = field(default_factory=list)

    def observe(self, event: Event) -> None:
        """Enter one event."""
        match event:
            case PlanEvent():
                self.planned.update((test.id, test) for test in event.tests)
            case KillEvent():
                self.kills.append(event)
            case BystanderEvent():
                self.bystanders.append(event)

    def lacking(self) -> dict[str, str]:
        """Return the tests that can neither be proven nor fail to be here, and what is lacking: a framework, say."""
        return {kill.test: kill.lacking for kill in self.kills if kill.lacking}

    def tests(self) -> list[Planned]:
        """Return the tests that have to be proven: of the requirements named, or broken by the faults named."""
        broken, lacking = {kill.breaks for kill in self.kills}, self.lacking()
        return [
            test
            for test in self.planned.values()
            if not test.excused
            and test.id not in lacking
            and (test.requirement in broken or any(fnmatch.fnmatch(test.requirement, each) for each in self.patterns))
        ]

    def unproven(self) -> list[str]:
        """Return the tests that no fault makes fail: nothing shows that they can."""
        killed = {kill.test for kill in self.kills if kill.killed}
        return [test.id for test in self.tests() if test.id not in killed]

    def unnoticed(self) -> list[str]:
        """Return the faults that no test of their requirement notices, although one could."""
        noticed = {kill.fault for kill in self.kills if kill.killed}
        return sorted({kill.fault for kill in self.kills if not kill.lacking} - noticed)

    def unsettled(self) -> list[str]:
        """Return the requirements whose tests or faults want a second look: a busy machine can hide a fault."""
        unproven, unnoticed = set(self.unproven()), set(self.unnoticed())
        return sorted({kill.breaks for kill in self.kills if kill.test in unproven or kill.fault in unnoticed})

    def bystanders_hit(self) -> list[BystanderEvent]:
        """Return the tests of other chapters that a fault upset."""
        return [each for each in self.bystanders if each.outcome not in {"pass", "not-applicable"}]

    def rows(self) -> list[ChapterRow]:
        """Return the counts by chapter."""
        unproven, unnoticed = set(self.unproven()), set(self.unnoticed())
        tests = [(chapter(test.requirement), test.id) for test in self.tests()]
        faults = sorted({(chapter(kill.breaks), kill.fault) for kill in self.kills if not kill.lacking})
        return [
            ChapterRow(
                name,
                sum(each == name for each, _ in tests),
                sum(each == name and test not in unproven for each, test in tests),
                sum(each == name for each, _ in faults),
                sum(each == name and fault in unnoticed for each, fault in faults),
            )
            for name in _in_order([*(each for each, _ in tests), *(each for each, _ in faults)])
        ]


def chapter(requirement: str) -> str:
    """Return the chapter of a requirement's id."""
    return requirement.rpartition("-")[0]


def _in_order(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(names))
