"""A report as one self-contained HTML page."""

from __future__ import annotations

from importlib.resources import files

from jinja2 import Environment, StrictUndefined

from loopcert.runners.report import Report
from loopcert.runners.views.findings import books, findings, headline, kept, subject, suite, unknown


def render(report: Report) -> str:
    """Return the report as an HTML page without scripts or outside resources."""
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    template = environment.from_string(files("loopcert.runners.views").joinpath("report.html.j2").read_text("utf-8"))
    return template.render(
        report=report,
        subject=subject(report),
        suite=suite(report),
        headline=headline(report),
        books=books(report),
        findings=findings(report),
        unknown=unknown(report),
        kept=kept,
    )
