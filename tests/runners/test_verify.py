"""``loopcert verify``: what was edited, cut, forged or belongs to something else is refused, each in a sentence."""

from __future__ import annotations

import copy
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from loopcert.runners.certificate import certificate, dump, seal
from loopcert.runners.cli import run
from loopcert.runners.deviations import read_deviations
from loopcert.runners.exits import Exit, Stop
from loopcert.runners.report import Subject
from loopcert.runners.report_file import parse_report
from loopcert.runners.subject import describe
from loopcert.runners.verbs.verify import own_deviations
from loopcert.runners.verification import check_report, check_surroundings, parse_certificate
from loopcert.spec import load_catalogue
from loopcert.spec.loops import parse

from .certified import BROKEN, Certified, certified
from .conftest import COVERED, Make

Json = dict[str, Any]


@pytest.fixture
def held(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Certified:
    monkeypatch.chdir(tmp_path)
    return certified(tmp_path)


@pytest.fixture
def refused(capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """Return a function that runs ``verify`` and returns the sentence with which it refuses."""

    def refused(*arguments: str, code: Exit = Exit.USAGE) -> str:
        assert run(["verify", *arguments]) == code
        shown = capsys.readouterr()
        assert shown.out == ""
        (line,) = shown.err.splitlines()
        assert line.startswith("loopcert: ")
        return line

    return refused


def leaves(document: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Yield the way to every value of a JSON document."""
    if not isinstance(document, dict | list):
        yield path
        return
    for key, value in document.items() if isinstance(document, dict) else enumerate(document):
        yield from leaves(value, (*path, key))


def changed(document: Json, path: tuple[str | int, ...]) -> Json:
    """Return a document with another value at the end of ``path``, of the same kind."""
    document = copy.deepcopy(document)
    place: Any = document
    for key in path[:-1]:
        place = place[key]
    value = place[path[-1]]
    other = str(value).translate(str.maketrans("0123456789abcdef", "123456789abcdefa")) + ("" if value else "x")
    place[path[-1]] = value + 1 if isinstance(value, int | float) else other if other != value else value[::-1]
    return document


@pytest.mark.usefixtures("held")
def test_what_holds_says_what_was_checked(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["verify", "c.json", "--report", "r.jsonl"]) == Exit.AS_EXPECTED
    said = capsys.readouterr().out
    assert said.startswith("pkg:pypi/some@1.2 on CPython 3.13: conformant-with-deviations (whole and consistent, ")
    assert "requirements of this loopcert 0.1.0, not released" in said
    assert "matches its report" in said


def test_every_edit_breaks_the_seal_or_the_schema(make: Make) -> None:
    statement = certificate(*make({"sample-01": "fail", "sample-03": "fail"}, COVERED))
    paths = list(leaves(statement))
    assert len(paths) > 50
    for path in paths:
        with pytest.raises(Stop):
            parse_certificate(dump(changed(statement, path)).encode(), "c.json")


def test_every_edit_that_was_sealed_again_is_told_by_the_report(make: Make) -> None:
    report, data = make({"sample-01": "fail", "sample-03": "fail"}, COVERED)
    statement = certificate(report, data)
    for path in leaves(statement):
        other = changed(statement, path)
        if path != ("predicate", "seal"):
            other["predicate"]["seal"] = seal(other)
        with pytest.raises(Stop):
            check_report(parse_certificate(dump(other).encode(), "c.json"), report, data, "r.jsonl")


def test_every_cut_of_a_certificate_is_refused(make: Make) -> None:
    data = dump(certificate(*make())).encode().rstrip()
    for length in range(len(data)):
        with pytest.raises(Stop):
            parse_certificate(data[:length], "c.json")


def test_every_cut_and_every_changed_byte_of_a_report_is_refused(make: Make) -> None:
    report, data = make()
    statement = certificate(report, data)
    spoilt = [data[:length] for length in range(0, len(data), 7)]
    spoilt += [data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :] for at in range(0, len(data), 3)]
    for each in spoilt:
        with pytest.raises(Stop):
            check_report(statement, parse_report(each, "r.jsonl"), each, "r.jsonl")


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "not JSON"),
        (b"%PDF-1.7", "not JSON"),
        (b'"\xff"', "not JSON"),
        (b"[" * 200_000, "not JSON"),
        (b'{"_type": NaN}', "not JSON"),
        (b'{"_type": 1e999}', "not JSON"),
        (b'{"_type": "\\ud800"}', "not JSON"),
        (b'{"_type": 1, "_type": 2}', "says something twice"),
        (b"[]", "no in-toto statement"),
        (b"null", "no in-toto statement"),
        (b'{"_type": "https://in-toto.io/Statement/v1"}', "is of type None"),
    ],
)
def test_what_is_no_certificate_is_refused(data: bytes, said: str, tmp_path: Path, refused: Callable[..., str]) -> None:
    (tmp_path / "x.json").write_bytes(data)
    assert said in refused(str(tmp_path / "x.json"))


@pytest.mark.parametrize(
    "data", [b'"\xff"\n', b"[" * 200_000, b'{"kind":"header","format":"loopcert-report/1"}\n\xff\n']
)
@pytest.mark.usefixtures("held")
def test_what_is_no_report_is_refused(data: bytes, refused: Callable[..., str]) -> None:
    Path("x.jsonl").write_bytes(data)
    assert "x.jsonl is no" in refused("c.json", "--report", "x.jsonl")


def put(*path: str | int, to: Any) -> Callable[[Json], None]:
    def edit(statement: Json) -> None:
        place: Any = statement["predicate"]
        for key in path[:-1]:
            place = place[key]
        place[path[-1]] = to

    return edit


def add(key: str, entry: Any) -> Callable[[Json], None]:
    return lambda statement: statement["predicate"][key].append(entry)


def less(*path: str, by: str) -> Callable[[Json], None]:
    """Take one off two counts, so that they still balance."""

    def edit(statement: Json) -> None:
        place: Any = statement["predicate"]
        for key in path:
            place = place[key]
        for key in by.split():
            place[key] -= 1

    return edit


def undeclared(statement: Json) -> None:
    """Break one must more, and cover it by nothing."""
    tally = statement["predicate"]["profiles"]["network"]["musts"]
    tally["broken"] += 1
    tally["passed"] -= 1


def hidden(statement: Json) -> None:
    """Call the broken must passed, and everything conformant."""
    predicate = statement["predicate"]
    tally = predicate["profiles"]["scheduling"]["musts"]
    tally.update(broken=0, covered=0, passed=tally["passed"] + 1)
    predicate.update(deviations=[], outcome="conformant")


ENTRY = {"verdict": "fail", "origin": "user", "reason": "", "status": "bug"}
BESIDE = {"requirement": "timers-02", "level": "should", "authority": "documented", "verdict": "fail"}


@pytest.mark.parametrize(
    ("edit", "said", "code"),
    [
        (put("outcome", to="non-conformant"), "says that the loop is non-conformant", Exit.FALLS_SHORT),
        (put("outcome", to="incomplete"), "what was found out is incomplete", Exit.INCOMPLETE),
        (put("outcome", to="splendid"), "$.predicate.outcome", Exit.USAGE),
        (put("outcome", to="conformant"), "the outcome is conformant with 1 broken musts", Exit.USAGE),
        (put("tests", "planned", to=1), "planned tests are not", Exit.USAGE),
        (put("tests", to={"planned": 9, "executed": 9, "not-applicable": 0, "could-not-run": 0}),
         "by 9 tests", Exit.USAGE),
        (less("profiles", "tls", "musts", by="passed"), "the counts of tls (musts) do not add up", Exit.USAGE),
        (less("profiles", "tls", "musts", by="passed total"), "tls (musts): total is", Exit.USAGE),
        (lambda statement: statement["predicate"]["profiles"].pop("tls"), "not applicable and names", Exit.USAGE),
        (undeclared, "1 broken musts are covered by no deviation", Exit.USAGE),
        (add("deviations", {**ENTRY, "requirement": "timers-02"}),
         "counts 1 deviations and names 2", Exit.USAGE),
        (put("deviations", to=[]), "counts 1 deviations and names 0", Exit.USAGE),
        (put("deviations", 0, "requirement", to="timers-999"), "timers-999, which is none", Exit.USAGE),
        (put("deviations", 0, "requirement", to="connect-01"), "by its names", Exit.USAGE),
        (put("deviations", 0, "status", to="flaky"), "'flaky' is not one of", Exit.USAGE),
        (put("deviations", 0, to={"requirement": BROKEN, "verdict": "fail", "origin": "cpython", "reason": ""}),
         "none is known on that version", Exit.USAGE),
        (add("beside", BESIDE), "counts 0 broken requirements beside and names 1", Exit.USAGE),
        (add("unstable", "timers-02"), "what it calls unstable", Exit.USAGE),
        (add("not-applicable", {"requirement": BROKEN, "reason": "x"}), "both broken and not applicable", Exit.USAGE),
        (lambda statement: statement["predicate"]["not-applicable"].append(statement["predicate"]["not-applicable"][0]),
         "twice among not-applicable", Exit.USAGE),
        (put("valid-for", "python", to="CPython 3.14"), "is valid for CPython 3.14", Exit.USAGE),
        (put("valid-for", "loop", to="1.3"), "valid for 1.3", Exit.USAGE),
        (put("valid-for", "requirements", to="sha256:" + "0" * 64), "valid for another set", Exit.USAGE),
        (put("issued", to="yesterday"), "'yesterday' is no date", Exit.USAGE),
        (lambda statement: statement["subject"][0].update(name="pkg:pypi/some@9"), "about pkg:pypi/some@9", Exit.USAGE),
        (put("platform", "sys-platform", to="win32"), "and this is win32; it says otherwise", Exit.USAGE),
        (lambda statement: (put("python", "version", to="3.12.9")(statement),
                            put("valid-for", "python", to="CPython 3.12")(statement)),
         "and this is 3.12.9; it says otherwise", Exit.USAGE),
    ],
)  # fmt: skip
def test_a_forged_certificate_is_refused_without_its_report(
    held: Certified, edit: Callable[[Json], object], said: str, code: Exit, refused: Callable[..., str]
) -> None:
    held.edit(edit)
    assert said in refused("c.json", code=code)


def test_a_failure_that_is_left_out_shows_in_the_report_alone(
    held: Certified, refused: Callable[..., str], capsys: pytest.CaptureFixture[str]
) -> None:
    held.edit(hidden)
    assert run(["verify", "c.json"]) == Exit.AS_EXPECTED
    capsys.readouterr()
    assert 'outcome is "conformant", and now' in refused("c.json", "--report", "r.jsonl")


def test_a_deviation_that_the_report_does_not_have_is_refused(held: Certified, refused: Callable[..., str]) -> None:
    held.edit(put("deviations", 0, "reason", to="CPython does the same"))
    assert "says otherwise than its report r.jsonl: predicate.deviations" in refused("c.json", "--report", "r.jsonl")


@pytest.mark.parametrize(
    ("part", "field", "value", "said"),
    [
        ("loop", "spec", "other:loop", "its loop is other:loop, that of the certificate some:loop"),
        ("loop", "version", "1.3", "its version of the loop is 1.3"),
        ("loop", "digest", "ef" * 32, "its digest of the loop is"),
        ("python", "version", "3.13.1", "its Python is CPython 3.13.1"),
        ("platform", "sys-platform", "darwin", "its platform is darwin"),
        ("suite", "version", "0.0.9", "its loopcert is 0.0.9"),
        ("suite", "catalogue", "sha256:" + "0" * 64, "its set of requirements is"),
        ("config", "workers", 9, "its sha256 is"),
    ],
)
def test_a_report_of_something_else_is_refused(
    held: Certified, part: str, field: str, value: object, said: str, refused: Callable[..., str]
) -> None:
    statement = held.statement
    held.forge(lambda rows: rows[0][part].update({field: value}))
    held.statement = statement
    held.write()
    line = refused("c.json", "--report", "r.jsonl")
    assert "r.jsonl is not the report of this certificate" in line and said in line


def of(rows: list[Json], kind: str, requirement: str) -> Json:
    key = "id" if kind == "requirement" else "requirement"
    return next(row for row in rows if row["kind"] == kind and row[key] == requirement)


def whitewashed(rows: list[Json]) -> None:
    """Let the requirement that is broken pass, and the sums with it; its test still fails."""
    line = of(rows, "requirement", BROKEN)
    line["verdict"] = "pass"
    del line["deviation"]
    tally = rows[-1]["profiles"]["scheduling"]["musts"]
    tally.update(broken=0, covered=0, passed=tally["passed"] + 1)
    counts = rows[-1]["counts"]["requirements"]
    counts.update(fail=0) or counts.update({"pass": counts["pass"] + 1})
    rows[-1]["outcome"] = "conformant"


def whitewashed_deeper(rows: list[Json]) -> None:
    """Change the verdict of the test, too; not the run that it comes from."""
    whitewashed(rows)
    of(rows, "test", BROKEN)["verdict"] = "pass"
    counts = rows[-1]["counts"]["tests"]
    counts.update(fail=0) or counts.update({"pass": counts["pass"] + 1})


def without(rows: list[Json], requirement: str) -> None:
    """Take a requirement out, and out of all sums."""
    rows.remove(of(rows, "test", requirement))
    line = of(rows, "requirement", requirement)
    rows.remove(line)
    tally = rows[-1]["profiles"][line["profile"]]["musts"]
    tally.update(total=tally["total"] - 1, passed=tally["passed"] - 1)
    for counts in rows[-1]["counts"].values():
        counts["pass"] -= 1
    rows[-1].update(planned=rows[-1]["planned"] - 1, executed=rows[-1]["executed"] - 1)
    rows[0]["plan"].update({key: value - 1 for key, value in rows[0]["plan"].items()})


def leaking(rows: list[Json]) -> None:
    of(rows, "test", "timers-02")["leaks"] = ["running-45: a thread"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (whitewashed, f"the verdict of {BROKEN} is pass, and its tests say otherwise"),
        (whitewashed_deeper, f"the verdict of test::{BROKEN} is pass, and its runs say otherwise"),
        (lambda rows: rows[-1]["profiles"]["tls"]["musts"].update(total=999), "profiles in its last line is not what"),
        (lambda rows: rows[-1].update(executed=1), "executed in its last line"),
        (lambda rows: rows.remove(of(rows, "requirement", "timers-02")), "tests of timers-02, which has no verdict"),
        (lambda rows: rows.remove(of(rows, "test", "timers-02")), "tests were planned, and it has lines of another"),
        (lambda rows: rows.insert(1, rows[1]), "stands twice"),
        (lambda rows: of(rows, "requirement", "timers-02").update(tests=[]), "names other tests than there are"),
        (lambda rows: rows[0]["plan"].update(requirements=2), "2 requirements were planned"),
        (leaking, "against running-45, and it is held against nobody"),
        (lambda rows: of(rows, "requirement", "timers-02").update(deviation={"origin": "user", "reason": "x"}),
         "is not broken, and has a deviation"),
        (lambda rows: without(rows, "timers-02"), "says otherwise than its report"),
        (lambda rows: of(rows, "requirement", "timers-02").update(text="Anything goes."), "text of timers-02 is"),
        (lambda rows: of(rows, "requirement", "timers-02").update(party="stdlib"), "party of timers-02 is"),
    ],
)  # fmt: skip
def test_a_forged_report_is_refused_and_so_is_a_certificate_made_from_it(
    held: Certified, change: Callable[[list[Json]], object], said: str, refused: Callable[..., str]
) -> None:
    data = held.data
    held.forge(change, thorough=False)
    assert said in refused("c.json", "--report", "r.jsonl")
    held.data = data
    held.forge(change)
    refused("c.json", "--report", "r.jsonl")


def test_the_loop_that_is_installed_has_to_be_the_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, refused: Callable[..., str], capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    subject = Subject(**describe(parse("asyncio")))
    held = certified(tmp_path, loop=subject)
    assert run(["verify", "c.json", "--installed"]) == Exit.AS_EXPECTED
    assert "about the loop installed here" in capsys.readouterr().out
    held.edit(lambda statement: statement["subject"][0]["digest"].update(sha256="0" * 64))
    line = refused("c.json", "--installed")
    assert "the loop that is installed is not the one that was certified: digest.sha256 is" in line


@pytest.mark.usefixtures("held")
def test_a_loop_that_is_not_installed_is_told(refused: Callable[..., str]) -> None:
    assert "cannot import module 'some'" in refused("c.json", "--installed")


@pytest.mark.parametrize(
    ("what", "value"),
    [("loopcert", "0.2.0"), ("requirements", "sha256:0"), ("python", "CPython 3.12"), ("platform", "win32")],
)
def test_a_new_run_must_be_comparable(held: Certified, what: str, value: str) -> None:
    catalogue = load_catalogue().digest
    here = {"loopcert": "0.1.0", "requirements": catalogue, "python": "CPython 3.13", "platform": "linux"}
    check_surroundings(held.statement, here)
    with pytest.raises(Stop, match=f"a new run here would prove nothing: .*{value}"):
        check_surroundings(held.statement, {**here, what: value})


def test_a_new_run_elsewhere_is_refused_before_it_begins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, refused: Callable[..., str]
) -> None:
    monkeypatch.chdir(tmp_path)
    certified(tmp_path, loop=Subject(**describe(parse("asyncio")))).edit(
        lambda statement: (
            statement["predicate"]["python"].update(implementation="Elsewhere")
            or statement["predicate"]["valid-for"].update(python="Elsewhere 3.13")
        )
    )
    line = refused("c.json", "--rerun")
    assert f"and here it is CPython {sys.version_info[0]}.{sys.version_info[1]}" in line


def test_a_new_run_knows_the_deviations_that_the_certificate_names(held: Certified, tmp_path: Path) -> None:
    (tmp_path / "d.toml").write_text(own_deviations(held.statement["predicate"]["deviations"]), "utf-8")
    holding, expired = read_deviations(
        tmp_path / "d.toml", load_catalogue().requirements, {}, held.statement["predicate"]["issued"]
    )
    assert not expired
    assert json.loads(json.dumps(held.statement["predicate"]["deviations"][0]["reason"])) == holding[BROKEN].reason
