"""Released sets of requirements: appended, never changed."""

from __future__ import annotations

import datetime as dt
from importlib.metadata import version
from pathlib import Path

import pytest

from loopcert.spec import Catalogue, Shortfall, SpecError, load_catalogue
from loopcert.spec import lint as lint_module
from loopcert.spec import sets as sets_module
from loopcert.spec.index import Index
from loopcert.spec.sets import ReleasedSet, freeze, read_sets, released_sets

DAY = dt.date(2026, 12, 1)
ENTRY = f'[[set]]\nrelease = "0.0.1"\ndate = {DAY}\nrequirements = 3\ndigest = "sha256:{"a" * 64}"\n'


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A ``sets.toml`` that stands for the one of the loopcert that runs."""
    path = tmp_path / "sets.toml"
    path.write_text("# a comment\n\n" + ENTRY)
    monkeypatch.setattr(sets_module, "files", lambda _: tmp_path)
    return path


def test_the_shipped_sets_can_be_read() -> None:
    assert isinstance(released_sets(), tuple)


def test_the_set_is_appended_and_what_stood_there_stays(checkout: Path) -> None:
    before, catalogue = checkout.read_text(), load_catalogue()
    entry = freeze(catalogue, checkout, DAY)
    assert entry == ReleasedSet(version("loopcert"), DAY, len(catalogue.testable), catalogue.digest)
    assert checkout.read_text().startswith(before)
    assert read_sets(checkout.read_text())[-1] == entry


def test_the_same_set_is_entered_once(checkout: Path) -> None:
    entry = freeze(load_catalogue(), checkout, DAY)
    once = checkout.read_text()
    assert freeze(load_catalogue(), checkout, DAY + dt.timedelta(1)) == entry
    assert checkout.read_text() == once


def test_a_released_version_cannot_have_another_set(checkout: Path) -> None:
    freeze(load_catalogue(), checkout, DAY)
    once = checkout.read_text()
    with pytest.raises(SpecError, match="was released with another set of requirements"):
        freeze(Catalogue(load_catalogue().chapters[1:]), checkout, DAY)
    assert checkout.read_text() == once


def test_what_is_no_release_is_not_frozen(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sets_module, "version", lambda _: "0.2.0.dev1")
    with pytest.raises(SpecError, match=r"0\.2\.0\.dev1"):
        freeze(load_catalogue(), checkout, DAY)


def test_the_file_of_another_loopcert_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "sets.toml"
    path.write_text("")
    with pytest.raises(SpecError, match="not the one of the loopcert that runs"):
        freeze(load_catalogue(), path, DAY)
    assert path.read_text() == ""


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[set", "sets.toml"),
        ('[[set]]\nrelease = "1"\n', "missing"),
        (ENTRY + 'colour = "red"\n', "colour"),
        (ENTRY.replace("0.0.1", "first"), "first"),
        (ENTRY.replace("0.0.1", "0.0.1.dev3"), "dev3"),
        (ENTRY.replace(str(DAY), '"today"'), "a date"),
        (ENTRY.replace("= 3", "= 0"), "a count"),
        (ENTRY.replace("= 3", "= true"), "a count"),
        (ENTRY.replace("sha256:", "md5:"), "a digest"),
        (ENTRY + ENTRY, "0.0.1 stands after 0.0.1"),
        (ENTRY + ENTRY.replace("0.0.1", "0.0.0"), "0.0.0 stands after 0.0.1"),
        (ENTRY + ENTRY.replace("0.0.1", "0.0.2").replace("2026", "2025"), "0.0.2 stands after 0.0.1"),
    ],
)
def test_an_entry_that_cannot_be_is_refused(text: str, said: str) -> None:
    with pytest.raises(SpecError) as error:
        read_sets(text)
    assert said in str(error.value)


def test_the_lint_finds_a_set_that_changed_after_its_release(monkeypatch: pytest.MonkeyPatch) -> None:
    catalogue = load_catalogue()
    released = ReleasedSet(version("loopcert"), DAY, 3, "sha256:" + "a" * 64)
    monkeypatch.setattr(lint_module, "released_sets", lambda: (released,))
    (finding,) = lint_module.set_frozen(catalogue, Index((), ()))
    assert "a changed set needs a version of its own" in str(finding)
    monkeypatch.setattr(lint_module, "released_sets", lambda: ())
    assert not list(lint_module.set_frozen(catalogue, Index((), ())))


def test_what_cpython_is_excused_from_belongs_to_the_set() -> None:
    catalogue = load_catalogue()
    milder = Catalogue(
        catalogue.chapters, (*catalogue.shortfalls, Shortfall("timers-01", 'python_version > "3"', "", ""))
    )
    assert milder.digest != catalogue.digest
