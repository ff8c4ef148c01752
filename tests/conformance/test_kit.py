"""Who guards the guards: every verifier of the kit is shown something wrong and must object, in words that help."""

import asyncio
import logging
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import pytest

from loopcert.conformance import kit
from loopcert.conformance.kit import Trace, Violation


@pytest.fixture
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    loop = asyncio.new_event_loop()
    yield loop
    loop.close()


@pytest.mark.parametrize(
    ("verify", "said"),
    [
        (lambda: kit.check(0, "saw 0, wanted more"), "saw 0, wanted more"),
        (lambda: kit.equal(1, 2, "answer"), "answer: saw 1, wanted 2"),
        (lambda: kit.same([], [], "list"), "wanted the very object"),
        (lambda: kit.differs(None, None, "two futures"), "wanted another one"),
        (lambda: kit.contains([1], 2, "numbers"), r"saw \[1\], wanted 2 in it"),
        (lambda: kit.instance(1, float, "time"), "saw 1 of type int, wanted float"),
        (lambda: kit.instance(1, (float, str), "time"), "wanted float or str"),
        (lambda: kit.violated("no"), "no"),
    ],
)
def test_a_verifier_objects(verify: Callable[[], None], said: str) -> None:
    with pytest.raises(Violation, match=said):
        verify()


def test_verifiers_leave_what_is_right_alone() -> None:
    kit.check(1, "x")
    kit.equal(1, 1.0, "x")
    kit.same(None, None, "x")
    kit.differs([], [], "x")
    kit.contains([1], 1, "x")
    kit.instance(True, int, "x")
    with kit.raises(ValueError, "x") as caught:
        int("no number")
    assert isinstance(caught.error, ValueError)
    with kit.allowed("x"):
        int("1")


@pytest.mark.parametrize("manager", [kit.raises(ValueError, "a call"), kit.allowed("a call")])
def test_the_wrong_exception_is_a_violation_that_names_it(manager: AbstractContextManager[object]) -> None:
    with pytest.raises(Violation, match="a call: saw KeyError"), manager:
        raise KeyError("lost")


def test_no_exception_where_one_is_wanted_is_a_violation() -> None:
    with (
        pytest.raises(Violation, match="nothing was raised, wanted ValueError or KeyError"),
        kit.raises((ValueError, KeyError), "x"),
    ):
        pass


def test_a_trace_tells_order_number_and_strangers() -> None:
    trace = Trace()
    trace("a")
    trace("b", 1)
    trace.marker("c")()
    trace.expect("a", ("b", 1), "c")
    trace.expect_unordered("c", "a", ("b", 1))
    for wanted in [("a", "c", ("b", 1)), ("a", ("b", 1)), ("a", ("b", 1), "c", "c")]:
        with pytest.raises(Violation):
            trace.expect(*wanted)
    for wanted in [("a", "c"), ("a", "c", "c", ("b", 1)), ("a", "c", "d")]:
        with pytest.raises(Violation):
            trace.expect_unordered(*wanted)


def test_drain_runs_what_follows_from_what_is_ready(loop: asyncio.AbstractEventLoop) -> None:
    trace = Trace()
    loop.call_soon(lambda: loop.call_soon(lambda: loop.call_soon(trace, "third")))
    kit.drain(loop)
    trace.expect("third")
    assert not loop.is_running()


def test_contexts_are_counted(loop: asyncio.AbstractEventLoop) -> None:
    contexts = kit.Contexts(loop)
    contexts.expect_silence()
    with pytest.raises(Violation, match="exactly one"):
        contexts.only()
    error = ValueError("seen")
    loop.call_exception_handler({"message": "m", "exception": error})
    assert contexts.only()["message"] == "m"
    contexts.expect_exceptions(error)
    with pytest.raises(Violation):
        contexts.expect_exceptions(ValueError("seen"))
    with pytest.raises(Violation):
        contexts.expect_silence()


def test_log_records_are_collected_and_the_logger_is_put_back() -> None:
    logger = logging.getLogger("asyncio")
    before = (logger.level, logger.propagate, list(logger.handlers))
    with kit.LogRecords() as records:
        logger.debug("low")
        logger.error("high %s", 1)
    assert [record.getMessage() for record in records.at_least(logging.ERROR)] == ["high 1"]
    assert "low" in records.text()
    assert (logger.level, logger.propagate, list(logger.handlers)) == before


def test_in_thread_gives_back_results_and_exceptions() -> None:
    assert kit.in_thread(threading.get_ident) != threading.get_ident()
    with pytest.raises(SystemExit):
        kit.in_thread(sys.exit)


def test_a_child_interpreter_has_the_loop_and_its_failure_is_shown() -> None:
    assert kit.child_python("asyncio", "print(type(new_loop()).__module__)").startswith("asyncio")
    with pytest.raises(Violation, match="status 3"):
        kit.child_python("asyncio", "import sys; sys.exit(3)")
