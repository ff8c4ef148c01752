"""The page on certificates names every field of the schema, every option of verify, and nothing else."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import click

from loopcert.runners.verbs.verify import command

PAGE = (Path(__file__).parents[2] / "docs" / "certificates.md").read_text("utf-8")
SCHEMA: dict[str, Any] = json.loads(
    files("loopcert.runners.schemas").joinpath("certificate.schema.json").read_text("utf-8")
)


def fields(schema: dict[str, Any], path: str = "") -> Iterator[str]:
    """Yield every field that holds a value, as the page names it."""
    if "$ref" in schema:
        schema = {**schema, **SCHEMA["$defs"][schema["$ref"].rpartition("/")[2]]}
    inner = {f".{name}": each for name, each in schema.get("properties", {}).items()}
    if isinstance(schema.get("additionalProperties"), dict):
        inner[".*"] = schema["additionalProperties"]
    if "items" in schema:
        inner["[]"] = schema["items"]
    for name, each in inner.items():
        yield from fields(each, path + name)
    if not inner:
        yield path.removeprefix(".")


def section(title: str) -> set[str]:
    """Return the first cells of the table in a section."""
    text = PAGE.partition(f"## {title}\n")[2].partition("\n## ")[0]
    return set(re.findall(r"^\| `([^`]+)` \|", text, re.MULTILINE))


def test_every_field_is_told_and_no_other() -> None:
    wanted = {
        re.sub(r"^predicate\.profiles\.\*\.(musts|others)\.", "predicate.profiles.*.*.", field)
        for field in fields(SCHEMA)
    }
    assert section("What it says") == wanted | {"predicate.profiles.*.musts", "predicate.profiles.*.others"}


def test_every_option_of_verify_is_told() -> None:
    names = {each.opts[0] for each in command.params if isinstance(each, click.Option)}
    assert {each.split()[0] for each in section("What verify checks")} == names - {"-n", "--python"}
