"""A certificate with its report on the shipped catalogue, as a run of everything leaves them, and how to forge them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from loopcert.runners.certificate import certificate, dump, seal
from loopcert.runners.deviations import Deviation, Deviations, Status
from loopcert.runners.journal import PlanEvent, Planned
from loopcert.runners.ledger import Ledger
from loopcert.runners.report import Report, Suite
from loopcert.runners.report_file import parse_report
from loopcert.spec import load_catalogue

from .conftest import finish, run

Json = dict[str, Any]
BROKEN = "timers-01"
"""A must that the loop breaks, and says so in its deviations."""


@dataclass
class Certified:
    """Files in a folder, and what is in them; see `forge`."""

    folder: Path
    report: Report
    data: bytes
    statement: Json

    def write(self) -> None:
        """Write ``c.json`` and ``r.jsonl``."""
        (self.folder / "c.json").write_text(dump(self.statement), "utf-8")
        (self.folder / "r.jsonl").write_bytes(self.data)

    def edit(self, change: Callable[[Json], object]) -> None:
        """Change the certificate, and seal it again as a forger would."""
        change(self.statement)
        self.statement["predicate"]["seal"] = seal(self.statement)
        self.write()

    def forge(self, change: Callable[[list[Json]], object], *, thorough: bool = True) -> None:
        """Change the report's lines, correct its digest, and make the certificate anew, or only its digest of it."""
        self.data = forged(self.data, change)
        self.report = parse_report(self.data, "r.jsonl")
        if thorough:
            self.statement = certificate(self.report, self.data)
        digest = hashlib.sha256(self.data).hexdigest()
        self.edit(lambda statement: statement["predicate"]["report"]["digest"].update(sha256=digest))


def forged(data: bytes, change: Callable[[list[Json]], object]) -> bytes:
    """Return a report whose lines were changed, and its last line's digest with them."""
    rows = [json.loads(line) for line in data.splitlines()]
    change(rows)
    body = b"".join(json.dumps(row).encode() + b"\n" for row in rows[:-1])
    last = {**rows[-1], "digest": "sha256:" + hashlib.sha256(body).hexdigest()}
    return body + json.dumps(last).encode() + b"\n"


def certified(folder: Path, **header: Any) -> Certified:
    """Make a certificate of a loop that passes everything but `BROKEN`, on CPython 3.13.0 and Linux."""
    report, data = _passing()
    if header:
        fields = msgspec.to_builtins(header)
        data = forged(data, lambda rows: rows[0].update(fields))
        report = parse_report(data, "r.jsonl")
    made = Certified(folder, report, data, certificate(report, data))
    made.write()
    return made


@cache
def _passing() -> tuple[Report, bytes]:
    catalogue, books = load_catalogue(), Ledger()
    books.begin(alone=False)
    excuses = {name: each.excused((3, 13, 0), "linux") for name, each in catalogue.testable.items()}
    books.observe(PlanEvent(tuple(Planned(f"test::{name}", name, excuse) for name, excuse in excuses.items())))
    for number, name in enumerate(name for name, excuse in excuses.items() if not excuse):
        broken = name == BROKEN
        run(books, f"test::{name}", "fail" if broken else "pass", pid=number, message="late" if broken else "")
    deviations = Deviations({BROKEN: Deviation(BROKEN, "on purpose \N{SNAKE} \x7f", Status.INTENDED)})
    suite = Suite(version="0.1.0", catalogue=catalogue.digest)
    return finish(catalogue.requirements, books, deviations, complete=True, suite=suite)
