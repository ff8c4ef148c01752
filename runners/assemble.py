"""Turns the books of a campaign into the lines of a report. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from loopcert.runners.deviations import Deviations
from loopcert.runners.journal import Planned
from loopcert.runners.ledger import Attempt
from loopcert.runners.report import (
    DeviationNote,
    Footer,
    ProfileTally,
    RequirementLine,
    RunLine,
    Source,
    Tally,
    TestLine,
)
from loopcert.runners.verdicts import (
    Judged,
    confirmed_leaks,
    deciding,
    outcome,
    requirement_verdict,
    test_verdict,
)
from loopcert.runners.vocabulary import Verdict
from loopcert.spec import Requirement

LEAKS = "leaks::"
_AGAINST = ": "
"""Stands between a requirement and what was left behind against it, in a test's line."""
_SHOWN = 20
"""How many of the tests that left something behind are named with what it was."""


class UnbalancedBooks(Exception):
    """planned = executed + not-applicable + could-not-run does not hold: a mistake of this suite."""


def test_line(planned: Planned, attempts: Sequence[Attempt]) -> TestLine:
    """Say what became of one test."""
    if not attempts:
        never = Verdict.NOT_APPLICABLE if planned.excused else Verdict.COULD_NOT_RUN
        return TestLine(
            id=planned.id, requirement=planned.requirement, verdict=never, reason=planned.excused or "it was never run"
        )
    verdict, shown = test_verdict(attempts), deciding(attempts)
    message = shown.message
    if verdict is Verdict.UNSTABLE:
        message = f"runs disagree ({_disagreement(attempts)}); one of them: {message or shown.verdict}"
    return TestLine(
        id=planned.id,
        requirement=planned.requirement,
        verdict=verdict,
        runs=tuple(
            RunLine(verdict=each.verdict, seconds=round(each.seconds, 6), alone=each.alone, spoiled=each.spoiled)
            for each in attempts
        ),
        message=message,
        reason=shown.reason,
        details=shown.details,
        signal=shown.signal,
        stacks=shown.stacks,
        output=shown.output if verdict.broken else "",
        leaks=tuple(f"{requirement}{_AGAINST}{what}" for requirement, what in confirmed_leaks(attempts).items()),
    )


def _disagreement(attempts: Iterable[Attempt]) -> str:
    counts = Counter(attempt.verdict for attempt in attempts)
    return ", ".join(f"{count} x {verdict}" for verdict, count in counts.items())


def leak_lines(tests: Iterable[TestLine], texts: Mapping[str, str]) -> list[TestLine]:
    """Return one failing test for each requirement that forbids what ``tests`` were found to leave behind.

    ``texts`` are the requirements that count, by id: all that were selected, those of other shards included, because
    a shard's test may be the only one that leaves something behind.
    """
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for line in tests:
        for leak in line.leaks:
            requirement, _, what = leak.partition(_AGAINST)
            if requirement in texts:
                found[requirement][line.id] = what
    return [
        TestLine(
            id=LEAKS + requirement,
            requirement=requirement,
            verdict=Verdict.FAIL,
            message=f"{requirement}: {texts[requirement]} Left behind after close(): {_first(left)}",
            details="\n".join(f"{test}: {what}" for test, what in islice(left.items(), _SHOWN)),
        )
        for requirement, left in found.items()
    ]


def _first(tests: Mapping[str, str]) -> str:
    test, what = next(iter(tests.items()))
    more = f", and in {len(tests) - 1} more of those looked at" if len(tests) > 1 else ""
    return f"{what} (in {test}{more})"


@dataclass(frozen=True)
class Scope:
    """What was to be judged, and where: the selected requirements by id, the Python, `sys.platform`, the deviations."""

    selected: Mapping[str, Requirement]
    python: tuple[int, int, int]
    sys_platform: str
    deviations: Deviations
    addresses: Mapping[str, str]

    def note(self, requirement: str, verdict: Verdict) -> DeviationNote | None:
        """Return what covers a requirement of that verdict."""
        return self.deviations.note(requirement, verdict)


