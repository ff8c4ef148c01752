"""One table over several reports, with which `nox -s conformance` ends: ``python -m loopcert.runners.summary F...``."""

from __future__ import annotations

import sys
from pathlib import Path

from rich.console import Console
from rich.table import Table

from loopcert.runners.exits import Exit, Stop
from loopcert.runners.report import Report
from loopcert.runners.report_file import read_report
from loopcert.runners.views.findings import kept


def table(reports: list[Report]) -> Table:
    """Return a column for each loop: outcome, musts kept (and the rest, beside them) by profile, tests, seconds."""
    shown = Table("kept: musts; others")
    for report in reports:
        loop, python = report.header.loop, report.header.python
        shown.add_column(f"{loop.spec} {loop.version}".rstrip() + f"\non {python.implementation} {python.version}")
    shown.add_row("outcome", *(report.footer.outcome for report in reports))
    for profile in dict.fromkeys(name for report in reports for name in report.footer.profiles):
        shown.add_row(profile, *(_profile(report, profile) for report in reports))
    shown.add_row("tests", *(str(report.footer.executed) for report in reports))
    shown.add_row("seconds", *(f"{report.footer.seconds:.1f}" for report in reports))
    return shown


def _profile(report: Report, profile: str) -> str:
    tally = report.footer.profiles.get(profile)
    return f"{kept(tally.musts)}; {kept(tally.others)}" if tally else "not asked"


def main(arguments: list[str]) -> int:
    """Print the table of the reports named; 2 with one sentence where one of them cannot be read."""
    if not arguments:
        print("usage: python -m loopcert.runners.summary REPORT.jsonl...", file=sys.stderr)
        return Exit.USAGE
    try:
        reports = [read_report(Path(name)) for name in arguments]
    except Stop as stop:
        print(stop.sentence, file=sys.stderr)
        return stop.code
    Console(width=None if sys.stdout.isatty() else 130).print(table(reports))
    return Exit.AS_EXPECTED


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
