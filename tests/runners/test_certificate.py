"""Certificates and badges: made from a report, checked against it, refused when they were touched."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from loopcert.runners import badge
from loopcert.runners.certificate import certificate, dump, seal
from loopcert.runners.deviations import Deviations
from loopcert.runners.exits import Exit, Stop
from loopcert.runners.verification import check_report, check_rerun, parse_certificate

from .conftest import COVERED, Make

Json = dict[str, Any]


def test_a_conformant_loop_gets_a_certificate_that_holds(make: Make) -> None:
    report, data = make({"sample-03": "fail"})
    statement = certificate(report, data)
    assert parse_certificate(dump(statement).encode(), "c.json") == statement
    check_report(statement, report, data, "r.jsonl")
    assert statement["subject"][0]["name"] == "pkg:pypi/some@1.2"
    predicate = statement["predicate"]
    assert predicate["outcome"] == "conformant"
    assert predicate["profiles"]["scheduling"]["musts"]["passed"] == 3
    assert [each["requirement"] for each in predicate["beside"]] == ["sample-03"]
    assert [each["requirement"] for each in predicate["not-applicable"]] == ["sample-05"]
    assert predicate["valid-for"]["python"] == "CPython 3.13"


def test_deviations_are_named(make: Make) -> None:
    report, data = make({"sample-01": "fail"}, COVERED)
    statement = certificate(report, data)
    assert parse_certificate(dump(statement).encode(), "c.json") == statement
    assert statement["predicate"]["outcome"] == "conformant-with-deviations"
    (entry,) = statement["predicate"]["deviations"]
    assert (entry["requirement"], entry["origin"], entry["reason"]) == ("sample-01", "user", "on purpose")


@pytest.mark.parametrize(
    ("outcomes", "complete", "code"),
    [({"sample-01": "fail"}, True, Exit.FALLS_SHORT), ({"sample-01": "never"}, True, Exit.FALLS_SHORT)],
)
def test_no_other_outcome_gets_one(make: Make, outcomes: dict[str, str], complete: bool, code: Exit) -> None:
    report, data = make(outcomes, complete=complete)
    with pytest.raises(Stop, match="no certificate") as stop:
        certificate(report, data)
    assert stop.value.code is code


def reseal(statement: Json) -> Json:
    statement["predicate"]["seal"] = seal(statement)
    return statement


def edited(*path: str, to: object, sealed: bool) -> Callable[[Json], Json]:
    def edit(statement: Json) -> Json:
        place: Any = statement
        for key in path[:-1]:
            place = place[key]
        place[path[-1]] = to
        return reseal(statement) if sealed else statement

    return edit


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (edited("_type", to="x", sealed=False), "no in-toto statement"),
        (edited("predicateType", to="urn:loopcert:certificate:9", sealed=False), "'urn:loopcert:certificate:9'"),
        (edited("predicate", "python", "version", to="3.14.0", sealed=False), "was changed after it was written"),
        (edited("predicate", "python", "version", to="new", sealed=True), "$.predicate.python.version"),
        (edited("predicate", "tests", "executed", to=9, sealed=True), "planned tests are not"),
        (edited("predicate", "profiles", "scheduling", "musts", "passed", to=9, sealed=True), "do not add up"),
        (edited("predicate", "outcome", to="conformant-with-deviations", sealed=True), "with 0 broken musts"),
        (lambda statement: {**statement, "extra": 1}, "Additional properties"),
    ],
)
def test_an_edited_certificate_is_refused_in_a_sentence(make: Make, edit: Callable[[Json], Json], said: str) -> None:
    statement = edit(certificate(*make()))
    with pytest.raises(Stop) as stop:
        parse_certificate(dump(statement).encode(), "c.json")
    assert said in stop.value.sentence
    assert "\n" not in stop.value.sentence
    assert stop.value.code is Exit.USAGE


def test_a_certificate_that_was_cut_short_is_refused(make: Make) -> None:
    with pytest.raises(Stop, match="not JSON, or was cut short"):
        parse_certificate(dump(certificate(*make())).encode()[:-30], "c.json")


def test_another_report_is_not_the_one_it_was_made_from(make: Make) -> None:
    report, data = make()
    statement = certificate(report, data)
    with pytest.raises(Stop, match="not the report of this certificate"):
        check_report(statement, report, data + b"\n", "r.jsonl")


def test_counts_are_recomputed_from_the_report(make: Make) -> None:
    report, data = make({"sample-01": "fail"}, COVERED)
    statement = certificate(report, data)
    statement["predicate"]["deviations"][0]["reason"] = "a better one"
    with pytest.raises(Stop, match="says otherwise than its report"):
        check_report(reseal(statement), report, data, "r.jsonl")


def test_a_rerun_may_differ_in_times_and_in_nothing_else(make: Make) -> None:
    statement = certificate(*make())
    again = copy.deepcopy(statement)
    again["predicate"]["issued"] = "2027-01-01T00:00:00+00:00"
    again["predicate"]["report"]["digest"]["sha256"] = "0" * 64
    assert check_rerun(statement, again) == ""
    again["predicate"]["unstable"] = ["sample-01"]
    assert "unstable is []" in check_rerun(statement, again)


@pytest.mark.parametrize(
    ("outcomes", "deviations", "message"),
    [
        ({}, Deviations(), "scheduling 3/3 musts"),
        ({"sample-01": "fail"}, Deviations(), "scheduling 2/3 musts"),
        ({"sample-01": "fail"}, COVERED, "scheduling 2/3 musts, 1 deviation"),
        ({"sample-01": "never"}, Deviations(), "incomplete"),
    ],
)
def test_a_badge_states_counts_and_the_set(
    make: Make, outcomes: dict[str, str], deviations: Deviations, message: str
) -> None:
    report = make(outcomes, deviations)[0]
    endpoint = json.loads(badge.endpoint(report))
    assert (endpoint["schemaVersion"], endpoint["label"], endpoint["message"]) == (1, "loopcert", message)
    drawing = ET.fromstring(badge.svg(report))
    assert message in "".join(drawing.itertext())
    assert "%" not in badge.svg(report)
