"""``loopcert certify LOOP``: everything, and a certificate if the loop has earned one."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import click

from loopcert.runners.exits import Stop
from loopcert.runners.verbs import options

if TYPE_CHECKING:
    from securesystemslib.signer import CryptoSigner

    from loopcert.runners.judge import Judgement


@click.command("certify", short_help="Run everything against a loop; write a certificate.")
@options.loop
@options.workers
@click.option(
    "--runs",
    type=click.IntRange(1, 100),
    default=1,
    show_default=True,
    metavar="N",
    help="Whole passes; a test whose passes disagree is unstable.",
)
@options.timeout
@options.python
@options.deviations
@options.report
@click.option(
    "--badge", type=click.Path(file_okay=False, path_type=Path), metavar="DIR", help="Write badge files here."
)
@click.option("-o", "output", type=options.OUTPUT, metavar="CERT.json", help="The certificate [LOOP.certificate.json].")
@click.option(
    "--sign-key",
    type=options.INPUT,
    metavar="KEY.pem",
    help="Sign it with this private key; the signed envelope is written beside it, as CERT.dsse.json.",
)
def command(
    loop: str,
    workers: int,
    runs: int,
    timeout: float,
    python: str | None,
    deviations: Path | None,
    report: Path | None,
    badge: Path | None,
    output: Path | None,
    sign_key: Path | None,
) -> int:
    """Run the whole suite against LOOP and write a certificate if it is conformant.

    There is no filter: a certificate stands for everything. What does not pass is run again alone, in a fresh process.
    """
    from loopcert.runners.verbs.beginning import begin

    signer = None
    if sign_key is not None:
        # before anything is run: a key that cannot be used must not cost a run
        from loopcert.runners.envelope import read_private_key

        signer = read_private_key(sign_key)
    smoke = begin(loop, python)

    from loopcert.runners.deviations import digest_of
    from loopcert.runners.judge import Judge, Order
    from loopcert.runners.progress import progress_on_stderr
    from loopcert.runners.report import Config
    from loopcert.runners.selection import select
    from loopcert.spec import load_catalogue

    config = Config(workers=workers, runs=runs, timeout=timeout, deviations=digest_of(deviations))
    order = Order(smoke, config, select(load_catalogue(), (), ()), deviations, report)
    judgement = Judge(order, progress_on_stderr()).judge()

    # only now: the first verdict must not wait for what shows the last
    from loopcert.runners.badge import write_badges
    from loopcert.runners.verbs.outcome import exit_code, show

    show(judgement)
    if badge is not None:
        for path in write_badges(judgement.report, badge):
            click.echo(f"badge: {path}", err=True)
    code = exit_code(judgement)
    if judgement.report.footer.outcome.certifiable:
        _write(judgement, output or Path(re.sub(r"[^\w.-]+", "-", loop) + ".certificate.json"), signer)
        return code
    raise Stop(f"no certificate: {loop} is {judgement.report.footer.outcome}", code)


def _write(judgement: Judgement, path: Path, signer: CryptoSigner | None) -> None:
    from loopcert.runners.certificate import certificate, dump
    from loopcert.runners.verbs.outcome import write

    text = dump(certificate(judgement.report, judgement.data))
    write(path, text)
    click.echo(f"certificate: {path}", err=True)
    if signer is not None:
        from loopcert.runners.envelope import sign

        envelope = path.with_suffix(".dsse.json")
        write(envelope, sign(text.encode(), signer))
        click.echo(f"signed: {envelope}", err=True)
