"""Splitting a run into shards, and putting the reports of all shards together again. Pure."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, zip_longest

import msgspec

from loopcert.runners import assemble
from loopcert.runners.exits import Exit, Stop
from loopcert.runners.report import Config, Footer, Header, Plan, Report, RequirementLine, Shard, TestLine
from loopcert.runners.verdicts import requirement_verdict
from loopcert.runners.vocabulary import Verdict
from loopcert.spec import Requirement

_SHARD = re.compile(r"([0-9]{1,4})/([0-9]{1,4})")


def parse_shard(text: str) -> Shard:
    """Read ``I/N``; ValueError with a sentence for anything else."""
    match = _SHARD.fullmatch(text)
    if match is None or not 1 <= int(match[1]) <= int(match[2]):
        raise ValueError(f"{text!r} is no shard; I/N with I from 1 to N is, such as 2/8")
    return Shard(number=int(match[1]), of=int(match[2]))


def part(selected: Mapping[str, Requirement], shard: Shard | None) -> Mapping[str, Requirement]:
    """Return what one shard runs of a selection: every N-th requirement that a test can reach, the I-th one first.

    A requirement's tests stay together, so that its verdict needs one shard alone; neighbours, which take about as
    long, are dealt out evenly. `Stop` where there are more shards than requirements.
    """
    if shard is None:
        return selected
    testable = [requirement for requirement in selected.values() if requirement.testable]
    if shard.of > len(testable):
        raise Stop(
            f"nothing is selected for some of {shard.of} shards: there are {len(testable)} requirements; "
            "take fewer shards",
            Exit.INCOMPLETE,
        )
    return {requirement.id: requirement for requirement in testable[shard.number - 1 :: shard.of]}


@dataclass(frozen=True)
class Named:
    """A shard's report, and the name of its file."""

    name: str
    report: Report

    @property
    def shard(self) -> Shard:
        """Which shard it is; `Stop` where it is none."""
        if self.report.header.config.shard is None:
            raise Stop(f"{self.name} is no shard: it reports on everything that was selected; see `run --shard`")
        return self.report.header.config.shard


@dataclass(frozen=True)
class Merged:
    """The lines of a merged report; the footer's digest is for the writer to fill in."""

    header: Header
    tests: Sequence[TestLine]
    requirements: Sequence[RequirementLine]
    footer: Footer


def merge(given: Iterable[Named]) -> Merged:
    """Put the shards of one run together; `Stop` for what does not belong together, and for what is missing."""
    shards = sorted(given, key=lambda each: each.shard.number)
    for each in shards[1:]:
        _check_alike(shards[0], each)
    _check_complete(shards)
    lines = _lines(shards)
    texts = {name: alike[0].text for name, alike in lines.items()}
    tests = [line for each in shards for line in each.report.tests if not line.id.startswith(assemble.LEAKS)]
    tests += assemble.leak_lines(tests, texts)
    checks: dict[str, list[TestLine]] = defaultdict(list)
    for line in tests:
        checks[line.requirement].append(line)
    requirements = [_requirement(alike, checks[name]) for name, alike in lines.items()]
    header = _header(shards, len(requirements))
    footer = assemble.footer(
        tests,
        requirements,
        _stale(lines, shards),
        planned=sum(_planned(each.report) for each in shards) + sum(_is_leak(line) for line in tests),
        complete=all(each.report.footer.complete for each in shards),
        finished=max(each.report.footer.finished for each in shards),
        seconds=sum(each.report.footer.seconds for each in shards),
    )
    return Merged(header, tests, requirements, footer)


def _is_leak(line: TestLine) -> bool:
    return line.id.startswith(assemble.LEAKS)


def _planned(report: Report) -> int:
    """Return how many tests were planned before anything was found to be left behind."""
    return report.footer.planned - sum(_is_leak(line) for line in report.tests)


def _identity(report: Report) -> Mapping[str, object]:
    """Return what shards of one run share. Machines may differ in their kernel's release and their processors."""
    header = report.header
    return {
        "loopcert": header.suite.version,
        "catalogue": header.suite.catalogue,
        "loop": header.loop.spec,
        "version of the loop": header.loop.version,
        "digest of the loop": f"{header.loop.digest_of} {header.loop.digest}",
        "distribution of the loop": header.loop.distribution,
        "distributions beside the loop": str(sorted(header.loop.beside.items())),
        "Python": f"{header.python.implementation} {header.python.version}",
        "platform": f"{header.platform.sys_platform} {header.platform.system} {header.platform.machine}",
        "Wine": header.platform.wine,
        "number of shards": header.config.shard and header.config.shard.of,
        **{f"setting {key}": value for key, value in msgspec.structs.asdict(_common(header.config)).items()},
    }


