"""Runs the command line against a hostile loop, restricted to a few requirements, and reads the report."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from loopcert.runners.report import Report, TestLine
from loopcert.runners.report_file import read_report
from loopcert.spec.index import index

HERE = Path(__file__).parent
TRIGGER = next(place.name for place in index().tests_of("timers-01"))
PATTERNS = ("timers-01", "timers-02", "timers-03", "timers-1*", "running-44", "running-43", "running-46")


@dataclass(frozen=True)
class Outcome:
    """What a hostile run came to: the exit code, what it said on stderr, and the report."""

    code: int
    stderr: str
    report: Report

    @property
    def triggered(self) -> TestLine:
        """The test in which the loop misbehaved."""
        return self.report.test(TRIGGER)

    @property
    def others(self) -> dict[str, str]:
        """The verdicts of all other tests, but for those that passed."""
        return {
            line.id: f"{line.verdict}: {line.message}"
            for line in self.report.tests
            if line.id != TRIGGER and line.verdict != "pass"
        }


@pytest.fixture
def attack(tmp_path: Path) -> Callable[[str], Outcome]:
    """Return a function that runs the suite against a loop of `hostile_loops`."""

    def attack(loop: str) -> Outcome:
        report = tmp_path / "report.jsonl"
        selection = [part for pattern in PATTERNS for part in ("-k", pattern)]
        environment = {**os.environ, "PYTHONPATH": str(HERE), "HOSTILE_TEST": TRIGGER}
        command = [sys.executable, "-c", "from loopcert.runners.cli import main; main()", "run"]
        done = subprocess.run(
            [*command, f"hostile_loops:{loop}", *selection, "-n", "2", "--timeout", "1", "--report", str(report)],
            env=environment,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert report.exists(), done.stderr
        return Outcome(done.returncode, done.stderr, read_report(report))

    return attack
