"""``loopcert show ID``: all there is to know of one requirement."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from loopcert.spec import Requirement


@click.command("show", short_help="One requirement: text, sources, tests, faults, code.")
@click.argument("requirement", metavar="ID")
def command(requirement: str) -> None:
    """Show the requirement ID: text, sources, tests, the faults that prove them, and where the reference keeps it."""
    from loopcert.runners.exits import Stop
    from loopcert.spec import SpecError, load_catalogue
    from loopcert.spec.index import index
    from loopcert.spec.keepers import keepers
    from loopcert.spec.replaced import replaced

    try:
        found = load_catalogue()[requirement]
    except SpecError as error:
        raise Stop(str(error)) from error
    click.echo(f"{found.id}  ({found.level}, {found.authority}; decided by: {found.party}; profile {found.profile})")
    click.echo(f"  {found.text}")
    for label, value in (
        ("Python", found.python),
        ("platforms", "" if tuple(found.platforms) == ("any",) else ", ".join(found.platforms)),
        ("note", found.note),
        ("waits", found.wait),
        ("untestable", found.untestable),
    ):
        if value:
            click.echo(f"  {label}: {value}")
    click.echo("sources")
    for source in facts(found)["sources"]:
        click.echo(f"  {source['name']}  {source['url']}".rstrip())
    for title, places, nothing in (
        ("tests", index().tests_of(found.id), "none"),
        ("faults", index().faults_of(found.id), "none"),
        ("kept in the reference by", keepers(found.id), "no part that says so by this id"),
        ("broken by its faults in", replaced(found.id), "no method of the reference"),
    ):
        click.echo(title)
        for place in places:
            click.echo(f"  {place.name}  ({place.file}:{place.line})  {place.summary}".rstrip())
        if not places:
            click.echo(f"  {nothing}")


def facts(requirement: Requirement) -> dict[str, Any]:
    """Return a requirement as plain data, its sources with their public addresses."""
    from dataclasses import asdict

    from loopcert.spec.sources import address

    plain = asdict(requirement)
    return {**plain, "sources": [{"name": source, "url": address(source)} for source in requirement.sources]}
