"""A report as one JSON document: header, tests, requirements, footer."""

from __future__ import annotations

import msgspec

from loopcert.runners.report import Report


def render(report: Report) -> str:
    """Return the report as indented JSON."""
    document = {
        "header": report.header,
        "tests": report.tests,
        "requirements": report.requirements,
        "footer": report.footer,
    }
    return msgspec.json.format(msgspec.json.encode(document), indent=2).decode() + "\n"
