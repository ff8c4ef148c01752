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
    """Return a row for each loop and profile: outcome, musts that count, the rest, tests, seconds."""
    shown = Table("loop", "version", "Python", "outcome", "profile", "musts kept", "others kept", "tests", "seconds")
    for report in reports:
        header, footer = report.header, report.footer
        for profile, tally in footer.profiles.items():
            shown.add_row(
                header.loop.spec,
                header.loop.version,
                header.python.version,
                footer.outcome,
                profile,
                kept(tally.musts),
                kept(tally.others),
                str(footer.executed),
                f"{footer.seconds:.1f}",
            )
    return shown


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
