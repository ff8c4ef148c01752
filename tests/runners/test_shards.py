"""A run in parts: every requirement in one shard, and the merged report is that of a run that was not split."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Any

import msgspec
import pytest
from jsonschema import Draft202012Validator

from loopcert.runners.books import check_books
from loopcert.runners.cli import run
from loopcert.runners.exits import Exit, Stop
from loopcert.runners.report import Header, Report, Shard
from loopcert.runners.report_file import ReportWriter, read_report
from loopcert.runners.shards import Named, merge, parse_shard, part
from loopcert.spec import load_catalogue

HERE = Path(__file__).parent
LOOP = "bad_loops:LeavesHandler"
CHOSEN = ("-k", "callbacks-0*", "-k", "running-45", "-n", "1")
N = 3
FOREIGN = "running-45"
"""Tests of callbacks break it by what they leave behind; it belongs to one shard."""


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The reports of a whole run and of its shards, by the shard's name."""
    folder = tmp_path_factory.mktemp("shards")
    (folder / "d.toml").write_text(
        '[[deviation]]\nrequirement = "callbacks-01"\nreason = "was late"\nstatus = "bug"\n'
        f'[[deviation]]\nrequirement = "{FOREIGN}"\nreason = "needs it"\nstatus = "intended"\n',
        "utf-8",
    )
    found = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(HERE))
        for name in ("whole", *(f"{number}/{N}" for number in range(1, N + 1))):
            found[name] = folder / f"{name.replace('/', '-')}.jsonl"
            shard = () if name == "whole" else ("--shard", name)
            given = ("run", LOOP, *CHOSEN, *shard, "--deviations", str(folder / "d.toml"))
            assert run([*given, "--report", str(found[name])]) in {Exit.AS_EXPECTED, Exit.STALE_DEVIATIONS}
    return found


@pytest.fixture
def shards(measured: dict[str, Path]) -> list[Path]:
    return [path for name, path in measured.items() if name != "whole"]


@pytest.fixture
def merged(shards: list[Path], tmp_path: Path) -> Report:
    run(["merge", *map(str, reversed(shards)), "-o", str(tmp_path / "merged.jsonl")])
    return read_report(tmp_path / "merged.jsonl")


def edited(path: Path, target: Path, edit: Callable[[Header], Header]) -> Path:
    """Write a report anew with another header, as a run under other circumstances would have written it."""
    report = read_report(path)
    written(target, replace(report, header=edit(report.header)))
    return target


def written(target: Path, report: Report) -> None:
    writer = ReportWriter(target)
    writer.write(report.header)
    for line in report.tests:
        writer.write(line)
    for each in report.requirements:
        writer.write(each)
    writer.finish(report.footer)


def inside(field: str, **values: Any) -> Callable[[Header], Header]:
    """Change one of the header's parts."""

    def edit(header: Header) -> Header:
        return msgspec.structs.replace(
            header, **{field: msgspec.structs.replace(getattr(header, field), **values) if values else ""}
        )

    return edit


@pytest.mark.parametrize("text", ["0/3", "4/3", "1", "1/0", "a/b", "-1/2", "1/2/3", ""])
def test_what_is_no_shard_is_refused(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ValueError, match="is no shard"):
        parse_shard(text)
    assert run(["run", "asyncio", "--shard", text]) == Exit.USAGE
    assert "is no shard" in capsys.readouterr().err


def test_the_shards_divide_the_selection_and_are_always_the_same() -> None:
    selected = load_catalogue().requirements
    parts = [part(selected, Shard(number=number, of=7)) for number in range(1, 8)]
    together = [name for each in parts for name in each]
    assert sorted(together) == sorted(name for name, each in selected.items() if each.testable)
    assert max(map(len, parts)) - min(map(len, parts)) <= 1
    assert parts == [part(selected, Shard(number=number, of=7)) for number in range(1, 8)]


def test_more_shards_than_requirements_are_refused_by_each_of_them(capsys: pytest.CaptureFixture[str]) -> None:
    for number in (1, 2):
        assert run(["run", "asyncio", "-k", "timers-01", "--shard", f"{number}/2"]) == Exit.INCOMPLETE
        assert "take fewer shards" in capsys.readouterr().err


def test_merging_gives_what_a_run_that_was_not_split_gives(measured: dict[str, Path], merged: Report) -> None:
    whole = read_report(measured["whole"])
    assert [(line.id, line.verdict, line.deviation) for line in merged.requirements] == [
        (line.id, line.verdict, line.deviation) for line in whole.requirements
    ]
    assert {line.id: line.verdict for line in merged.tests} == {line.id: line.verdict for line in whole.tests}
    for field in ("outcome", "planned", "executed", "not_applicable", "could_not_run", "counts", "profiles"):
        assert getattr(merged.footer, field) == getattr(whole.footer, field), field
    assert merged.footer.stale_deviations == whole.footer.stale_deviations == ("callbacks-01",)
    assert merged.header.plan == whole.header.plan
    for each in (whole, merged):
        check_books(each, "r.jsonl")
    assert merged.header.config == whole.header.config


