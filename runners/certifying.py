"""``python -m loopcert.runners.certifying LOOP PYTHON FOLDER``: one cell of the matrix, within a limit of time.

Runs ``loopcert certify`` (or one shard of ``loopcert run``) in this environment. What comes of it lies in FOLDER under
names that no other cell uses, so that many of these may run at once; `records` says how it ended.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import os
import shutil
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from loopcert.runners import bounded, records
from loopcert.runners.cells import Cell, find
from loopcert.runners.exits import Exit, Stop
from loopcert.runners.records import Record, State
from loopcert.spec import load_catalogue

LIMIT = 1800.0
"""Seconds that a cell may take. A loop that crashes or hangs in hundreds of tests takes some minutes."""
GRACE = 2 * bounded.GRACE
"""Seconds that a cell may take to end after an interrupt."""


@dataclass(frozen=True)
class Options:
    """How cells are to be run: see `parse`."""

    loops: tuple[str, ...]
    workers: int
    limit: float
    shard: str
    fresh: bool
    upgrade: bool

    @property
    def arguments(self) -> list[str]:
        """The same as arguments, without the loops."""
        shard, fresh = (["--shard", self.shard] if self.shard else []), (["--fresh"] if self.fresh else [])
        return ["-n", str(self.workers), "--limit", f"{self.limit:g}", *shard, *fresh]


def parse(arguments: Sequence[str]) -> Options:
    """Read what stands after ``nox -s matrix --``."""
    parser = argparse.ArgumentParser(prog="nox -s matrix --", description="Certify known loops.")
    parser.add_argument("loops", nargs="*", metavar="LOOP", help="NAME or NAME==VERSION; none: all of the registry")
    workers = int(os.environ.get("LOOPCERT_WORKERS") or os.cpu_count() or 1)
    parser.add_argument("-n", type=int, default=workers, dest="workers", help="workers in a cell [LOOPCERT_WORKERS]")
    parser.add_argument("--limit", type=float, default=LIMIT, metavar="S", help="seconds for a cell [%(default)g]")
    parser.add_argument("--shard", default="", metavar="I/N", help="run one shard, and write no certificate")
    parser.add_argument("--fresh", action="store_true", help="run again what is there already")
    parser.add_argument("--upgrade", action="store_true", help="look for newer packages first")
    found = vars(parser.parse_args(list(arguments)))
    return Options(**{**found, "loops": tuple(found["loops"])})


def installed(cell: Cell, paths: Iterable[Path] | None = None) -> dict[str, str]:
    """Return the versions of a cell's distributions in this environment, or in the site-packages ``paths``."""
    found: dict[str, str] = {}
    where = sys.path if paths is None else [str(path) for path in paths]
    for name in cell.loop.distributions:
        for each in importlib.metadata.distributions(name=name, path=where):
            found.setdefault(name, each.version)
    return found


