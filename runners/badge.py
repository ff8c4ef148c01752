"""The badge: counts and the set they belong to, never a bare percentage. Made from a report and nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from html import escape
from pathlib import Path

from loopcert.runners.exits import Exit, Stop
from loopcert.runners.report import Report
from loopcert.runners.vocabulary import Outcome

LABEL = "loopcert"
_COLORS = {
    Outcome.CONFORMANT: "#2e7d32",
    Outcome.WITH_DEVIATIONS: "#8d6e00",
    Outcome.NON_CONFORMANT: "#b71c1c",
    Outcome.INCOMPLETE: "#616161",
}
_NARROW, _WIDE = frozenset("fijlrt1.,:;|/ ()-"), frozenset("mwMW@%")


def message(report: Report) -> str:
    """State how many musts of each profile are kept: ``scheduling 289/291 musts, 2 deviations``."""
    footer = report.footer
    if footer.outcome is Outcome.INCOMPLETE:
        return "incomplete"
    return ", ".join(_parts(report))


def _parts(report: Report) -> Iterator[str]:
    covered = 0
    counted: list[str] = []
    for profile, tally in report.footer.profiles.items():
        musts = tally.musts
        covered += musts.covered
        if applying := musts.total - musts.not_applicable:
            counted.append(f"{profile} {musts.passed}/{applying}")
    yield ", ".join(counted) + " musts"
    if covered:
        yield f"{covered} deviation" + ("s" if covered > 1 else "")


def endpoint(report: Report) -> str:
    """Return the JSON that shields.io's endpoint badge reads."""
    facts = {
        "schemaVersion": 1,
        "label": LABEL,
        "message": message(report),
        "color": _COLORS[report.footer.outcome].removeprefix("#"),
        "isError": report.footer.outcome in {Outcome.NON_CONFORMANT, Outcome.INCOMPLETE},
    }
    return json.dumps(facts, indent=1) + "\n"


def svg(report: Report) -> str:
    """Return a self-contained SVG of the same; readers of a screen hear the loop and where it ran as well."""
    words = message(report)
    left, right = _width(LABEL), _width(words)
    header = report.header
    title = escape(
        f"{LABEL}: {header.loop.spec} {header.loop.version} on Python {header.python.version}: {words}", quote=True
    )
    color = _COLORS[report.footer.outcome]
    return f"""\
<svg xmlns="http://www.w3.org/2000/svg" width="{left + right}" height="20" role="img" aria-label="{title}">
<title>{title}</title>
<rect width="{left}" height="20" fill="#37474f"/>
<rect x="{left}" width="{right}" height="20" fill="{color}"/>
<g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11" text-anchor="middle">
<text x="{left / 2:g}" y="14">{escape(LABEL)}</text>
<text x="{left + right / 2:g}" y="14">{escape(words)}</text>
</g>
</svg>
"""


def _width(text: str) -> int:
    """Estimate the pixels that ``text`` takes at 11 px, with a margin of five on either side."""
    return 10 + round(sum(4.2 if each in _NARROW else 10.4 if each in _WIDE else 7.0 for each in text))


def write_badges(report: Report, folder: Path) -> list[Path]:
    """Write ``badge.json`` and ``badge.svg`` into ``folder`` (made if need be) and return their paths."""
    paths = [folder / "badge.json", folder / "badge.svg"]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path, content in zip(paths, (endpoint(report), svg(report)), strict=True):
            path.write_text(content, "utf-8")
    except OSError as error:
        raise Stop(f"cannot write the badge to {folder}: {error.strerror}", Exit.SUITE_FAILED) from error
    return paths
