"""A cell of the matrix: what is run again and what is not, the limit of time, and that nothing is lost silently."""

import hashlib
import json
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from loopcert.runners import records
from loopcert.runners.bounded import Ended, bounded
from loopcert.runners.cells import Cell, find
from loopcert.runners.certifying import Job, installed, last_line, main, parse, why_not_installed
from loopcert.runners.exits import Stop
from loopcert.runners.records import Record, State
from loopcert.runners.report import Report
from loopcert.spec import load_catalogue
from loopcert.spec.loops import KnownLoop

from .conftest import DIGEST

SETTLED = "it has a whole report"
Make = Callable[..., tuple[Report, bytes]]
Settle = Callable[..., str]


@pytest.fixture
def cell() -> Cell:
    return Cell(KnownLoop("some", "some:loop", "", requires=("some", "other>=2")), "3.13")


@pytest.fixture
def settle(tmp_path: Path, cell: Cell, make: Make) -> Settle:
    """Write a finished cell with ``changes`` to its record, and return what is said of running it again."""
    record = Record(
        *("some", "3.13", State.CERTIFIED, "", DIGEST, ("some", "other>=2"), {"some": "1.2", "other": "2.1"})
    )
    records.report_of(tmp_path, cell).write_bytes(make()[1])

    def settle(now: str = "1.2", granted: float = 100.0, catalogue: str = DIGEST, **changes: object) -> str:
        records.write(tmp_path, cell, replace(record, **changes))  # type: ignore[arg-type]  # any field
        return records.settled(tmp_path, cell, catalogue, {"some": now, "other": "2.1"}, granted)

    return settle


def test_a_finished_cell_is_not_run_again(settle: Settle) -> None:
    assert settle().startswith(SETTLED)


def test_another_catalogue_version_or_requirement_is_run(settle: Settle) -> None:
    assert settle(catalogue="sha256:other") == ""
    assert settle(now="1.3") == ""
    assert settle(requires=("some==1.1", "other>=2")) == ""


@pytest.mark.parametrize("state", [State.BROKEN_OFF, State.NOT_INSTALLED, State.UNUSABLE])
def test_what_did_not_come_to_an_end_is_run_again(settle: Settle, state: State) -> None:
    assert settle(state=state) == ""


def test_what_took_too_long_is_run_again_only_with_more_time(settle: Settle) -> None:
    assert "stopped after 100 s" in settle(state=State.STOPPED, limit=100.0)
    assert "stopped after 100 s" in settle(granted=50.0, state=State.STOPPED, limit=100.0)
    assert settle(granted=200.0, state=State.STOPPED, limit=100.0) == ""


@pytest.mark.parametrize("end", [-1, -40])
def test_a_report_that_is_cut_is_not_whole(settle: Settle, tmp_path: Path, cell: Cell, end: int) -> None:
    assert settle()
    report = records.report_of(tmp_path, cell)
    rows = report.read_bytes().splitlines(keepends=True)
    report.write_bytes(b"".join(rows[:end]) if end < -1 else b"".join([rows[0], *rows[2:]]))
    assert settle() == ""
    report.unlink()
    assert settle() == ""


def test_a_record_that_cannot_be_read_is_none(tmp_path: Path) -> None:
    path = tmp_path / "x.cell.json"
    assert records.read(path) is None
    path.write_text('{"loop": "x", "state": "no such"}', "utf-8")
    assert records.read(path) is None


def test_the_table_leaves_no_cell_out(settle: Settle, tmp_path: Path, cell: Cell) -> None:
    settle(seconds=12.0)
    failed = Cell(KnownLoop("failed", "x:y", ""), "3.13")
    Job(failed, tmp_path, parse(["-n", "1"])).record(State.NOT_INSTALLED, "error: no compiler")
    foreign, idle = find("winloop", "3.13"), find("asyncio", "3.13")
    rows = records.table(tmp_path, [cell, failed, foreign, idle], "linux")
    assert [row[0] for row in rows] == ["some", "failed", "winloop", "asyncio"]
    assert rows[0][2:] == ("conformant", "certified, 12 s")
    assert rows[1][2:] == ("not installed", "error: no compiler")
    assert rows[2][3] == "runs on win32"
    assert "not run" in rows[3][3]
    assert records.whole_reports(tmp_path) == [records.report_of(tmp_path, cell)]


def test_shards_count_only_together(tmp_path: Path, make: Make) -> None:
    cell, data = find("asyncio", "3.13"), make()[1]
    for part in ("1/3", "3/3"):
        records.report_of(tmp_path, cell, part).write_bytes(data)
    assert records.shards(tmp_path) == {}
    records.report_of(tmp_path, cell, "2/3").write_bytes(data)
    parts = [records.report_of(tmp_path, cell, f"{number}/3") for number in (1, 2, 3)]
    assert records.shards(tmp_path) == {records.report_of(tmp_path, cell): parts}
    assert records.whole_reports(tmp_path) == []
    records.report_of(tmp_path, cell).write_bytes(data)
    assert records.table(tmp_path, [cell], "linux")[0][2:] == ("conformant", "put together from shards")


