"""The journal: what the processes that run tests write down, and reading it while they still write.

Every process appends JSON lines to a file of its own, ``<pid>.jsonl``. The last line may be cut (its process was
killed), and a hostile loop may write rubbish: a line that cannot be read counts for nothing, so that its test has no
verdict yet and is run again.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TypeAlias

import msgspec


class Planned(msgspec.Struct, frozen=True):
    """One collected test; ``excused`` says why it does not apply here, or nothing."""

    id: str
    requirement: str
    excused: str = ""


class Leak(msgspec.Struct, frozen=True):
    """Something left behind after ``loop.close()``, and the requirement that forbids it."""

    requirement: str
    what: str


class SessionEvent(msgspec.Struct, frozen=True, tag_field="event", tag="session"):
    """A process has come up."""

    pid: int
    worker: str = ""
    python: str = ""


class PlanEvent(msgspec.Struct, frozen=True, tag_field="event", tag="plan"):
    """What a process has collected."""

    tests: tuple[Planned, ...]


class StartEvent(msgspec.Struct, frozen=True, tag_field="event", tag="start"):
    """A test begins; it hangs if it has not ended within ``limit`` seconds (0: what the run was given)."""

    test: str
    pid: int
    limit: float = 0.0


class EndEvent(msgspec.Struct, frozen=True, tag_field="event", tag="end"):
    """A test has ended in its own process; ``seconds`` is its duration, ``patched`` what it rebound in asyncio."""

    test: str
    pid: int
    outcome: str
    kind: str = ""
    message: str = ""
    reason: str = ""
    details: str = ""
    leaks: tuple[Leak, ...] = ()
    seconds: float = 0.0
    output: str = ""
    patched: tuple[str, ...] = ()


class DiedEvent(msgspec.Struct, frozen=True, tag_field="event", tag="died"):
    """The process of an isolated test, ``died``, is gone before its end; its parent says how."""

    test: str
    died: int
    signal: str = ""
    status: int | None = None
    timeout: bool = False
    stacks: str = ""


class GoneEvent(msgspec.Struct, frozen=True, tag_field="event", tag="gone"):
    """The worker of that name has ended in whatever way; xdist's controller says so."""

    worker: str


class ExitEvent(msgspec.Struct, frozen=True, tag_field="event", tag="exit"):
    """A process has ended in order."""

    pid: int


class KillEvent(msgspec.Struct, frozen=True, tag_field="event", tag="kill"):
    """Selftest: what a test did with a fault that breaks its requirement.

    ``lacking`` names what the machine or the environment lacks for the test, a framework for one.
    """

    fault: str
    breaks: str
    test: str
    outcome: str
    killed: bool
    message: str = ""
    lacking: str = ""


class BystanderEvent(msgspec.Struct, frozen=True, tag_field="event", tag="bystander"):
    """Selftest: what a test of another chapter did with a fault."""

    fault: str
    test: str
    outcome: str


Event: TypeAlias = (
    SessionEvent | PlanEvent | StartEvent | EndEvent | DiedEvent | GoneEvent | ExitEvent | KillEvent | BystanderEvent
)
_DECODER = msgspec.json.Decoder(Event)


class Tail:
    """Follows a journal directory: each call of `read` gives the events that were written since the last."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._offsets: dict[str, int] = {}

    def read(self) -> Iterator[Event]:
        """Yield the events of every whole line not yet read, file by file."""
        for entry in sorted(os.scandir(self.directory), key=lambda each: each.name):
            if not entry.name.endswith(".jsonl"):
                continue
            offset = self._offsets.get(entry.name, 0)
            # DirEntry.stat would be cached from before the file grew
            if os.stat(entry.path).st_size <= offset:
                continue
            with open(entry.path, "rb") as file:
                file.seek(offset)
                whole, newline, _ = file.read().rpartition(b"\n")
            self._offsets[entry.name] = offset + len(whole) + len(newline)
            for event in _decode(whole):
                if isinstance(event, ExitEvent):
                    self._forget(event.pid)
                yield event

    def _forget(self, pid: int) -> None:
        """Take away the files of a process that ended in order: a selftest has thousands, and each is looked at."""
        self._offsets.pop(f"{pid}.jsonl", None)
        for suffix in ("jsonl", "out", "stacks"):
            with suppress(OSError):
                (self.directory / f"{pid}.{suffix}").unlink(missing_ok=True)

    def stacks(self, pid: int) -> str:
        """Return what the watchdog of process ``pid`` wrote before it ended the process, or ""."""
        try:
            return (self.directory / f"{pid}.stacks").read_text("utf-8", "replace").strip()
        except OSError:
            return ""


def _decode(lines: bytes) -> Iterator[Event]:
    for line in lines.splitlines():
        try:
            yield _DECODER.decode(line)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            continue
