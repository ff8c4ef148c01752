"""The matrix site as files: what stands in them, and what does not."""

from __future__ import annotations

import base64
import gzip
import json
import re
from pathlib import Path
from typing import Any

import msgspec
import pytest

from loopcert.runners.cli import run
from loopcert.runners.report import Config, Report
from loopcert.runners.views.site.columns import columns
from loopcert.runners.views.site.data import details, overview, rows
from loopcert.runners.views.site.pages import site
from loopcert.runners.vocabulary import Verdict

from .conftest import Make


def pages(*reports: Report, **options: str) -> dict[str, str]:
    return dict(site(reports, {"sample": "Samples"}, **options))


def loaded(script: str) -> Any:
    """The last argument of a data script, unpacked where it is packed."""
    data = json.loads(re.sub(r'^[\w.]+\((?:"[^"]*", )?|\);\n$', "", script))
    return json.loads(gzip.decompress(base64.b64decode(data))) if isinstance(data, str) else data


def renamed(report: Report, **loop: str) -> Report:
    header = msgspec.structs.replace(report.header, loop=msgspec.structs.replace(report.header.loop, **loop))
    return Report(header, report.tests, report.requirements, report.footer)


def configured(report: Report, config: Config) -> Report:
    header = msgspec.structs.replace(report.header, config=config)
    return Report(header, report.tests, report.requirements, report.footer)


def test_the_files_of_a_site(make: Make) -> None:
    found = pages(make()[0])
    assert {name for name in found if "/" not in name} == {
        *("index.html", "loops.html", "data.js", "site.css"),
        *("theme.js", "copy.js", "model.js", "grid.js", "detail.js", "page.js"),
    }
    assert {name for name in found if "/" in name} == {
        "details/0.js",
        "badges/some-loop-1.2-cpython-3.13.0-linux.svg",
        "badges/some-loop-1.2-cpython-3.13.0-linux.json",
    }


def test_nothing_is_fetched_from_anywhere(make: Make) -> None:
    for name, text in pages(make({"sample-01": "fail"})[0]).items():
        if name.endswith((".html", ".css")):
            assert not re.findall(r"""(?:src|href)=["'](?:https?:)?//|@import|url\((?!data:)""", text), name
        if name.endswith(".js"):
            assert "fetch(" not in text and "XMLHttpRequest" not in text


def test_no_percentage_is_stated(make: Make) -> None:
    found = pages(make({"sample-01": "fail"})[0])
    for name in ("index.html", "loops.html"):
        assert "%" not in re.sub(r"%20|%3A", "", found[name])


def test_verdicts_are_a_letter_each_and_a_capital_is_covered(make: Make) -> None:
    from loopcert.runners.deviations import Deviation, Deviations, Status

    known = Deviations({"sample-02": Deviation("sample-02", "on purpose", Status.INTENDED, "https://example.org/2")})
    report = make({"sample-01": "fail", "sample-02": "fail", "sample-03": "could-not-run"}, known)[0]
    data = loaded(pages(report)["data.js"])
    assert data["columns"][0]["cells"] == "fFrpn"
    assert data["chapters"] == [["sample", "Samples", 5]]
    assert data["columns"][0]["outcome"] == "incomplete"


def test_a_cell_says_what_was_seen(make: Make) -> None:
    report = make({"sample-01": "fail"}, details='  File "/home/x/lib/some/a.py", line 1\n    ~~^^~~\n' * 60)[0]
    said = loaded(pages(report)["details/0.js"])
    place, cell = said["columns"]["some-loop-1.2-cpython-3.13.0-linux"][:2]
    assert place == 0
    (test,) = said["cells"][cell]["t"]

    def text(key: str) -> str:
        return "\n".join(said["lines"][line] for line in said["texts"][test[key]])

    assert text("m") == "sample-01: saw 'b', wanted 'a'"
    assert text("d").splitlines()[0] == "… 20 lines left out; the report has them …"
    assert text("d").splitlines()[-1] == '  File "…/lib/some/a.py", line 1'
    assert test["v"] == "f"


def test_a_pass_says_nothing_and_what_does_not_apply_says_why(make: Make) -> None:
    report = make()[0]
    said = details(columns([report]), rows([report]))["sample"]
    (entries,) = said["columns"].values()
    assert len(entries) == 2
    assert entries[0] == 4
    assert "holds for Python >=3.14, and this is 3.13.0" in said["lines"]


