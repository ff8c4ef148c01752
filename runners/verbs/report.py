"""``loopcert report F.jsonl``: a report in another form."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from loopcert.runners.verbs import options


@click.command("report", short_help="Show a report as text, JSON, Markdown, HTML or JUnit.")
@click.argument("file", metavar="F.jsonl", type=options.INPUT)
@click.option(
    "--format",
    "form",
    type=click.Choice(("text", "json", "markdown", "html", "junit")),
    default="text",
    show_default=True,
    help="How to show it.",
)
def command(file: Path, form: str) -> None:
    """Show the report F.jsonl, once it has proved whole and untouched."""
    from loopcert.runners.report_file import read_report
    from loopcert.runners.views import Format, render, text

    report = read_report(file)
    if form == "text" and sys.stdout.isatty():
        click.echo(text.render(report, color=True), nl=False, color=True)
    else:
        click.echo(render(report, Format(form)), nl=False)
