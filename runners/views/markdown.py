"""A report as Markdown, for pull requests and job summaries."""

from __future__ import annotations

import re
from collections.abc import Iterator

from loopcert.runners.report import Report, Source
from loopcert.runners.views.findings import Finding, books, findings, headline, kept, subject, suite, unknown

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~])")


def render(report: Report) -> str:
    """Return the report as Markdown (CommonMark with GitHub's tables)."""
    return "\n".join(_lines(report)) + "\n"


def _lines(report: Report) -> Iterator[str]:
    yield f"# {escaped(subject(report))}: {headline(report)}"
    yield ""
    yield "| profile | musts kept | should, may, practice kept |"
    yield "|---|---|---|"
    for name, tally in report.footer.profiles.items():
        yield f"| {name} | {kept(tally.musts)} | {kept(tally.others)} |"
    yield ""
    yield f"{books(report)}. Judged by {suite(report)}."
    for finding in findings(report):
        yield from _finding(finding)
    if lost := unknown(report):
        yield ""
        yield "## Could not be judged"
        yield ""
        for each in lost:
            yield f"- `{each.id}` ({each.verdict}): {escaped(each.reason)}"
    if report.footer.stale_deviations:
        yield ""
        yield "Stale deviations: " + ", ".join(f"`{name}`" for name in report.footer.stale_deviations)


def _finding(finding: Finding) -> Iterator[str]:
    line = finding.line
    yield ""
    yield f"## {line.verdict}: {line.id}"
    yield ""
    yield f"> {escaped(line.text)}"
    yield ""
    yield f"{finding.standing[0].upper()}{finding.standing[1:]}. Sources: {', '.join(map(_source, line.sources))}."
    yield ""
    for test in finding.tests:
        yield f"- `{test.id}` ({test.verdict}): {escaped(test.message)}"
    if line.deviation is not None:
        yield f"- deviation: {escaped(line.deviation.reason)} {line.deviation.issue}".rstrip()
    yield ""
    yield f"    {finding.command}"


def _source(source: Source) -> str:
    return f"[{escaped(source.name)}]({source.url})" if source.url else escaped(source.name)


def escaped(text: str) -> str:
    """Return ``text`` so that no part of it is taken for Markdown, on one line."""
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))
