"""``loopcert deviations init|check|prune LOOP``: the list of what a loop is known to do differently."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from loopcert.runners.exits import Exit, Stop
from loopcert.runners.verbs import options

if TYPE_CHECKING:
    from loopcert.runners.deviations import Deviation
    from loopcert.runners.judge import Judgement

_FILE = Path("deviations.toml")
_existing = click.option(
    "--deviations", "file", type=options.INPUT, default=_FILE, show_default=True, metavar="F.toml", help="The list."
)


@click.group("deviations", short_help="The list of what a loop is known to do differently.")
def command() -> None:
    """Keep the list of failures that are known: begin it, hold it against the loop, take out what is stale."""


@command.command("init", short_help="Begin a list from what fails.")
@options.loop
@options.workers
@options.timeout
@options.python
@click.option("--deviations", "file", type=options.OUTPUT, default=_FILE, show_default=True, metavar="F.toml")
def init(loop: str, workers: int, timeout: float, python: str | None, file: Path) -> int:
    """Run everything against LOOP and write a list of the musts that it breaks, for its author to give the reasons."""
    from loopcert.runners import known_failures
    from loopcert.runners.verbs.outcome import write

    if file.exists():
        raise Stop(f"{file} is there already; `loopcert deviations check {loop}` tells how it stands")
    judgement = _judge(loop, python, workers, timeout, None, ())
    text, count = known_failures.begin(judgement.report)
    write(file, text)
    click.echo(f"{file}: {count} entries; say in each why, and which of the four states it is in")
    return Exit.AS_EXPECTED


@command.command("check", short_help="Which entries still hold?")
@options.loop
@options.workers
@options.timeout
@options.python
@_existing
def check(loop: str, workers: int, timeout: float, python: str | None, file: Path) -> int:
    """Run what the list names against LOOP; an entry whose requirement passes, or whose time is over, is stale."""
    judgement, holding, expired = _held(loop, python, workers, timeout, file)
    _tell(judgement, holding, expired)
    stale = judgement.report.footer.stale_deviations
    if stale:
        raise Stop(
            f"stale: {', '.join(stale)}; `loopcert deviations prune {loop}` takes them out", Exit.STALE_DEVIATIONS
        )
    return Exit.AS_EXPECTED


@command.command("prune", short_help="Take out the entries that no longer hold.")
@options.loop
@options.workers
@options.timeout
@options.python
@_existing
def prune(loop: str, workers: int, timeout: float, python: str | None, file: Path) -> int:
    """Run what the list names against LOOP and take out what is stale here; comments and other entries stay."""
    from loopcert.runners import known_failures
    from loopcert.runners.verbs.outcome import write

    judgement, holding, expired = _held(loop, python, workers, timeout, file)
    stale = judgement.report.footer.stale_deviations
    if not stale:
        click.echo(f"{file}: nothing is stale")
        return Exit.AS_EXPECTED
    write(file, known_failures.prune(file.read_text("utf-8"), stale, [*holding.values(), *expired.values()]))
    click.echo(f"{file}: taken out: {', '.join(stale)}")
    return Exit.AS_EXPECTED


def _held(
    loop: str, python: str | None, workers: int, timeout: float, file: Path
) -> tuple[Judgement, dict[str, Deviation], dict[str, Deviation]]:
    """Judge the requirements that the list names for this environment; `Stop` where it names none."""
    import tomllib

    from loopcert.runners.deviations import environment_of, read_deviations
    from loopcert.runners.judge import today
    from loopcert.spec import load_catalogue

    catalogue = load_catalogue()
    # whatever the environment: what is wrong with the file is told before anything runs
    read_deviations(file, catalogue.requirements, environment_of("0.0.0", ""), today())
    named = sorted({row["requirement"] for row in tomllib.loads(file.read_text("utf-8")).get("deviation", [])})
    if not named:
        raise Stop(f"{file} has no entry", Exit.INCOMPLETE)
    judgement = _judge(loop, python, workers, timeout, file, named)
    header = judgement.report.header
    environment = environment_of(header.python.version, header.platform.sys_platform)
    holding, expired = read_deviations(file, catalogue.requirements, environment, today())
    return judgement, holding, expired


def _judge(
    loop: str, python: str | None, workers: int, timeout: float, file: Path | None, named: list[str] | tuple[()]
) -> Judgement:
    from loopcert.runners.verbs.beginning import begin

    smoke = begin(loop, python)

    from loopcert.runners.judge import Judge, Order
    from loopcert.runners.progress import progress_on_stderr
    from loopcert.runners.report import Config
    from loopcert.runners.selection import select
    from loopcert.runners.verbs.outcome import exit_code
    from loopcert.spec import load_catalogue

    config = Config(workers=workers, runs=1, timeout=timeout, patterns=tuple(named))
    judgement = Judge(Order(smoke, config, select(load_catalogue(), named, ()), file), progress_on_stderr()).judge()
    if exit_code(judgement) is Exit.INCOMPLETE:
        raise Stop("not everything could be judged, so the list was left alone", Exit.INCOMPLETE)
    return judgement


def _tell(judgement: Judgement, holding: dict[str, Deviation], expired: dict[str, Deviation]) -> None:
    from loopcert.runners.known_failures import standing

    for name, how in standing(judgement.report, list(holding.values()), list(expired)):
        click.echo(f"{name:<20} {how}")
