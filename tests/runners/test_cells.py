"""The cells of the matrix: which there are, what they install, how they become jobs."""

import json

import pytest

from loopcert.runners import jobs
from loopcert.runners.cells import PYTHONS, cells, find
from loopcert.runners.exits import Exit, Stop
from loopcert.spec.loops import registry


def test_each_cell_has_files_of_its_own() -> None:
    stems = [cell.stem for cell in cells()]
    assert len(set(stems)) == len(stems) > 100


def test_a_loop_runs_where_the_registry_says() -> None:
    loop = registry()["rsloop"]
    assert loop.python == ">=3.14"
    assert [cell.python for cell in cells(["rsloop"])] == ["3.14", "3.15"]


def test_a_name_chooses_all_versions_and_a_requirement_one() -> None:
    older = list(registry()["uvloop"].older)
    assert [cell.title for cell in cells(["uvloop"], ["3.11"])] == ["uvloop", *(f"uvloop=={each}" for each in older)]
    assert [cell.python for cell in cells(["uvloop==0.17.0"])] == ["3.11"]


def test_an_older_version_is_what_gets_installed() -> None:
    assert find("uvloop==0.21.0", "3.13").requires == ["uvloop==0.21.0"]
    assert find("gbulb", "3.12").requires == ["gbulb", "PyGObject<3.50"]
    assert find("asyncio", "3.12").requires == []


@pytest.mark.parametrize("strange", ["nosuchloop", "uvloop==9.9", "module:callable"])
def test_what_the_registry_does_not_have_is_refused(strange: str) -> None:
    with pytest.raises(Stop, match="loopcert loops"):
        cells([strange])
    with pytest.raises(Stop, match="loopcert loops"):
        find(strange, "3.13")


def test_a_platform_that_is_not_the_loops_is_said() -> None:
    assert find("winloop", "3.13").obstacle("linux") == "runs on win32"
    assert find("winloop", "3.13").obstacle("win32") == ""
    assert find("asyncio", "3.13").obstacle("freebsd14") == ""


def test_every_cell_becomes_a_job_on_a_system_of_its_loop() -> None:
    rows = jobs.jobs()["include"]
    assert len(rows) == len(cells())
    assert {row["os"] for row in rows if row["loop"] == "winloop"} == {"windows-latest"}
    assert {row["os"] for row in rows if row["loop"] == "asyncio"} == {"ubuntu-latest"}
    assert len({row["artifact"] for row in rows}) == len(rows)


def test_a_cell_can_be_split_into_shards() -> None:
    rows = jobs.jobs(["asyncio"], ["3.13"], 3)["include"]
    assert [row["options"] for row in rows] == ["--shard 1/3", "--shard 2/3", "--shard 3/3"]
    assert len({row["artifact"] for row in rows}) == 3
    with pytest.raises(Stop, match="may have 256"):
        jobs.jobs(shards=8)


def test_jobs_are_printed_for_from_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert jobs.main(["-p", "3.13", "asyncio"]) == Exit.AS_EXPECTED
    out = capsys.readouterr().out
    assert out.count("\n") == 1
    assert [row["session"] for row in json.loads(out)["include"]] == ["matrix(python='3.13', loop='asyncio')"]


def test_the_pythons_are_those_of_the_jobs() -> None:
    assert {cell.python for cell in cells(["asyncio"])} == set(PYTHONS)
