"""From attempts to verdicts, and from verdicts to the outcome of a loop. Pure; nothing here touches a process."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from loopcert.runners.ledger import Attempt
from loopcert.runners.vocabulary import Outcome, Verdict

#: Of a requirement that several tests check, the first of these that one of them has is the requirement's.
_GRAVEST_FIRST = (
    Verdict.CRASH,
    Verdict.HANG,
    Verdict.FAIL,
    Verdict.UNSTABLE,
    Verdict.HARNESS_ERROR,
    Verdict.COULD_NOT_RUN,
    Verdict.PASS,
    Verdict.NOT_APPLICABLE,
)


class Look(Protocol):
    """One run of a test, as the books or a report know it."""

    @property
    def verdict(self) -> Verdict:
        """What it came to."""

    @property
    def alone(self) -> bool:
        """Whether it was made in a fresh process."""

    @property
    def spoiled(self) -> bool:
        """Whether an earlier test had spoiled the process."""


_Look = TypeVar("_Look", bound=Look)


def evidence(attempts: Sequence[_Look]) -> list[_Look]:
    """Return the attempts that count.

    What goes wrong in a process that an earlier test had spoiled proves nothing, unless nothing else is known.
    """
    return [attempt for attempt in attempts if not attempt.spoiled] or list(attempts)


def test_verdict(attempts: Sequence[Look]) -> Verdict:
    """Judge one test by every attempt that was made of it.

    Attempts that disagree on whether the loop is to blame make it unstable; where all blame it, the last one made in
    a process of its own says how.
    """
    counted = evidence(attempts)
    verdicts = {attempt.verdict for attempt in counted}
    if not verdicts:
        return Verdict.COULD_NOT_RUN
    if len(verdicts) == 1:
        return verdicts.pop()
    broken = {verdict for verdict in verdicts if verdict.broken}
    if broken == verdicts:
        return deciding(counted).verdict
    for ours in (Verdict.HARNESS_ERROR, Verdict.COULD_NOT_RUN):
        if ours in verdicts:
            last = deciding(counted).verdict
            return last if last.broken else ours
    return Verdict.UNSTABLE


def deciding(attempts: Sequence[_Look]) -> _Look:
    """Return the attempt that a report shows: a broken one before any other, then one made alone, then the latest."""
    counted = evidence(attempts)
    return max(enumerate(counted), key=lambda pair: (pair[1].verdict.broken, pair[1].alone, pair[0]))[1]


def needs_run_alone(attempts: Sequence[Attempt]) -> bool:
    """Say whether the test has to be run (again) alone before a verdict can stand.

    What went wrong once is tried once more, alone. A crash or a hang that happened alone has had its second
    look: the process was fresh, and waiting for another watchdog would tell nothing new.
    """
    if not attempts:
        return True
    if all(attempt.clean for attempt in attempts):
        return False
    alone = [attempt for attempt in attempts if attempt.alone]
    if not alone:
        return True
    return len(attempts) < 2 and alone[0].verdict in {Verdict.FAIL, Verdict.HARNESS_ERROR}


def only_leaks(attempts: Sequence[Attempt]) -> frozenset[str]:
    """Return the requirements against which something was left behind, if nothing else was wrong; else none."""
    if any(attempt.verdict.broken or attempt.verdict is Verdict.HARNESS_ERROR for attempt in attempts):
        return frozenset()
    return frozenset(leak.requirement for attempt in attempts for leak in attempt.leaks)


def confirmed_leaks(attempts: Sequence[Attempt]) -> dict[str, str]:
    """Return what the test leaves behind in company and alone, or in every process of its own, by requirement."""
    alone = [attempt for attempt in attempts if attempt.alone]
    if not alone:
        return {}
    found = [{leak.requirement: leak.what for leak in attempt.leaks} for attempt in alone]
    return {requirement: what for requirement, what in found[-1].items() if all(requirement in each for each in found)}


def requirement_verdict(tests: Collection[Verdict]) -> Verdict:
    """Judge a requirement by the verdicts of its tests: the gravest, and a pass needs one test that passed."""
    for verdict in _GRAVEST_FIRST:
        if verdict in tests:
            return verdict
    return Verdict.COULD_NOT_RUN


@dataclass(frozen=True)
class Judged:
    """What the outcome needs to know of a requirement."""

    verdict: Verdict
    mandatory: bool
    covered: bool = False


def outcome(requirements: Iterable[Judged], *, complete: bool = True) -> Outcome:
    """Judge a loop. Only mandatory requirements cost it anything; what could not be found out is never green."""
    judged = list(requirements)
    if not complete or not judged or any(each.verdict.unknown for each in judged):
        return Outcome.INCOMPLETE
    broken = [each for each in judged if each.mandatory and each.verdict.broken]
    if any(not each.covered for each in broken):
        return Outcome.NON_CONFORMANT
    return Outcome.WITH_DEVIATIONS if broken else Outcome.CONFORMANT
