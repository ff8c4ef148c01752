"""``loopcert selftest``: who guards the guards? Every test against the broken loops that it has to catch."""

from __future__ import annotations

import fnmatch
import json
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from loopcert.runners.exits import Exit, Stop
from loopcert.runners.verbs import options

if TYPE_CHECKING:
    from loopcert.runners.matrix import Matrix

_SECOND_LOOKS = 2
"""Times that what stays unproven is tried again, alone: a busy machine can hide a fault, and never makes one."""


@click.command("selftest", short_help="Prove the suite: does every test fail when it should?")
@click.option("-k", "patterns", multiple=True, metavar="ID-OR-GLOB", help="Requirements or faults (may be repeated).")
@options.workers
@options.timeout
@click.option("--json", "as_json", is_flag=True, help="The whole matrix as JSON.")
def command(patterns: tuple[str, ...], workers: int, timeout: float, as_json: bool) -> int:
    """Run every test against the faults that break its requirement, each in a process of its own.

    A test that no fault makes fail, and a fault that no test notices, fail the suite.
    """
    from loopcert.runners.matrix import Matrix

    _check(patterns)
    matrix = Matrix(patterns or ("*",))
    _run(matrix, matrix.patterns, workers, timeout)
    for _ in range(_SECOND_LOOKS):
        if open_ones := matrix.unsettled():
            _run(matrix, open_ones, 1, timeout)
    click.echo(_json(matrix) if as_json else _text(matrix), nl=False)
    if not matrix.tests():
        raise Stop("nothing can be proven here: every test lacks something", Exit.INCOMPLETE)
    unproven, unnoticed = matrix.unproven(), matrix.unnoticed()
    if unproven or unnoticed:
        raise Stop(
            f"the suite is not proven: {len(unproven)} tests that nothing kills, {len(unnoticed)} faults unnoticed",
            Exit.SUITE_FAILED,
        )
    return Exit.AS_EXPECTED


def _check(patterns: tuple[str, ...]) -> None:
    """`Stop` for a pattern that names no fault, and no requirement that a fault breaks."""
    from loopcert.spec.index import index

    names = {name for fault in index().faults for name in (fault.name, fault.requirement)}
    for pattern in patterns:
        if not fnmatch.filter(names, pattern):
            raise Stop(f"no fault is called {pattern!r} or breaks such a requirement", Exit.INCOMPLETE)


def _run(matrix: Matrix, patterns: Sequence[str], workers: int, timeout: float) -> None:
    """Run the faults that match each pattern, and enter what they did into the matrix."""
    from loopcert.runners.journal import Event, KillEvent
    from loopcert.runners.ledger import Attempt, Ledger
    from loopcert.runners.supervise import Ending, Supervisor, last_words
    from loopcert.runners.target import find_target

    def heed(event: Event | None, attempt: Attempt | None) -> None:  # noqa: ARG001 - attempts prove nothing here
        if event is None:
            return
        matrix.observe(event)
        if isinstance(event, KillEvent):
            click.echo("." if event.killed else "!", nl=False, err=True)

    with tempfile.TemporaryDirectory(prefix="loopcert-", ignore_cleanup_errors=True) as folder:
        for number, pattern in enumerate(patterns):
            where = Path(folder, str(number))
            supervisor = Supervisor(find_target("reference", None), Ledger(timeout), where, timeout, heed, once=False)
            before = len(matrix.kills)
            arguments = ["loopcert.conformance", "--faults", pattern, "--isolate", str(workers)]
            ending = supervisor.run(arguments, alone=True)
            click.echo("", err=True)
            if len(matrix.kills) == before:
                raise Stop(f"the selftest of {pattern!r} did not run: {supervisor.explain()}", Exit.SUITE_FAILED)
            if ending is not Ending.FINISHED or supervisor.status != 0:
                raise Stop(
                    f"the selftest of {pattern!r} ended early ({ending.name.lower()}, pytest's status "
                    f"{supervisor.status}): {last_words(supervisor.log)}",
                    Exit.SUITE_FAILED,
                )


def _text(matrix: Matrix) -> str:
    lines = [f"{'chapter':<14}{'tests':>7}{'proven':>8}{'faults':>8}{'unnoticed':>11}"]
    lines += [
        f"{row.chapter:<14}{row.tests:>7}{row.proven:>8}{row.faults:>8}{row.unnoticed:>11}" for row in matrix.rows()
    ]
    lines.append("")
    for test in matrix.unproven():
        lines.append(f"nothing kills {test}")
        lines += [
            f"    {kill.fault}: {kill.outcome}  {kill.message[:160]}" for kill in matrix.kills if kill.test == test
        ]
    lines += [f"no test notices {fault}" for fault in matrix.unnoticed()]
    reasons = Counter(matrix.lacking().values())
    lines += [f"left out: {count} tests: {reason}" for reason, count in reasons.items()]
    faults = len({kill.fault for kill in matrix.kills if not kill.lacking})
    tests, unproven = len(matrix.tests()), len(matrix.unproven())
    lines.append(
        f"{tests - unproven} of {tests} tests proven by {faults} faults; "
        f"{len(matrix.bystanders_hit())} of {len(matrix.bystanders)} bystanders upset"
    )
    return "\n".join(lines) + "\n"


def _json(matrix: Matrix) -> str:
    import msgspec

    document = {
        "tests": len(matrix.tests()),
        "proven": len(matrix.tests()) - len(matrix.unproven()),
        "unproven": matrix.unproven(),
        "unnoticed": matrix.unnoticed(),
        "lacking": matrix.lacking(),
        "chapters": [asdict(row) for row in matrix.rows()],
        "matrix": msgspec.to_builtins(matrix.kills),
        "bystanders": msgspec.to_builtins(matrix.bystanders),
    }
    return json.dumps(document, indent=1) + "\n"
