"""The files of the site: two pages, their scripts and style, the data, the badges."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from importlib.resources import files

from jinja2 import Environment, FunctionLoader, StrictUndefined

from loopcert.runners import badge
from loopcert.runners.report import Report
from loopcert.runners.views.findings import books, headline, kept, suite
from loopcert.runners.views.site.columns import Column, columns, groups
from loopcert.runners.views.site.data import details, overview, packed, rows, script
from loopcert.runners.vocabulary import Outcome

_HERE = "loopcert.runners.views.site"
_SCRIPTS = ("theme.js", "copy.js", "model.js", "grid.js", "detail.js", "page.js", "site.css")


@dataclass(frozen=True)
class Snippet:
    """A badge as one writes it into a README."""

    language: str
    text: str


def site(
    reports: Sequence[Report], titles: Mapping[str, str], *, docs: str = "", url: str = ""
) -> Iterator[tuple[str, str]]:
    """Yield every file of the site: its path, and its text.

    ``titles`` are the chapters' titles by name; ``docs`` is the address of the documentation, ``url`` the one at which
    the site will stand; both may be empty.
    """
    found, environment = columns(reports), _environment()
    standing = rows(reports)
    shared = {"columns": found, "groups": groups(found), "catalogues": _catalogues(found), "rows": standing}
    yield "index.html", environment.get_template("index.html.j2").render(**shared)
    yield (
        "loops.html",
        environment.get_template("loops.html.j2").render(
            **shared, kept=kept, books=books, headline=headline, suite=suite, snippets=lambda each: snippets(each, url)
        ),
    )
    for name in _SCRIPTS:
        yield name, _read(name)
    yield "data.js", script("LOOPCERT.load", overview(found, standing, titles, docs))
    said = details(found, standing)
    for number, chapter in enumerate(standing.chapters):
        yield f"details/{number}.js", script("LOOPCERT.tell", chapter, packed(said[chapter]))
    for column in found:
        if column.badge:
            yield f"badges/{column.slug}.svg", badge.svg(column.report)
            yield f"badges/{column.slug}.json", badge.endpoint(column.report)


def _read(name: str) -> str:
    return files(_HERE).joinpath(name).read_text("utf-8")


def _environment() -> Environment:
    environment = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        loader=FunctionLoader(_read),
    )
    environment.globals["svg"] = badge.svg
    environment.globals["Outcome"] = Outcome
    return environment


def _catalogues(found: Sequence[Column]) -> list[str]:
    return list(dict.fromkeys(column.report.header.suite.catalogue for column in found))


def snippets(column: Column, url: str) -> list[Snippet]:
    """Return the badge of one report for Markdown, reStructuredText and HTML, with a link to its loop's section."""
    base = url.rstrip("/") + "/" if url else ""
    image, target = f"{base}badges/{column.slug}.svg", f"{base}loops.html#{column.slug}"
    words = f"loopcert: {column.badge}"
    return [
        Snippet("Markdown", f"[![{words}]({image})]({target})"),
        Snippet("reStructuredText", f".. image:: {image}\n   :alt: {words}\n   :target: {target}"),
        Snippet("HTML", f'<a href="{escape(target)}"><img src="{escape(image)}" alt="{escape(words)}"></a>'),
    ]
