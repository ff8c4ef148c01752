"""Which parts of the reference the faults of a requirement override."""

from __future__ import annotations

from pathlib import Path

import pytest

from loopcert.spec import load_catalogue
from loopcert.spec.keepers import REFERENCE
from loopcert.spec.replaced import replaced


@pytest.mark.parametrize(
    ("requirement", "names"),
    [
        pytest.param("connect-66", {"connect.Connections.establish"}, id="a method of the loop"),
        pytest.param("connect-17", {"endpoint.Endpoint.release"}, id="a method of an exchanged part"),
        pytest.param(
            "running-49",
            {"future.FutureCore.schedule_callbacks", "task.Task.step", "task.Task.start"},
            id="what a base of the fault exchanges",
        ),
    ],
)
def test_what_the_faults_override_is_found(requirement: str, names: set[str]) -> None:
    assert {place.name for place in replaced(requirement)} == names


def test_most_requirements_have_such_a_place_and_each_lies_where_it_says() -> None:
    places = [place for name in load_catalogue().requirements for place in replaced(name)]
    assert len({place.requirement for place in places}) > 1200
    lines = {place.file: (REFERENCE.parent / place.file).read_text("utf-8").splitlines() for place in places}
    assert {Path(file).parts[0] for file in lines} == {"reference"}
    for place in places:
        definition = lines[place.file][place.line - 1].removeprefix("    ").removeprefix("async ")
        assert definition.startswith(f"def {place.name.rpartition('.')[2]}(")
