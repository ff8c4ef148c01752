"""Counts by chapter: what the catalogue holds, what is tested, what is proven. The coverage page is made of them."""

from __future__ import annotations

from dataclasses import astuple, dataclass

from loopcert.spec.catalogue import Catalogue
from loopcert.spec.index import Index
from loopcert.spec.model import Chapter
from loopcert.spec.sources import claims, symbols


@dataclass(frozen=True)
class Row:
    """The counts of one chapter."""

    chapter: str
    requirements: int
    musts: int
    testable: int
    tests: int
    faults: int


def _row(chapter: Chapter, index: Index) -> Row:
    ids = {requirement.id for requirement in chapter.requirements}
    return Row(
        chapter.name,
        len(ids),
        sum(requirement.mandatory for requirement in chapter.requirements),
        sum(requirement.testable for requirement in chapter.requirements),
        sum(place.requirement in ids for place in index.tests),
        sum(place.requirement in ids for place in index.faults),
    )


def rows(catalogue: Catalogue, index: Index) -> list[Row]:
    """Return the counts chapter by chapter, and the total as the last row."""
    each = [_row(chapter, index) for chapter in catalogue.chapters]
    totals = [sum(column) for column in zip(*(astuple(row)[1:] for row in each), strict=True)]
    return [*each, Row("total", *totals)]


def page(catalogue: Catalogue, index: Index) -> str:
    """Return the coverage page as Markdown."""
    reached = {source for requirement in catalogue.requirements.values() for source in requirement.sources}
    chapters = {chapter.name for chapter in catalogue.chapters}
    due = [symbol for symbol in symbols() if symbol.chapter in chapters]
    traced = [claim for claim in claims() if f"seed:{claim}" in reached]
    lines = [
        "# Coverage",
        "",
        "Made by `python -m loopcert.spec coverage`; do not edit.",
        "",
        "| chapter | requirements | of these musts that count | testable | test functions | faults |",
        "|---|--:|--:|--:|--:|--:|",
        *("| " + " | ".join(map(str, astuple(row))) + " |" for row in rows(catalogue, index)),
        "",
        (
            f"Documented symbols that concern a loop's implementer: {sum(each.anchor in reached for each in due)} of "
            f"the {len(due)} in these chapters reached; {len(symbols()) - len(due)} wait for chapters not written yet."
        ),
        "",
        f"Claims of the founding document traced: {', '.join(traced)}.",
        "",
        f"Catalogue digest: `{catalogue.digest}`.",
    ]
    return "\n".join(lines) + "\n"
