"""What the scripts of the matrix read: all verdicts in a compact form, and for each chapter what its red cells say.

A column's verdicts are one string, a letter a requirement. What was seen stands in a file for each chapter, loaded when
a cell is opened; its texts share their lines, because tracebacks of many loops differ in few of them.
"""

from __future__ import annotations

import base64
import gzip
import json
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from loopcert.runners.report import Report, RequirementLine, TestLine
from loopcert.runners.views.site.columns import Column
from loopcert.runners.vocabulary import Verdict

LETTERS: Mapping[Verdict, str] = {
    Verdict.PASS: "p",
    Verdict.FAIL: "f",
    Verdict.CRASH: "c",
    Verdict.HANG: "h",
    Verdict.UNSTABLE: "u",
    Verdict.NOT_APPLICABLE: "n",
    Verdict.COULD_NOT_RUN: "r",
    Verdict.HARNESS_ERROR: "e",
}
"""A capital letter is the same verdict, covered by a deviation."""
NOT_ASKED = "."
_PLACE = re.compile(r'File "[^"\n]*?((?:[^"\\/\n]+[\\/]){0,2}[^"\\/\n]+)"')
_HARNESS = re.compile(
    r'  File "(?:.*[\\/](?:_pytest|pluggy|pytest|xdist|execnet)[\\/].*'
    r'|.*[\\/]conformance[\\/]isolation\.py|<frozen runpy>)"'
)
_MARKED = re.compile(r"[ ~^]+")
"""Paths, frames of what runs the tests, and the marks beneath a line: they tell no reader anything of the loop."""
_TESTS, _LINES, _WIDTH = 3, 40, 300
"""How much of a finding the site keeps: tests, lines of each text, characters of a line. The report has it all."""


@dataclass
class _Pool:
    """Things that are often the same, each kept once."""

    items: list[Any] = field(default_factory=list)
    _places: dict[str, int] = field(default_factory=dict)

    def add(self, item: Any) -> int:
        key = item if isinstance(item, str) else json.dumps(item)
        if key not in self._places:
            self._places[key] = len(self.items)
            self.items.append(item)
        return self._places[key]


@dataclass(frozen=True)
class Rows:
    """The requirements of all reports by chapter, each as the newest report words it."""

    chapters: Mapping[str, Sequence[str]]
    lines: Mapping[str, RequirementLine]

    @property
    def ids(self) -> list[str]:
        """Every requirement, in the order of the rows."""
        return [name for names in self.chapters.values() for name in names]


def rows(reports: Sequence[Report]) -> Rows:
    """Gather the requirements in the order of the catalogue, as far as the longest reports tell it."""
    chapters: dict[str, dict[str, None]] = defaultdict(dict)
    for report in sorted(reports, key=lambda each: -len(each.requirements)):
        for line in report.requirements:
            chapters[line.chapter].setdefault(line.id)
    lines: dict[str, RequirementLine] = {}
    for report in sorted(reports, key=lambda each: each.header.started):
        lines.update({line.id: line for line in report.requirements})
    return Rows({name: list(chapters[name]) for name in chapters}, lines)


def overview(columns: Sequence[Column], found: Rows, titles: Mapping[str, str], docs: str) -> dict[str, Any]:
    """Return everything that the grid shows and filters by."""
    sources, words = _Pool(), _Pool()
    requirements = []
    for line in found.lines.values():
        for word in (line.level, line.authority, line.profile):
            words.add(word)
    for name in found.ids:
        line = found.lines[name]
        kinds = [words.add(word) for word in (line.level, line.authority, line.profile)]
        places = [sources.add([source.name, source.url]) for source in line.sources]
        requirements.append([line.id, *kinds, line.text, places])
    return {
        "docs": docs.rstrip("/"),
        "letters": {letter: str(verdict) for verdict, letter in LETTERS.items()},
        "words": words.items,
        "sources": sources.items,
        "chapters": [[name, titles.get(name, name), len(names)] for name, names in found.chapters.items()],
        "requirements": requirements,
        "columns": [{**column.facts(), "cells": _cells(column.report, found)} for column in columns],
    }


def _cells(report: Report, found: Rows) -> str:
    lines = {line.id: line for line in report.requirements}
    return "".join(_letter(lines[name]) if name in lines else NOT_ASKED for name in found.ids)


def _letter(line: RequirementLine) -> str:
    letter = LETTERS[line.verdict]
    return letter.upper() if line.deviation is not None else letter


