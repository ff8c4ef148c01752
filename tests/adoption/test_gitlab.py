"""ci/gitlab.yml: one job, whose script certifies and leaves what GitLab shows."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree as ET

import yaml

from .conftest import Machine
from .scripts import ROOT

TEXT = (ROOT / "ci" / "gitlab.yml").read_text("utf-8")
INPUT = re.compile(r"\$\[\[ inputs\.(\w+) \]\]")


def job(**given: str) -> tuple[dict[str, str], list[str]]:
    """Fill in the template: the variables and the script of its job."""
    head, template = yaml.safe_load_all(TEXT)
    described = head["spec"]["inputs"]
    assert {*INPUT.findall(TEXT)} == described.keys()
    values = {name: given.get(name, (each or {}).get("default")) for name, each in described.items()}
    (found,) = template.values()
    filled = {name: INPUT.sub(lambda place: str(values[place[1]]), text) for name, text in found["variables"].items()}
    return filled, found["script"]


def test_a_loop_without_its_deviations_falls_short_and_the_failures_are_shown(machine: Machine, toyloop: Path) -> None:
    variables, script = job(loop="toyloop:new_event_loop", loopcert=str(machine.source))
    there = Machine(machine.home, machine.source, {**machine.environment, **variables})
    done = there.run("\n".join(script), toyloop)
    assert done.returncode == 1, done.stderr
    result = toyloop / "loopcert-result"
    assert sorted(each.name for each in result.iterdir()) == ["badge", "junit.xml", "report.jsonl"]
    failures = ET.parse(result / "junit.xml").getroot().iter("failure")  # our own file
    assert any("timers-12" in str(each.get("message")) for each in failures)


def test_a_loop_that_cannot_be_had_fails_the_job(machine: Machine, toyloop: Path) -> None:
    variables, script = job(loop="toyloop:missing", loopcert=str(machine.source), deviations="deviations.toml")
    there = Machine(machine.home, machine.source, {**machine.environment, **variables})
    done = there.run("\n".join(script), toyloop)
    assert (done.returncode, done.stderr.splitlines()[-1][:10]) == (2, "loopcert: ")
    assert list((toyloop / "loopcert-result").iterdir()) == []


def test_no_input_is_part_of_a_script() -> None:
    assert not INPUT.findall("\n".join(job(loop="any:loop")[1]))
