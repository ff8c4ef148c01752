"""The lint has fixtures of its own: each rule is shown a catalogue that breaks it, and the shipped one is clean."""

from dataclasses import replace
from pathlib import Path

import pytest

from loopcert.spec import Catalogue, Chapter, Profile, Requirement, Shortfall, load_catalogue
from loopcert.spec.catalogue import read_chapter
from loopcert.spec.index import Index, Place, index
from loopcert.spec.lint import lint

TEXT = """
title = "Timers"
profile = "scheduling"
[[requirement]]
id = "timers-01"
level = "must"
authority = "documented"
party = "loop"
text = "Time goes on."
sources = ["docs:asyncio-eventloop#asyncio.loop.time", "seed:S10"]
"""
(GOOD,) = read_chapter("timers", TEXT).requirements
TEST = Place("test_timers::test_time", "timers-01", "conformance/test_timers.py", 1, "")
FAULT = Place("timers.Stopped", "timers-01", "conformance/faults/timers.py", 1, "")


def findings(
    *requirements: Requirement,
    tests: tuple[Place, ...] = (TEST,),
    faults: tuple[Place, ...] = (FAULT,),
    shortfalls: tuple[Shortfall, ...] = (),
) -> dict[str, list[str]]:
    chapter = Chapter("timers", "Timers", Profile.SCHEDULING, requirements)
    found: dict[str, list[str]] = {}
    for finding in lint(Catalogue((chapter,), shortfalls), Index(tests, faults)):
        found.setdefault(finding.rule, []).append(str(finding))
    return found


def test_a_good_requirement_is_left_alone() -> None:
    found = findings(GOOD)
    assert set(found) <= {"symbol-reached"}  # one requirement cannot reach every symbol of its chapter


@pytest.mark.parametrize(
    ("rule", "broken"),
    [
        ("source-exists", replace(GOOD, sources=(*GOOD.sources, "docs:asyncio-eventloop#asyncio.loop.teleport"))),
        ("source-exists", replace(GOOD, sources=(*GOOD.sources, "docs:asyncio-dreams"))),
        ("source-exists", replace(GOOD, sources=(*GOOD.sources, "pep-3156#no-such-section"))),
        ("source-exists", replace(GOOD, sources=(*GOOD.sources, "seed:S99"))),
        ("authority-backed", replace(GOOD, sources=("cpython:Lib/asyncio/events.py", "seed:S10"))),
        ("text-reads", replace(GOOD, text="Time goes on")),
        ("excuse-given", replace(GOOD, untestable="no")),
        ("excuse-given", replace(GOOD, untestable="no loop changes it: it is arithmetic")),
        ("claim-traced", replace(GOOD, sources=GOOD.sources[:1])),
        ("tested", replace(GOOD, id="timers-02")),
        ("tested", replace(GOOD, untestable="a permission: any clock will do")),
        ("symbol-reached", GOOD),
    ],
)
def test_a_requirement_that_breaks_a_rule_is_found(rule: str, broken: Requirement) -> None:
    assert rule in findings(broken)


def test_tests_and_faults_without_a_requirement_are_found() -> None:
    assert "test-traced" in findings(GOOD, tests=(TEST, replace(TEST, requirement="timers-77")))
    assert "test-traced" in findings(GOOD, tests=(TEST, replace(TEST, name="test_task::test_time")))
    assert "proven" in findings(GOOD, faults=())
    assert "proven" in findings(GOOD, faults=(FAULT, replace(FAULT, requirement="timers-77")))


def test_a_shortfall_without_an_issue_is_found() -> None:
    assert "shortfall-known" in findings(GOOD, shortfalls=(Shortfall("timers-01", "", "", "it is slow"),))


def test_the_shipped_catalogue_is_clean() -> None:
    assert [str(finding) for finding in lint(load_catalogue(), index())] == []


def test_every_place_of_the_index_exists() -> None:
    root = Path(__file__).resolve().parents[2]
    for place in (*index().tests, *index().faults):
        line = (root / place.file).read_text("utf-8").splitlines()[place.line - 1]
        assert place.name.split("::")[-1].split(".")[-1] in line
