"""``loopcert verify CERT.json``: whether a certificate holds."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from loopcert.runners.exits import Exit, Stop
from loopcert.runners.verbs import options

if TYPE_CHECKING:
    from loopcert.runners.judge import Judgement


@click.command("verify", short_help="Check a certificate, by its report or by running again.")
@click.argument("file", metavar="CERT.json", type=options.INPUT)
@click.option("--report", type=options.INPUT, metavar="F.jsonl", help="The report that it was made from.")
@click.option("--rerun", is_flag=True, help="Run the suite again on the same loop, and compare.")
@options.workers
@options.python
def command(file: Path, report: Path | None, rerun: bool, workers: int, python: str | None) -> int:
    """Check CERT.json: its schema, its seal and its arithmetic.

    With --report: that it says what the report says. With --rerun: that the loop installed here still earns it.
    """
    from loopcert.runners.report_file import parse_report
    from loopcert.runners.verification import check_report, parse_certificate

    statement = parse_certificate(file.read_bytes(), str(file))
    checked = ["whole and consistent"]
    if report is not None:
        data = report.read_bytes()
        check_report(statement, parse_report(data, str(report)), data, str(report))
        checked.append("matches its report")
    if rerun:
        _rerun(statement, workers, python)
        checked.append("earned again")
    predicate = statement["predicate"]
    subject = statement["subject"][0]["name"]
    click.echo(f"{subject} on {predicate['valid-for']['python']}: {predicate['outcome']} ({', '.join(checked)})")
    return Exit.AS_EXPECTED


def _rerun(statement: dict[str, Any], workers: int, python: str | None) -> None:
    from loopcert.runners.certificate import certificate
    from loopcert.runners.verification import check_rerun

    judgement = _judge(statement, workers, python)
    footer = judgement.report.footer
    if judgement.interrupted:
        raise Stop("interrupted; the certificate was not checked by a new run", Exit.INCOMPLETE)
    if not footer.outcome.certifiable:
        from loopcert.runners.verbs.outcome import exit_code, show

        show(judgement)
        raise Stop(f"the certificate does not hold here: the loop is {footer.outcome}", exit_code(judgement))
    if different := check_rerun(statement, certificate(judgement.report, judgement.data)):
        raise Stop(f"the certificate does not hold here: {different}", Exit.FALLS_SHORT)


def _judge(statement: dict[str, Any], workers: int, python: str | None) -> Judgement:
    """Run everything again, with the deviations that the certificate itself names."""
    from loopcert.runners.judge import Judge, Order
    from loopcert.runners.progress import progress_on_stderr
    from loopcert.runners.report import Config
    from loopcert.runners.selection import select
    from loopcert.runners.verbs.beginning import begin
    from loopcert.spec import load_catalogue

    predicate = statement["predicate"]
    smoke = begin(statement["subject"][0]["annotations"]["loop"], python)
    config = Config(workers=workers, runs=predicate["config"]["runs"], timeout=predicate["config"]["timeout"])
    with tempfile.TemporaryDirectory(prefix="loopcert-") as folder:
        deviations = Path(folder, "deviations.toml")
        deviations.write_text(_toml(predicate["deviations"]), "utf-8")
        order = Order(smoke, config, select(load_catalogue(), (), ()), deviations)
        return Judge(order, progress_on_stderr()).judge()


def _toml(deviations: list[dict[str, str]]) -> str:
    """Write the loop's own entries as a deviations.toml; a JSON string is a TOML string."""
    rows = []
    for entry in deviations:
        if entry["origin"] == "user":
            fields = {key: entry[key] for key in ("requirement", "reason", "issue", "status") if key in entry}
            rows.append("\n".join(["[[deviation]]", *(f"{key} = {json.dumps(fields[key])}" for key in fields), ""]))
    return "\n".join(rows)