@dataclass
class _Chapter:
    """What the cells of one chapter say, with pools of lines, texts and cells."""

    lines: _Pool = field(default_factory=_Pool)
    texts: _Pool = field(default_factory=_Pool)
    cells: _Pool = field(default_factory=_Pool)
    columns: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))

    def text(self, text: str, *, tail: bool = False) -> int:
        """Keep a text; return its place. ``tail``: where it is too long, its end tells more than its beginning.

        Where things lie on a machine is nobody's business, and would make texts differ that are the same.
        """
        kept = [
            _PLACE.sub(r'File "…/\1"', line)[:_WIDTH] + (" …" if len(line) > _WIDTH else "")
            for line in text.splitlines()
            if not _HARNESS.match(line) and not _MARKED.fullmatch(line)
        ]
        if (lost := len(kept) - _LINES) > 0:
            note = f"… {lost} lines left out; the report has them …"
            kept = [note, *kept[-_LINES:]] if tail else [*kept[:_LINES], note]
        return self.texts.add([self.lines.add(line) for line in kept])

    def test(self, line: TestLine, wanted: str, *, whole: bool) -> dict[str, Any]:
        """Keep what one test saw; ``wanted``, with which most messages begin, stands above it anyway.

        ``whole``: with traceback, stacks and output; of a finding's other tests the message is enough.
        """
        message = line.message.removeprefix(wanted).strip()
        test: dict[str, Any] = {"i": self.text(line.id), "v": LETTERS[line.verdict], "m": self.text(message)}
        details, _, last = line.details.rstrip().rpartition("\n")
        if not last.endswith(message):
            details = line.details
        for key, text, tail in (("d", details, True), ("s", line.stacks, False), ("o", line.output, False)):
            if text and whole:
                test[key] = self.text(text, tail=tail)
        if line.reason:
            test["r"] = self.text(line.reason)
        return test


def details(columns: Sequence[Column], found: Rows) -> dict[str, dict[str, Any]]:
    """Return by chapter what every cell that is no plain pass says."""
    chapters = {name: _Chapter() for name in found.chapters}
    places = {name: place for names in found.chapters.values() for place, name in enumerate(names)}
    for column in columns:
        tests = {line.id: line for line in column.report.tests}
        for line in column.report.requirements:
            standing = found.lines[line.id]
            chapter = chapters[standing.chapter]
            if cell := _cell(chapter, line, standing, tests):
                chapter.columns[column.slug] += [places[line.id], chapter.cells.add(cell)]
    return {
        name: {
            "lines": each.lines.items,
            "texts": each.texts.items,
            "cells": each.cells.items,
            "columns": dict(each.columns),
        }
        for name, each in chapters.items()
    }


def _cell(
    chapter: _Chapter, line: RequirementLine, standing: RequirementLine, tests: Mapping[str, TestLine]
) -> dict[str, Any]:
    cell: dict[str, Any] = {}
    if line.text != standing.text:
        cell["w"] = chapter.text(line.text)
    if line.verdict is Verdict.PASS:
        return cell
    if line.reason:
        cell["r"] = chapter.text(line.reason)
    if line.deviation is not None:
        note = line.deviation
        cell["d"] = [note.origin, chapter.text(note.reason), note.issue, note.status]
    if line.verdict is Verdict.NOT_APPLICABLE:
        return cell
    telling = [tests[name] for name in line.tests if name in tests and tests[name].verdict is not Verdict.PASS]
    telling = [test for test in telling if test.verdict is not Verdict.NOT_APPLICABLE]
    # the test that gave the requirement its verdict comes first
    telling.sort(key=lambda test: test.verdict is not line.verdict)
    wanted = f"{line.id}: {line.text}"
    cell["t"] = [chapter.test(test, wanted, whole=test is telling[0]) for test in telling[:_TESTS]]
    if len(telling) > _TESTS:
        cell["n"] = len(telling) - _TESTS
    return cell


def script(call: str, *arguments: object) -> str:
    """Return a script that hands data over; scripts are loaded where a page from file:// may fetch nothing."""
    given = ", ".join(json.dumps(each, ensure_ascii=False, separators=(",", ":")) for each in arguments)
    return f"{call}({given});\n"


def packed(data: object) -> str:
    """Return data as base64 of gzip, the same for the same data: tracebacks shrink to a sixth."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return base64.b64encode(gzip.compress(text.encode("utf-8", "replace"), mtime=0)).decode()
