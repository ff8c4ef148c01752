"""Runs the scripts that stand in CI files, as a runner would: bash, inputs as variables, outputs in a file."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
_EXPRESSION = re.compile(r"\$\{\{\s*([\w.-]+)\s*\}\}")


def read(name: str) -> Any:
    """Parse a YAML file of the project; of several documents the last."""
    return list(yaml.safe_load_all((ROOT / name).read_text("utf-8")))[-1]


def scripts(steps: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Give the steps that run a script, by name."""
    return {step["name"]: step for step in steps if "run" in step}


@dataclass
class Runner:
    """A job on GitHub, as far as its scripts can tell: where they stand, and what they find around them."""

    folder: Path
    temp: Path
    environment: Mapping[str, str]
    inputs: Mapping[str, str]
    outputs: dict[str, str] = field(default_factory=dict)

    @property
    def summary(self) -> str:
        """What the steps have written for people to read."""
        page = self.temp / "summary.md"
        return page.read_text("utf-8") if page.exists() else ""

    def run(self, step: dict[str, Any]) -> subprocess.CompletedProcess[str]:
        """Run the script of one step, and take what it puts out as ``steps.ID.outputs.NAME``."""
        output = self.temp / "output"
        output.write_text("", "utf-8")
        given = {name: self._value(str(value)) for name, value in step.get("env", {}).items()}
        told = {"GITHUB_OUTPUT": output, "GITHUB_STEP_SUMMARY": self.temp / "summary.md", "RUNNER_TEMP": self.temp}
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
            env={**os.environ, **self.environment, **{name: str(path) for name, path in told.items()}, **given},
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
        )
        for line in output.read_text("utf-8").splitlines():
            name, _, value = line.partition("=")
            self.outputs[f"steps.{step.get('id')}.outputs.{name}"] = value
        return done

    def _value(self, text: str) -> str:
        known = {"runner.os": "Linux", **self.inputs, **self.outputs}
        return _EXPRESSION.sub(lambda found: known.get(found[1], ""), text)


def inputs_of(action: Mapping[str, Any], **given: str) -> dict[str, str]:
    """Give the inputs of an action, defaults included, as expressions name them."""
    assert given.keys() <= action["inputs"].keys()
    return {
        f"inputs.{name}": given.get(name, str(described.get("default", "")))
        for name, described in action["inputs"].items()
    }
