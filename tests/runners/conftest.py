"""A small catalogue and reports made of it, by the real machinery from hand-made journals."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec
import pytest

from loopcert.runners import assemble
from loopcert.runners.deviations import Deviation, Deviations, Status
from loopcert.runners.journal import EndEvent, Leak, PlanEvent, Planned, StartEvent
from loopcert.runners.ledger import Ledger
from loopcert.runners.report import FORMAT, Config, Header, Plan, PlatformInfo, PythonInfo, Report, Subject, Suite
from loopcert.runners.report_file import ReportWriter, parse_report
from loopcert.spec import Catalogue, Requirement
from loopcert.spec.catalogue import read_chapter

CHAPTER = """
title = "Samples"
profile = "scheduling"

[[requirement]]
id = "sample-01"
level = "must"
authority = "documented"
party = "loop"
text = "Callbacks <run> in order."
sources = ["docs:asyncio-eventloop#asyncio.loop.call_soon", "seed:S17"]

[[requirement]]
id = "sample-02"
level = "must"
authority = "pep"
party = "loop"
text = "Timers run in order."
sources = ["pep-3156#basic-callbacks"]

[[requirement]]
id = "sample-03"
level = "should"
authority = "documented"
party = "loop"
text = "The name is kept."
sources = ["docs:asyncio-task"]

[[requirement]]
id = "sample-04"
level = "must"
authority = "documented"
party = "loop"
text = "Nothing is left behind."
sources = ["docs:asyncio-eventloop#asyncio.loop.close"]

[[requirement]]
id = "sample-05"
level = "must"
authority = "documented"
party = "loop"
text = "Only later Pythons."
sources = ["docs:asyncio-eventloop"]
python = ">=3.14"
"""
SAMPLES = Catalogue((read_chapter("sample", CHAPTER),))
DIGEST = SAMPLES.digest
COVERED = Deviations({"sample-01": Deviation("sample-01", "on purpose", Status.INTENDED)})


def id_of(requirement: str) -> str:
    """The id of the one test of a sample requirement."""
    return f"test_sample::test_{requirement.rpartition('-')[2]}"


@pytest.fixture(scope="session")
def catalogue() -> Mapping[str, Requirement]:
    return SAMPLES.requirements


@pytest.fixture
def ledger(catalogue: Mapping[str, Requirement]) -> Ledger:
    """Books in which every sample requirement has one test, and none has run."""
    books = Ledger()
    books.begin(alone=False)
    rows = [Planned(id_of(each.id), each.id, each.excused((3, 13, 0), "linux")) for each in catalogue.values()]
    books.observe(PlanEvent(tuple(rows)))
    return books


def run(
    books: Ledger, test: str, outcome: str = "pass", *, pid: int = 1, leaks: Iterable[Leak] = (), **extra: Any
) -> None:
    """Enter one whole run of one test."""
    books.observe(StartEvent(test, pid))
    books.observe(EndEvent(test, pid, outcome, leaks=tuple(leaks), **extra))


Make = Callable[..., tuple[Report, bytes]]


@pytest.fixture
def make(catalogue: Mapping[str, Requirement], ledger: Ledger) -> Make:
    """Return a function that makes a report: outcome by requirement (default pass), deviations, completeness."""

    def make(
        outcomes: Mapping[str, str] | None = None,
        deviations: Deviations | None = None,
        *,
        complete: bool = True,
        **extra: Any,
    ) -> tuple[Report, bytes]:
        outcomes = outcomes or {}
        for number, requirement in enumerate(catalogue):
            default = "not-applicable" if requirement == "sample-05" else "pass"
            outcome = outcomes.get(requirement, default)
            if outcome == "never":
                continue
            message = f"{requirement}: saw 'b', wanted 'a'" if outcome == "fail" else ""
            reason = "holds for Python >=3.14, and this is 3.13.0" if outcome == "not-applicable" else ""
            run(ledger, id_of(requirement), outcome, pid=number, message=message, reason=reason, **extra)
        return finish(catalogue, ledger, deviations or Deviations(), complete=complete)

    return make


def finish(
    catalogue: Mapping[str, Requirement], ledger: Ledger, deviations: Deviations, *, complete: bool, **header: Any
) -> tuple[Report, bytes]:
    """Turn books into a report, the way a run does; ``header`` replaces fields of its first line."""
    addresses = {"pep-3156#basic-callbacks": "https://peps.python.org/pep-3156/#basic-callbacks"}
    scope = assemble.Scope(catalogue, (3, 13, 0), "linux", deviations, addresses)
    tests = [assemble.test_line(each, ledger.attempts.get(each.id, [])) for each in ledger.planned.values()]
    tests += assemble.leak_lines(tests, {each.id: each.text for each in catalogue.values()})
    requirements = assemble.requirement_lines(scope, tests)
    writer = ReportWriter()
    first = Header(
        format=FORMAT,
        suite=Suite(version="0.1.0", catalogue=DIGEST),
        loop=Subject(
            spec="some:loop", name="some", version="1.2", digest="cd" * 32, digest_of="RECORD", distribution="some"
        ),
        python=PythonInfo(implementation="CPython", version="3.13.0"),
        platform=PlatformInfo(sys_platform="linux", system="Linux", release="6.1", machine="x86_64"),
        config=Config(workers=2, runs=1, timeout=5.0),
        plan=Plan(tests=len(ledger.planned), requirements=len(requirements)),
        started="2026-11-22T20:00:00+00:00",
    )
    writer.write(msgspec.structs.replace(first, **header))
    for line in tests:
        writer.write(line)
    for each in requirements:
        writer.write(each)
    writer.finish(
        assemble.footer(
            tests,
            requirements,
            deviations.stale({line.id: line.verdict for line in requirements}),
            planned=len(tests),
            complete=complete,
            finished="2026-11-22T20:00:05+00:00",
            seconds=5.0,
        )
    )
    return parse_report(writer.data, "sample.jsonl"), writer.data
