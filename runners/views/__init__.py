"""Ways to show a report: each module is one pure function, ``render(report) -> str``."""

from __future__ import annotations

import enum
import importlib

from loopcert.runners.report import Report


class Format(enum.StrEnum):
    """The formats of ``loopcert report --format``; each is the name of the module that renders it."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"
    HTML = "html"
    JUNIT = "junit"


def render(report: Report, form: Format) -> str:
    """Return the whole report in one format."""
    text: str = importlib.import_module(f"loopcert.runners.views.{form}").render(report)
    return text
