"""``loopcert run LOOP``: the suite, or a part of it, against one loop."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from loopcert.runners.exits import Exit
from loopcert.runners.verbs import options

if TYPE_CHECKING:
    from loopcert.runners.report import Shard


@click.command("run", short_help="Run the suite, or a part of it, against a loop.")
@options.loop
@click.option("-k", "patterns", multiple=True, metavar="ID-OR-GLOB", help="Only these requirements (may be repeated).")
@options.profile
@options.workers
@click.option("-x", "stop", is_flag=True, help="Stop at the first must that fails; the report is then incomplete.")
@options.timeout
@options.shard
@options.python
@options.deviations
@options.report
@click.option("--junit", type=options.OUTPUT, metavar="F.xml", help="Write a JUnit report as well.")
def command(
    loop: str,
    patterns: tuple[str, ...],
    profiles: tuple[str, ...],
    workers: int,
    stop: bool,
    timeout: float,
    shard: Shard | None,
    python: str | None,
    deviations: Path | None,
    report: Path | None,
    junit: Path | None,
) -> int:
    """Run the suite against LOOP and show what it breaks.

    What does not pass is run again alone, in a fresh process, before it is held against the loop.
    """
    from loopcert.runners.verbs.beginning import begin

    smoke = begin(loop, python)

    from loopcert.runners.deviations import digest_of
    from loopcert.runners.judge import Judge, Order
    from loopcert.runners.progress import progress_on_stderr
    from loopcert.runners.report import Config
    from loopcert.runners.selection import select
    from loopcert.runners.shards import part
    from loopcert.spec import load_catalogue

    config = Config(
        workers=workers,
        runs=1,
        timeout=timeout,
        patterns=patterns,
        profiles=profiles,
        stop_at_first=stop,
        shard=shard,
        deviations=digest_of(deviations),
    )
    selected = select(load_catalogue(), patterns, profiles)
    part(selected, shard)  # a shard of nothing is refused before anything has been waited for
    order = Order(smoke, config, selected, deviations, report)
    judgement = Judge(order, progress_on_stderr()).judge()

    # only now: the first verdict must not wait for what shows the last
    from loopcert.runners.verbs.outcome import exit_code, show, write
    from loopcert.runners.views import Format, render

    show(judgement)
    if junit is not None:
        write(junit, render(judgement.report, Format.JUNIT))
    if judgement.stopped:
        click.echo("stopped at the first failure; the rest was not run", err=True)
        return Exit.FALLS_SHORT
    return exit_code(judgement)
