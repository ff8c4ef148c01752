"""The columns of the matrix: one a report, in the order of their names, which ranks nobody."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from packaging.version import InvalidVersion, Version

from loopcert.runners import badge
from loopcert.runners.report import Report
from loopcert.runners.views.findings import books, command, headline, subject, suite
from loopcert.runners.vocabulary import Outcome

MARKS: Mapping[Outcome, str] = {
    Outcome.CONFORMANT: "✓",
    Outcome.WITH_DEVIATIONS: "✓d",
    Outcome.NON_CONFORMANT: "✗",
    Outcome.INCOMPLETE: "◐",
}


@dataclass(frozen=True)
class Column:
    """One report, and the name (``slug``) of its column in addresses and of its badge's files."""

    report: Report
    slug: str

    @property
    def python(self) -> str:
        """The Python to filter by: implementation and minor version."""
        info = self.report.header.python
        return f"{info.implementation} {'.'.join(info.version.split('.')[:2])}"

    @property
    def platform(self) -> str:
        """The platform to filter by."""
        info = self.report.header.platform
        return f"{info.sys_platform} {info.machine}"

    @property
    def title(self) -> str:
        """What stands over the column."""
        return subject(self.report)

    @property
    def mark(self) -> str:
        """The outcome as a sign; the word stands beside it wherever there is room."""
        return MARKS[self.report.footer.outcome]

    @property
    def partial(self) -> str:
        """What the report leaves out, in words, or ""."""
        config = self.report.header.config
        if config.whole:
            return ""
        parts = [f"-k {pattern}" for pattern in config.patterns] + [f"--profile {each}" for each in config.profiles]
        if config.shard:
            parts.append(f"--shard {config.shard}")
        if config.stop_at_first:
            parts.append("-x")
        return "only a part of the suite: " + " ".join(parts)

    @property
    def badge(self) -> str:
        """The badge's message; "" for a part of the suite, of which a badge would say too much."""
        return "" if self.partial else badge.message(self.report)

    def facts(self) -> dict[str, object]:
        """Return what the pages' scripts know of the column, its cells apart."""
        header, footer = self.report.header, self.report.footer
        before, after = command(self.report, "\0").split("\0")
        return {
            "slug": self.slug,
            "loop": header.loop.name,
            "label": f"{header.loop.spec} {_short(header.loop.version)}".rstrip(),
            "version": header.loop.version,
            "python": self.python,
            "pythonVersion": header.python.version,
            "platform": self.platform,
            "outcome": str(footer.outcome),
            "mark": self.mark,
            "headline": headline(self.report),
            "partial": self.partial,
            "title": self.title,
            "suite": suite(self.report),
            "books": books(self.report),
            "finished": footer.finished,
            "command": [before, after],
        }


def _short(version: str) -> str:
    """Leave out what the Python beside it says already: the standard library's loops have its version."""
    return "" if " " in version else version


def columns(reports: Iterable[Report]) -> list[Column]:
    """Return a column for each report, ordered by loop, version, platform, Python and time."""
    found: list[Column] = []
    taken: set[str] = set()
    for report in sorted(reports, key=_order):
        slug = _slug(report)
        number = 2
        while slug in taken:
            slug, number = f"{_slug(report)}-{number}", number + 1
        taken.add(slug)
        found.append(Column(report, slug))
    return found


def groups(found: Sequence[Column]) -> dict[str, list[Column]]:
    """Return the columns by loop."""
    by_loop: dict[str, list[Column]] = {}
    for column in found:
        by_loop.setdefault(column.report.header.loop.name, []).append(column)
    return by_loop


def _slug(report: Report) -> str:
    header = report.header
    parts = (header.loop.spec, _short(header.loop.version), header.python.implementation, header.python.version)
    platform = header.platform.sys_platform + header.platform.wine
    return re.sub(r"[^a-z0-9.]+", "-", " ".join([*parts, platform]).lower()).strip("-")


def _order(report: Report) -> tuple[object, ...]:
    header = report.header
    return (
        header.loop.name.lower(),
        header.loop.spec,
        _version(_short(header.loop.version)),
        header.platform.sys_platform + header.platform.wine,
        header.python.implementation,
        _version(header.python.version),
        header.started,
    )


def _version(text: str) -> tuple[Version, str]:
    try:
        return Version(text), text
    except InvalidVersion:
        return Version("0"), text