def test_what_is_left_behind_counts_against_a_requirement_of_another_shard(shards: list[Path], merged: Report) -> None:
    reports = [read_report(path) for path in shards]
    owners = [
        any(line.id == FOREIGN for line in each.requirements[: each.header.plan.requirements]) for each in reports
    ]
    assert owners.count(True) == 1
    finders = [any(line.id == f"leaks::{FOREIGN}" for line in each.tests) for each in reports]
    assert any(found and not owned for found, owned in zip(finders, owners, strict=True))
    (line,) = [line for line in merged.requirements if line.id == FOREIGN]
    assert line.verdict == "fail" and line.deviation is not None
    (leak,) = [line for line in merged.tests if line.id == f"leaks::{FOREIGN}"]
    assert leak.details.count("\n") + 1 >= finders.count(True)


def test_a_merged_report_balances_and_names_its_shards(shards: list[Path], merged: Report, tmp_path: Path) -> None:
    footer = merged.footer
    assert footer.planned == footer.executed + footer.not_applicable + footer.could_not_run == len(merged.tests)
    assert merged.header.merged == tuple(read_report(path).footer.digest for path in shards)
    assert merged.header.config.shard is None
    schema = json.loads(files("loopcert.runners.schemas").joinpath("report.schema.json").read_text("utf-8"))
    validator = Draft202012Validator(schema)
    for path in (tmp_path / "merged.jsonl", shards[0]):
        validator.validate(json.loads(path.read_bytes().splitlines()[0]))


def test_a_missing_shard_is_named(shards: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["merge", str(shards[0]), str(shards[2]), "-o", str(tmp_path / "m.jsonl")]) == Exit.INCOMPLETE
    assert f"shard 2/{N}" in capsys.readouterr().err
    assert not (tmp_path / "m.jsonl").exists()


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (inside("suite", catalogue="sha256:" + "0" * 64), "catalogue is"),
        (inside("suite", version="9.9"), "loopcert is 9.9"),
        (inside("loop", spec="other:loop"), "loop is other:loop"),
        (inside("loop", version="9.9"), "version of the loop is 9.9"),
        (inside("loop", digest="0" * 64), "digest of the loop is"),
        (inside("python", version="3.10.0"), "Python is CPython 3.10.0"),
        (inside("platform", machine="pdp11"), "platform is"),
        (inside("config", timeout=9.0), "setting timeout is 9.0"),
        (inside("config", patterns=("timers-*",)), "setting patterns is timers-*"),
        (inside("config", deviations=""), "setting deviations is none"),
        (inside("config", stop_at_first=True), "setting stop_at_first"),
        (inside("config", shard=Shard(number=2, of=9)), "number of shards is 9"),
        (inside("config", shard=Shard(number=1, of=N)), f"are both shard 1/{N}"),
        (inside("config", shard=None), "is no shard"),
        (inside("plan", requirements=90), "do not divide one selection"),
    ],
)
def test_what_does_not_belong_together_is_refused(
    shards: list[Path], edit: Callable[[Header], Header], said: str, tmp_path: Path
) -> None:
    strange = edited(shards[1], tmp_path / "strange.jsonl", edit)
    with pytest.raises(Stop) as stop:
        merge(Named(path.name, read_report(path)) for path in (shards[0], strange, shards[2]))
    assert said in stop.value.sentence
    assert "strange.jsonl" in stop.value.sentence or "selection" in stop.value.sentence
    assert stop.value.code is Exit.USAGE


def test_the_same_file_twice_and_the_output_among_the_shards_are_refused(
    shards: list[Path], capsys: pytest.CaptureFixture[str]
) -> None:
    first, second, third = map(str, shards)
    assert run(["merge", first, second, second, third, "-o", "m.jsonl"]) == Exit.USAGE
    assert "given twice" in capsys.readouterr().err
    before = shards[0].read_bytes()
    assert run(["merge", first, second, third, "-o", first]) == Exit.USAGE
    assert shards[0].read_bytes() == before


def test_machines_may_differ_in_kernel_and_processors(shards: list[Path], tmp_path: Path) -> None:
    other = edited(shards[1], tmp_path / "a.jsonl", inside("platform", release="9.9"))
    other = edited(other, tmp_path / "b.jsonl", inside("config", workers=7))
    header = merge(Named(path.name, read_report(path)) for path in (shards[0], other, shards[2])).header
    assert header.platform.release.endswith(", 9.9")
    assert header.config.workers == 7


def test_a_shard_that_was_interrupted_leaves_the_whole_incomplete(shards: list[Path], tmp_path: Path) -> None:
    report = read_report(shards[1])
    footer = msgspec.structs.replace(report.footer, complete=False)
    written(tmp_path / "cut.jsonl", replace(report, footer=footer))
    given = [str(shards[0]), str(tmp_path / "cut.jsonl"), str(shards[2])]
    assert run(["merge", *given, "-o", str(tmp_path / "m.jsonl")]) == Exit.INCOMPLETE
    assert read_report(tmp_path / "m.jsonl").footer.outcome == "incomplete"


@pytest.mark.skipif(sys.platform == "win32", reason="there is no /dev/full")
def test_a_merged_report_that_cannot_be_written_is_told(shards: list[Path]) -> None:
    assert run(["merge", *map(str, shards), "-o", "/dev/full"]) == Exit.SUITE_FAILED
