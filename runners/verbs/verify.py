"""``loopcert verify CERT.json``: whether a certificate holds."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from loopcert.runners.exits import Exit, Stop
from loopcert.runners.verbs import options

if TYPE_CHECKING:
    from loopcert.runners.judge import Judgement
    from loopcert.runners.verification import Read

Json = dict[str, Any]


@click.command("verify", short_help="Check a certificate, by its report or by running again.")
@click.argument("file", metavar="CERT.json", type=options.INPUT)
@click.option("--report", type=options.INPUT, metavar="F.jsonl", help="The report that it was made from.")
@click.option(
    "--key",
    type=options.INPUT,
    metavar="PUBLIC.pem",
    help="CERT.json is an envelope that this key has signed.",
)
@click.option("--wheel", type=options.INPUT, metavar="FILE.whl", help="The wheel that it has to be about.")
@click.option("--installed", is_flag=True, help="It has to be about the loop that is installed here.")
@click.option("--rerun", is_flag=True, help="Run the suite again on the same loop, and compare.")
@options.workers
@options.python
def command(
    file: Path,
    report: Path | None,
    key: Path | None,
    wheel: Path | None,
    installed: bool,
    rerun: bool,
    workers: int,
    python: str | None,
) -> int:
    """Check CERT.json, a certificate or the signed envelope around it: its schema, its seal and its arithmetic.

    With --report: that it says what the report says, and that the report's own books balance. With --rerun: that the
    loop installed here still earns it. What it cannot prove: docs/certificates.md.
    """
    from loopcert.runners.verification import read_certificate

    read = read_certificate(file.read_bytes(), str(file))
    statement = read.statement
    checked = ["whole and consistent", _signature(read, key, file), _requirements(statement, file, report)]
    if report is not None:
        checked.append("matches its report")
    if wheel is not None:
        from loopcert.runners.verification import check_digest
        from loopcert.runners.wheel import wheel_digest

        check_digest(statement, wheel_digest(wheel), wheel.name)
        checked.append(f"about {wheel.name}")
    if installed or rerun:
        _installed(statement, python, rerun=rerun)
        checked.append("about the loop installed here")
    if rerun:
        _rerun(statement, workers, python)
        checked.append("earned again")
    predicate = statement["predicate"]
    subject = statement["subject"][0]["name"]
    said = ", ".join(filter(None, checked))
    click.echo(f"{subject} on {predicate['valid-for']['python']}: {predicate['outcome']} ({said})")
    return Exit.AS_EXPECTED


def _signature(read: Read, key: Path | None, file: Path) -> str:
    if key is None:
        return "signature not checked: no --key" if read.envelope is not None else ""
    if read.envelope is None:
        raise Stop(f"{file} is not signed; a signed certificate lies in an envelope, such as {file.stem}.dsse.json")
    from loopcert.runners.envelope import check_signature

    check_signature(read.envelope, key, str(file))
    return f"signed with the key of {key}"


def _requirements(statement: Json, file: Path, report: Path | None) -> str:
    """Check the set of requirements, and the report with it, where one is given; return which set it is."""
    from importlib.metadata import version

    from loopcert.runners.report_file import parse_report
    from loopcert.runners.requirement_set import KnownSets, check_requirements
    from loopcert.runners.verification import check_report
    from loopcert.spec import load_catalogue
    from loopcert.spec.sets import released_sets

    catalogue = load_catalogue()
    which = KnownSets(catalogue, version("loopcert"), released_sets()).check(statement, str(file))
    if report is not None:
        data = report.read_bytes()
        parsed = parse_report(data, str(report))
        check_report(statement, parsed, data, str(report))
        if parsed.header.suite.catalogue == catalogue.digest:
            check_requirements(parsed, catalogue, str(report))
    return which


def _installed(statement: Json, python: str | None, *, rerun: bool) -> None:
    """Check that the certificate is about what is installed, and that a new run could be compared."""
    from importlib.metadata import version

    from loopcert.runners.certificate import python_minor, subject_of
    from loopcert.runners.report import Subject
    from loopcert.runners.verbs.beginning import begin
    from loopcert.runners.verification import check_installed, check_surroundings
    from loopcert.spec import load_catalogue

    smoked = begin(statement["subject"][0]["annotations"]["loop"], python).finish()
    if not smoked.subject:
        smoked.demand_usable()
    facts = smoked.python
    if rerun:
        found = {
            "loopcert": version("loopcert"),
            "requirements": load_catalogue().digest,
            "python": python_minor(facts["implementation"], facts["version"]),
            "platform": facts["sys_platform"],
        }
        check_surroundings(statement, found)
    check_installed(statement, subject_of(Subject(**smoked.subject)))


def _rerun(statement: Json, workers: int, python: str | None) -> None:
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


def _judge(statement: Json, workers: int, python: str | None) -> Judgement:
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
        deviations.write_text(own_deviations(predicate["deviations"]), "utf-8")
        order = Order(smoke, config, select(load_catalogue(), (), ()), deviations)
        return Judge(order, progress_on_stderr()).judge()


def own_deviations(entries: list[dict[str, str]]) -> str:
    """Return the loop's own entries among a certificate's deviations as the text of a ``deviations.toml``."""
    import tomlkit

    fields = ("requirement", "reason", "issue", "status")
    own = [{key: entry[key] for key in fields if key in entry} for entry in entries if entry["origin"] == "user"]
    return tomlkit.dumps({"deviation": own})
