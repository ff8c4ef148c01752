"""The catalogue: every chapter read, validated and indexed by requirement id."""

from __future__ import annotations

import difflib
import fnmatch
import hashlib
import json
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from functools import cache, cached_property
from importlib.resources import files
from typing import Any

from packaging.markers import InvalidMarker, Marker
from packaging.specifiers import InvalidSpecifier

from loopcert.spec.model import Authority, Chapter, Level, Party, Platform, Profile, Requirement, Shortfall, SpecError

_ID = re.compile(r"[a-z][a-z0-9]*-\d{2,3}[a-z]?")
_DERIVED = frozenset({"chapter"})
_FIELDS = frozenset(field.name for field in fields(Requirement)) - _DERIVED
_NEEDED = frozenset({"id", "level", "authority", "party", "text", "sources"})


@dataclass(frozen=True)
class Catalogue:
    """Everything a loop must do, by chapter."""

    chapters: tuple[Chapter, ...]
    shortfalls: tuple[Shortfall, ...] = ()

    @cached_property
    def requirements(self) -> Mapping[str, Requirement]:
        """Every requirement by its id, in the order of the chapters."""
        return {requirement.id: requirement for chapter in self.chapters for requirement in chapter.requirements}

    @cached_property
    def digest(self) -> str:
        """A digest of all that decides an outcome, as ``sha256:<hex>``: equal digests mean the same requirements.

        Where CPython itself falls short belongs to it: that excuses a loop from what is required of it.
        """
        rows: list[object] = [
            [getattr(requirement, field.name) for field in fields(Requirement) if field.name not in {"note", "wait"}]
            for requirement in sorted(self.requirements.values(), key=lambda each: each.id)
        ]
        rows += sorted([each.requirement, each.when] for each in self.shortfalls)
        return "sha256:" + hashlib.sha256(json.dumps(rows).encode()).hexdigest()

    @cached_property
    def testable(self) -> Mapping[str, Requirement]:
        """Those that a test can reach, by id: what a whole run judges."""
        return {name: requirement for name, requirement in self.requirements.items() if requirement.testable}

    def __getitem__(self, requirement_id: str) -> Requirement:
        """Return one requirement; SpecError where there is none of that id."""
        try:
            return self.requirements[requirement_id]
        except KeyError:
            close = ", ".join(difflib.get_close_matches(requirement_id, self.requirements)) or "none"
            raise SpecError(
                f"no requirement is called {requirement_id!r}; `loopcert list` shows them all (near it: {close})"
            ) from None

    def select(
        self,
        patterns: Iterable[str] = (),
        profiles: Iterable[Profile] = (),
        level: Level | None = None,
    ) -> list[Requirement]:
        """Return the requirements that match any pattern (an id or a glob), any profile, and the level.

        An empty filter lets everything through; a pattern that matches nothing raises SpecError.
        """
        chosen: set[str] = set()
        patterns, profiles = list(patterns), set(profiles)
        for pattern in patterns:
            matched = fnmatch.filter(self.requirements, pattern)
            if not matched:
                raise SpecError(f"no requirement matches {pattern!r}; `loopcert list` shows them all")
            chosen.update(matched)
        return [
            requirement
            for requirement in self.requirements.values()
            if (not patterns or requirement.id in chosen)
            and (not profiles or requirement.profile in profiles)
            and (level is None or requirement.level is level)
        ]

    def shortfalls_on(self, python: tuple[int, int, int], sys_platform: str) -> dict[str, Shortfall]:
        """Return what CPython itself does not keep on that Python and `sys.platform`, by requirement id."""
        environment = {
            "python_full_version": ".".join(map(str, python)),
            "python_version": f"{python[0]}.{python[1]}",
            "sys_platform": sys_platform,
        }
        return {each.requirement: each for each in self.shortfalls if Marker(each.when).evaluate(environment)}


def _requirement(row: dict[str, Any], chapter: str, profile: Profile) -> Requirement:
    name = row.get("id", f"a requirement without id in {chapter}.toml")
    if unknown := set(row) - _FIELDS:
        raise SpecError(f"{name}: unknown field {', '.join(sorted(unknown))}; known are {', '.join(sorted(_FIELDS))}")
    if missing := _NEEDED - set(row):
        raise SpecError(f"{name}: {', '.join(sorted(missing))} missing")
    if not _ID.fullmatch(name) or name.rpartition("-")[0] != chapter:
        raise SpecError(f"{name}: an id in {chapter}.toml reads {chapter}-NN")
    if row.get("profile") == profile:
        raise SpecError(f"{name}: profile = {profile.value!r} is that of its chapter; name one only where it differs")
    try:
        requirement = Requirement(
            **{
                **row,
                "chapter": chapter,
                "profile": Profile(row.get("profile", profile)),
                "level": Level(row["level"]),
                "authority": Authority(row["authority"]),
                "party": Party(row["party"]),
                "sources": tuple(row["sources"]),
                "platforms": tuple(map(Platform, row.get("platforms", ["any"]))),
            }
        )
        requirement.versions  # noqa: B018 - a specifier that cannot be read must fail here, not in a run
    except (ValueError, InvalidSpecifier) as error:
        raise SpecError(f"{name}: {error}") from error
    if not requirement.sources:
        raise SpecError(f"{name}: a requirement without a source is an opinion")
    return requirement


def read_chapter(name: str, text: str) -> Chapter:
    """Read one chapter from the TOML text of ``chapters/<name>.toml``; SpecError says what is wrong with it."""
    try:
        data = tomllib.loads(text)
        title, profile = data.pop("title"), Profile(data.pop("profile"))
    except (tomllib.TOMLDecodeError, ValueError) as error:
        raise SpecError(f"{name}.toml: {error}") from error
    except KeyError as error:
        raise SpecError(f"{name}.toml: {error.args[0]} missing") from error
    rows = data.pop("requirement", [])
    if data:
        raise SpecError(f"{name}.toml: unknown key {', '.join(data)}")
    return Chapter(name, title, profile, tuple(_requirement(row, name, profile) for row in rows))


def read_shortfalls(text: str) -> tuple[Shortfall, ...]:
    """Read ``cpython.toml``: where CPython itself falls short, by version."""
    rows = tomllib.loads(text).get("deviation", [])
    try:
        shortfalls = tuple(Shortfall(**row) for row in rows)
        for each in shortfalls:
            Marker(each.when)
    except (TypeError, InvalidMarker) as error:
        raise SpecError(f"cpython.toml: {error}") from error
    return shortfalls


@cache
def load_catalogue() -> Catalogue:
    """Read the whole catalogue that is shipped; SpecError where a chapter breaks a rule or an id stands twice."""
    room = files("loopcert.spec")
    names = sorted(entry.name for entry in room.joinpath("chapters").iterdir() if entry.name.endswith(".toml"))
    chapters = tuple(
        read_chapter(name.removesuffix(".toml"), room.joinpath("chapters", name).read_text("utf-8")) for name in names
    )
    seen: set[str] = set()
    for requirement in (each for chapter in chapters for each in chapter.requirements):
        if requirement.id in seen:
            raise SpecError(f"{requirement.id} stands twice in the catalogue")
        seen.add(requirement.id)
    shortfalls = read_shortfalls(room.joinpath("cpython.toml").read_text("utf-8"))
    if strays := {each.requirement for each in shortfalls} - seen:
        raise SpecError(f"cpython.toml: no requirement is called {', '.join(sorted(strays))}")
    return Catalogue(chapters, shortfalls)
