"""Which part of the reference keeps a promise, by what its docstrings and comments say."""

from __future__ import annotations

from pathlib import Path

from loopcert.spec import load_catalogue
from loopcert.spec.keepers import REFERENCE, keepers, named


def test_a_range_takes_what_the_catalogue_has_between_its_ends() -> None:
    assert named("Wait (timers-01, 03 to 05, fds-04), as pep-3156 does not.") == [
        "timers-01",
        "timers-03",
        "timers-04",
        "timers-05",
        "fds-04",
    ]
    letters = named("(datagram-01 to 04a)")
    assert letters == ["datagram-01", "datagram-02", "datagram-03a", "datagram-03b", "datagram-04a"]


def test_what_the_catalogue_does_not_have_is_left_out() -> None:
    assert named("utf-8, timers-998 and 999, RFC-123") == []


def test_a_definition_is_found_by_its_docstring_and_a_line_by_its_comment() -> None:
    found = {place.name: place for place in keepers("timers-12")}
    assert {"descriptors", "scheduler.Scheduler.call_later"} <= found.keys()
    for place in found.values():
        line = (REFERENCE.parent / place.file).read_text("utf-8").splitlines()[place.line - 1]
        assert line.lstrip().startswith(("def ", "async def ", "class ", "LONGEST_WAIT"))


def test_every_place_lies_where_it_says() -> None:
    places = [place for name in load_catalogue().requirements for place in keepers(name)]
    assert len({place.requirement for place in places}) > 500
    files = {place.file for place in places}
    lengths = {file: len((REFERENCE.parent / file).read_text("utf-8").splitlines()) for file in files}
    assert all(1 <= place.line <= lengths[place.file] for place in places)
    assert all(Path(file).parts[0] == "reference" for file in files)
