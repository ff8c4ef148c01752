"""``loopcert diff OLD.jsonl NEW.jsonl``: what an upgrade, or a pull request, changes."""

from __future__ import annotations

from pathlib import Path

import click

from loopcert.runners.exits import Exit
from loopcert.runners.verbs import options


@click.command("diff", short_help="What changed between two reports.")
@click.argument("old", metavar="OLD.jsonl", type=options.INPUT)
@click.argument("new", metavar="NEW.jsonl", type=options.INPUT)
@click.option(
    "--format",
    "form",
    type=click.Choice(("text", "markdown")),
    default="text",
    show_default=True,
    help="How to show it.",
)
def command(old: Path, new: Path, form: str) -> int:
    """Show regressions, fixes and what else changed from OLD.jsonl to NEW.jsonl.

    Ends with 1 where a mandatory requirement that was kept is broken now, and no deviation covers it.
    """
    from loopcert.runners.comparison import compare, costs
    from loopcert.runners.report_file import read_report
    from loopcert.runners.views import comparison

    before, after = read_report(old), read_report(new)
    show = comparison.text if form == "text" else comparison.markdown
    click.echo(show(before, after), nl=False)
    return Exit.FALLS_SHORT if costs(compare(before, after)) else Exit.AS_EXPECTED
