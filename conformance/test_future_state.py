"""Futures: what create_future() gives, the states and the ways into them."""

import asyncio
from asyncio import AbstractEventLoop, CancelledError, Future, InvalidStateError
from collections.abc import Callable
from typing import Any

import pytest

from loopcert.conformance.kit import (
    differs,
    drain,
    equal,
    instance,
    raises,
    requirement,
    same,
)

AnyFuture = Future[Any]


class Failure(Exception):
    """The exception that the tests set."""


FAILURE = Failure("set by the test")
ENDINGS: dict[str, Callable[[AnyFuture], object]] = {
    "result": lambda future: future.set_result("first"),
    "exception": lambda future: future.set_exception(FAILURE),
    "cancelled": lambda future: future.cancel(),
}
each_ending = pytest.mark.parametrize("ending", ENDINGS)


def ended(loop: AbstractEventLoop, ending: str) -> AnyFuture:
    """Make a future that has come to that end."""
    future = loop.create_future()
    ENDINGS[ending](future)
    return future


def outcome(future: AnyFuture) -> object:
    """Read a future: what it holds, raises, or "pending"."""
    if not future.done():
        return "pending"
    if future.cancelled():
        return "cancelled"
    return future.exception() or future.result()


OUTCOMES = {"result": "first", "exception": FAILURE, "cancelled": "cancelled"}


async def nothing() -> None:
    """End at once."""


@requirement("future-01a")
def test_isfuture_is_true_of_a_loops_future(loop: AbstractEventLoop) -> None:
    same(asyncio.isfuture(loop.create_future()), True, "isfuture() of what create_future() gave")


@requirement("future-01a")
def test_isfuture_is_true_of_a_loops_task(loop: AbstractEventLoop) -> None:
    task = loop.create_task(nothing())
    drain(loop)
    same(asyncio.isfuture(task), True, "isfuture() of what create_task() gave")


@requirement("future-14a")
def test_create_future_gives_a_pending_future(loop: AbstractEventLoop) -> None:
    equal(outcome(loop.create_future()), "pending", "state of a future just made")


@requirement("future-14a")
def test_create_future_gives_a_new_one_each_time(loop: AbstractEventLoop) -> None:
    first = loop.create_future()
    first.set_result(1)
    second = loop.create_future()
    differs(second, first, "the second future")
    equal(outcome(second), "pending", "state of the second future, the first being done")


@requirement("future-14a")
def test_create_future_attaches_to_this_loop_and_no_other(new_loop: Callable[[], AbstractEventLoop]) -> None:
    one, other = new_loop(), new_loop()
    future, _ = one.create_future(), other.create_future()
    same(future.get_loop(), one, "loop of a future made by the first of two loops")


@requirement("future-14a")
def test_create_future_in_a_callback_attaches_to_the_loop(loop: AbstractEventLoop) -> None:
    made: list[AnyFuture] = []
    loop.call_soon(lambda: made.append(loop.create_future()))
    drain(loop)
    equal([(future.get_loop(), future.done()) for future in made], [(loop, False)], "loop and state of the future made")


@requirement("future-14b")
def test_create_future_gives_an_instance_of_asyncios_future(loop: AbstractEventLoop) -> None:
    instance(loop.create_future(), Future, "what create_future() gave")


@requirement("future-37")
def test_get_loop_of_a_pending_future(loop: AbstractEventLoop) -> None:
    same(loop.create_future().get_loop(), loop, "get_loop() of a pending future")


@requirement("future-37")
@each_ending
def test_get_loop_of_a_done_future(loop: AbstractEventLoop, ending: str) -> None:
    future = ended(loop, ending)
    seen = future.get_loop()
    outcome(future)
    same(seen, loop, "get_loop() of a done future")


@requirement("future-37")
def test_get_loop_while_another_loop_is_current(new_loop: Callable[[], AbstractEventLoop]) -> None:
    one, other = new_loop(), new_loop()
    future = one.create_future()
    seen: list[AbstractEventLoop] = []
    other.call_soon(lambda: seen.append(future.get_loop()))
    drain(other)
    same(seen[0], one, "get_loop() of another loop's future, asked in a callback")


@requirement("future-37")
def test_get_loop_after_the_loop_was_closed(loop: AbstractEventLoop) -> None:
    future = loop.create_future()
    loop.close()
    same(future.get_loop(), loop, "get_loop() after close()")


@requirement("future-20")
@pytest.mark.parametrize("value", [None, False, FAILURE], ids=["None", "False", "exception"])
def test_set_result_makes_it_done_at_once(loop: AbstractEventLoop, value: object) -> None:
    future = loop.create_future()
    future.set_result(value)
    equal((future.done(), future.cancelled()), (True, False), "done, cancelled")
    same(future.exception(), None, "exception()")
    same(future.result(), value, "result()")


@requirement("future-21")
@each_ending
def test_set_result_on_a_done_future_is_refused(loop: AbstractEventLoop, ending: str) -> None:
    future = ended(loop, ending)
    with raises(InvalidStateError, f"set_result() on a future with {ending}"):
        future.set_result("second")
    same(outcome(future), OUTCOMES[ending], "outcome after the refusal")


@requirement("future-22")
@pytest.mark.parametrize("error", [FAILURE, KeyboardInterrupt("set"), CancelledError("set")])
def test_set_exception_makes_it_done_at_once(loop: AbstractEventLoop, error: BaseException) -> None:
    future = loop.create_future()
    future.set_exception(error)
    equal((future.done(), future.cancelled()), (True, False), "done, cancelled")
    same(future.exception(), error, "exception()")


@requirement("future-23")
@each_ending
def test_set_exception_on_a_done_future_is_refused(loop: AbstractEventLoop, ending: str) -> None:
    future = ended(loop, ending)
    with raises(InvalidStateError, f"set_exception() on a future with {ending}"):
        future.set_exception(Failure("second"))
    same(outcome(future), OUTCOMES[ending], "outcome after the refusal")


@requirement("future-24")
@each_ending
def test_done_turns_true(loop: AbstractEventLoop, ending: str) -> None:
    future = loop.create_future()
    same(future.done(), False, "done() of a pending future")
    ENDINGS[ending](future)
    seen = future.done()
    outcome(future)
    same(seen, True, f"done() after {ending}")


@requirement("future-25")
def test_cancelled_turns_true_by_cancel(loop: AbstractEventLoop) -> None:
    future = loop.create_future()
    same(future.cancelled(), False, "cancelled() of a pending future")
    future.cancel()
    same(future.cancelled(), True, "cancelled() after cancel()")


@requirement("future-25")
@pytest.mark.parametrize("ending", ["result", "exception"])
def test_cancelled_stays_false_otherwise(loop: AbstractEventLoop, ending: str) -> None:
    future = ended(loop, ending)
    future.cancel()
    future.exception()
    same(future.cancelled(), False, f"cancelled() after {ending}, then cancel()")


@requirement("future-25")
def test_cancelled_is_false_of_a_future_holding_a_cancellederror(loop: AbstractEventLoop) -> None:
    future = loop.create_future()
    future.set_exception(CancelledError())
    future.exception()
    same(future.cancelled(), False, "cancelled() after set_exception(CancelledError())")
