"""The documents that requirements rest on: their titles and public addresses, their anchors, symbols and claims."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from loopcert.spec.model import SpecError


@dataclass(frozen=True)
class Source:
    """One document: ``id`` is what a requirement's source begins with, before the ``#``."""

    id: str
    title: str
    url: str
    version: str


@dataclass(frozen=True)
class Claim:
    """One claim of the founding document, and the chapters in which its requirements belong."""

    id: str
    text: str
    chapters: tuple[str, ...]


@dataclass(frozen=True)
class Symbol:
    """A documented symbol that concerns whoever implements a loop, and the chapter in which it belongs."""

    name: str
    anchor: str
    chapter: str


def _read(name: str) -> str:
    return files("loopcert.spec").joinpath(name).read_text("utf-8")


@cache
def sources() -> Mapping[str, Source]:
    """Return every document by its id."""
    return {row["id"]: Source(**row) for row in tomllib.loads(_read("sources.toml"))["source"]}


@cache
def anchors() -> Mapping[str, frozenset[str]]:
    """Return the anchors of every document that has some, over the Python versions 3.13 to 3.15."""
    data: dict[str, list[str]] = json.loads(_read("anchors.json"))
    return {document: frozenset(names) for document, names in data.items()}


@cache
def claims() -> Mapping[str, Claim]:
    """Return the claims of the founding document by id (``S01`` ...)."""
    rows: list[dict[str, Any]] = tomllib.loads(_read("seed.toml"))["claim"]
    return {row["id"]: Claim(row["id"], row["text"], tuple(row["chapters"])) for row in rows}


@cache
def symbols() -> tuple[Symbol, ...]:
    """Return the documented symbols that concern whoever implements a loop."""
    return tuple(Symbol(**row) for row in json.loads(_read("symbols.json")))


def document(source: str) -> tuple[Source, str]:
    """Split a requirement's source into its document and the place in it; SpecError for an unknown document.

    ``docs:page#anchor`` and ``pep-3156#section`` name an anchor, ``seed:S01`` a claim, ``cpython:Lib/x.py`` a module.
    """
    known = sources()
    name, _, place = source.partition("#")
    if name not in known:
        name, _, place = source.partition(":")
    if name not in known or name == "docs":
        raise SpecError(f"source {source!r} names no document of sources.toml")
    return known[name], place


def address(source: str) -> str:
    """Return the public address of a requirement's source, or "" where the document has none."""
    found, place = document(source)
    if not found.url or not place:
        return found.url
    return f"{found.url}{place}" if found.id == "cpython" else f"{found.url}#{place}"
