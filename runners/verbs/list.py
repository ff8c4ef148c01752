"""``loopcert list``: the requirements."""

from __future__ import annotations

import json

import click

from loopcert.runners.verbs import options


@click.command("list", short_help="The requirements.")
@options.profile
@click.option("--level", type=click.Choice(("must", "should", "may")), help="Only this level.")
@click.option("--json", "as_json", is_flag=True, help="A JSON array, with everything that the catalogue says.")
def command(profiles: tuple[str, ...], level: str | None, as_json: bool) -> None:
    """List the requirements: id, level, authority and text.

    Where the contract itself makes a test wait, or no test can exist, the reason stands beneath.
    """
    from loopcert.runners.selection import select
    from loopcert.runners.verbs.show import facts
    from loopcert.spec import load_catalogue

    chosen = select(load_catalogue(), (), profiles, level).values()
    if as_json:
        click.echo(json.dumps([facts(requirement) for requirement in chosen], indent=1, ensure_ascii=False))
        return
    for requirement in chosen:
        standing = f"{requirement.level}, {requirement.authority}"
        click.echo(f"{requirement.id:<15} {standing:<18}  {requirement.text}")
        for label, reason in (("waits", requirement.wait), ("untestable", requirement.untestable)):
            if reason:
                click.echo(f"{'':<36}{label}: {reason}")
