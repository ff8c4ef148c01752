"""``loopcert merge SHARD.jsonl... -o F.jsonl``: the report of a run that was split over several machines."""

from __future__ import annotations

from pathlib import Path

import click

from loopcert.runners.exits import Stop
from loopcert.runners.verbs import options


@click.command("merge", short_help="Put the reports of shards together.")
@click.argument("files", metavar="SHARD.jsonl...", nargs=-1, required=True, type=options.INPUT)
@click.option("-o", "output", required=True, type=options.OUTPUT, metavar="F.jsonl", help="The report of all shards.")
def command(files: tuple[Path, ...], output: Path) -> int:
    """Merge the reports of all shards of one run (`loopcert run --shard`) into F.jsonl, and show it.

    The verdicts are those of a run that was not split. Ends as such a run would; with 2 where the shards do not
    belong together, and with 4 where one is missing.
    """
    from loopcert.runners.report_file import read_report
    from loopcert.runners.shards import Named, merge

    if any(output.exists() and output.samefile(file) for file in files):
        raise Stop(f"{output} is one of the shards; give -o another name")
    merged = merge(Named(str(file), read_report(file)) for file in files)

    from loopcert.runners.judge import Judgement
    from loopcert.runners.report_file import ReportWriter, parse_report
    from loopcert.runners.verbs.outcome import exit_code, show

    writer = ReportWriter(output)
    writer.write(merged.header)
    for test in merged.tests:
        writer.write(test)
    for requirement in merged.requirements:
        writer.write(requirement)
    writer.finish(merged.footer)
    report = parse_report(writer.data, str(output))
    judgement = Judgement(report, writer.data, interrupted=False, stopped=False, unwritten=writer.failure)
    show(judgement)
    return exit_code(judgement)
