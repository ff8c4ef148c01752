"""The pytest plugin: ``--loop``, the requirement marker, the fixtures, the watchdog, the leak check.

Outside ``loopcert.conformance`` it adds its options and does nothing else.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import sys
from asyncio import set_event_loop  # by name: a loop under test may replace it
from collections.abc import Callable, Generator, Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from loopcert.conformance import leaks
from loopcert.conformance.crew import Crew
from loopcert.conformance.guard import Guard
from loopcert.conformance.journal import Journal
from loopcert.conformance.kit import certificates
from loopcert.conformance.kit.verify import CouldNotRun, Trace, Violation
from loopcert.conformance.quiet import Quiet
from loopcert.conformance.verdict import Outcome, Record
from loopcert.spec import Profile, Requirement, SpecError, load_catalogue
from loopcert.spec.loops import Factory, LoopError, make, parse

HERE = Path(__file__).parent
TARGET = pytest.StashKey[Factory]()
JOURNAL = pytest.StashKey[Journal]()
GUARD = pytest.StashKey[Guard]()
RECORD = pytest.StashKey[Record]()
REQUIREMENT = pytest.StashKey[Requirement]()
EXCUSED = pytest.StashKey[str]()
PATIENCE = 4
"""How many times the usual a test may take whose requirement says that it takes its time (``wait``)."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of the suite."""
    group = parser.getgroup("loopcert", "loopcert: conformance of asyncio event loops")
    group.addoption("--loop", default="asyncio", metavar="LOOP", help="module:callable, policy:module:Class or a name")
    group.addoption("--watchdog", type=float, default=5.0, metavar="S", help="seconds after which a test hangs")
    group.addoption("--journal", type=Path, metavar="DIR", help="write events as JSON lines into this folder")
    group.addoption("--select", type=Path, metavar="FILE", help="a JSON list of test or requirement ids to run")
    group.addoption("--isolate", type=int, default=0, metavar="N", help="a process for each test, N at a time")
    group.addoption("--faults", metavar="GLOB", help="prove the tests: run these broken loops (needs --isolate)")


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker; open the journal in a process that runs tests."""
    config.addinivalue_line("markers", "requirement(id): the one requirement that the test checks")
    if config.getoption("--faults"):
        from loopcert.conformance import selftest

        config.pluginmanager.register(selftest.Selftest(), "loopcert-selftest")
    elif config.getoption("--isolate"):
        from loopcert.conformance import isolation

        config.pluginmanager.register(isolation.Isolation(), "loopcert-isolation")
    folder = config.getoption("--journal")
    if folder is None:
        return
    config.stash[JOURNAL] = Journal(folder)
    config.pluginmanager.register(Quiet(), "loopcert-quiet")
    # pytest's own style reads and parses sources: 0.1 s a failure, on the watchdog's time
    config.option.tbstyle = "native"
    isolated = config.getoption("--isolate") or config.getoption("--collect-only")
    controller = config.getoption("numprocesses", None) and not hasattr(config, "workerinput")
    if not isolated and not controller:
        start_guard(config)
    if controller:
        config.pluginmanager.register(Crew(config.stash[JOURNAL]), "loopcert-crew")


def start_guard(config: pytest.Config) -> None:
    """Take over this process for running tests: output, limits, watchdog."""
    journal = config.stash[JOURNAL]
    worker = getattr(config, "workerinput", {}).get("workerid", "main")
    journal.session(worker)
    guard = Guard(journal)
    guard.take_over()
    config.stash[GUARD] = guard


def test_id(item: pytest.Item) -> str:
    """The id of a test, wherever the package is installed: ``test_timers::test_name[param]``."""
    return f"{item.path.stem}::{item.name}"


def ours(item: pytest.Item) -> bool:
    """Whether a collected item belongs to this suite."""
    return REQUIREMENT in item.stash


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Tie each test to its requirement, deselect what was not asked for, and write the plan."""
    catalogue = load_catalogue()
    folders = {folder: folder == HERE or HERE in folder.parents for folder in {item.path.parent for item in items}}
    mine = [item for item in items if folders[item.path.parent]]
    excused = cache(lambda requirement: requirement.excused(sys.version_info[:3], sys.platform))
    for item in mine:
        marks = list(item.iter_markers("requirement"))
        if len(marks) != 1:
            raise pytest.UsageError(f"{test_id(item)} has {len(marks)} requirements; exactly one is needed")
        try:
            requirement = catalogue[marks[0].args[0]]
        except SpecError as error:
            raise pytest.UsageError(f"{test_id(item)}: {error}") from error
        item.stash[REQUIREMENT] = requirement
        item.stash[EXCUSED] = excused(requirement)
    if (selection := config.getoption("--select")) is not None:
        wanted = set(json.loads(selection.read_text("utf-8")))
        kept = {item for item in mine if test_id(item) in wanted or item.stash[REQUIREMENT].id in wanted}
        config.hook.pytest_deselected(items=[item for item in mine if item not in kept])
        items[:] = [item for item in items if item in kept or not ours(item)]
        mine = [item for item in mine if item in kept]
    if JOURNAL in config.stash:
        config.stash[JOURNAL].plan(
            [
                {"id": test_id(item), "requirement": item.stash[REQUIREMENT].id, "excused": item.stash[EXCUSED]}
                for item in mine
            ]
        )


def pytest_collection_finish(session: pytest.Session) -> None:
    """Where no fork inherits them, prepare what tests need before the first one's watchdog runs."""
    if JOURNAL in session.config.stash and GUARD in session.config.stash and not hasattr(os, "fork"):
        warm_up(session.items)
        gc.freeze()