def test_versions_are_those_of_an_environment(tmp_path: Path, cell: Cell) -> None:
    for name, version in (("some", "1.2"), ("other", "2.1"), ("stranger", "3")):
        folder = tmp_path / f"{name}-{version}.dist-info"
        folder.mkdir()
        (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n", "utf-8")
    assert installed(cell, [tmp_path]) == {"some": "1.2", "other": "2.1"}
    assert installed(cell, [tmp_path / "nowhere"]) == {}


def test_a_job_that_was_finished_is_needless_unless_fresh(tmp_path: Path) -> None:
    cell, digest = find("asyncio", "3.13"), load_catalogue().digest
    body = json.dumps({"kind": "header", "suite": {"catalogue": digest}}).encode() + b"\n"
    footer = json.dumps({"kind": "footer", "digest": "sha256:" + hashlib.sha256(body).hexdigest()}).encode() + b"\n"
    records.report_of(tmp_path, cell).write_bytes(body + footer)
    Job(cell, tmp_path, parse([])).record(State.CERTIFIED)
    assert Job(cell, tmp_path, parse([])).needless().startswith(SETTLED)
    assert Job(cell, tmp_path, parse(["--fresh"])).needless() == ""
    assert Job(cell, tmp_path, parse(["--shard", "1/2"])).needless() == ""


def test_options_come_through_to_the_command() -> None:
    options = parse(["uvloop", "-n", "3", "--limit", "60", "--shard", "1/2", "--fresh"])
    assert options.loops == ("uvloop",)
    assert parse(options.arguments) == replace(options, loops=())


def test_workers_may_be_set_for_all_cells(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOOPCERT_WORKERS", "7")
    assert parse([]).workers == 7


def test_a_loop_that_is_not_installed_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Stop, match="cannot be found"):
        main(["blazio", "3.13", str(tmp_path)])


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Collecting x\nERROR: No matching distribution found for x\n", "ERROR: No matching distribution found for x"),
        (
            "x\n  \N{MULTIPLICATION SIGN} Failed to build `y==1`\n  more\n",
            "\N{MULTIPLICATION SIGN} Failed to build `y==1`",
        ),
        ("nothing of the kind\n", "nothing of the kind"),
        ("", "the installer said nothing"),
    ],
)
def test_an_installer_is_quoted(text: str, reason: str) -> None:
    assert why_not_installed(text) == reason


def test_a_job_that_cannot_be_installed_leaves_its_reason_and_no_old_report(tmp_path: Path) -> None:
    job = Job(find("gi", "3.13"), tmp_path, parse([]))
    job.report.write_text("of an older run", "utf-8")
    job.log.write_text("error: no headers\n", "utf-8")
    assert job.not_installed() == "error: no headers"
    assert not job.report.exists()
    record = records.read(records.record_of(tmp_path, job.cell))
    assert record is not None
    assert (record.state, record.reason) == (State.NOT_INSTALLED, "error: no headers")


def ignored(_: float) -> None:
    """What a test of the limit has no use for."""


def test_a_command_ends_by_itself(tmp_path: Path) -> None:
    code = "import sys; print('loopcert: so it is'); sys.exit(4)"
    assert bounded([sys.executable, "-c", code], tmp_path / "log", 60.0, ignored) == Ended(4)
    assert last_line(tmp_path / "log") == "so it is"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signal that a process could act on")
def test_a_command_that_takes_too_long_closes_its_books(tmp_path: Path) -> None:
    ready = tmp_path / "ready"
    code = f"""if True:
        import pathlib, signal, sys, time
        signal.signal(signal.SIGTERM, lambda *_: (print("closed"), sys.exit(4)))
        pathlib.Path({str(ready)!r}).touch()
        time.sleep(600)
    """
    ended = bounded([sys.executable, "-c", code], tmp_path / "log", 2.0, ignored)
    if ready.exists():  # otherwise the machine was too slow for it to start at all
        assert ended == Ended(4, late=True)
        assert last_line(tmp_path / "log") == "closed"
    assert ended.late


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs /proc")
def test_a_command_that_does_not_heed_is_killed_with_its_children(tmp_path: Path) -> None:
    child = tmp_path / "child"
    code = f"""if True:
        import pathlib, signal, subprocess, sys, time
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        sleeper = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
        pathlib.Path({str(child)!r}).write_text(str(sleeper.pid))
        time.sleep(600)
    """
    ended = bounded([sys.executable, "-c", code], tmp_path / "log", 2.0, ignored, grace=0.5)
    assert ended.late
    assert ended.status < 0
    if child.exists():
        folder = Path("/proc", child.read_text())
        while folder.exists() and ") Z " not in (folder / "stat").read_text():
            time.sleep(0.05)
