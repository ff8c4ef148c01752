"""The kill matrix: what is proven, what is not, what goes unnoticed."""

from __future__ import annotations

import pytest

from loopcert.runners.journal import BystanderEvent, KillEvent, PlanEvent, Planned
from loopcert.runners.matrix import ChapterRow, Matrix


@pytest.fixture
def matrix() -> Matrix:
    matrix = Matrix(["*"])
    matrix.observe(
        PlanEvent(
            (
                Planned("test_a::one", "a-01"),
                Planned("test_a::two", "a-02"),
                Planned("test_b::one", "b-01"),
                Planned("test_b::old", "b-02", excused="holds for Python >=3.14"),
            )
        )
    )
    matrix.observe(KillEvent("a.Late", "a-01", "test_a::one", "fail", killed=True))
    matrix.observe(KillEvent("a.Lost", "a-02", "test_a::two", "pass", killed=False))
    matrix.observe(KillEvent("b.Wrong", "b-01", "test_b::one", "hang", killed=True))
    matrix.observe(BystanderEvent("a.Late", "test_b::one", "pass"))
    matrix.observe(BystanderEvent("b.Wrong", "test_a::one", "fail"))
    return matrix


def test_a_test_is_proven_by_a_kill_and_one_that_does_not_apply_needs_none(matrix: Matrix) -> None:
    assert matrix.unproven() == ["test_a::two"]
    assert len(matrix.tests()) == 3


def test_what_is_open_gets_a_second_look_until_a_kill_settles_it(matrix: Matrix) -> None:
    assert matrix.unsettled() == ["a-02"]
    matrix.observe(KillEvent("a.Lost", "a-02", "test_a::two", "fail", killed=True))
    assert matrix.unsettled() == []


def test_a_fault_that_no_test_notices_is_named(matrix: Matrix) -> None:
    assert matrix.unnoticed() == ["a.Lost"]
    assert [each.fault for each in matrix.bystanders_hit()] == ["b.Wrong"]


def test_the_counts_of_each_chapter(matrix: Matrix) -> None:
    assert matrix.rows() == [ChapterRow("a", 2, 1, 2, 1), ChapterRow("b", 1, 1, 1, 0)]


def test_only_what_was_asked_for_has_to_be_proven() -> None:
    matrix = Matrix(["a.Late"])
    matrix.observe(PlanEvent((Planned("test_a::one", "a-01"), Planned("test_b::one", "b-01"))))
    matrix.observe(KillEvent("a.Late", "a-01", "test_a::one", "fail", killed=True))
    assert [test.id for test in matrix.tests()] == ["test_a::one"]
    assert matrix.unproven() == []


def test_a_test_for_which_something_is_lacking_is_neither_proven_nor_unproven(matrix: Matrix) -> None:
    before = len(matrix.tests()), matrix.rows()[:2]
    matrix.observe(PlanEvent((Planned("test_c::one", "c-01"),)))
    matrix.observe(KillEvent("c.Wrong", "c-01", "test_c::one", "not-applicable", killed=False, lacking="no tornado"))
    assert (len(matrix.tests()), matrix.rows()) == before
    assert matrix.unproven() == ["test_a::two"]
    assert matrix.unnoticed() == ["a.Lost"]
    assert matrix.lacking() == {"test_c::one": "no tornado"}


def test_a_test_that_a_fault_refuses_is_unproven(matrix: Matrix) -> None:
    matrix.observe(PlanEvent((Planned("test_c::one", "c-01"),)))
    matrix.observe(KillEvent("c.Refuses", "c-01", "test_c::one", "not-applicable", killed=False))
    assert "test_c::one" in matrix.unproven()
    assert "c.Refuses" in matrix.unnoticed()
