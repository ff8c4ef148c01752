"""deviations.toml: what holds, what has run out, what is refused."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from loopcert.runners.deviations import Deviation, Status, environment_of, read_deviations
from loopcert.runners.exits import Stop

TODAY = dt.date(2026, 11, 22)
LINUX_313 = environment_of("3.13.0", "linux")
ENTRY = '[[deviation]]\nrequirement = "sample-01"\nreason = "slow"\nstatus = "bug"\n'


def read(tmp_path: Path, text: str) -> tuple[dict[str, Deviation], dict[str, Deviation]]:
    path = tmp_path / "deviations.toml"
    path.write_text(text, "utf-8")
    return read_deviations(path, {"sample-01", "sample-02"}, LINUX_313, TODAY)


def test_an_entry_reads(tmp_path: Path) -> None:
    holding, expired = read(tmp_path, ENTRY + 'issue = "https://example.org/1"\n')
    assert holding == {"sample-01": Deviation("sample-01", "slow", Status.BUG, "https://example.org/1")}
    assert expired == {}


@pytest.mark.parametrize(
    ("extra", "holds"),
    [
        ("when = 'python_version < \"3.14\"'", True),
        ("when = 'python_full_version >= \"3.13.1\"'", False),
        ("when = 'sys_platform == \"win32\"'", False),
        ("until = 2026-11-22", True),
        ("until = 2026-11-21", False),
    ],
)
def test_an_entry_holds_where_and_as_long_as_it_says(tmp_path: Path, extra: str, holds: bool) -> None:
    assert bool(read(tmp_path, ENTRY + extra)[0]) is holds


def test_an_entry_that_has_run_out_is_kept_apart_and_one_for_elsewhere_is_not(tmp_path: Path) -> None:
    assert list(read(tmp_path, ENTRY + "until = 2026-11-21")[1]) == ["sample-01"]
    assert read(tmp_path, ENTRY + "when = 'sys_platform == \"win32\"'") == ({}, {})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("what is this", "no TOML"),
        (ENTRY.replace("sample-01", "sample-99"), "no requirement is called 'sample-99'"),
        (ENTRY.replace('reason = "slow"\n', ""), "reason missing"),
        (ENTRY.replace('"bug"', '"lazy"'), "status 'lazy' is none of intended, bug"),
        (ENTRY + 'because = "x"', "unknown field because"),
        (ENTRY + "until = 'soon'", "until is a date"),
        (ENTRY + "until = 2026-11-22T10:00:00", "until is a date"),
        (ENTRY + "when = 'python is old'", "when:"),
        (ENTRY + ENTRY, "stands twice"),
    ],
)
def test_a_wrong_entry_is_refused_in_a_sentence(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(Stop) as stop:
        read(tmp_path, text)
    assert said in stop.value.sentence
    assert "\n" not in stop.value.sentence


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Stop, match="cannot read the deviations"):
        read_deviations(tmp_path / "none.toml", set(), LINUX_313, TODAY)
