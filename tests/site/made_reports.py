"""Reports made up for the site: of loops that break what a seed says, worded and sized as those of real loops are."""

from __future__ import annotations

import random
import zlib
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from loopcert.runners import assemble
from loopcert.runners.report import (
    FORMAT,
    Config,
    DeviationNote,
    Header,
    Plan,
    PlatformInfo,
    PythonInfo,
    Report,
    RequirementLine,
    Source,
    Subject,
    Suite,
    TestLine,
)
from loopcert.runners.report_file import ReportWriter, parse_report
from loopcert.runners.vocabulary import Verdict

PYTHONS = ("3.11.7", "3.12.1", "3.13.0", "3.14.8", "3.15.0")
_PROFILES = ("scheduling", "network", "tls", "unix", "signals")
_LEVELS = (("must", "documented"),) * 6 + (("must", "pep"), ("should", "documented"), ("must", "practice"))
_SENTENCE = "A transport whose protocol was asked to pause still gives it what had been read before ({0}), in order"


def requirement_lines(count: int) -> list[RequirementLine]:
    """Return ``count`` requirements in chapters of 40, all of them kept."""
    lines = []
    for number in range(count):
        chapter = f"chapter{number // 40:02d}"
        level, authority = _LEVELS[number % len(_LEVELS)]
        source = "docs:asyncio-eventloop#asyncio.loop.call_soon"
        lines.append(
            RequirementLine(
                id=f"{chapter}-{number % 40 + 1:02d}",
                level=level,
                authority=authority,
                verdict=Verdict.PASS,
                party="loop",
                chapter=chapter,
                profile=_PROFILES[number // 40 % len(_PROFILES)],
                text=_SENTENCE.format(number) + ".",
                sources=(Source(name=source, url="https://docs.python.org/3/library/asyncio-eventloop.html"),),
                tests=(f"test_{chapter}::test_of_{number}",),
            )
        )
    return lines


def made(
    loop: str,
    python: str = "3.13.0",
    verdicts: dict[str, Verdict] | None = None,
    *,
    version: str = "1.0",
    platform: str = "linux",
    requirements: Sequence[RequirementLine] = (),
    covered: Iterable[str] = (),
    complete: bool = True,
    config: Config | None = None,
) -> Report:
    """Return a report of ``loop`` that breaks ``verdicts`` (by requirement) and keeps the rest."""
    verdicts, covered = verdicts or {}, set(covered)
    tests, lines = [], []
    for requirement in requirements:
        verdict = verdicts.get(requirement.id, Verdict.PASS)
        test = _test(requirement, verdict, loop, python)
        note = DeviationNote(origin="user", reason="on <purpose>", issue="https://example.org/7", status="intended")
        tests.append(test)
        lines.append(
            msgspec.structs.replace(
                requirement,
                verdict=verdict,
                message=test.message,
                reason=test.reason,
                deviation=note if requirement.id in covered else None,
            )
        )
    return _written(_header(loop, version, python, platform, len(tests), config), tests, lines, complete=complete)


def _test(requirement: RequirementLine, verdict: Verdict, loop: str, python: str) -> TestLine:
    test = TestLine(id=requirement.tests[0], requirement=requirement.id, verdict=verdict)
    if verdict is Verdict.PASS:
        return test
    if verdict in {Verdict.NOT_APPLICABLE, Verdict.COULD_NOT_RUN}:
        return _with(test, reason=f"the machine of {requirement.chapter} has no such <thing>")
    where = f"/home/someone/venvs/{python}/lib/site-packages/loopcert/conformance/test_{requirement.chapter}.py"
    number = sum(map(ord, requirement.id))
    frames = "\n".join(
        f'  File "{where}", line {number + each}, in test_of_{requirement.id}\n    step_{each}(loop, <trace>)'
        for each in range(6)
    )
    # an address, as tracebacks are full of: no two reports say the same
    address = zlib.crc32(f"{requirement.id} {loop} {python}".encode())
    message = f"{requirement.id}: saw <Handle of {loop} at {address:#x}>, wanted '<a>'"
    if verdict is Verdict.HANG:
        return _with(test, message="made no progress within 5 s", stacks=f"Timeout (0:00:05)!\n{frames}")
    if verdict is Verdict.CRASH:
        return _with(
            test, message="the process died of SIGSEGV", stacks=f"Fatal Python error: Segmentation fault\n{frames}"
        )
    return _with(test, message=message, details=f"Traceback (most recent call last):\n{frames}\nViolation: {message}")


def _with(test: TestLine, **values: str) -> TestLine:
    return msgspec.structs.replace(test, **values)


def _header(loop: str, version: str, python: str, platform: str, count: int, config: Config | None) -> Header:
    return Header(
        format=FORMAT,
        suite=Suite(version="0.1.0", catalogue="sha256:" + "ab" * 32),
        loop=Subject(spec=loop, name=loop, version=version, digest="cd" * 32, digest_of="RECORD", distribution=loop),
        python=PythonInfo(implementation="CPython", version=python),
        platform=PlatformInfo(sys_platform=platform, system=platform.title(), release="1", machine="x86_64"),
        config=config or Config(workers=2, runs=1, timeout=5.0),
        plan=Plan(tests=count, requirements=count),
        started="2026-11-22T20:00:00+00:00",
    )


def _written(header: Header, tests: list[TestLine], lines: list[RequirementLine], *, complete: bool) -> Report:
    writer = ReportWriter()
    writer.write(header)
    for test in tests:
        writer.write(test)
    for line in lines:
        writer.write(line)
    footer = assemble.footer(
        tests,
        lines,
        (),
        planned=len(tests),
        complete=complete,
        finished="2026-11-22T20:01:00+00:00",
        seconds=60.0,
    )
    writer.finish(footer)
    return parse_report(writer.data, f"{header.loop.spec}.jsonl")


def many(loops: int, requirements: int, seed: int = 7) -> Iterator[Report]:
    """Yield reports of ``loops`` loops on every Python: most break a few requirements in a hundred, some far more."""
    lines = requirement_lines(requirements)
    chance = random.Random(seed)
    for number in range(loops):
        share = chance.choice((0.0, 0.01, 0.02, 0.05, 0.05, 0.2))
        broken = [line.id for line in lines if chance.random() < share]
        idle = [line.id for line in lines if chance.random() < 0.04]
        kinds = (Verdict.FAIL,) * 8 + (Verdict.HANG, Verdict.CRASH)
        verdicts = dict.fromkeys(idle, Verdict.NOT_APPLICABLE) | {name: chance.choice(kinds) for name in broken}
        for python in PYTHONS:
            # a loop breaks nearly the same on every Python
            here = {name: verdict for name, verdict in verdicts.items() if chance.random() < 0.95}
            yield made(f"loop{number:02d}", python, here, requirements=lines)
