"""action.yml: its scripts, run as a runner runs them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from .conftest import Machine
from .scripts import Runner, inputs_of, read, scripts

ACTION = read("action.yml")
STEPS = scripts(ACTION["runs"]["steps"])


def runner(machine: Machine, folder: Path, **inputs: str) -> Runner:
    temp = folder.parent / "temp"
    temp.mkdir()
    return Runner(folder, temp, machine.environment, inputs_of(ACTION, **inputs))


def test_a_loop_is_installed_certified_reported_and_judged(machine: Machine, toyloop: Path) -> None:
    assert machine.run("pip install .", toyloop).returncode == 0
    (toyloop / "certificate.json").write_text("of an earlier run", "utf-8")
    job = runner(machine, toyloop, loop="toyloop:new_event_loop", deviations="deviations.toml", badge="out/badge")
    for name, step in STEPS.items():
        done = job.run(step)
        assert done.returncode == 0, f"{name}: {done.stdout}{done.stderr}"
    outputs = {key.removeprefix("steps.certify.outputs."): value for key, value in job.outputs.items()}
    assert outputs["exit-code"] == "0"
    assert outputs["outcome"] == "conformant-with-deviations"
    assert job.outputs["steps.install.outputs.artifact"].startswith("loopcert-toyloop-new_event_loop-3.")
    certificate = json.loads((toyloop / outputs["certificate"]).read_text("utf-8"))
    named = {each["requirement"] for each in certificate["predicate"]["deviations"] if each["origin"] == "user"}
    assert named == {"timers-12"}
    assert certificate["subject"][0]["name"] == "pkg:pypi/toyloop@1.2.0"
    assert certificate["subject"][0]["annotations"]["digest-of"] == "RECORD"
    covered = sum(kinds["musts"]["covered"] for kinds in certificate["predicate"]["profiles"].values())
    message = json.loads((toyloop / outputs["badge"] / "badge.json").read_text("utf-8"))["message"]
    assert message.endswith(f" musts, {covered} deviation" + "s" * (covered > 1))
    assert job.summary.startswith("# toyloop:new\\_event\\_loop 1.2.0 on CPython")
    assert "timers-12" in job.summary
    assert machine.run(f"loopcert verify certificate.json --report {outputs['report']}", toyloop).returncode == 0


def test_a_loop_that_cannot_be_had_fails_the_job_and_says_so(machine: Machine, tmp_path: Path) -> None:
    folder = tmp_path / "empty"
    folder.mkdir()
    (folder / "report.jsonl").write_text("of an earlier run", "utf-8")
    job = runner(machine, folder, loop="no_such_module:loop", **{"fail-on": "nothing"})
    codes = [job.run(step).returncode for step in STEPS.values()]
    assert codes == [0, 0, 0, 2]
    assert job.outputs["steps.certify.outputs.exit-code"] == "2"
    assert "steps.certify.outputs.outcome" not in job.outputs
    assert job.summary.startswith("# no_such_module:loop: no verdict")
    assert not (folder / "report.jsonl").exists()


@pytest.mark.parametrize(
    ("fail_on", "code", "ends"),
    [
        ("any", "0", 0),
        ("any", "1", 1),
        ("any", "3", 3),
        ("falls-short", "3", 0),
        ("falls-short", "1", 1),
        ("nothing", "1", 0),
        ("nothing", "3", 0),
        ("nothing", "4", 4),
        ("nothing", "5", 5),
    ],
)
def test_what_fails_a_job(machine: Machine, tmp_path: Path, fail_on: str, code: str, ends: int) -> None:
    job = runner(machine, tmp_path / "here", loop="any:loop", **{"fail-on": fail_on})
    job.folder.mkdir()
    job.outputs["steps.certify.outputs.exit-code"] = code
    done = job.run(STEPS["Judge"])
    assert done.returncode == ends
    assert ("::warning" in done.stdout) is (ends == 0 and code != "0")


def test_a_word_that_fail_on_does_not_know_fails_before_anything_runs(machine: Machine, tmp_path: Path) -> None:
    job = runner(machine, tmp_path / "here", loop="any:loop", **{"fail-on": "sometimes"})
    job.folder.mkdir()
    done = job.run(STEPS["Install loopcert"])
    assert (done.returncode, done.stdout) == (
        2,
        "::error title=loopcert::fail-on is 'sometimes'; it is any, falls-short or nothing\n",
    )


def test_a_long_summary_is_cut_where_a_character_ends(machine: Machine, tmp_path: Path) -> None:
    folder = tmp_path / "here"
    folder.mkdir()
    job = runner(machine, folder, loop="\N{SNOWMAN}" * 30_000)
    step = STEPS["Write the step summary"]
    long = step["run"].replace("1000000", "1000")
    assert long != step["run"]
    assert job.run({**step, "run": long}).returncode == 0
    assert job.summary.startswith("# \N{SNOWMAN}")
    assert job.summary.endswith("This is the beginning; the report in the artifact has all.\n")
    assert 900 < len(job.summary.encode()) < 1100
