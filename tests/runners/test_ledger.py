"""What a single attempt came to."""

from __future__ import annotations

import pytest

from loopcert.runners.journal import DiedEvent, EndEvent, Leak, StartEvent
from loopcert.runners.ledger import Killed, Ledger
from loopcert.runners.vocabulary import Verdict

TEST = "test_sample::test_01"
OTHER = "test_sample::test_02"


@pytest.fixture
def books() -> Ledger:
    books = Ledger(watchdog=2.0)
    books.begin(alone=False)
    return books


def test_a_test_that_ends_in_order_has_the_outcome_it_says(books: Ledger) -> None:
    assert books.observe(StartEvent(TEST, 1)) is None
    attempt = books.observe(EndEvent(TEST, 1, "fail", kind="violation", message="saw 1", seconds=0.5))
    assert attempt is not None
    assert (attempt.verdict, attempt.message, attempt.seconds) == (Verdict.FAIL, "saw 1", 0.5)
    assert books.running == {}


def test_an_outcome_that_nobody_knows_is_our_error(books: Ledger) -> None:
    attempt = books.observe(EndEvent(TEST, 1, "splendid"))
    assert attempt is not None and attempt.verdict is Verdict.HARNESS_ERROR


@pytest.mark.parametrize(
    ("died", "verdict", "signal", "said"),
    [
        (DiedEvent(TEST, 7, signal="SIGSEGV", status=-11), Verdict.CRASH, "SIGSEGV", "died of SIGSEGV"),
        (DiedEvent(TEST, 7, status=0), Verdict.CRASH, "", "ended with status 0"),
        (DiedEvent(TEST, 7, status=1, timeout=True, stacks="Timeout (0:00:02)!"), Verdict.HANG, "", "within 2 s"),
        (
            DiedEvent(TEST, 7, signal="SIGABRT", stacks="Fatal Python error: Aborted"),
            Verdict.CRASH,
            "SIGABRT",
            "died of SIGABRT",
        ),
    ],
)
def test_a_death_that_the_parent_saw(books: Ledger, died: DiedEvent, verdict: Verdict, signal: str, said: str) -> None:
    books.begin(alone=True)
    books.observe(StartEvent(TEST, 7))
    attempt = books.observe(died)
    assert attempt is not None
    assert (attempt.verdict, attempt.signal, attempt.alone) == (verdict, signal, True)
    assert said in attempt.message


@pytest.mark.parametrize(
    ("stacks", "killed", "verdict", "signal"),
    [
        ("", None, Verdict.CRASH, ""),
        ("Timeout (0:00:02)!\nThread ...", None, Verdict.HANG, ""),
        ("Fatal Python error: Segmentation fault\n", None, Verdict.CRASH, "SIGSEGV"),
        ("", Killed.OVERDUE, Verdict.HANG, ""),
        ("", Killed.MEMORY, Verdict.CRASH, ""),
    ],
)
def test_a_death_that_only_the_supervisor_noticed(
    books: Ledger, stacks: str, killed: Killed | None, verdict: Verdict, signal: str
) -> None:
    books.observe(StartEvent(TEST, 7))
    attempt = books.lost(7, TEST, stacks=stacks, killed=killed)
    assert (attempt.verdict, attempt.signal) == (verdict, signal)
    assert books.running == {}


def test_the_parent_may_tell_of_a_death_before_the_childs_start_is_read(books: Ledger) -> None:
    books.begin(alone=True)
    books.observe(DiedEvent(TEST, 7, signal="SIGSEGV"))
    books.observe(StartEvent(TEST, 7))
    assert books.running == {}


def test_what_goes_wrong_after_something_went_wrong_in_that_process_is_spoiled(books: Ledger) -> None:
    books.observe(EndEvent(TEST, 1, "fail"))
    spoiled = books.observe(EndEvent(OTHER, 1, "fail"))
    elsewhere = books.observe(EndEvent(OTHER, 2, "fail"))
    assert spoiled is not None and elsewhere is not None
    assert (spoiled.spoiled, elsewhere.spoiled) == (True, False)


def test_what_goes_wrong_after_asyncio_was_patched_is_spoiled(books: Ledger) -> None:
    books.observe(EndEvent(TEST, 1, "pass", patched=("asyncio.sleep",)))
    spoiled = books.observe(EndEvent(OTHER, 1, "fail"))
    assert spoiled is not None and spoiled.spoiled


def test_a_pass_is_never_spoiled_and_a_leak_spoils(books: Ledger) -> None:
    books.observe(EndEvent(TEST, 1, "pass", leaks=(Leak("sample-04", "a thread"),)))
    passed = books.observe(EndEvent(OTHER, 1, "pass"))
    assert passed is not None and not passed.spoiled
    failed = books.observe(EndEvent(OTHER, 1, "fail"))
    assert failed is not None and failed.spoiled


def test_nothing_is_spoiled_alone(books: Ledger) -> None:
    books.begin(alone=True)
    books.observe(EndEvent(TEST, 1, "fail"))
    again = books.observe(EndEvent(TEST, 1, "fail"))
    assert again is not None and not again.spoiled
