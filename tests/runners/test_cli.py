"""Bad input: one clear sentence, the exit code of the contract, no traceback."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from loopcert.runners.cli import run
from loopcert.runners.report_file import read_report

from .conftest import Make

HERE = Path(__file__).parent
MAIN = [sys.executable, "-c", "from loopcert.runners.cli import main; main()"]
ONE = ("-k", "timers-01", "-n", "1")


@pytest.fixture(autouse=True)
def at_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(HERE))


def sentence(capsys: pytest.CaptureFixture[str]) -> str:
    """What was said on stderr: exactly one line, and no traceback."""
    said = capsys.readouterr().err
    assert "Traceback" not in said
    last = said.strip().splitlines()[-1]
    assert last.startswith("loopcert: ")
    return last


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["run", "nosuchloop"], 2, "no loop is called 'nosuchloop'"),
        (["run", "a:b:c:d"], 2, "names no loop"),
        (["run", "nosuchmodule:loop", *ONE], 2, "cannot import module 'nosuchmodule'"),
        (["run", "bad_loops:missing", *ONE], 2, "has no 'missing'"),
        (["run", "bad_loops:not_callable", *ONE], 2, "is a int; a factory or class is needed"),
        (["run", "bad_loops:raises", *ONE], 2, "raised RuntimeError: no loops today"),
        (["run", "bad_loops:leaves", *ONE], 2, "raised SystemExit: gone"),
        (["run", "bad_loops:dies", *ONE], 2, "make a loop ended the process with status 3"),
        (["run", "bad_loops:gives_no_loop", *ONE], 2, "no event loop"),
        (["run", "bad_loops:same_twice", *ONE], 2, "the same loop twice"),
        (["certify", "bad_loops:running"], 2, "running already"),
        (["smoke", "bad_loops:OnlyOnce"], 2, "can be made only once"),
        (["run", "policy:bad_loops:raises", *ONE], 2, "no usable event loop policy"),
        (["run", "asyncio", "-k", "timers-999"], 2, "'timers-999'"),
        (["run", "asyncio", "-k", "nothing-like-*"], 4, "nothing-like-*"),
        (["run", "asyncio", "-k", "timers-01", "--profile", "network"], 4, "nothing is selected"),
        (["run", "asyncio", "--profile", "swimming"], 2, "'swimming' is not one of"),
        (["run", "asyncio", "--python", "no-such-python", *ONE], 2, "no Python at 'no-such-python'"),
        (["run", "asyncio", "--report", "missing/r.jsonl", *ONE], 2, "cannot write the report"),
        (["run", "asyncio", "--deviations", "none.toml", *ONE], 2, "none.toml"),
        (["run", "asyncio", "-n", "0"], 2, "0 is not in the range"),
        (["certify", "asyncio", "-k", "timers-01"], 2, "No such option"),
        (["show", "timers-999"], 2, "'timers-999'"),
        (["list", "--level", "ought"], 2, "'ought' is not one of"),
        (["report", "none.jsonl"], 2, "none.jsonl"),
        (["verify", "none.json"], 2, "none.json"),
        (["selftest", "-k", "nothing-like-*"], 4, "nothing-like-*"),
        (["fly"], 2, "No such command 'fly'"),
    ],
)
def test_bad_input(arguments: list[str], code: int, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(arguments) == code
    assert said in sentence(capsys)


def test_an_unknown_format_is_refused(make: Make, capsys: pytest.CaptureFixture[str]) -> None:
    Path("r.jsonl").write_bytes(make()[1])
    assert run(["report", "r.jsonl", "--format", "poem"]) == 2
    assert "'poem' is not one of" in sentence(capsys)


def test_a_report_that_was_cut_is_refused(make: Make, capsys: pytest.CaptureFixture[str]) -> None:
    Path("r.jsonl").write_bytes(make()[1][:-100])
    assert run(["report", "r.jsonl"]) == 2
    assert "r.jsonl is no" in sentence(capsys)


def test_a_run_says_what_is_broken_and_leaves_a_report(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["run", "bad_loops:Broken", *ONE, "--report", "r.jsonl", "--junit", "r.xml"]) == 1
    shown = capsys.readouterr()
    assert "FAIL  timers-01  (must, documented)" in shown.out
    assert "again: loopcert run bad_loops:Broken -k timers-01" in shown.out
    assert "Traceback" not in shown.err
    report = read_report(Path("r.jsonl"))
    assert report.footer.outcome == "non-conformant"
    assert "<failure" in Path("r.xml").read_text("utf-8")
    assert run(["report", "r.jsonl"]) == 0
    assert capsys.readouterr().out == shown.out


def test_the_first_failure_stops_a_run_and_marks_it_incomplete() -> None:
    assert run(["run", "bad_loops:Broken", "-k", "timers-*", "-n", "1", "-x", "--report", "r.jsonl"]) == 1
    footer = read_report(Path("r.jsonl")).footer
    assert (footer.complete, footer.outcome) == (False, "incomplete")
    assert footer.could_not_run > 0
    assert footer.planned == footer.executed + footer.not_applicable + footer.could_not_run


def test_stale_deviations_have_a_code_of_their_own() -> None:
    entry = '[[deviation]]\nrequirement = "timers-01"\nreason = "was slow"\nstatus = "bug"\n'
    Path("d.toml").write_text(entry, "utf-8")
    assert run(["run", "asyncio", *ONE, "--deviations", "d.toml"]) == 3
    assert run(["run", "bad_loops:Broken", *ONE, "--deviations", "d.toml"]) == 0


def test_a_full_disk_is_told_after_what_was_measured(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["run", "asyncio", *ONE, "--report", "/dev/full"]) == 5
    shown = capsys.readouterr()
    assert "No space left on device" in shown.err.strip().splitlines()[-1]
    assert "Traceback" not in shown.err
    assert "conformant" in shown.out


def test_ctrl_c_keeps_what_was_measured(tmp_path: Path) -> None:
    command = [*MAIN, "run", "bad_loops:Slow", "-k", "timers-*", "-n", "1", "--report", "r.jsonl"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=tmp_path)
    assert process.stderr is not None
    while process.stderr.read(1) not in ".F":
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    shown, said = process.communicate(timeout=60)
    assert process.returncode == 4
    assert "Traceback" not in said + shown
    assert "Aborted" not in said
    assert said.strip().splitlines()[-1].startswith("loopcert: interrupted: ")
    footer = read_report(tmp_path / "r.jsonl").footer
    assert (footer.complete, footer.outcome) == (False, "incomplete")
    assert 0 < footer.executed < footer.planned
    assert footer.planned == footer.executed + footer.not_applicable + footer.could_not_run


def test_a_run_that_is_killed_leaves_a_report_that_nobody_takes_for_whole(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = [*MAIN, "run", "bad_loops:Slow", "-k", "timers-*", "-n", "1", "--report", "r.jsonl"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd=tmp_path, stdout=subprocess.DEVNULL)
    assert process.stderr is not None
    while process.stderr.read(1) not in ".F":
        assert process.poll() is None
    process.kill()
    process.wait()
    kept = (tmp_path / "r.jsonl").read_text("utf-8").splitlines()
    assert json.loads(kept[0])["kind"] == "header"
    assert json.loads(kept[1])["kind"] == "test"
    assert run(["report", str(tmp_path / "r.jsonl")]) == 2
    assert "interrupted" in sentence(capsys)


def test_help_imports_next_to_nothing() -> None:
    code = (
        "import sys; from loopcert.runners.cli import run; run(['--help']); "
        "print([each for each in ('rich', 'msgspec', 'jsonschema', 'packaging', 'asyncio', 'pytest') "
        "if each in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"
    assert "Commands" in done.stdout


@pytest.mark.parametrize(
    "verb",
    [
        "loops",
        "list",
        "show",
        "smoke",
        "run",
        "certify",
        "merge",
        "verify",
        "report",
        "diff",
        "matrix",
        "deviations",
        "selftest",
    ],
)
def test_every_verb_has_help(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([verb, "--help"]) == 0
    assert f"Usage: loopcert {verb}" in capsys.readouterr().out


def test_list_and_show_agree(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["list", "--profile", "scheduling", "--level", "must", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert {row["level"] for row in rows} == {"must"}
    assert all(row["text"] and row["sources"] for row in rows)
    assert run(["show", rows[0]["id"]]) == 0
    assert rows[0]["text"] in capsys.readouterr().out


def test_loops_says_what_can_run_here(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["loops", "--json"]) == 0
    loops = {row["name"]: row for row in json.loads(capsys.readouterr().out)}
    assert loops["asyncio"]["runs_here"]
    assert not loops["winloop"]["runs_here"] or sys.platform == "win32"


def test_smoke_takes_every_step(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["smoke", "asyncio"]) == 0
    assert capsys.readouterr().out.count(": ok\n") == 6


def test_a_reader_that_leaves_early_is_no_error(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [*MAIN, "list", "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=os.environ, cwd=tmp_path
    )
    assert process.stdout is not None and process.stderr is not None
    process.stdout.read(10)
    process.stdout.close()
    assert process.stderr.read() == b""
    assert process.wait() == 0


def test_nobody_survives_an_interrupt(tmp_path: Path) -> None:
    command = [*MAIN, "run", "bad_loops:Slow", "-k", "timers-*", "-n", "2"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True, cwd=tmp_path)
    assert process.stderr is not None
    while process.stderr.read(1) not in ".F":
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    time.sleep(0.1)
    here = [path for path in Path("/proc").glob("[0-9]*/cwd") if _leads_to(path, tmp_path)]
    assert here == []


def _leads_to(link: Path, folder: Path) -> bool:
    try:
        return link.readlink() == folder and int(link.parent.name) != os.getpid()
    except OSError:
        return False
