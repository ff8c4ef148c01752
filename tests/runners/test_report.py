"""Reports: made from books, written, read, refused."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from loopcert.runners import assemble
from loopcert.runners.deviations import Deviation, Deviations, Status
from loopcert.runners.exits import Stop
from loopcert.runners.journal import Leak
from loopcert.runners.ledger import Ledger
from loopcert.runners.report import TestLine
from loopcert.runners.report_file import ReportWriter, parse_report, read_report, schema
from loopcert.runners.vocabulary import Outcome, Verdict
from loopcert.spec import Requirement, Shortfall

from .conftest import Make, finish, id_of, run


def test_everything_planned_is_accounted_for(make: Make) -> None:
    footer = make({"sample-01": "fail", "sample-02": "could-not-run"})[0].footer
    assert (footer.planned, footer.executed, footer.not_applicable, footer.could_not_run) == (5, 3, 1, 1)
    assert footer.outcome is Outcome.INCOMPLETE


def test_books_that_do_not_balance_are_our_mistake(make: Make) -> None:
    tests = make()[0].tests
    with pytest.raises(assemble.UnbalancedBooks):
        assemble.footer(tests, (), (), planned=4, complete=True, finished="", seconds=0)


def test_a_test_that_never_ran_could_not_run(make: Make) -> None:
    report = make({"sample-01": "never"})[0]
    assert report.test(id_of("sample-01")).verdict is Verdict.COULD_NOT_RUN
    assert report.footer.outcome is Outcome.INCOMPLETE


def test_a_requirement_that_does_not_hold_here_needs_no_run(make: Make) -> None:
    (line,) = [line for line in make({"sample-05": "never"})[0].requirements if line.id == "sample-05"]
    assert line.verdict is Verdict.NOT_APPLICABLE
    assert line.reason.startswith("holds for Python >=3.14")


def test_a_requirement_without_a_test_is_never_green(catalogue: Mapping[str, Requirement], ledger: Ledger) -> None:
    del ledger.planned[id_of("sample-02")]
    for test in ledger.planned:
        run(ledger, test)
    report = finish(catalogue, ledger, Deviations(), complete=True)[0]
    assert report.footer.counts["requirements"]["could-not-run"] == 1
    assert report.footer.outcome is Outcome.INCOMPLETE


def test_a_should_costs_nothing(make: Make) -> None:
    assert make({"sample-03": "fail"})[0].footer.outcome is Outcome.CONFORMANT


def test_a_confirmed_leak_is_a_failing_test_of_the_requirement_that_forbids_it(
    catalogue: Mapping[str, Requirement], ledger: Ledger
) -> None:
    leak = Leak("sample-04", "thread 'x' is still alive")
    for number, test in enumerate(ledger.planned):
        run(ledger, test, leaks=[leak] if number == 0 else (), pid=number)
    ledger.begin(alone=True)
    run(ledger, id_of("sample-01"), leaks=[leak], pid=9)
    report = finish(catalogue, ledger, Deviations(), complete=True)[0]
    assert report.test("leaks::sample-04").verdict is Verdict.FAIL
    assert "thread 'x'" in report.test("leaks::sample-04").message
    assert report.test(id_of("sample-01")).verdict is Verdict.PASS
    assert report.footer.planned == 6
    assert report.footer.outcome is Outcome.NON_CONFORMANT


def cover(status: Status) -> Deviations:
    return Deviations({"sample-01": Deviation("sample-01", "not worth it", status, "https://example.org/1")})


def test_a_deviation_covers_a_must_and_stays_visible(make: Make) -> None:
    report = make({"sample-01": "fail"}, cover(Status.INTENDED))[0]
    assert report.footer.outcome is Outcome.WITH_DEVIATIONS
    (line,) = report.broken()
    assert line.deviation is not None and line.deviation.origin == "user"
    assert report.footer.profiles["scheduling"].musts.covered == 1


def test_flaky_never_turns_a_must_green(make: Make) -> None:
    assert make({"sample-01": "fail"}, cover(Status.FLAKY))[0].footer.outcome is Outcome.NON_CONFORMANT


def test_a_deviation_that_does_not_deviate_is_stale(make: Make) -> None:
    footer = make({}, cover(Status.BUG))[0].footer
    assert footer.stale_deviations == ("sample-01",)
    assert footer.outcome is Outcome.CONFORMANT


def test_where_cpython_itself_falls_short_no_loop_is_blamed(make: Make) -> None:
    shortfall = Shortfall("sample-01", 'python_version == "3.13"', "gh-1", "asyncio does not")
    report = make({"sample-01": "fail"}, Deviations(cpython={"sample-01": shortfall}))[0]
    assert report.footer.outcome is Outcome.WITH_DEVIATIONS
    assert report.broken()[0].deviation is not None
    assert report.footer.stale_deviations == ()


def test_a_report_survives_the_disk(make: Make, tmp_path: Path) -> None:
    report, data = make({"sample-01": "fail"})
    path = tmp_path / "r.jsonl"
    path.write_bytes(data)
    assert read_report(path) == report


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda _: b"", "is empty"),
        (lambda data: data[:-20], "cannot be read"),
        (lambda data: data.rpartition(b'{"kind":"footer"')[0], "no footer"),
        (lambda data: data[:-1], "no footer"),
        (lambda data: data.replace(b'"verdict":"pass"', b'"verdict":"fail"', 1), "was changed"),
        (lambda data: data.replace(b"some:loop", b"fine:loop", 1), "was changed"),
        (lambda data: data.replace(b"loopcert-report/1", b"loopcert-report/9", 1), "'loopcert-report/9'"),
        (lambda data: b"hello\n" + data, "not JSON"),
        (lambda data: b"{}\n" + data, "does not begin with a header"),
        (lambda data: data + data, "not in their places"),
        (lambda data: data.replace(b'"kind":"test"', b'"kind":"text"', 1), "line 2 cannot be read"),
    ],
)
def test_a_report_that_is_cut_edited_or_strange_is_refused_in_a_sentence(make: Make, spoil: object, said: str) -> None:
    data = spoil(make()[1])  # type: ignore[operator]
    with pytest.raises(Stop) as stop:
        parse_report(data, "r.jsonl")
    assert said in stop.value.sentence
    assert stop.value.sentence.startswith("r.jsonl ")
    assert "\n" not in stop.value.sentence


def test_every_line_satisfies_the_shipped_schema(make: Make) -> None:
    shipped = json.loads(files("loopcert.runners.schemas").joinpath("report.schema.json").read_text("utf-8"))
    Draft202012Validator.check_schema(shipped)
    validator = Draft202012Validator(shipped)
    for line in make({"sample-01": "fail", "sample-02": "could-not-run"}, cover(Status.BUG))[1].splitlines():
        validator.validate(json.loads(line))
    assert list(validator.iter_errors({"kind": "test", "id": "x"}))


def test_the_shipped_schema_is_the_one_that_the_code_gives() -> None:
    shipped = files("loopcert.runners.schemas").joinpath("report.schema.json").read_text("utf-8")
    assert json.loads(shipped) == json.loads(json.dumps(schema()))


def test_a_full_disk_is_told_and_the_lines_stay_in_memory() -> None:
    writer = ReportWriter()
    writer.path = Path("/dev/full")
    writer.write(TestLine(id="a", requirement="b", verdict=Verdict.PASS))
    writer.write(TestLine(id="c", requirement="b", verdict=Verdict.PASS))
    assert "No space left on device" in writer.failure
    assert len(writer.lines) == 2


def test_a_path_that_cannot_be_written_is_refused_at_once(tmp_path: Path) -> None:
    with pytest.raises(Stop, match="cannot write the report"):
        ReportWriter(tmp_path / "missing" / "r.jsonl")
