"""Writes the pages of the catalogue before Sphinx reads them: one a chapter, one a document, and the way between them.

They are made of the requirements, of the suite's sources, and of the reports that lie in ``build/`` (`nox -s
conformance` leaves them there): without reports the pages say nothing of any loop.
"""

from __future__ import annotations

import ast
import html
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

from loopcert.runners.exits import Stop
from loopcert.runners.report import Report
from loopcert.runners.report_file import read_report
from loopcert.runners.views.markdown import escaped
from loopcert.spec import Chapter, Profile, Requirement, load_catalogue
from loopcert.spec.coverage import page as coverage_page
from loopcert.spec.index import CONFORMANCE, Place, index
from loopcert.spec.sources import address, claims, document, sources

DOCS = Path(__file__).parent
ROOT = DOCS.parent
MADE = DOCS / "catalogue"
_MARKS = {"pass": "✓ kept", "not-applicable": "not applicable", "fail": "✗ fails", "hang": "✗ hangs"}


@cache
def reports() -> tuple[Report, ...]:
    """Return the reports that lie in ``build/``; not those of another catalogue, which say nothing of this one."""
    found = []
    for path in sorted((ROOT / "build").glob("*.jsonl")):
        try:
            report = read_report(path)
        except Stop:
            continue  # no report, or one cut short: the pages do without it
        if report.header.suite.catalogue == load_catalogue().digest:
            found.append(report)
    return tuple(found)


@cache
def verdicts() -> Mapping[str, Mapping[str, str]]:
    """Return what each loop does, by requirement and by loop."""
    table: dict[str, dict[str, str]] = defaultdict(dict)
    for report in reports():
        name = f"{report.header.loop.spec} {report.header.loop.version}".rstrip()
        for line in report.requirements:
            told = _MARKS.get(line.verdict, str(line.verdict))
            table[line.id][name] = told if line.deviation is None else f"{told} (a known deviation)"
    return table


def link(requirement: Requirement, *, here: str = "") -> str:
    """Return a link to a requirement's own place."""
    page = "" if requirement.chapter == here else f"{requirement.chapter}.md"
    return f"[{requirement.id}]({page}#{requirement.id})"


def cell(text: str) -> str:
    """Return text for a cell of a table."""
    return escaped(text)


def source_link(source: str) -> str:
    """Return a link to the sentence's document and to its row in the list of documents."""
    found, place = document(source)
    where = address(source)
    name = f"`{source}`"
    return f"[{name}]({where})" if where else f"[{name}](documents.md#{slug(found.id)}) {claim_text(place)}".rstrip()


def claim_text(claim: str) -> str:
    """Return the words of a claim of the founding document."""
    return f"({escaped(claims()[claim].text)})" if claim in claims() else ""


