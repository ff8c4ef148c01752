"""A list of deviations is begun, held against a loop, and rid of what is stale."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from loopcert.runners import known_failures
from loopcert.runners.cli import run
from loopcert.runners.deviations import Deviation, Deviations, Status
from loopcert.runners.exits import Exit

from .conftest import Make

NEWEST_FIRST = "loopcert.conformance.faults.callbacks:NewestFirst"
LIST = """\
# what we do differently
[[deviation]]
requirement = "callbacks-03"  # the order
reason = "on purpose"
status = "intended"

[[deviation]]
requirement = "timers-01"
reason = "was broken once"
status = "bug"

[[deviation]]
requirement = "timers-02"
reason = "only there"
status = "bug"
when = 'sys_platform == "elsewhere"'
"""


def test_a_list_begins_with_the_musts_that_nothing_covers(make: Make) -> None:
    covered = {"sample-02": Deviation("sample-02", "on purpose", Status.INTENDED)}
    report = make({"sample-01": "fail", "sample-02": "fail", "sample-03": "fail"}, Deviations(covered))[0]
    text, count = known_failures.begin(report)
    entries = tomllib.loads(text)["deviation"]
    musts = [line.id for line in report.broken() if line.mandatory and line.id != "sample-02"]
    assert [each["requirement"] for each in entries] == musts and count == len(musts) > 0
    assert "saw 'b', wanted 'a'" in entries[0]["reason"] and entries[0]["status"] == "bug"


def test_a_loop_that_breaks_nothing_has_an_empty_list(make: Make) -> None:
    text, count = known_failures.begin(make()[0])
    assert tomllib.loads(text) == {} and count == 0


def test_check_and_prune_of_a_real_loop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("deviations.toml").write_text(LIST, "utf-8")
    assert run(["deviations", "check", NEWEST_FIRST, "-n", "1"]) == Exit.STALE_DEVIATIONS
    said = capsys.readouterr()
    assert "callbacks-03         fail, covered (intended)" in said.out and "timers-01            stale" in said.out
    assert run(["deviations", "prune", NEWEST_FIRST, "-n", "1"]) == Exit.AS_EXPECTED
    text = Path("deviations.toml").read_text("utf-8")
    left = [each["requirement"] for each in tomllib.loads(text)["deviation"]]
    assert left == ["callbacks-03", "timers-02"] and "# the order" in text
    assert run(["deviations", "check", NEWEST_FIRST, "-n", "1"]) == Exit.AS_EXPECTED


@pytest.mark.parametrize(
    ("text", "arguments", "code", "said"),
    [
        ("", ["check"], Exit.INCOMPLETE, "has no entry"),
        (LIST.replace("callbacks-03", "callbacks-999"), ["check"], Exit.USAGE, "no requirement is called"),
        (LIST, ["init"], Exit.USAGE, "is there already"),
        (None, ["prune"], Exit.USAGE, "does not exist"),
    ],
)
def test_what_is_wrong_with_a_list_is_one_sentence(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    text: str | None,
    arguments: list[str],
    code: Exit,
    said: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    if text is not None:
        Path("deviations.toml").write_text(text, "utf-8")
    assert run(["deviations", *arguments, "asyncio"]) == code
    shown = capsys.readouterr().err
    assert said in shown and "Traceback" not in shown
