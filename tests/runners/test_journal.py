"""Reading a journal while it is written."""

from __future__ import annotations

from pathlib import Path

import pytest

from loopcert.runners.journal import EndEvent, PlanEvent, Planned, StartEvent, Tail

START = b'{"event":"start","test":"t","pid":5,"time":1.5}\n'


def test_a_line_is_read_once_and_only_when_whole(tmp_path: Path) -> None:
    journal, tail = tmp_path / "5.jsonl", Tail(tmp_path)
    assert list(tail.read()) == []
    journal.write_bytes(START + START[:20])
    assert list(tail.read()) == [StartEvent("t", 5)]
    assert list(tail.read()) == []
    journal.write_bytes(START + START)
    assert list(tail.read()) == [StartEvent("t", 5)]


@pytest.mark.parametrize("rubbish", [b"\xff\xfe\x00", b"hello", b"{}", b'{"event":"party"}', b'{"event":"start"}', b""])
def test_a_line_that_says_nothing_counts_for_nothing(tmp_path: Path, rubbish: bytes) -> None:
    (tmp_path / "5.jsonl").write_bytes(rubbish + b"\n" + START)
    assert list(Tail(tmp_path).read()) == [StartEvent("t", 5)]


def test_every_process_has_a_file_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "5.jsonl").write_bytes(START)
    (tmp_path / "6.jsonl").write_bytes(
        b'{"event":"plan","pid":6,"tests":[{"id":"t","requirement":"r","excused":""}]}\n'
    )
    (tmp_path / "6.stacks").write_text("Timeout (0:00:05)!\n")
    (tmp_path / "pytest.log").write_bytes(START)
    tail = Tail(tmp_path)
    assert list(tail.read()) == [StartEvent("t", 5), PlanEvent((Planned("t", "r"),))]
    assert tail.stacks(6) == "Timeout (0:00:05)!"
    assert tail.stacks(7) == ""


def test_the_files_of_a_process_that_ended_in_order_go(tmp_path: Path) -> None:
    (tmp_path / "5.jsonl").write_bytes(START + b'{"event":"exit","pid":5}\n')
    (tmp_path / "5.out").write_bytes(b"noise")
    (tmp_path / "6.jsonl").write_bytes(START)
    tail = Tail(tmp_path)
    assert len(list(tail.read())) == 3
    assert [path.name for path in tmp_path.iterdir()] == ["6.jsonl"]
    # the number may come again
    (tmp_path / "5.jsonl").write_bytes(START)
    assert list(tail.read()) == [StartEvent("t", 5)]


def test_fields_that_a_later_suite_may_add_do_no_harm(tmp_path: Path) -> None:
    (tmp_path / "5.jsonl").write_bytes(b'{"event":"end","test":"t","pid":5,"outcome":"pass","mood":"good"}\n')
    assert list(Tail(tmp_path).read()) == [EndEvent("t", 5, "pass")]
