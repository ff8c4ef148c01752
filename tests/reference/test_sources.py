"""The reference says which requirement each part of it serves: those that it names exist."""

import re
from pathlib import Path

import pytest

from loopcert.spec import load_catalogue

FILES = sorted((Path(__file__).resolve().parents[2] / "reference").glob("*.py"))
NUMBER = r"\d{2,3}[a-z]?\b"
NAMED = re.compile(rf"\b([a-z][a-z0-9]*)-({NUMBER}(?:(?:,|,? to|,? and) {NUMBER}(?!-))*)")


def named(text: str) -> set[str]:
    """Give the requirements that a text names, as in ``timers-01, 03 to 05a``: each end of a range."""
    return {f"{chapter}-{number}" for chapter, numbers in NAMED.findall(text) for number in re.findall(NUMBER, numbers)}


def test_lists_and_ranges_are_read_as_they_are_written() -> None:
    text = "Wait (timers-01, 03 to 05a, fds-101 and 102), as pep-3156 and utf-8 do not."
    assert named(text) == {"timers-01", "timers-03", "timers-05a", "fds-101", "fds-102"}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_requirement_that_the_reference_names_exists(file: Path) -> None:
    assert named(file.read_text("utf-8")) <= set(load_catalogue().requirements)


def test_the_reference_names_requirements_of_many_chapters() -> None:
    chapters = {name.rpartition("-")[0] for file in FILES for name in named(file.read_text("utf-8"))}
    assert len(chapters) > 10
