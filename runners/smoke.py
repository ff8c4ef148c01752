"""Can the loop be imported, made, run, closed and made again? Asked in a child process that may be lost."""

from __future__ import annotations

import json
import signal
import subprocess
import tempfile
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from loopcert.runners.exits import Stop
from loopcert.runners.processes import clear, start
from loopcert.runners.target import Target

STEPS = {
    "import": "import it",
    "make": "make a loop",
    "run": "run a coroutine on it",
    "close": "close it",
    "remake": "make another after that",
    "reclose": "close that too",
}
_INDISPENSABLE = ("import", "make", "remake")
PATIENCE = 15.0
"""Seconds that the whole check may take."""
_FOREIGN_PATIENCE = 90.0
"""Seconds that it may take on another Python than the runner's: under Wine a whole Windows may have to start first."""


@dataclass(frozen=True)
class Smoke:
    """What came of a smoke check: the step that failed, if any, and why; the facts about interpreter and loop."""

    failures: Mapping[str, str]
    python: Mapping[str, Any]
    subject: Mapping[str, Any]

    def demand_usable(self) -> None:
        """`Stop` unless loops can be made again and again; what they then do is for the suite to judge."""
        for step in _INDISPENSABLE:
            if step in self.failures:
                raise Stop(self.failures[step])


class SmokeCheck:
    """A smoke check of ``target`` that goes on while the caller does something else, until `finish`."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self._mark = uuid.uuid4().hex
        self._folder = tempfile.TemporaryDirectory(prefix="loopcert-", ignore_cleanup_errors=True)
        self._notes, self._log = Path(self._folder.name, "steps.jsonl"), Path(self._folder.name, "log.txt")
        command = [target.python, "-m", "loopcert.runners.probe", target.loop.text, str(self._notes)]
        if not target.own_python:
            command.append("suite")
        self._process = start(command, target.environment(self._mark), self._log)

    def abandon(self) -> None:
        """End the check, however far it came; one that has ended is left alone."""
        if self._process.returncode is None:
            clear(self._process, self._mark)
        self._folder.cleanup()

    def finish(self) -> Smoke:
        """Wait for the end of the check; `Stop` only where the Python cannot run loopcert at all."""
        with self._folder:
            try:
                status: int | None = self._process.wait(_patience(self.target))
            except subprocess.TimeoutExpired:
                status = None
            finally:
                clear(self._process, self._mark)
            rows = _rows(self._notes)
            if not rows:
                raise Stop(_no_loopcert(self.target, self._log))
        return _judge(self.target, rows, status)


def _rows(notes: Path) -> list[dict[str, Any]]:
    try:
        return [json.loads(line) for line in notes.read_text("utf-8").splitlines()]
    except FileNotFoundError:
        return []


def _no_loopcert(target: Target, log: Path) -> str:
    last = (log.read_text("utf-8", "replace").strip().splitlines() or ["it said nothing"])[-1]
    return f"{target.python} cannot run loopcert ({last}); install loopcert there, or give another --python"


def _judge(target: Target, rows: list[dict[str, Any]], status: int | None) -> Smoke:
    taken = {row["step"]: row for row in rows}
    failures = {step: row["failed"] for step, row in taken.items() if "failed" in row}
    if "end" not in taken:
        stuck = next((step for step in STEPS if step not in taken), "reclose")
        failures[stuck] = f"{target.loop.text!r}: the attempt to {STEPS[stuck]} {_ending(status, _patience(target))}"
    subject = {key: value for key, value in taken.get("subject", {}).items() if key != "step"}
    return Smoke(failures, taken["python"], subject)


def _patience(target: Target) -> float:
    return PATIENCE if target.own_python else _FOREIGN_PATIENCE


def _ending(status: int | None, patience: float) -> str:
    if status is None:
        return f"did not end within {patience:g} s"
    if status < 0:
        return f"killed the process ({signal.Signals(-status).name})"
    return f"ended the process with status {status}"
