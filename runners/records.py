"""What became of each cell of the matrix: a small JSON file beside its report, so that nothing is lost silently."""

from __future__ import annotations

import enum
import hashlib
import json
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from loopcert.runners.cells import Cell

_SHARD = re.compile(r"\.shard-[0-9]+-of-([0-9]+)\.jsonl$")


class State(enum.StrEnum):
    """How far a cell came."""

    CERTIFIED = "certified"
    """There is a whole report, whatever it says of the loop."""
    STOPPED = "stopped"
    """The time was up; the report, if there is one, says that it is incomplete."""
    UNUSABLE = "unusable"
    """The loop cannot be imported or made."""
    NOT_INSTALLED = "not installed"
    """Its packages cannot be installed here."""
    BROKEN_OFF = "broken off"
    """It was interrupted, or the suite itself failed."""


@dataclass(frozen=True)
class Record:
    """One cell's fate. ``limit`` and ``seconds`` are in seconds; ``versions`` are what was installed."""

    loop: str
    python: str
    state: State
    reason: str = ""
    catalogue: str = ""
    requires: tuple[str, ...] = ()
    versions: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    limit: float = 0.0
    shard: str = ""


def report_of(folder: Path, cell: Cell, shard: str = "") -> Path:
    """Return the path of a cell's report, or of one shard ``I/N`` of it."""
    return folder / f"{cell.stem}{'.shard-' + shard.replace('/', '-of-') if shard else ''}.jsonl"


def record_of(folder: Path, cell: Cell, shard: str = "") -> Path:
    """Return the path of a cell's record."""
    return report_of(folder, cell, shard).with_suffix(".cell.json")


def write(folder: Path, cell: Cell, record: Record) -> None:
    """Write a cell's record, whole or not at all."""
    path = record_of(folder, cell, record.shard)
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".draft")
    draft.write_text(json.dumps(asdict(record), indent=1) + "\n", "utf-8")
    os.replace(draft, path)


def read(path: Path) -> Record | None:
    """Read a record; None where there is none that can be read."""
    try:
        row = json.loads(path.read_text("utf-8"))
        return Record(**{**row, "state": State(row["state"]), "requires": tuple(row["requires"])})
    except (OSError, ValueError, TypeError, KeyError):
        return None


def settled(
    folder: Path, cell: Cell, catalogue: str, versions: Mapping[str, str], limit: float, shard: str = ""
) -> str:
    """Say why a cell need not be run again, or "".

    It need not where its report is whole, was made with this ``catalogue`` (its digest), and its environment still
    holds the ``versions`` that were judged; nor where it took longer than a ``limit`` that has not been raised since.
    """
    record = read(record_of(folder, cell, shard))
    if record is None or record.catalogue != catalogue or record.requires != tuple(cell.requires):
        return ""
    if dict(record.versions) != dict(versions) or not whole(report_of(folder, cell, shard), catalogue):
        return ""
    if record.state is State.CERTIFIED:
        return "it has a whole report of this catalogue and these versions"
    if record.state is State.STOPPED and record.limit >= limit:
        return f"it was stopped after {record.limit:g} s before"
    return ""


def whole(report: Path, catalogue: str = "") -> bool:
    """Say whether a file is a report with a footer that fits its lines, made with ``catalogue`` if that is given."""
    try:
        rows = report.read_bytes().splitlines(keepends=True)
        header, footer = json.loads(rows[0]), json.loads(rows[-1])
        made_with: str = header["suite"]["catalogue"]
    except (OSError, ValueError, LookupError, TypeError):
        return False
    body = hashlib.sha256(b"".join(rows[:-1])).hexdigest()
    return (
        made_with == (catalogue or made_with)
        and footer.get("kind") == "footer"
        and footer.get("digest") == f"sha256:{body}"
    )


def outcome(report: Path) -> dict[str, Any]:
    """Return the footer of a report that is `whole`."""
    footer: dict[str, Any] = json.loads(report.read_bytes().splitlines()[-1])
    return footer


def whole_reports(folder: Path) -> list[Path]:
    """Return the reports of all cells that have a whole one; not those of shards."""
    return [path for path in sorted(folder.glob("*.jsonl")) if not _SHARD.search(path.name) and whole(path)]


def shards(folder: Path) -> dict[Path, list[Path]]:
    """Return the cells of which there are all shards: the path of the report to be merged, and those of its parts."""
    parts: dict[tuple[Path, int], list[Path]] = {}
    for path in sorted(folder.glob("*.jsonl")):
        if (found := _SHARD.search(path.name)) and whole(path):
            parts.setdefault((path.with_name(path.name[: found.start()] + ".jsonl"), int(found[1])), []).append(path)
    return {report: paths for (report, number), paths in parts.items() if len(paths) == number}


def table(folder: Path, planned: Iterable[Cell], sys_platform: str) -> list[tuple[str, str, str, str]]:
    """Return a row for each cell: loop, Python, what became of it, and why or how long; nothing is left out."""
    rows = []
    for cell in planned:
        record, report = read(record_of(folder, cell)), report_of(folder, cell)
        if record is None and whole(report):
            rows.append((cell.title, cell.python, outcome(report)["outcome"], "put together from shards"))
        elif record is None:
            why = cell.obstacle(sys_platform) or "it was not run"
            rows.append((cell.title, cell.python, "-", why))
        else:
            rows.append((cell.title, cell.python, *_words(folder, cell, record)))
    return rows


def _words(folder: Path, cell: Cell, record: Record) -> tuple[str, str]:
    report = report_of(folder, cell)
    if record.state in (State.CERTIFIED, State.STOPPED) and whole(report, record.catalogue):
        footer = outcome(report)
        return str(footer["outcome"]), f"{record.reason or record.state}, {record.seconds:.0f} s"
    return str(record.state), record.reason
