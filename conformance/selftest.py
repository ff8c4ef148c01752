"""The kill matrix: every fault against the tests of the requirement that it breaks, and against some bystanders."""

from __future__ import annotations

import fnmatch
import mmap
import os
import sys
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import pytest

from loopcert.conformance import plugin
from loopcert.conformance.faults import Fault, Shows, load_faults
from loopcert.conformance.isolation import Job, Pool, warm_up
from loopcert.conformance.journal import Journal
from loopcert.conformance.verdict import Kind, Outcome, Record
from loopcert.spec import Profile

_BYSTANDERS = 2
"""Tests of other chapters that a fault ought to leave alone; which ones they are differs from fault to fault."""


class Selftest:
    """Takes the place of pytest's loop over the tests."""

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Run the matrix; the journal has a "kill" line a fault and test, a "bystander" line a sample."""
        config = session.config
        if not hasattr(os, "fork") or plugin.JOURNAL not in config.stash or not config.getoption("--isolate"):
            raise pytest.UsageError("--faults needs os.fork, --isolate N and --journal DIR")
        faults = select(load_faults().values(), config.getoption("--faults"))
        if not faults:
            raise pytest.UsageError(f"no fault matches {config.getoption('--faults')!r}")
        items = [item for item in session.items if plugin.ours(item) and not item.stash[plugin.EXCUSED]]
        pool = Pool(config, config.getoption("--watchdog"))
        warm_up(items)
        pool.run(square.job() for square in matrix(config, items, faults))
        return True


def select(faults: Iterable[Fault], pattern: str) -> list[Fault]:
    """Return the faults that show on this Python and whose name or requirement matches the glob."""
    return [
        each
        for each in faults
        if each.shows_on(sys.version_info[:3])
        and (fnmatch.fnmatch(each.name, pattern) or fnmatch.fnmatch(each.breaks, pattern))
    ]


def matrix(config: pytest.Config, items: list[pytest.Item], faults: list[Fault]) -> list[Row]:
    """Return a row for each fault: a sample of bystanders, then the tests that must notice it.

    Frameworks are no bystanders: they stand on the whole of a loop, so that many a fault shows in some of them.
    """
    aimed = defaultdict(list)
    for item in items:
        aimed[item.stash[plugin.REQUIREMENT].id].append(item)
    near = [item for item in items if item.stash[plugin.REQUIREMENT].profile is not Profile.FRAMEWORKS]
    rows = []
    for number, fault in enumerate(faults):
        chapter = fault.breaks.rpartition("-")[0]
        others = [item for item in near if item.stash[plugin.REQUIREMENT].chapter != chapter]
        sample = spread(others, _BYSTANDERS, number) if fault.shows is Shows.FAIL else []
        rows.append(Row(config, fault, (*sample, *aimed[fault.breaks])))
    # what hangs waits, test after test: begun first, it waits while the others work
    return sorted(rows, key=lambda row: row.fault.shows is Shows.FAIL)


def spread(items: list[pytest.Item], count: int, offset: int) -> list[pytest.Item]:
    """Pick up to ``count`` items evenly over the list: the same ones in every run, others for another offset."""
    step = max(1, len(items) // count)
    return items[offset * 7 % step :: step][:count]


@dataclass(frozen=True)
class Row:
    """One fault and the tests that it meets in one process; where a test ends the process, another goes on after it.

    ``reached`` counts the squares written, in memory that parent and child share and no loop can close.
    """

    config: pytest.Config
    fault: Fault
    items: tuple[pytest.Item, ...]
    reached: mmap.mmap = field(default_factory=lambda: mmap.mmap(-1, 4))

    @property
    def journal(self) -> Journal:
        """Where the squares are written."""
        return self.config.stash[plugin.JOURNAL]

    def job(self) -> Job:
        """Return the job that fills this row."""
        return Job(self.fill, self.over, max(1, sum(map(plugin.patience, self.items))))

    def fill(self) -> None:
        """Run every test with the fault as its loop, in this process, as long as nothing is left behind in it."""
        self.config.stash[plugin.TARGET] = self.fault.factory
        self.config.option.loop = self.fault.loop
        for number, item in enumerate(self.items, start=1):
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=None)
            self.square(item, item.stash[plugin.RECORD])
            self.reached[:] = number.to_bytes(4)
            if item.stash[plugin.RECORD].leaks:
                return

    def square(self, item: pytest.Item, record: Record) -> None:
        """Write what became of one test."""
        blamed = [leak.what for leak in record.leaks if leak.requirement == self.fault.breaks]
        outcome = Outcome.FAIL if record.outcome is Outcome.PASS and blamed else record.outcome
        message = record.message or "; ".join(blamed)
        self.write(item, outcome, killed(self.fault, record) or bool(blamed), message, record.lacking)

    def write(self, item: pytest.Item, outcome: str, kill: bool, message: str, lacking: str = "") -> None:
        """Write one square: a kill where the test is aimed at the fault, else a bystander."""
        test = plugin.test_id(item)
        if item.stash[plugin.REQUIREMENT].id != self.fault.breaks:
            self.journal.write("bystander", fault=self.fault.name, test=test, outcome=outcome)
            return
        self.journal.write(
            "kill",
            fault=self.fault.name,
            breaks=self.fault.breaks,
            test=test,
            outcome=outcome,
            killed=kill,
            message=message,
            lacking=lacking,
        )

    def over(self, death: dict[str, Any] | None) -> Job | None:
        """Write the square of the test that ended the process, if one did; return the job for those after it."""
        rest = self.items[int.from_bytes(self.reached[:]) :]
        if rest and death is not None:
            outcome = Shows.HANG if death["timeout"] else Shows.CRASH
            self.write(rest[0], outcome, self.fault.shows is outcome, death["signal"] or death["stacks"][:200])
            rest = rest[1:]
        return Row(self.config, self.fault, rest).job() if rest else None


def killed(fault: Fault, record: Record) -> bool:
    """Whether the test failed for the right reason: a verifier objected, or the fault's own exception came out.

    A verifier's word counts for a fault that is known to hang or crash as well: it is the clearer sign.
    """
    if record.outcome is not Outcome.FAIL:
        return False
    return record.kind is Kind.VIOLATION or (bool(fault.raises) and record.exception == fault.raises)