def requirement_lines(scope: Scope, tests: Iterable[TestLine]) -> list[RequirementLine]:
    """Judge every selected requirement that a test can reach, in the catalogue's order."""
    checks: dict[str, list[TestLine]] = defaultdict(list)
    for line in tests:
        checks[line.requirement].append(line)
    return [
        _requirement_line(requirement, checks[requirement.id], scope)
        for requirement in scope.selected.values()
        if requirement.testable
    ]


def _requirement_line(requirement: Requirement, tests: list[TestLine], scope: Scope) -> RequirementLine:
    excuse = requirement.excused(scope.python, scope.sys_platform)
    if tests:
        verdict = requirement_verdict({line.verdict for line in tests})
        shown = next(line for line in tests if line.verdict is verdict)
        message, reason = shown.message, shown.reason
    elif excuse:
        verdict, message, reason = Verdict.NOT_APPLICABLE, "", excuse
    else:
        verdict, message, reason = Verdict.COULD_NOT_RUN, "", "no test checks it"
    return RequirementLine(
        id=requirement.id,
        level=requirement.level,
        authority=requirement.authority,
        verdict=verdict,
        party=requirement.party,
        chapter=requirement.chapter,
        profile=requirement.profile,
        text=requirement.text,
        sources=tuple(Source(name=source, url=scope.addresses.get(source, "")) for source in requirement.sources),
        tests=tuple(line.id for line in tests),
        message=message if verdict is not Verdict.PASS else "",
        reason=reason,
        deviation=scope.note(requirement.id, verdict),
    )


def footer(
    tests: Sequence[TestLine],
    requirements: Sequence[RequirementLine],
    stale: Sequence[str],
    *,
    planned: int,
    complete: bool,
    finished: str,
    seconds: float,
) -> Footer:
    """Sum everything up; ``planned`` is counted before the runs, `UnbalancedBooks` if it does not come out again."""
    counts = Counter(line.verdict for line in tests)
    idle = counts[Verdict.NOT_APPLICABLE] + counts[Verdict.COULD_NOT_RUN]
    executed = sum(1 for line in tests if line.verdict not in {Verdict.NOT_APPLICABLE, Verdict.COULD_NOT_RUN})
    if planned != executed + idle or len({line.id for line in tests}) != planned:
        raise UnbalancedBooks(f"{planned} tests were planned, and {executed} + {idle} came out")
    judged = [Judged(line.verdict, line.mandatory, line.deviation is not None) for line in requirements]
    return Footer(
        outcome=outcome(judged, complete=complete),
        complete=complete,
        planned=planned,
        executed=executed,
        not_applicable=counts[Verdict.NOT_APPLICABLE],
        could_not_run=counts[Verdict.COULD_NOT_RUN],
        counts={"tests": _every(counts), "requirements": _every(Counter(line.verdict for line in requirements))},
        profiles=tally(requirements),
        stale_deviations=tuple(stale),
        finished=finished,
        seconds=round(seconds, 3),
        digest="",
    )


def _every(counts: Counter[Verdict]) -> dict[str, int]:
    return {verdict: counts[verdict] for verdict in Verdict}


def tally(requirements: Iterable[RequirementLine]) -> dict[str, ProfileTally]:
    """Count requirements by profile, mandatory ones apart from all others."""
    groups: dict[str, tuple[list[RequirementLine], list[RequirementLine]]] = {}
    for line in requirements:
        groups.setdefault(line.profile, ([], []))[0 if line.mandatory else 1].append(line)
    return {
        profile: ProfileTally(musts=_tally(musts), others=_tally(others)) for profile, (musts, others) in groups.items()
    }


def _tally(lines: Sequence[RequirementLine]) -> Tally:
    return Tally(
        total=len(lines),
        passed=sum(line.verdict is Verdict.PASS for line in lines),
        broken=sum(line.verdict.broken for line in lines),
        covered=sum(line.verdict.broken and line.deviation is not None for line in lines),
        not_applicable=sum(line.verdict is Verdict.NOT_APPLICABLE for line in lines),
        unknown=sum(line.verdict.unknown for line in lines),
    )
