"""Every view shows each failure with its sentence, its sources, what was seen, and the command that shows it again."""

from __future__ import annotations

import html
import json
import re
from xml.etree import ElementTree as ET

import pytest

from loopcert.runners.deviations import Deviation, Deviations, Status
from loopcert.runners.views import Format, render, text

from .conftest import Make

COVERED = Deviations({"sample-02": Deviation("sample-02", "on purpose", Status.INTENDED, "https://example.org/2")})


def plain(shown: str, form: Format) -> str:
    """Take a format's own escapes away."""
    return re.sub(r"\\(.)", r"\1", shown) if form is Format.MARKDOWN else html.unescape(shown)


@pytest.mark.parametrize("form", [Format.TEXT, Format.MARKDOWN, Format.HTML, Format.JUNIT])
def test_a_failure_is_shown_whole(make: Make, form: Format) -> None:
    shown = plain(render(make({"sample-01": "fail", "sample-02": "fail"}, COVERED)[0], form), form)
    for part in (
        "sample-01",
        "Callbacks <run> in order.",
        "docs:asyncio-eventloop#asyncio.loop.call_soon",
        "saw 'b', wanted 'a'",
        "loopcert run some:loop -k sample-01",
        "on purpose",
    ):
        assert part in shown, part


@pytest.mark.parametrize("form", [Format.TEXT, Format.MARKDOWN, Format.HTML])
def test_counts_and_outcome_are_shown(make: Make, form: Format) -> None:
    shown = render(make({"sample-01": "fail", "sample-02": "fail"}, COVERED)[0], form)
    assert "non-conformant" in shown
    assert "1/3, 1 covered, 1 n/a" in shown
    assert "5 tests planned = 4 executed + 1 not applicable + 0 could not run" in shown
    assert "%" not in re.sub(r"width: 100%", "", shown)


def test_what_could_not_be_judged_is_named_with_its_reason(make: Make) -> None:
    report = make({"sample-01": "never"})[0]
    for form in (Format.TEXT, Format.MARKDOWN, Format.HTML):
        assert "it was never run" in render(report, form)
        assert "incomplete (1 requirements could not be judged)" in render(report, form)


def test_html_and_markdown_let_no_text_become_markup(make: Make) -> None:
    report = make({"sample-01": "fail"})[0]
    assert "Callbacks &lt;run&gt; in order." in render(report, Format.HTML)
    assert r"Callbacks \<run\> in order." in render(report, Format.MARKDOWN)


def test_junit_is_well_formed_whatever_a_loop_printed(make: Make) -> None:
    report = make({"sample-01": "fail"}, output="\x00\x1b[31m]]> & <x>")[0]
    root = ET.fromstring(render(report, Format.JUNIT))
    (suite,) = root.findall("testsuite")
    assert (suite.get("tests"), suite.get("failures"), suite.get("skipped")) == ("5", "1", "1")
    (out,) = root.iter("system-out")
    assert "]]> & <x>" in (out.text or "")


def test_junit_fails_no_build_for_what_costs_nothing(make: Make) -> None:
    root = ET.fromstring(render(make({"sample-02": "fail", "sample-03": "fail"}, COVERED)[0], Format.JUNIT))
    assert list(root.iter("failure")) == []
    assert any("on purpose" in (each.get("message") or "") for each in root.iter("skipped"))


def test_json_holds_everything(make: Make) -> None:
    document = json.loads(render(make({"sample-01": "fail"})[0], Format.JSON))
    assert set(document) == {"header", "tests", "requirements", "footer"}
    assert len(document["tests"]) == 5


def test_text_for_a_pipe_has_no_colours_and_no_line_is_broken(make: Make) -> None:
    report = make({"sample-01": "fail"})[0]
    assert "\x1b" not in text.render(report)
    assert "\x1b" in text.render(report, color=True)


def test_the_command_repeats_an_unusual_timeout(make: Make) -> None:
    import msgspec

    report = make({"sample-01": "fail"})[0]
    config = msgspec.structs.replace(report.header.config, timeout=1.5)
    header = msgspec.structs.replace(report.header, config=config)
    from dataclasses import replace

    assert "-k sample-01 --timeout 1.5" in text.render(replace(report, header=header))
