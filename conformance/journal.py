"""The journal: one line of JSON for each thing that happens to a test, on disk before the next one starts.

Whoever runs the suite reads it from outside; it must survive any death of this process. So every line is one
write to a file opened anew by its path: a loop that closes descriptors closes no journal.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any


class Journal:
    """Appends events to ``<folder>/<pid>.jsonl``; after a fork the child writes a file of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def stacks(self) -> Path:
        """Where this process's watchdog writes the stacks of a hang or a crash."""
        return self.folder / f"{os.getpid()}.stacks"

    @property
    def output(self) -> Path:
        """Where stdout and stderr of this process go."""
        return self.folder / f"{os.getpid()}.out"

    def write(self, event: str, **fields: Any) -> None:
        """Append one event with the process id and the monotonic time (seconds)."""
        line = {"event": event, "pid": os.getpid(), "time": time.monotonic(), **fields}
        data = json.dumps(line, default=repr).encode() + b"\n"
        descriptor = os.open(self.folder / f"{os.getpid()}.jsonl", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        try:
            os.write(descriptor, data)
        finally:
            os.close(descriptor)

    def session(self, worker: str) -> None:
        """Say that this process is about to run tests."""
        self.write("session", worker=worker, python=".".join(map(str, sys.version_info[:3])))

    def plan(self, tests: list[Mapping[str, str]]) -> None:
        """Say which tests were selected: id, requirement, and the reason of each that does not apply here."""
        self.write("plan", tests=tests)