@dataclass(frozen=True)
class Job:
    """A cell, the folder for what comes of it, and how to run it."""

    cell: Cell
    folder: Path
    options: Options

    def needless(self, environment: Path | None = None) -> str:
        """Say why the cell need not be run, or ""; judged by this environment, or by the one in that folder."""
        if self.options.fresh:
            return ""
        paths = None
        if environment is not None:
            paths = [*environment.glob("lib/python*/site-packages"), *environment.glob("Lib/site-packages")]
        versions = installed(self.cell, paths)
        if len(versions) < len(self.cell.loop.distributions) or (environment is not None and self.options.upgrade):
            return ""
        digest = load_catalogue().digest
        return records.settled(self.folder, self.cell, digest, versions, self.options.limit, self.options.shard)

    def record(self, state: State, reason: str = "", seconds: float = 0.0) -> Record:
        """Write down how it ended."""
        record = Record(
            *(self.cell.title, self.cell.python, state, reason, load_catalogue().digest, tuple(self.cell.requires)),
            versions=installed(self.cell),
            seconds=round(seconds, 1),
            limit=self.options.limit,
            shard=self.options.shard,
        )
        records.write(self.folder, self.cell, record)
        return record

    def not_installed(self) -> str:
        """Write down that the packages cannot be had, and return why, in the words that the installer left in `log`."""
        reason = why_not_installed(self.log.read_text("utf-8", "replace"))
        self.clear()
        self.record(State.NOT_INSTALLED, reason)
        return reason

    def clear(self) -> None:
        """Remove what an earlier run left: a report or certificate must not outlive what it speaks of."""
        for path in (self.report, self.certificate, records.record_of(self.folder, self.cell, self.options.shard)):
            path.unlink(missing_ok=True)

    @property
    def report(self) -> Path:
        """Where the report goes."""
        return records.report_of(self.folder, self.cell, self.options.shard)

    @property
    def certificate(self) -> Path:
        """Where a certificate goes."""
        return self.folder / f"{self.cell.stem}.certificate.json"

    @property
    def log(self) -> Path:
        """Where the command's own words go."""
        return self.report.with_suffix(".log")

    def run(self) -> Record:
        """Run it and return the record; KeyboardInterrupt after an interrupt, once the books are closed."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.clear()
        began = time.monotonic()
        self.record(State.BROKEN_OFF, "it was begun and did not end")
        ended = bounded.bounded(self._command(), self.log, self.options.limit, self._news)
        state, reason = self._judge(ended)
        record = self.record(state, reason, time.monotonic() - began)
        if ended.interrupted:
            raise KeyboardInterrupt
        return record

    def _judge(self, ended: bounded.Ended) -> tuple[State, str]:
        words = last_line(self.log)
        complete = records.whole(self.report, load_catalogue().digest)
        if ended.interrupted:
            return State.BROKEN_OFF, words
        if ended.late:
            lost = "" if complete else f"; there is no report, for it did not come so far or did not heed: {words}"
            return State.STOPPED, f"stopped after {self.options.limit:g} s{lost}"
        if ended.status == Exit.USAGE:
            return State.UNUSABLE, words
        if complete and ended.status in set(Exit) - {Exit.SUITE_FAILED}:
            return State.CERTIFIED, ""
        return State.BROKEN_OFF, f"exit code {ended.status}: {words}"

    def _command(self) -> list[str]:
        common = ["-n", str(self.options.workers), "--report", str(self.report)]
        if self.options.shard:
            verb = ["run", self.cell.loop.name, "--shard", self.options.shard, *common]
        else:
            badge = ["--badge", str(self.folder / self.cell.stem)]
            verb = ["certify", self.cell.loop.name, *common, *badge, "-o", str(self.certificate)]
        program = shutil.which("loopcert", path=os.path.dirname(sys.executable))
        if program is None:
            raise Stop(f"{sys.prefix} holds no loopcert command; install loopcert there")
        return [program, *verb]

    def _news(self, seconds: float) -> None:
        print(f"{self.cell.title}, Python {self.cell.python}: {seconds:.0f} s; a mark a test in {self.log}", flush=True)


def why_not_installed(text: str) -> str:
    """Return the line of an installer's output that says best why it gave up."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    blamed = [
        line
        for line in lines
        if line.lower().startswith(("error", "\N{MULTIPLICATION SIGN}", "caused by", "modulenotfounderror"))
    ]
    return (blamed or lines or ["the installer said nothing"])[0][:300]


def last_line(log: Path) -> str:
    """Return the last line of a command's output, where its one sentence about a bad end stands."""
    lines = [line.strip() for line in log.read_text("utf-8", "replace").splitlines() if line.strip()]
    return (lines or ["it said nothing"])[-1].removeprefix("loopcert: ")[:300]


def main(arguments: Sequence[str]) -> int:
    """Run the cell that the first two arguments name, into the folder that the third one names; return an exit code."""
    title, python, folder, *rest = arguments
    job = Job(find(title, python), Path(folder), parse(rest))
    if reason := job.needless():
        print(f"{title}, Python {python}: not run again, {reason}")
        return Exit.AS_EXPECTED
    if lacking := [name for name in job.cell.loop.distributions if name not in installed(job.cell)]:
        raise Stop(f"{', '.join(lacking)} cannot be found in {sys.prefix}; {job.cell.loop.installing}")
    record = job.run()
    words = records.outcome(job.report)["outcome"] if record.state is State.CERTIFIED else record.state
    print(f"{title}, Python {python}: {words}, {record.seconds:.0f} s{record.reason and ': '}{record.reason}")
    return Exit.SUITE_FAILED if record.state is State.BROKEN_OFF else Exit.AS_EXPECTED


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except Stop as stop:
        sys.exit(f"loopcert: {stop.sentence}")
    except KeyboardInterrupt:
        sys.exit(130)