def _common(config: Config) -> Config:
    return msgspec.structs.replace(config, shard=None, workers=0)


def _check_alike(first: Named, other: Named) -> None:
    wanted, found = _identity(first.report), _identity(other.report)
    for what, value in wanted.items():
        if found[what] != value:
            raise Stop(
                f"{other.name} does not belong to {first.name}: {what} is {_said(found[what])} there "
                f"and {_said(value)} here; merge the shards of one run"
            )


def _said(value: object) -> str:
    return ", ".join(map(str, value)) or "none" if isinstance(value, tuple) else str(value) or "none"


def _check_complete(shards: Sequence[Named]) -> None:
    by_number: dict[int, str] = {}
    for each in shards:
        if (twin := by_number.setdefault(each.shard.number, each.name)) != each.name:
            raise Stop(f"{twin} and {each.name} are both shard {each.shard}; give each once")
    if len(by_number) < len(shards):
        raise Stop("a file is given twice; give each shard once")
    of = shards[0].shard.of
    if missing := [f"{number}/{of}" for number in range(1, of + 1) if number not in by_number]:
        word = "shard" if len(missing) == 1 else "shards"
        raise Stop(f"{word} {', '.join(missing)} of {shards[0].name} missing; nothing was merged", Exit.INCOMPLETE)
    sizes = [each.report.header.plan.requirements for each in shards]
    if sizes != sorted(sizes, reverse=True) or sizes[0] - sizes[-1] > 1:
        raise Stop(f"the shards do not divide one selection: they hold {', '.join(map(str, sizes))} requirements")


def _lines(shards: Sequence[Named]) -> dict[str, list[RequirementLine]]:
    """Return all lines by requirement, in the order from which the shards were dealt.

    A shard's own requirements stand first in its report; the ones after them are those of other shards, which its
    tests broke by what they left behind.
    """
    own = [each.report.requirements[: each.report.header.plan.requirements] for each in shards]
    ordered = [line for line in chain(*zip_longest(*own)) if line is not None]
    lines = {line.id: [line] for line in ordered}
    if len(lines) < len(ordered):
        raise Stop("the shards overlap: a requirement is judged by two of them; merge the shards of one run")
    for each in shards:
        for line in each.report.requirements[each.report.header.plan.requirements :]:
            if line.id not in lines:
                raise Stop(f"{each.name} speaks of {line.id}, which no shard was given; merge the shards of one run")
            lines[line.id].append(line)
    return lines


def _requirement(alike: Sequence[RequirementLine], tests: Sequence[TestLine]) -> RequirementLine:
    line = alike[0]
    if not tests:
        return line
    verdict = requirement_verdict({test.verdict for test in tests})
    shown = next(test for test in tests if test.verdict is verdict)
    return msgspec.structs.replace(
        line,
        verdict=verdict,
        tests=tuple(test.id for test in tests),
        message=shown.message if verdict is not Verdict.PASS else "",
        reason=shown.reason,
        deviation=next((each.deviation for each in alike if each.deviation is not None), None),
    )


def _stale(lines: Mapping[str, Sequence[RequirementLine]], shards: Sequence[Named]) -> tuple[str, ...]:
    """Return the deviations that are stale: in every shard that judged their requirement, not just in one of them."""
    said = [name for each in shards for name in each.report.footer.stale_deviations]
    return tuple(sorted({name for name in said if name in lines and said.count(name) == len(lines[name])}))


def _header(shards: Sequence[Named], requirements: int) -> Header:
    headers = [each.report.header for each in shards]
    releases = dict.fromkeys(header.platform.release for header in headers)
    return msgspec.structs.replace(
        headers[0],
        platform=msgspec.structs.replace(headers[0].platform, release=", ".join(releases)),
        config=msgspec.structs.replace(
            headers[0].config, shard=None, workers=max(header.config.workers for header in headers)
        ),
        plan=Plan(tests=sum(header.plan.tests for header in headers), requirements=requirements),
        started=min(header.started for header in headers),
        merged=tuple(each.report.footer.digest for each in shards),
    )