def test_a_report_of_another_catalogue_has_holes_and_its_own_words(make: Make) -> None:
    report = make({"sample-01": "fail"})[0]
    older = Report(
        msgspec.structs.replace(
            renamed(report, spec="old:loop", name="old").header,
            suite=msgspec.structs.replace(report.header.suite, catalogue="sha256:00"),
            started="2020-01-01T00:00:00+00:00",
        ),
        report.tests,
        (msgspec.structs.replace(report.requirements[0], text="In some order."), *report.requirements[2:]),
        report.footer,
    )
    found = pages(report, older)
    assert "2 different sets of requirements" in found["index.html"]
    data = loaded(found["data.js"])
    assert [column["cells"] for column in data["columns"]] == ["f.ppn", "fpppn"]
    assert data["requirements"][0][4] == "Callbacks <run> in order."
    assert "In some order." in loaded(found["details/0.js"])["lines"]


def test_columns_are_in_the_order_of_names_and_versions_whatever_their_verdicts(make: Make) -> None:
    report = make({"sample-01": "fail"})[0]
    given = [renamed(report, name=name, version=version) for name, version in (("z", "1"), ("a", "0.10"), ("a", "0.9"))]
    found = columns(given)
    assert [(each.report.header.loop.name, each.report.header.loop.version) for each in found] == [
        ("a", "0.9"),
        ("a", "0.10"),
        ("z", "1"),
    ]
    assert len({each.slug for each in columns([report, report])}) == 2


def test_an_incomplete_report_is_shown_as_incomplete(make: Make) -> None:
    found = pages(make(complete=False)[0])
    assert "1 incomplete report;" in found["index.html"]
    assert "incomplete (ended before everything had run)" in found["loops.html"]


def test_a_part_of_the_suite_gets_no_badge(make: Make) -> None:
    found = pages(configured(make()[0], Config(workers=1, runs=1, timeout=5.0, patterns=("sample-*",))))
    assert not [name for name in found if name.startswith("badges/")]
    assert "No badge: the report covers only a part of the suite: -k sample-*" in found["loops.html"]


@pytest.mark.parametrize(("url", "base"), [("", ""), ("https://example.org/m/", "https://example.org/m/")])
def test_badges_come_with_snippets(make: Make, url: str, base: str) -> None:
    import html

    shown = html.unescape(pages(make()[0], url=url)["loops.html"])
    slug = "some-loop-1.2-cpython-3.13.0-linux"
    words = "loopcert: scheduling 3/3 musts"
    assert f"[![{words}]({base}badges/{slug}.svg)]({base}loops.html#{slug})" in shown
    assert f".. image:: {base}badges/{slug}.svg\n   :alt: {words}\n   :target: {base}loops.html#{slug}" in shown
    assert f'<a href="{base}loops.html#{slug}"><img src="{base}badges/{slug}.svg" alt="{words}"></a>' in shown


def test_no_name_becomes_markup(make: Make) -> None:
    found = pages(renamed(make(complete=False)[0], name="<b>x</b>", spec='"><script>', version="<i>"))
    for name in ("index.html", "loops.html"):
        assert "<b>x" not in found[name] and "<script>" not in found[name] and "<i>" not in found[name]


def test_every_verdict_has_a_letter_and_every_letter_a_sign(make: Make) -> None:
    report = make()[0]
    letters = overview(columns([report]), rows([report]), {}, "")["letters"]
    assert set(letters.values()) == set(Verdict)
    signs = pages(report)["model.js"]
    assert all(f'{letter}: ["' in signs for letter in letters)


def test_the_verb_writes_a_site(make: Make, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "r.jsonl"
    path.write_bytes(make()[1])
    assert run(["matrix", str(path), "-o", str(tmp_path / "site"), "--docs", "https://example.org"]) == 0
    assert "1 reports" in capsys.readouterr().err
    assert "https://example.org" in (tmp_path / "site" / "data.js").read_text("utf-8")


def test_bad_input_of_the_verb(make: Make, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    whole, cut = tmp_path / "r.jsonl", tmp_path / "cut.jsonl"
    whole.write_bytes(make()[1])
    cut.write_bytes(whole.read_bytes()[:-50])
    for arguments, code, said in (
        ([whole, whole], 2, "are the same report"),
        ([cut], 2, "cut.jsonl"),
        ([], 2, "Missing argument"),
    ):
        assert run(["matrix", *map(str, arguments), "-o", str(tmp_path / "s")]) == code
        assert said in capsys.readouterr().err
    assert run(["matrix", str(whole), "-o", str(tmp_path / "r.jsonl" / "s")]) == 5
    assert "cannot write the site" in capsys.readouterr().err
