"""A report for a terminal."""

from __future__ import annotations

import io

from rich.console import Console
from rich.table import Table
from rich.text import Text

from loopcert.runners.report import Report
from loopcert.runners.views.findings import Finding, books, findings, headline, kept, subject, suite, unknown
from loopcert.runners.vocabulary import Outcome, Verdict

_STYLE = {
    Outcome.CONFORMANT: "bold green",
    Outcome.WITH_DEVIATIONS: "bold yellow",
    Outcome.NON_CONFORMANT: "bold red",
    Outcome.INCOMPLETE: "bold magenta",
}
_UNKNOWN_SHOWN = 20


def render(report: Report, *, color: bool = False) -> str:
    """Return the report as text: each finding, the counts by profile, the outcome. ``color``: with ANSI colours."""
    out = io.StringIO()
    console = Console(
        file=out, force_terminal=color, no_color=not color, width=100, highlight=False, markup=False, emoji=False
    )
    say = _Sayer(console)
    say(f"{subject(report)}; {suite(report)}", "bold")
    for finding in findings(report):
        _finding(say, finding)
    _rest(say, report)
    say("")
    console.print(_profiles(report))
    say(books(report))
    for name in report.footer.stale_deviations:
        say(f"stale deviation: {name} does not fail here (or its entry has run out); take the entry out", "yellow")
    say(headline(report), _STYLE[report.footer.outcome])
    return out.getvalue()


class _Sayer:
    """Prints one line without ever wrapping it: ids, addresses and commands are there to be copied."""

    def __init__(self, console: Console) -> None:
        self.console = console

    def __call__(self, text: str, style: str = "") -> None:
        self.console.print(Text(text, style), soft_wrap=True)


def _finding(say: _Sayer, finding: Finding) -> None:
    line = finding.line
    say("")
    say(f"{line.verdict.upper()}  {line.id}  ({finding.standing})", "red" if line.mandatory else "yellow")
    say(f"  {line.text}")
    for source in line.sources:
        say(f"  source: {source.name}  {source.url}".rstrip(), "dim")
    for test in finding.tests:
        say(f"  {test.id}: {test.verdict}")
        say(f"    {test.message}")
        if test.verdict is Verdict.HANG and test.stacks:
            say("    stacks:", "dim")
            for row in test.stacks.splitlines()[:12]:
                say(f"      {row}", "dim")
    if line.deviation is not None:
        say(f"  deviation: {line.deviation.reason}  {line.deviation.issue}".rstrip())
    say(f"  again: {finding.command}", "cyan")


def _rest(say: _Sayer, report: Report) -> None:
    lost = unknown(report)
    if lost:
        say("")
    for each in lost[:_UNKNOWN_SHOWN]:
        say(f"{each.verdict.upper()}  {each.id}: {each.reason}", "magenta")
    if len(lost) > _UNKNOWN_SHOWN:
        say(f"... and {len(lost) - _UNKNOWN_SHOWN} more", "magenta")


def _profiles(report: Report) -> Table:
    table = Table("profile", "musts kept", "should, may, practice kept", box=None, pad_edge=False)
    for name, tally in report.footer.profiles.items():
        table.add_row(name, kept(tally.musts), kept(tally.others))
    return table
