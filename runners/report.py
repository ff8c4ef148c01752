"""The report: JSON Lines that others read. One header, tests, requirements, one footer.

The structures are the format: a line is one of them, tagged by ``kind``, with kebab-case keys and defaults left out.
``schemas/report.schema.json`` says the same in JSON Schema.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import msgspec

from loopcert.runners.vocabulary import Outcome, Verdict

FORMAT = "loopcert-report/1"
WATCHDOG = 5.0
"""Seconds that a test may take unless the user says otherwise."""


class Base(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, rename="kebab"):
    """What all structures of a report share."""


class Suite(Base, frozen=True):
    """Which loopcert judged: its version, and the digest of its catalogue of requirements."""

    version: str
    catalogue: str


class Subject(Base, frozen=True):
    """The loop that was judged. ``digest`` is the sha256 (hex) of its distribution's RECORD or of its source files.

    ``beside`` are the versions of other distributions that it runs on: a toolkit, a loop that it wraps.
    """

    spec: str
    name: str
    version: str
    digest: str
    digest_of: str
    distribution: str = ""
    beside: dict[str, str] = {}


class PythonInfo(Base, frozen=True):
    """The interpreter that the loop ran on."""

    implementation: str
    version: str


class PlatformInfo(Base, frozen=True):
    """The machine's kind, as `platform` and `sys.platform` name it."""

    sys_platform: str
    system: str
    release: str
    machine: str

    @property
    def wine(self) -> str:
        """Return " under Wine 8.0" where Wine played Windows, or "": what was seen there is no proof about Windows."""
        found = re.search(r"\((Wine [^)]+)\)", self.release)
        return f" under {found[1]}" if found else ""


class Shard(Base, frozen=True):
    """One part of a run that was split: number 1 to ``of``."""

    number: int
    of: int

    def __str__(self) -> str:
        return f"{self.number}/{self.of}"


class Config(Base, frozen=True):
    """How the run was set up; ``timeout`` is the watchdog in seconds. No patterns and no profiles: everything.

    ``deviations`` is the digest of the file of known failures, ``sha256:<hex>``, or nothing.
    """

    workers: int
    runs: int
    timeout: float
    patterns: tuple[str, ...] = ()
    profiles: tuple[str, ...] = ()
    stop_at_first: bool = False
    shard: Shard | None = None
    deviations: str = ""

    @property
    def whole(self) -> bool:
        """Whether nothing was left out."""
        return not (self.patterns or self.profiles or self.stop_at_first or self.shard)


class Plan(Base, frozen=True):
    """How much was set out to be done."""

    tests: int
    requirements: int


class Header(Base, frozen=True, tag_field="kind", tag="header"):
    """The first line: what was judged, by what, on what, and how much was planned.

    ``merged`` are the digests of the shards' reports that this one was put together from.
    """

    format: str
    suite: Suite
    loop: Subject
    python: PythonInfo
    platform: PlatformInfo
    config: Config
    plan: Plan
    started: str
    merged: tuple[str, ...] = ()


class RunLine(Base, frozen=True):
    """One attempt of a test; ``alone``: in a fresh process; ``spoiled``: after a test that had gone wrong there."""

    verdict: Verdict
    seconds: float = 0.0
    alone: bool = False
    spoiled: bool = False


class TestLine(Base, frozen=True, tag_field="kind", tag="test"):
    """One test. ``violation`` is false where an exception that nobody expected came out of the loop."""

    __test__ = False  # keeps pytest from collecting it

    id: str
    requirement: str
    verdict: Verdict
    runs: tuple[RunLine, ...] = ()
    message: str = ""
    reason: str = ""
    details: str = ""
    signal: str = ""
    stacks: str = ""
    output: str = ""
    leaks: tuple[str, ...] = ()


class Source(Base, frozen=True):
    """Where the requirement stands: the catalogue's name of the place, and its public address if it has one."""

    name: str
    url: str = ""


class DeviationNote(Base, frozen=True):
    """Why a failure is covered: by the loop's own list (``user``), or because CPython itself falls short."""

    origin: Literal["user", "cpython"]
    reason: str
    issue: str = ""
    status: str = ""


class RequirementLine(Base, frozen=True, tag_field="kind", tag="requirement"):
    """One requirement, its verdict, and all that a reader needs to judge the verdict."""

    id: str
    level: str
    authority: str
    verdict: Verdict
    party: str
    chapter: str
    profile: str
    text: str
    sources: tuple[Source, ...]
    tests: tuple[str, ...] = ()
    message: str = ""
    reason: str = ""
    deviation: DeviationNote | None = None

    @property
    def mandatory(self) -> bool:
        """Whether it can cost a loop its certificate."""
        return self.level == "must" and self.authority != "practice"


class Tally(Base, frozen=True, omit_defaults=False):
    """Requirements of one profile and kind by verdict. ``covered``: broken, and covered by a deviation."""

    total: int = 0
    passed: int = 0
    broken: int = 0
    covered: int = 0
    not_applicable: int = 0
    unknown: int = 0


class ProfileTally(Base, frozen=True, omit_defaults=False):
    """The counts of one profile: mandatory requirements, and beside them all others."""

    musts: Tally
    others: Tally


class Footer(Base, frozen=True, tag_field="kind", tag="footer", omit_defaults=False):
    """The last line. planned = executed + not-applicable + could-not-run, in tests. ``digest``: of the lines before."""

    outcome: Outcome
    complete: bool
    planned: int
    executed: int
    not_applicable: int
    could_not_run: int
    counts: Mapping[str, Mapping[str, int]]
    profiles: Mapping[str, ProfileTally]
    stale_deviations: tuple[str, ...]
    finished: str
    seconds: float
    digest: str


Line = Header | TestLine | RequirementLine | Footer


@dataclass(frozen=True)
class Report:
    """A whole report, as read or as just made."""

    header: Header
    tests: tuple[TestLine, ...]
    requirements: tuple[RequirementLine, ...]
    footer: Footer

    def test(self, test_id: str) -> TestLine:
        """Return the line of one test."""
        return next(line for line in self.tests if line.id == test_id)

    def broken(self) -> list[RequirementLine]:
        """Return the requirements that the loop breaks, mandatory ones first, each group in the catalogue's order."""
        lines = [line for line in self.requirements if line.verdict.broken]
        return sorted(lines, key=lambda line: (not line.mandatory, line.deviation is not None))
