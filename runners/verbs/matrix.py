"""``loopcert matrix F.jsonl... -o SITE/``: every loop against every requirement, as pages that need no server."""

from __future__ import annotations

from pathlib import Path

import click

from loopcert.runners.exits import Exit, Stop
from loopcert.runners.verbs import options


@click.command("matrix", short_help="Make a site of many reports.")
@click.argument("files", metavar="F.jsonl...", nargs=-1, required=True, type=options.INPUT)
@click.option(
    "-o",
    "output",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    metavar="SITE/",
    help="Write the site here; files of the same names are replaced.",
)
@click.option("--docs", default="", metavar="URL", help="Where the documentation stands; requirements link to it.")
@click.option("--url", default="", metavar="URL", help="Where the site will stand; the badges' snippets name it.")
def command(files: tuple[Path, ...], output: Path, docs: str, url: str) -> int:
    """Make a static site of the reports F.jsonl: loops against chapters and requirements, and a badge for each.

    Open SITE/index.html; nothing is fetched from anywhere. A report that is incomplete is shown as incomplete; a file
    that is no whole report is refused.
    """
    from loopcert.runners.report_file import read_report
    from loopcert.runners.views.site.pages import site
    from loopcert.spec import load_catalogue

    reports, seen = [], dict[str, Path]()
    for file in files:
        report = read_report(file)
        if (twin := seen.setdefault(report.footer.digest, file)) is not file:
            raise Stop(f"{twin} and {file} are the same report; give each once")
        reports.append(report)
    titles = {chapter.name: chapter.title for chapter in load_catalogue().chapters}
    written = 0
    try:
        for name, text in site(reports, titles, docs=docs, url=url):
            path = output / name
            path.parent.mkdir(parents=True, exist_ok=True)
            written += path.write_bytes(text.encode("utf-8", "replace"))
    except OSError as error:
        raise Stop(f"cannot write the site to {output}: {error.strerror}", Exit.SUITE_FAILED) from error
    click.echo(f"{output / 'index.html'}: {len(reports)} reports, {written / 1e6:.1f} MB", err=True)
    return Exit.AS_EXPECTED
