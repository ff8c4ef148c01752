"""``loopcert smoke LOOP``: the first question of all."""

from __future__ import annotations

import click

from loopcert.runners.exits import Exit
from loopcert.runners.verbs import options


@click.command("smoke", short_help="Can a loop be imported, made, run, closed?")
@options.loop
@options.python
def command(loop: str, python: str | None) -> int:
    """Import LOOP, make one, run a coroutine on it, close it, make another: in a process of its own."""
    from loopcert.runners.smoke import STEPS
    from loopcert.runners.verbs.beginning import begin

    result = begin(loop, python).finish()
    result.demand_usable()
    for step, words in STEPS.items():
        click.echo(f"{words}: {result.failures.get(step, 'ok')}")
    return Exit.FALLS_SHORT if result.failures else Exit.AS_EXPECTED
