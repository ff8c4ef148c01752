"""Two reports side by side."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
import pytest

from loopcert.runners.comparison import Change, circumstances, compare, costs
from loopcert.runners.report import DeviationNote, Report
from loopcert.runners.views import comparison
from loopcert.runners.vocabulary import Verdict

from .conftest import Make


def changed(report: Report, verdicts: Mapping[str, str | None]) -> Report:
    """The same report with other verdicts; None takes a requirement away."""
    lines = [
        msgspec.structs.replace(line, verdict=Verdict(verdicts.get(line.id) or line.verdict))
        for line in report.requirements
        if verdicts.get(line.id, "") is not None
    ]
    return Report(report.header, report.tests, tuple(lines), report.footer)


@pytest.mark.parametrize(
    ("before", "after", "change"),
    [
        ("pass", "fail", Change.REGRESSION),
        ("not-applicable", "hang", Change.REGRESSION),
        ("crash", "pass", Change.FIX),
        ("fail", "not-applicable", Change.APPLICABILITY),
        ("pass", "not-applicable", Change.APPLICABILITY),
        ("not-applicable", "pass", Change.APPLICABILITY),
        ("pass", "could-not-run", Change.UNKNOWN),
        (None, "fail", Change.NEW_FAILURE),
        (None, "pass", Change.NEW_PASS),
        ("pass", None, Change.GONE),
        ("pass", "pass", None),
        ("fail", "hang", None),
        ("could-not-run", "harness-error", None),
        (None, "not-applicable", None),
    ],
)
def test_each_pair_of_verdicts_has_a_name(
    make: Make, before: str | None, after: str | None, change: Change | None
) -> None:
    report = make()[0]
    found = compare(changed(report, {"sample-01": before}), changed(report, {"sample-01": after}))
    assert [each.change for each in found] == ([change] if change else [])


def test_only_what_is_mandatory_and_not_covered_costs_anything(make: Make) -> None:
    report = make()[0]
    old = changed(report, {})
    ids = {line.mandatory: line.id for line in report.requirements if line.verdict is Verdict.PASS}
    assert costs(compare(old, changed(report, {ids[True]: "fail"})))
    assert not costs(compare(old, changed(report, {ids[False]: "fail"})))
    covered = changed(report, {ids[True]: "fail"})
    note = DeviationNote(origin="user", reason="on purpose")
    lines = tuple(msgspec.structs.replace(line, deviation=note) for line in covered.requirements)
    assert not costs(compare(old, Report(covered.header, covered.tests, lines, covered.footer)))


def test_regressions_come_first_and_tell_what_was_seen(make: Make) -> None:
    new = make({"sample-01": "fail"})[0]
    old = changed(new, {"sample-01": "pass", "sample-02": "fail"})
    shown = comparison.text(old, new)
    assert (
        shown.index("regressions (1)") < shown.index("sample-01") < shown.index("fixes (1)") < shown.index("sample-02")
    )
    assert "saw 'b', wanted 'a'" in shown
    assert r"\<run\>" in comparison.markdown(old, new)


def test_what_else_is_different_is_named(make: Make) -> None:
    report = make()[0]
    header = msgspec.structs.replace(
        report.header, python=msgspec.structs.replace(report.header.python, version="3.99.0")
    )
    other = Report(header, report.tests, report.requirements, report.footer)
    assert list(circumstances(report, other)) == ["Python"]
    assert "3.99.0" in comparison.text(report, other)


def test_a_report_is_no_different_from_itself(make: Make) -> None:
    report = make()[0]
    assert "nothing changed" in comparison.text(report, report)
    assert "Nothing changed" in comparison.markdown(report, report)