def slug(text: str) -> str:
    """Return an anchor for a document or a section."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


@cache
def _lines(file: str) -> tuple[list[str], ast.Module]:
    text = (CONFORMANCE.parent / file).read_text("utf-8")
    return text.splitlines(), ast.parse(text)


def code(place: Place) -> str:
    """Return the source of a test or a fault."""
    lines, tree = _lines(place.file)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.lineno == place.line:
            first = min([node.lineno, *(mark.lineno for mark in node.decorator_list)])
            return "\n".join(lines[first - 1 : node.end_lineno])
    return ""


def folded(place: Place) -> Iterator[str]:
    """Yield a test or a fault: one line to see, and its source to unfold."""
    summary = f" {html.escape(place.summary)}" if place.summary else ""  # within HTML, no Markdown
    yield f"<details><summary><code>{place.name}</code>{summary} <small>{place.file}:{place.line}</small></summary>"
    yield ""
    yield "```python"
    yield code(place)
    yield "```"
    yield ""
    yield "</details>"
    yield ""


def requirement_lines(requirement: Requirement) -> Iterator[str]:
    """Yield all there is to know of one requirement."""
    yield f"({requirement.id})="
    yield f"## {requirement.id}"
    yield ""
    yield escaped(requirement.text)
    yield ""
    facts = (
        f"{requirement.level}, {requirement.authority}; decided by: {requirement.party}; profile {requirement.profile}"
    )
    where = [f"Python {requirement.python}"] if requirement.python else []
    where += [] if tuple(requirement.platforms) == ("any",) else [", ".join(requirement.platforms)]
    yield f"*{'; '.join([facts, *map(escaped, where)])}*"
    yield ""
    yield "From: " + ", ".join(map(source_link, requirement.sources))
    yield ""
    for label, value in (
        ("Note", requirement.note),
        ("Takes its time", requirement.wait),
        ("Not tested", requirement.untestable),
    ):
        if value:
            yield f"{label}: {escaped(value)}"
            yield ""
    if seen := verdicts().get(requirement.id):
        yield "Seen: " + "; ".join(f"{escaped(loop)} {told}" for loop, told in seen.items())
        yield ""
    tests, faults = index().tests_of(requirement.id), index().faults_of(requirement.id)
    if tests:
        yield f"Run it: `loopcert run LOOP -k {requirement.id}`"
        yield ""
        yield f"**Tests** ({len(tests)}), and the **faults** that prove them ({len(faults)}):"
        yield ""
        for place in (*tests, *faults):
            yield from folded(place)


def chapter_page(chapter: Chapter) -> str:
    """Return the page of one chapter."""
    lines = [f"# {chapter.name}: {chapter.title}", "", f"Profile {chapter.profile}.", ""]
    for requirement in chapter.requirements:
        lines += requirement_lines(requirement)
    return "\n".join(lines) + "\n"


def documents_page() -> str:
    """Return the page that goes from each document, section by section, to what became of it."""
    found: dict[str, dict[str, list[Requirement]]] = defaultdict(lambda: defaultdict(list))
    for requirement in load_catalogue().requirements.values():
        for source in requirement.sources:
            origin, place = document(source)
            found[origin.id][place].append(requirement)
    loops = sorted({name for seen in verdicts().values() for name in seen})
    lines = ["# The documents, section by section", "", _of_loops(loops), ""]
    for origin in sources().values():
        if origin.id not in found:
            continue
        lines += [f"({slug(origin.id)})=", f"## {escaped(origin.title)}", ""]
        heads = ["section", "requirement", "level", "tests", *loops]
        lines += [f"| {' | '.join(map(escaped, heads))} |", "|" + "---|" * len(heads)]
        for place, requirements in sorted(found[origin.id].items()):
            lines += _rows(origin.id, place, requirements, loops)
        lines.append("")
    return "\n".join(lines) + "\n"


def _rows(origin: str, place: str, requirements: list[Requirement], loops: list[str]) -> Iterator[str]:
    for number, requirement in enumerate(requirements):
        section = "" if number else _section(origin, place)
        tests = len(index().tests_of(requirement.id)) or f"none: {escaped(requirement.untestable)}"
        seen = verdicts().get(requirement.id, {})
        row = [section, link(requirement), f"{requirement.level}, {requirement.authority}", str(tests)]
        yield f"| {' | '.join([*row, *(seen.get(loop, '') for loop in loops)])} |"


def _section(origin: str, place: str) -> str:
    if origin == "seed":
        return f"{place} {claim_text(place)}"
    joint = ":" if origin == "cpython" else "#"
    where = address(f"{origin}{joint}{place}" if place else origin)
    return f"[{cell(place) or 'as a whole'}]({where})" if where else cell(place)


def _of_loops(loops: list[str]) -> str:
    if not loops:
        return "No report of this catalogue lies in `build/`: `nox -s conformance` makes them, and the verdicts appear."
    pythons = sorted({report.header.python.version for report in reports()})
    return f"Verdicts: {', '.join(map(escaped, loops))} on CPython {', '.join(pythons)}."


def untestable_page() -> str:
    """Return the page of what has no test, and why."""
    lines = [
        "# What is not tested, and why",
        "",
        "| requirement | what it says | why it has no test |",
        "|---|---|---|",
    ]
    lines += [
        f"| {link(each)} | {cell(each.text)} | {cell(each.untestable)} |"
        for each in load_catalogue().requirements.values()
        if not each.testable
    ]
    return "\n".join(lines) + "\n"


def profiles_page() -> str:
    """Return the page that counts what each profile asks for, chapter by chapter."""
    lines = [
        "# The profiles",
        "",
        "A must that counts is documented or in PEP 3156: it can cost a loop its certificate. Beside it stand shoulds,",
        "mays and practice, which are reported and cost nothing. Some hold only for some Pythons or platforms.",
        "",
    ]
    for profile in Profile:
        lines += [f"## {profile}", "", f"`loopcert run LOOP --profile {profile}`", ""]
        lines += ["| chapter | what it is about | musts that count | beside them |", "|---|---|--:|--:|"]
        musts = beside = 0
        for chapter in load_catalogue().chapters:
            # a chapter may hold requirements of another profile, as those of the network do for TLS
            if mine := [each for each in chapter.requirements if each.profile == profile]:
                count = sum(each.mandatory for each in mine)
                rest = len(mine) - count
                musts, beside = musts + count, beside + rest
                lines.append(f"| [{chapter.name}]({chapter.name}.md) | {chapter.title} | {count} | {rest} |")
        lines += [f"| all of it | | {musts} | {beside} |", ""]
    return "\n".join(lines) + "\n"


def index_page() -> str:
    """Return the catalogue's front page."""
    chapters = load_catalogue().chapters
    lines = ["# The catalogue", "", "Every promise, by chapter; or [by document](documents.md).", ""]
    lines += ["| chapter | what it is about | profile | requirements |", "|---|---|---|--:|"]
    lines += [
        f"| [{each.name}]({each.name}.md) | {each.title} | {each.profile} | {len(each.requirements)} |"
        for each in chapters
    ]
    names = ["profiles", "documents", "untestable", "counts", *(each.name for each in chapters)]
    lines += ["", "```{toctree}", ":hidden:", *names, "```"]
    return "\n".join(lines) + "\n"


def write(app: Sphinx) -> None:  # noqa: ARG001 -- Sphinx's signature
    """Write the pages; what is the same already is left alone, so that Sphinx need not read it again."""
    MADE.mkdir(exist_ok=True)
    pages = {each.name: chapter_page(each) for each in load_catalogue().chapters}
    pages |= {"index": index_page(), "documents": documents_page(), "untestable": untestable_page()}
    pages["profiles"] = profiles_page()
    pages["counts"] = coverage_page(load_catalogue(), index())
    for path in MADE.glob("*.md"):
        if path.stem not in pages:
            path.unlink()
    for name, text in pages.items():
        path = MADE / f"{name}.md"
        if not path.exists() or path.read_text("utf-8") != text:
            path.write_text(text, "utf-8")


def setup(app: Sphinx) -> dict[str, Any]:
    """Tell Sphinx when to call."""
    app.connect("builder-inited", write)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
