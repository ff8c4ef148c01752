"""Which requirements a command is about: patterns, profiles and levels as the user typed them."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable

from loopcert.runners.exits import Exit, Stop
from loopcert.spec import Catalogue, Level, Profile, Requirement, SpecError

_GLOB = frozenset("*?[")


def select(
    catalogue: Catalogue, patterns: Iterable[str], profiles: Iterable[str], level: str | None = None
) -> dict[str, Requirement]:
    """Return the selected requirements by id.

    `Stop` with the usage code where a name is unknown, and as incomplete where the filters together leave nothing.
    """
    patterns, profiles = list(patterns), list(profiles)
    for pattern in patterns:
        if not fnmatch.filter(catalogue.requirements, pattern) and not _GLOB & set(pattern):
            _unknown(catalogue, pattern)
    try:
        chosen = catalogue.select(patterns, map(Profile, profiles), Level(level) if level else None)
    except SpecError as error:
        raise Stop(str(error), Exit.INCOMPLETE) from error
    if not chosen:
        given = " ".join([*patterns, *profiles, *([level] if level else [])])
        raise Stop(f"nothing is selected: no requirement matches {given!r}; see `loopcert list`", Exit.INCOMPLETE)
    return {requirement.id: requirement for requirement in chosen}


def _unknown(catalogue: Catalogue, requirement: str) -> None:
    try:
        catalogue[requirement]
    except SpecError as error:
        raise Stop(str(error)) from error
