"""What every view says of a report in the same words: findings, the commands that show them again, headlines."""

from __future__ import annotations

import shlex
from dataclasses import dataclass

from loopcert.runners.report import WATCHDOG, Report, RequirementLine, Tally, TestLine
from loopcert.runners.vocabulary import Outcome, Verdict


@dataclass(frozen=True)
class Finding:
    """One requirement that the loop breaks, the tests that show it, and the command that shows it again."""

    line: RequirementLine
    tests: tuple[TestLine, ...]
    command: str

    @property
    def standing(self) -> str:
        """Whether it costs the loop anything, in a few words."""
        line = self.line
        if line.deviation is not None:
            whose = "CPython itself falls short" if line.deviation.origin == "cpython" else line.deviation.status
            return f"{line.level}, {line.authority}; covered by a deviation ({whose})"
        return f"{line.level}, {line.authority}" + ("" if line.mandatory else "; costs no certificate")


def findings(report: Report) -> list[Finding]:
    """Return everything that the loop breaks, what costs it the certificate first."""
    tests = {line.id: line for line in report.tests}
    return [
        Finding(
            line,
            tuple(test for test in (tests[name] for name in line.tests) if test.verdict.broken),
            command(report, line.id),
        )
        for line in report.broken()
    ]


@dataclass(frozen=True)
class Unknown:
    """Something of which nothing can be said: a test, or a requirement that no test checks."""

    id: str
    verdict: Verdict
    reason: str


def unknown(report: Report) -> list[Unknown]:
    """Return everything of which nothing can be said, and why."""
    tests = [Unknown(line.id, line.verdict, line.reason or line.message) for line in report.tests]
    untested = [Unknown(line.id, line.verdict, line.reason) for line in report.requirements if not line.tests]
    return [each for each in (*tests, *untested) if each.verdict.unknown]


def command(report: Report, requirement: str) -> str:
    """Return the one line that runs a requirement against the same loop again."""
    timeout = report.header.config.timeout
    extra = "" if timeout == WATCHDOG else f" --timeout {timeout:g}"
    return f"loopcert run {shlex.quote(report.header.loop.spec)} -k {requirement}{extra}"


def subject(report: Report) -> str:
    """Name the loop and where it ran: ``uvloop 0.23.0 on CPython 3.13.0, linux x86_64``."""
    header = report.header
    loop = f"{header.loop.spec} {header.loop.version}".rstrip()
    python = f"{header.python.implementation} {header.python.version}"
    part = f", shard {header.config.shard}" if header.config.shard else ""
    return f"{loop} on {python}, {header.platform.sys_platform} {header.platform.machine}{header.platform.wine}{part}"


def suite(report: Report) -> str:
    """Name what judged it."""
    return f"loopcert {report.header.suite.version}, catalogue {report.header.suite.catalogue[:19]}"


def headline(report: Report) -> str:
    """State the outcome, and where it is incomplete, why."""
    footer = report.footer
    if footer.outcome is not Outcome.INCOMPLETE:
        return str(footer.outcome)
    if footer.complete:
        lost = sum(line.verdict.unknown for line in report.requirements)
        return f"{footer.outcome} ({lost} requirements could not be judged)"
    return f"{footer.outcome} (ended before everything had run)"


def books(report: Report) -> str:
    """Account for every test."""
    footer = report.footer
    return (
        f"{footer.planned} tests planned = {footer.executed} executed + {footer.not_applicable} not applicable "
        f"+ {footer.could_not_run} could not run; {footer.seconds:.1f} s"
    )


def kept(tally: Tally) -> str:
    """State one tally in counts: ``288/291, 2 covered, 4 n/a``; the whole is what applies to this loop."""
    parts = [f"{tally.passed}/{tally.total - tally.not_applicable}"]
    if tally.covered:
        parts.append(f"{tally.covered} covered")
    if tally.unknown:
        parts.append(f"{tally.unknown} unknown")
    if tally.not_applicable:
        parts.append(f"{tally.not_applicable} n/a")
    return ", ".join(parts)
