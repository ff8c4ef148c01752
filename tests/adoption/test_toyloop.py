"""A package of somebody else adopts the suite with the lines of the documents, as they stand there."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest
import yaml

from .conftest import Machine
from .scripts import ROOT

LOOP = "toyloop:new_event_loop"


def documented(name: str) -> list[str]:
    """Give the lines that a document has a CI run run, for this package."""
    text = (ROOT / name).read_text("utf-8")
    (block,) = [each for each in re.findall(r"```yaml\n(.*?)```", text, re.DOTALL) if "loopcert certify" in each]
    return [step["run"].replace("mypkg:new_event_loop", LOOP) for step in yaml.safe_load(block) if "run" in step]


def of_the_toy() -> list[str]:
    """Give the lines that its own CI runs."""
    steps = yaml.safe_load((ROOT / "tests/toyloop/.github/workflows/ci.yml").read_text("utf-8"))
    return [step["run"] for step in steps["jobs"]["conformance"]["steps"] if "run" in step]


@pytest.fixture
def installed(machine: Machine, toyloop: Path) -> Path:
    done = machine.run("pip install .", toyloop)
    assert done.returncode == 0, done.stderr
    return toyloop


def test_readme_guide_and_toy_have_the_same_lines() -> None:
    install, certify = of_the_toy()
    assert certify.count(" --deviations deviations.toml") == 1
    plain = [install, certify.replace(" --deviations deviations.toml", "")]
    assert documented("README.md") == documented("docs/adopt.md") == plain


def test_the_lines_give_report_certificate_and_badge(machine: Machine, toyloop: Path) -> None:
    for line in of_the_toy():
        done = machine.run(line, toyloop)
        assert done.returncode == 0, done.stdout + done.stderr
    certificate = json.loads((toyloop / "certificate.json").read_text("utf-8"))
    assert certificate["predicate"]["outcome"] == "conformant-with-deviations"
    assert "toyloop:new_event_loop 1.2.0" in (toyloop / "badge" / "badge.svg").read_text("utf-8")
    verified = machine.run("loopcert verify certificate.json --report report.jsonl", toyloop)
    assert verified.returncode == 0, verified.stderr
    assert "matches its report" in verified.stdout


def test_the_suite_runs_in_the_author_s_own_pytest(machine: Machine, installed: Path) -> None:
    (line,) = set(re.findall(r"`(pytest --pyargs [^`]*)`", (ROOT / "docs/adopt.md").read_text("utf-8")))
    done = machine.run(f"python -m {line.replace('mypkg:new_event_loop', LOOP)} -q -k callbacks_run_in", installed)
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"^\d+ passed, \d+ deselected", done.stdout.splitlines()[-1])


def test_the_list_of_deviations_holds_until_the_loop_is_mended(machine: Machine, installed: Path) -> None:
    check = f"loopcert deviations check {LOOP}"
    holds = machine.run(check, installed)
    assert holds.returncode == 0, holds.stderr
    code = installed / "src/toyloop/__init__.py"
    code.write_text(code.read_text("utf-8").replace("64**6", "64**9"), "utf-8")
    assert machine.run("pip install .", installed).returncode == 0
    stale = machine.run(check, installed)
    assert (stale.returncode, stale.stderr.splitlines()[-1]) == (
        3,
        f"loopcert: stale: timers-12; `loopcert deviations prune {LOOP}` takes them out",
    )


def test_what_is_not_in_the_list_counts(machine: Machine, installed: Path) -> None:
    chosen = f"loopcert run {LOOP} -k timers-12 -k callbacks-03"
    assert machine.run(f"{chosen} --deviations deviations.toml", installed).returncode == 0
    assert machine.run(chosen, installed).returncode == 1
    entry = (installed / "deviations.toml").read_text("utf-8").replace("timers-12", "callbacks-03")
    (installed / "other.toml").write_text(entry, "utf-8")
    assert machine.run(f"loopcert run {LOOP} -k callbacks-03 --deviations other.toml", installed).returncode == 3


def test_its_workflows_and_template_name_inputs_that_exist() -> None:
    called = yaml.safe_load((ROOT / "tests/toyloop/.github/workflows/certificate.yml").read_text("utf-8"))
    offered = yaml.safe_load((ROOT / ".github/workflows/certify.yml").read_text("utf-8"))
    # `on` is a boolean in YAML 1.1
    assert called["jobs"]["loopcert"]["with"].keys() <= offered[True]["workflow_call"]["inputs"].keys()
    asked = {
        scope: right
        for job in offered["jobs"].values()
        for scope, right in job["permissions"].items()
        if right == "write"
    }
    assert called["jobs"]["loopcert"]["permissions"] == asked
    (included,) = yaml.safe_load((ROOT / "tests/toyloop/.gitlab-ci.yml").read_text("utf-8"))["include"]
    template = next(iter(yaml.safe_load_all((ROOT / "ci/gitlab.yml").read_text("utf-8"))))
    assert included["inputs"].keys() <= template["spec"]["inputs"].keys()


def test_every_command_of_the_quickstart_is_one(machine: Machine, installed: Path) -> None:
    text = (ROOT / "docs/quickstart.md").read_text("utf-8")
    lines = [line for block in re.findall(r"```sh\n(.*?)```", text, re.DOTALL) for line in block.splitlines()]
    verbs = {shlex.split(line)[1] for line in lines if line.startswith("loopcert ")}
    assert {"smoke", "run", "certify", "show"} <= verbs
    for verb in sorted(verbs):
        assert machine.run(f"loopcert {verb} --help", installed).returncode == 0, verb
