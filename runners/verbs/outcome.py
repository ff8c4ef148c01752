"""How `run` and `certify` end: what they show, and the exit code that goes with it."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from loopcert.runners.exits import Exit, Stop
from loopcert.runners.judge import Judgement
from loopcert.runners.views import text
from loopcert.runners.vocabulary import Outcome


def show(judgement: Judgement) -> None:
    """Print the report as text."""
    click.echo(text.render(judgement.report, color=sys.stdout.isatty()), nl=False, color=sys.stdout.isatty())


def write(path: Path, content: str) -> None:
    """Write a file that the user asked for; `Stop` where that cannot be done."""
    try:
        path.write_text(content, "utf-8")
    except OSError as error:
        raise Stop(f"cannot write {path}: {error.strerror}", Exit.SUITE_FAILED) from error


def exit_code(judgement: Judgement) -> Exit:
    """Return the code of the contract; `Stop` for an interrupt and for a report that could not be written."""
    footer = judgement.report.footer
    if judgement.unwritten:
        raise Stop(judgement.unwritten, Exit.SUITE_FAILED)
    if judgement.interrupted:
        known = footer.planned - footer.could_not_run
        raise Stop(
            f"interrupted: {known} of {footer.planned} tests have a verdict, and the report is marked incomplete",
            Exit.INCOMPLETE,
        )
    if footer.outcome is Outcome.INCOMPLETE:
        return Exit.INCOMPLETE
    if footer.outcome is Outcome.NON_CONFORMANT:
        return Exit.FALLS_SHORT
    return Exit.STALE_DEVIATIONS if footer.stale_deviations else Exit.AS_EXPECTED
