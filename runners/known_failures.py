"""The life of a ``deviations.toml``: begun from a report, held against another, rid of what no longer fails."""

from __future__ import annotations

from collections.abc import Collection, Iterator

import tomlkit

from loopcert.runners.deviations import Deviation, Status
from loopcert.runners.report import Report
from loopcert.runners.views.findings import subject

_PREFACE = """\
What {loop} does not do as the documents say, requirement by requirement.
Each entry is still tested, and an entry whose requirement passes again is an error.
status: intended (on purpose), bug (to be mended), unsupported (cannot be done), flaky (explains, and covers nothing)
"""


def begin(report: Report) -> tuple[str, int]:
    """Return the text of a file that names every mandatory failure of a report that nothing covers, and how many.

    The reasons are what was seen: only the loop's author knows why.
    """
    document = tomlkit.document()
    for words in _PREFACE.format(loop=subject(report)).splitlines():
        document.add(tomlkit.comment(words))
    entries = tomlkit.aot()
    for line in report.broken():
        if not line.mandatory or line.deviation is not None:
            continue
        entry = tomlkit.table()
        entry.add(tomlkit.comment(line.text))
        entry["requirement"] = line.id
        entry["reason"] = f"not looked into yet: {' '.join((line.message or str(line.verdict)).split())}"
        entry["status"] = str(Status.BUG)
        entries.append(entry)
    if entries:
        document["deviation"] = entries
    return tomlkit.dumps(document), len(entries)


def standing(report: Report, entries: Collection[Deviation], expired: Collection[str]) -> Iterator[tuple[str, str]]:
    """Yield each entry's requirement with how it stands on what the report saw."""
    verdicts = {line.id: line for line in report.requirements}
    stale = set(report.footer.stale_deviations)
    for name in expired:
        yield name, "stale: its last day is over"
    for entry in entries:
        line = verdicts.get(entry.requirement)
        if line is None:
            yield entry.requirement, "no test was planned"
        elif entry.requirement in stale:
            yield entry.requirement, "stale: it passes"
        elif line.verdict.broken:
            covered = "covered" if line.deviation is not None else "explained, and costs the loop all the same"
            yield entry.requirement, f"{line.verdict}, {covered} ({entry.status})"
        else:
            yield entry.requirement, f"{line.verdict}: {line.reason or line.message}".rstrip(": ")


def prune(text: str, stale: Collection[str], holding: Collection[Deviation]) -> str:
    """Return a file's text without the entries of ``stale`` that hold here; comments and all else stay.

    An entry for another environment (``when``) is not judged by what was seen here, and stays too.
    """
    document = tomlkit.parse(text)
    markers = {(entry.requirement, entry.when) for entry in holding if entry.requirement in stale}
    entries = document.get("deviation")
    if entries is None:
        return text
    for number in reversed(range(len(entries))):
        if (str(entries[number]["requirement"]), str(entries[number].get("when", ""))) in markers:
            del entries[number]
    if not entries:
        del document["deviation"]
    return tomlkit.dumps(document)