@pytest.hookimpl(wrapper=True)
def pytest_collection(session: pytest.Session) -> Generator[None, Any, Any]:
    """Keep what is imported and collected out of every garbage collection: it stays, and the leak check makes some."""
    if JOURNAL not in session.config.stash:
        return (yield)
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def warm_up(items: Iterable[pytest.Item]) -> None:
    """Make the certificates that TLS tests need: what is imported for that must not be on the first test's time."""
    if any(ours(item) and item.stash[REQUIREMENT].profile is Profile.TLS for item in items):
        certificates.prepare()


def pytest_unconfigure(config: pytest.Config) -> None:
    """Say that this process ended in order."""
    if GUARD in config.stash:
        config.stash[JOURNAL].write("exit")


def limit(item: pytest.Item) -> float:
    """Return the seconds after which a test hangs: several times the usual where its requirement takes its time."""
    seconds: float = item.config.getoption("--watchdog")
    return seconds * patience(item)


def patience(item: pytest.Item) -> int:
    """Return how many times the usual a test may take: frameworks import much, some of it when they are first used."""
    if not ours(item):
        return 1
    requirement = item.stash[REQUIREMENT]
    return PATIENCE if requirement.wait or requirement.profile is Profile.FRAMEWORKS else 1


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> Generator[None, Any, Any]:
    """Run one test under the watchdog, between two snapshots of the process, and journal both ends."""
    if not ours(item):
        return (yield)
    journal, guard = item.config.stash.get(JOURNAL, None), item.config.stash.get(GUARD, None)
    record = item.stash[RECORD] = Record()
    watch = guard or Guard(journal or Journal(Path(os.devnull)))
    lasting = guard is not None and nextitem is not None and ours(nextitem)
    ambience = watch.ambience
    watch.arm(limit(item), lasting=lasting)
    if journal and guard:
        journal.write("start", test=test_id(item), limit=limit(item))
    try:
        result = yield
    finally:
        ambience.restore()
        if not lasting or record.outcome is not Outcome.PASS:
            watch.disarm()
    if journal and guard:
        output, patched = guard.output(), guard.patched()
        journal.write("end", test=test_id(item), output=output, patched=patched, **record.fields())
    return result


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Leave out a test whose requirement does not hold here; the reason goes with it."""
    if ours(item) and (reason := item.stash[EXCUSED]):
        item.stash[RECORD].excuse(reason)
        pytest.skip(reason)


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, Any, Any]:
    """Turn what would end pytest itself into a failure of the test that let it escape."""
    if not ours(pyfuncitem) or GUARD not in pyfuncitem.config.stash:
        return (yield)
    try:
        return (yield)
    except (KeyboardInterrupt, SystemExit, pytest.exit.Exception) as error:
        raise Violation(f"{type(error).__name__} escaped from the loop into the test: {error}") from error


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Put the requirement before a failure's message, and keep the phase for the journal."""
    report = yield
    if ours(item):
        requirement = item.stash[REQUIREMENT]
        if item.stash[RECORD].phase(call, report, requirement):
            report.outcome = "skipped"
            report.longrepr = (str(item.path), 0, item.stash[RECORD].reason)
        elif report.failed:
            report.sections.append((requirement.id, f"{requirement.text}\n({', '.join(requirement.sources)})"))
    return report


def target(config: pytest.Config) -> Factory:
    """Return the factory of the loop under test, imported once a process."""
    if TARGET not in config.stash:
        factory = parse(config.getoption("--loop")).resolve()
        leaks.warm_up(factory)
        config.stash[TARGET] = factory
    return config.stash[TARGET]


@pytest.fixture
def loop_spec(request: pytest.FixtureRequest) -> str:
    """The LOOP under test as it was named, for tests that need it in another interpreter."""
    spec: str = request.config.getoption("--loop")
    return spec


@pytest.fixture
def new_loop(request: pytest.FixtureRequest) -> Iterator[Callable[[], asyncio.AbstractEventLoop]]:
    """A factory of loops under test; all of them are closed afterwards and nothing may be left behind."""
    record, guard = request.node.stash[RECORD], request.config.stash.get(GUARD, None)
    first = TARGET not in request.config.stash
    try:
        factory = target(request.config)
    except LoopError as error:
        raise CouldNotRun(str(error)) from error
    if first and guard is not None:
        # a loop that takes seconds to import is slow, and does not hang
        guard.arm(limit(request.node))
    made: list[asyncio.AbstractEventLoop] = []
    before = leaks.Snapshot()

    def new() -> asyncio.AbstractEventLoop:
        try:
            loop = make(factory, request.config.getoption("--loop"))
        except LoopError as error:
            raise Violation(str(error)) from error
        made.append(loop)
        return loop

    yield new
    for loop in made:
        record.leaks.extend(leaks.closing(loop))
    made.clear()
    set_event_loop(None)
    if guard is not None:
        # what the leak check itself may wait for is not the loop's time
        if before.lingering():
            guard.arm(limit(request.node) + leaks.GRACE)
        else:
            guard.spare(leaks.GRACE)
    record.leaks.extend(before.leaks())
    if leaks.running_loop_left():
        asyncio._set_running_loop(None)  # noqa: SLF001 - no public name can undo what a broken loop left


@pytest.fixture
def loop(new_loop: Callable[[], asyncio.AbstractEventLoop]) -> asyncio.AbstractEventLoop:
    """A new loop under test; it is not set as the current one."""
    return new_loop()


@pytest.fixture
def trace() -> Trace:
    """A recorder of the order in which things happen."""
    return Trace()
