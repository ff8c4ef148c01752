"""``loopcert loops``: the registry of known loops, and which of them can run here."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import json
import sys
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from loopcert.spec.loops import KnownLoop


@click.command("loops", short_help="The known loops, and which of them can run here.")
@click.option("--json", "as_json", is_flag=True, help="A JSON array.")
def command(as_json: bool) -> None:
    """List the loops that have a name, and say of each whether it can run on this Python, or why not.

    Nothing is imported for that; `loopcert smoke LOOP` tries.
    """
    from loopcert.spec.loops import registry

    rows = [(loop, obstacle(loop)) for loop in registry().values()]
    if as_json:
        click.echo(json.dumps([_facts(loop, why_not) for loop, why_not in rows], indent=1))
        return
    for loop, why_not in rows:
        click.echo(f"{loop.name:<22} {why_not or 'can run here':<34} {loop.summary}")


def obstacle(loop: KnownLoop) -> str:
    """Return why a known loop cannot run on this Python and platform, or ""."""
    from packaging.specifiers import SpecifierSet

    version = ".".join(map(str, sys.version_info[:3]))
    if loop.platforms and not any(sys.platform.startswith(platform) for platform in loop.platforms):
        return f"runs on {', '.join(loop.platforms)}"
    if not SpecifierSet(loop.python).contains(version, prereleases=True):
        return f"runs on Python {loop.python}"
    # a submodule would import its package: the package is enough to know whether it is installed
    outermost = loop.origin.partition(".")[0]
    if importlib.util.find_spec(outermost) is None or not all(map(_installed, loop.distributions[1:])):
        return loop.installing or f"no module {outermost}"
    return ""


def _installed(distribution: str) -> bool:
    try:
        importlib.metadata.distribution(distribution)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


def _facts(loop: KnownLoop, why_not: str) -> dict[str, object]:
    return {
        "name": loop.name,
        "factory": loop.factory,
        "module": loop.origin,
        "requires": list(loop.requires),
        "version": loop.version,
        "older": dict(loop.older),
        "python": loop.python,
        "platforms": list(loop.platforms),
        "env": dict(loop.env),
        "home": loop.home,
        "issues": loop.issues,
        "summary": loop.summary,
        "runs_here": not why_not,
        "obstacle": why_not,
    }
