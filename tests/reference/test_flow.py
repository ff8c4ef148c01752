import pytest

from loopcert.reference.flow import Watermarks


def test_defaults_follow_from_each_other() -> None:
    marks = Watermarks()
    assert (marks.low, marks.high) == (16 * 1024, 64 * 1024)
    marks.set(high=None, low=100)
    assert (marks.low, marks.high) == (100, 400)
    marks.set(high=100, low=None)
    assert (marks.low, marks.high) == (25, 100)
    marks.set(high=0, low=None)
    assert (marks.low, marks.high) == (0, 0)


@pytest.mark.parametrize(("high", "low"), [(1, 2), (-1, None), (10, -1), (None, -1)])
def test_impossible_marks_are_refused_and_change_nothing(high: int | None, low: int | None) -> None:
    marks = Watermarks()
    with pytest.raises(ValueError, match="must be"):
        marks.set(high, low)
    assert (marks.low, marks.high) == (16 * 1024, 64 * 1024)


def test_pauses_above_the_high_mark_and_once() -> None:
    marks = Watermarks()
    marks.set(high=10, low=4)
    assert [marks.rose(size) for size in (1, 10, 11, 12)] == [False, False, True, False]


def test_goes_on_at_the_low_mark_and_once() -> None:
    marks = Watermarks()
    marks.set(high=10, low=4)
    assert not marks.fell(0)
    assert marks.rose(11)
    assert [marks.fell(size) for size in (10, 5, 4, 0)] == [False, False, True, False]


def test_a_low_mark_of_zero_waits_for_an_empty_buffer() -> None:
    marks = Watermarks()
    marks.set(high=0, low=0)
    assert marks.rose(1)
    assert not marks.fell(1)
    assert marks.fell(0)
