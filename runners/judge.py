"""One loop, judged: smoke check, campaign, report. What `run` and `certify` have in common."""

from __future__ import annotations

import datetime as dt
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from pathlib import Path

from loopcert.runners import assemble
from loopcert.runners.campaign import Campaign, Settings
from loopcert.runners.deviations import Deviation, Deviations, environment_of, read_deviations
from loopcert.runners.exits import Exit, Stop
from loopcert.runners.interrupts import Interrupts
from loopcert.runners.journal import Event, PlanEvent
from loopcert.runners.ledger import Attempt
from loopcert.runners.progress import Progress
from loopcert.runners.report import (
    FORMAT,
    Config,
    Header,
    Plan,
    PlatformInfo,
    PythonInfo,
    Report,
    Subject,
    Suite,
    TestLine,
)
from loopcert.runners.report_file import ReportWriter, parse_report
from loopcert.runners.shards import part
from loopcert.runners.smoke import Smoke, SmokeCheck
from loopcert.spec import Catalogue, Requirement, load_catalogue
from loopcert.spec.sources import address

_NEARLY_FULL = 2**20


@dataclass(frozen=True)
class Order:
    """What is to be judged and how; see `Config` for what goes into the report. ``smoke`` has been started.

    ``selected`` is the whole selection; of which the shard of ``config`` is run, where there is one.
    """

    smoke: SmokeCheck
    config: Config
    selected: Mapping[str, Requirement]
    deviations: Path | None = None
    report: Path | None = None


@dataclass(frozen=True)
class Judgement:
    """The report and its bytes; how the run ended; and the sentence about a report that could not be written."""

    report: Report
    data: bytes
    interrupted: bool
    stopped: bool
    unwritten: str = ""


def now() -> str:
    """Return the time in UTC, to the second."""
    return dt.datetime.now(dt.UTC).isoformat(timespec="seconds")


def today() -> dt.date:
    """Return the day in UTC, which decides what has run out."""
    return dt.datetime.now(dt.UTC).date()


