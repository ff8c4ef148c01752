"""Two reports side by side, for a terminal and for a pull request."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from loopcert.runners.comparison import Change, Difference, circumstances, compare
from loopcert.runners.report import Report
from loopcert.runners.views.findings import headline, subject
from loopcert.runners.views.markdown import escaped

_TOLD = {Change.REGRESSION, Change.NEW_FAILURE, Change.UNKNOWN}
"""Where a reader wants to know what was seen."""


def text(old: Report, new: Report) -> str:
    """Show what changed as lines of plain text."""
    lines = [f"{subject(old)}: {headline(old)}", f"{subject(new)}: {headline(new)}"]
    lines += [f"  {name}: {before} → {after}" for name, (before, after) in circumstances(old, new).items()]
    for change, group in _groups(compare(old, new)):
        lines += ["", f"{change} ({len(group)})"]
        for each in group:
            lines.append(f"  {each.line.id}  {each.verdicts}  ({each.line.level}, {each.line.authority})")
            lines.append(f"    {each.line.text}")
            if seen := _seen(each):
                lines.append(f"    {seen}")
    if len(lines) == 2:
        lines.append("nothing changed")
    return "\n".join(lines) + "\n"


def markdown(old: Report, new: Report) -> str:
    """Show what changed as Markdown, such as a job's summary or a comment takes."""
    lines = [f"**{subject(new)}**: {headline(new)}  ", f"before: {subject(old)}: {headline(old)}", ""]
    lines += [f"- {name}: {before} → {after}" for name, (before, after) in circumstances(old, new).items()]
    found = _groups(compare(old, new))
    for change, group in found:
        lines += ["", f"### {str(change).capitalize()} ({len(group)})", ""]
        lines += ["| requirement | verdict | level | what it asks, and what was seen |", "|---|---|---|---|"]
        for each in group:
            told = escaped(" ".join(filter(None, (each.line.text, _seen(each)))))
            lines.append(f"| {each.line.id} | {each.verdicts} | {each.line.level}, {each.line.authority} | {told} |")
    if not found:
        lines += ["", "Nothing changed."]
    return "\n".join(lines) + "\n"


def _groups(differences: Sequence[Difference]) -> list[tuple[Change, list[Difference]]]:
    return [(change, list(group)) for change, group in groupby(differences, key=lambda each: each.change)]


def _seen(each: Difference) -> str:
    return each.line.message or each.line.reason if each.change in _TOLD else ""
