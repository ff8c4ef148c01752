"""Do the books of a report balance? Every verdict and every sum in it is computed again from the runs. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator

import msgspec

from loopcert.runners import assemble
from loopcert.runners.exits import Stop
from loopcert.runners.report import Report, TestLine
from loopcert.runners.verdicts import requirement_verdict, test_verdict
from loopcert.runners.vocabulary import Verdict

_UNTRIED = {Verdict.NOT_APPLICABLE, Verdict.COULD_NOT_RUN}


def check_books(report: Report, name: str) -> None:
    """`Stop` unless everything in the report called ``name`` follows from the runs that it lists."""
    if wrong := next(_all(report), ""):
        raise Stop(f"the books of {name} do not balance: {wrong}")


def _all(report: Report) -> Iterator[str]:
    for lines in (report.tests, report.requirements):
        if twice := [line for line, count in Counter(each.id for each in lines).items() if count > 1]:
            yield f"{twice[0]} stands twice"
    yield from _tests(report)
    yield from _requirements(report)
    yield from _footer(report)


def _tests(report: Report) -> Iterator[str]:
    left: set[str] = set()
    for line in report.tests:
        left.update(leak.partition(": ")[0] for leak in line.leaks)
        if not _is_leak(line) and not _follows(line):
            yield f"the verdict of {line.id} is {line.verdict}, and its runs say otherwise"
    known = {line.id for line in report.requirements}
    for line in report.tests:
        if _is_leak(line) and (line.verdict is not Verdict.FAIL or line.requirement not in left):
            yield f"no test left behind what {line.id} speaks of"
    if untold := sorted((left & known) - {line.requirement for line in report.tests if _is_leak(line)}):
        yield f"tests left something behind against {untold[0]}, and it is held against nobody"
    if report.header.plan.tests != sum(not _is_leak(line) for line in report.tests):
        yield f"{report.header.plan.tests} tests were planned, and it has lines of another number"


def _follows(line: TestLine) -> bool:
    return line.verdict is test_verdict(line.runs) if line.runs else line.verdict in _UNTRIED


def _is_leak(line: TestLine) -> bool:
    return line.id.startswith(assemble.LEAKS)


def _requirements(report: Report) -> Iterator[str]:
    checks: dict[str, dict[str, Verdict]] = defaultdict(dict)
    for line in report.tests:
        checks[line.requirement][line.id] = line.verdict
    if strays := sorted(set(checks) - {line.id for line in report.requirements}):
        yield f"there are tests of {strays[0]}, which has no verdict"
    for requirement in report.requirements:
        tests = checks[requirement.id]
        if set(requirement.tests) != set(tests):
            yield f"{requirement.id} names other tests than there are of it"
        judged = requirement_verdict(set(tests.values())) if tests else requirement.verdict
        if requirement.verdict is not judged or (not tests and judged not in _UNTRIED):
            yield f"the verdict of {requirement.id} is {requirement.verdict}, and its tests say otherwise"
        if requirement.deviation is not None and not requirement.verdict.broken:
            yield f"{requirement.id} is not broken, and has a deviation"
    if report.header.plan.requirements != len(report.requirements):
        yield f"{report.header.plan.requirements} requirements were planned, and {len(report.requirements)} have lines"


def _footer(report: Report) -> Iterator[str]:
    footer = report.footer
    again = assemble.footer(
        report.tests,
        report.requirements,
        footer.stale_deviations,
        planned=len(report.tests),
        complete=footer.complete,
        finished=footer.finished,
        seconds=footer.seconds,
    )
    said, found = msgspec.to_builtins(footer), msgspec.to_builtins(again)
    for what in said:
        if what != "digest" and said[what] != found[what]:
            yield f"{what} in its last line is not what its lines add up to"
