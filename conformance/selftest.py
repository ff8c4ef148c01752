"""The kill matrix: every fault against the tests of the requirement that it breaks, and against some bystanders."""

from __future__ import annotations

import fnmatch
import os
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

import pytest

from loopcert.conformance import plugin
from loopcert.conformance.faults import Fault, Shows, load_faults
from loopcert.conformance.isolation import Job, Pool
from loopcert.conformance.verdict import Kind, Outcome, Record
from loopcert.spec.loops import Factory

_BYSTANDERS = 2
"""Tests of each other chapter that a fault ought to leave alone."""


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
        Pool(config, config.getoption("--isolate"), 2 * config.getoption("--watchdog")).run(
            matrix(config, items, faults)
        )
        return True


def select(faults: Iterable[Fault], pattern: str) -> list[Fault]:
    """Return the faults whose name or requirement matches the glob."""
    return [each for each in faults if fnmatch.fnmatch(each.name, pattern) or fnmatch.fnmatch(each.breaks, pattern)]


def matrix(config: pytest.Config, items: list[pytest.Item], faults: list[Fault]) -> Iterator[Job]:
    """Yield a job for each fault and test that it must fail, and one for each fault and all its bystanders."""
    aimed = defaultdict(list)
    chapters = defaultdict(list)
    for item in items:
        requirement = item.stash[plugin.REQUIREMENT]
        aimed[requirement.id].append(item)
        chapters[requirement.chapter].append(item)
    for fault in faults:
        for item in aimed[fault.breaks]:
            yield kill(config, fault, item)
        chapter = fault.breaks.rpartition("-")[0]
        sample = [item for name, each in chapters.items() if name != chapter for item in spread(each, _BYSTANDERS)]
        if fault.shows is Shows.FAIL and sample:
            yield bystanders(config, fault, sample)


def spread(items: list[pytest.Item], count: int) -> list[pytest.Item]:
    """Pick up to ``count`` items evenly over the list: the same ones in every run."""
    step = max(1, len(items) // count)
    return items[step // 2 :: step][:count]


def run_with(config: pytest.Config, fault: Fault, item: pytest.Item) -> Record:
    """Run one test in this process with the fault as its loop."""
    factory: Factory = fault.factory
    config.stash[plugin.TARGET] = factory
    config.option.loop = fault.loop
    item.config.hook.pytest_runtest_protocol(item=item, nextitem=None)
    return item.stash[plugin.RECORD]


def kill(config: pytest.Config, fault: Fault, item: pytest.Item) -> Job:
    """One square of the matrix."""
    journal, name = config.stash[plugin.JOURNAL], plugin.test_id(item)

    def line(outcome: str, killed: bool, message: str) -> None:
        journal.write(
            "kill", fault=fault.name, breaks=fault.breaks, test=name, outcome=outcome, killed=killed, message=message
        )

    def run() -> None:
        record = run_with(config, fault, item)
        blamed = [leak.what for leak in record.leaks if leak.requirement == fault.breaks]
        outcome = Outcome.FAIL if record.outcome is Outcome.PASS and blamed else record.outcome
        line(outcome, killed(fault, record) or bool(blamed), record.message or "; ".join(blamed))

    def died(death: dict[str, Any]) -> None:
        outcome = Shows.HANG if death["timeout"] else Shows.CRASH
        line(outcome, fault.shows is outcome, death["signal"] or death["stacks"][:200])

    return Job(f"{fault.name} {name}", run, died)


def killed(fault: Fault, record: Record) -> bool:
    """Whether the test failed for the right reason: a verifier objected, or the fault's own exception came out."""
    if record.outcome is not Outcome.FAIL or fault.shows is not Shows.FAIL:
        return False
    return record.kind is Kind.VIOLATION or (bool(fault.raises) and record.exception == fault.raises)


def bystanders(config: pytest.Config, fault: Fault, sample: list[pytest.Item]) -> Job:
    """Tests of other chapters with the same fault, all in one fork."""
    journal = config.stash[plugin.JOURNAL]

    def run() -> None:
        for item in sample:
            record = run_with(config, fault, item)
            journal.write("bystander", fault=fault.name, test=plugin.test_id(item), outcome=record.outcome)

    def died(death: dict[str, Any]) -> None:
        outcome = Shows.HANG if death["timeout"] else Shows.CRASH
        journal.write("bystander", fault=fault.name, test="", outcome=outcome)

    return Job(f"{fault.name} bystanders", run, died)