@dataclass
class Judge:
    """Carries out an `Order`."""

    order: Order
    progress: Progress
    catalogue: Catalogue = field(default_factory=load_catalogue)
    _written: set[str] = field(init=False, default_factory=set)
    _header: Header | None = field(init=False, default=None)

    def judge(self) -> Judgement:
        """Run everything and return the report; `Stop` where there is nothing to report. An interrupt is no error."""
        smoked = self.order.smoke.finish()
        smoked.demand_usable()
        self._check_suite(smoked)
        scope = self._scope(smoked)
        self._mine = scope.selected
        self._smoked, self._started, began = smoked, now(), time.monotonic()
        self.writer = ReportWriter(self.order.report)
        with tempfile.TemporaryDirectory(prefix="loopcert-", ignore_cleanup_errors=True) as folder:
            interrupted, interrupts = False, Interrupts()
            self.campaign = campaign = Campaign(
                self.order.smoke.target,
                self._settings(scope),
                Path(folder),
                self._heed,
                self._enough(scope),
                interrupts.check,
            )
            try:
                with interrupts:
                    campaign.run()
            except KeyboardInterrupt:
                interrupted = True
            finally:
                self.progress.close()
            free = shutil.disk_usage(folder).free
        if self._header is None:
            raise Stop("interrupted before a test had run; there is nothing to report", Exit.INCOMPLETE)
        complete = not (interrupted or campaign.stopped)
        report = self._finish(scope, complete=complete, seconds=time.monotonic() - began)
        if report.footer.could_not_run and free < _NEARLY_FULL and not self.writer.failure:
            self.writer.failure = "the disk for temporary files is full, so not every test could be run; make room"
        return Judgement(report, self.writer.data, interrupted, campaign.stopped, self.writer.failure)

    def _check_suite(self, smoked: Smoke) -> None:
        theirs = smoked.python.get("catalogue", self.catalogue.digest)
        if theirs != self.catalogue.digest:
            raise Stop(f"{self.order.smoke.target.python} has another loopcert than this one; install the same in both")

    def _scope(self, smoked: Smoke) -> assemble.Scope:
        major, minor, micro = map(int, smoked.python["version"].split("."))
        python, sys_platform = (major, minor, micro), smoked.python["sys_platform"]
        own: dict[str, Deviation] = {}
        expired: dict[str, Deviation] = {}
        if self.order.deviations is not None:
            environment = environment_of(smoked.python["version"], sys_platform)
            own, expired = read_deviations(self.order.deviations, self.catalogue.requirements, environment, today())
        known = Deviations(own, expired, self.catalogue.shortfalls_on(python, sys_platform))
        mine = part(self.order.selected, self.order.config.shard)
        return assemble.Scope(mine, python, sys_platform, known, _addresses(self.order.selected))

    def _settings(self, scope: assemble.Scope) -> Settings:
        config = self.order.config
        everything = len(scope.selected) == len(self.catalogue.requirements)
        return Settings(
            config.workers,
            config.runs,
            config.timeout,
            None if everything else list(scope.selected),
            forks=bool(self._smoked.python["fork"]),
            foreign=self._smoked.python["sys_platform"] != sys.platform,
        )

    def _heed(self, event: Event | None, attempt: Attempt | None) -> None:
        if isinstance(event, PlanEvent) and self._header is None and self.campaign.ledger.planned:
            self._header = self._make_header()
            self.writer.write(self._header)
            self.progress.planned(len(event.tests))
        if attempt is None:
            return
        planned = self.campaign.ledger.planned.get(attempt.test)
        # a clean first attempt is the last word unless whole passes are repeated
        if self.order.config.runs == 1 and attempt.clean and not attempt.alone and planned is not None:
            self.writer.write(assemble.test_line(planned, [attempt]))
            self._written.add(attempt.test)
        self.progress.attempt(attempt)

    def _enough(self, scope: assemble.Scope) -> Callable[[Attempt], bool]:
        def enough(attempt: Attempt) -> bool:
            if not (self.order.config.stop_at_first and attempt.verdict.broken) or attempt.spoiled:
                return False
            requirement = self.catalogue[self.campaign.ledger.planned[attempt.test].requirement]
            return requirement.mandatory and scope.note(requirement.id, attempt.verdict) is None

        return enough

    def _make_header(self) -> Header:
        facts = self._smoked.python
        return Header(
            format=FORMAT,
            suite=Suite(version=version("loopcert"), catalogue=self.catalogue.digest),
            loop=Subject(**self._smoked.subject),
            python=PythonInfo(implementation=facts["implementation"], version=facts["version"]),
            platform=PlatformInfo(**{key: facts[key] for key in ("sys_platform", "system", "release", "machine")}),
            config=self.order.config,
            plan=Plan(
                tests=len(self.campaign.ledger.planned),
                requirements=sum(each.testable for each in self._mine.values()),
            ),
            started=self._started,
        )

    def _finish(self, scope: assemble.Scope, *, complete: bool, seconds: float) -> Report:
        ledger = self.campaign.ledger
        tests = [assemble.test_line(each, ledger.attempts.get(each.id, [])) for each in ledger.planned.values()]
        tests += assemble.leak_lines(tests, {each.id: each.text for each in self.order.selected.values()})
        requirements = assemble.requirement_lines(self._with_leaks(scope, tests), tests)
        for line in tests:
            if line.id not in self._written:
                self.writer.write(line)
        for each in requirements:
            self.writer.write(each)
        planned = len(ledger.planned) + sum(line.id.startswith(assemble.LEAKS) for line in tests)
        self.writer.finish(
            assemble.footer(
                tests,
                requirements,
                scope.deviations.stale({line.id: line.verdict for line in requirements}),
                planned=planned,
                complete=complete,
                finished=now(),
                seconds=seconds,
            )
        )
        return parse_report(self.writer.data, "the report just made")

    def _with_leaks(self, scope: assemble.Scope, tests: Sequence[TestLine]) -> assemble.Scope:
        """Widen a shard to the requirements of other shards that its own tests broke by what they left behind."""
        broken = {line.requirement for line in tests} - set(scope.selected)
        foreign = {name: each for name, each in self.order.selected.items() if name in broken}
        return replace(scope, selected={**scope.selected, **foreign})


def _addresses(selected: Mapping[str, Requirement]) -> dict[str, str]:
    return {source: address(source) for requirement in selected.values() for source in requirement.sources}
