"""Futures: cancelling them, and the message that goes along."""

from asyncio import AbstractEventLoop, CancelledError, Future, InvalidStateError
from collections.abc import Callable
from typing import Any

import pytest

from loopcert.conformance.kit import allowed, drain, equal, raises, requirement, same

AnyFuture = Future[Any]
Cancel = Callable[[AnyFuture], bool]

by_position: Cancel = lambda future: future.cancel("why")  # noqa: E731 - two spellings of one call, side by side
by_keyword: Cancel = lambda future: future.cancel(msg="why")  # noqa: E731
each_spelling = pytest.mark.parametrize("cancel", [by_position, by_keyword], ids=["position", "keyword"])


async def arguments(future: AnyFuture) -> object:
    """Await a future and return the arguments of the CancelledError."""
    try:
        await future
    except CancelledError as error:
        return error.args
    return "not cancelled"


@requirement("future-32")
@pytest.mark.parametrize("again", ["cancel", "cancel with msg"])
def test_cancel_after_a_result_changes_nothing(loop: AbstractEventLoop, again: str) -> None:
    future = loop.create_future()
    future.set_result("kept")
    same(future.cancel() if again == "cancel" else future.cancel("late"), False, "cancel() of a future with a result")
    same(future.cancelled(), False, "cancelled() afterwards")
    equal(future.result(), "kept", "result() afterwards")


@requirement("future-32")
def test_cancel_after_an_exception_changes_nothing(loop: AbstractEventLoop) -> None:
    future, error = loop.create_future(), ValueError("kept")
    future.set_exception(error)
    same(future.cancel(), False, "cancel() of a future with an exception")
    same(future.cancelled(), False, "cancelled() afterwards")
    same(future.exception(), error, "exception() afterwards")


@requirement("future-32")
def test_a_second_cancel_changes_nothing(loop: AbstractEventLoop) -> None:
    future = loop.create_future()
    future.cancel("first")
    same(future.cancel("second"), False, "the second cancel()")
    same(future.cancelled(), True, "cancelled() afterwards")
    equal(loop.run_until_complete(arguments(future)), ("first",), "arguments of the CancelledError")


@requirement("future-32")
def test_a_second_cancel_runs_no_callback_again(loop: AbstractEventLoop) -> None:
    future = loop.create_future()
    calls: list[AnyFuture] = []
    future.add_done_callback(calls.append)
    future.cancel()
    drain(loop)
    future.cancel()
    drain(loop)
    equal(calls, [future], "calls of the done callback")


@requirement("future-33")
def test_cancel_of_a_pending_future_gives_true(loop: AbstractEventLoop) -> None:
    same(loop.create_future().cancel(), True, "cancel() of a pending future")


@requirement("future-33")
def test_cancel_takes_effect_at_once(loop: AbstractEventLoop) -> None:
    future = loop.create_future()
    future.cancel()
    equal((future.done(), future.cancelled()), (True, True), "done, cancelled right after cancel()")


@requirement("future-33")
def test_cancel_of_a_future_that_is_awaited_takes_effect_at_once(loop: AbstractEventLoop) -> None:
    future = loop.create_future()
    waiter = loop.create_task(arguments(future))
    drain(loop)
    equal((future.cancel(), future.done(), future.cancelled()), (True, True, True), "cancel(), done, cancelled")
    equal(loop.run_until_complete(waiter), (), "arguments of the waiter's CancelledError")


@requirement("future-33")
def test_a_cancelled_future_takes_no_result(loop: AbstractEventLoop) -> None:
    future = loop.create_future()
    future.cancel()
    with raises(InvalidStateError, "set_result() after cancel()"):
        future.set_result(1)
    same(future.cancelled(), True, "cancelled() afterwards")


@requirement("future-34")
@each_spelling
def test_the_awaiter_gets_the_message(loop: AbstractEventLoop, cancel: Cancel) -> None:
    future = loop.create_future()
    waiter = loop.create_task(arguments(future))
    drain(loop)
    with allowed("cancel() with a message"):
        cancel(future)
    equal(loop.run_until_complete(waiter), ("why",), "arguments of the CancelledError")


@requirement("future-34")
@each_spelling
def test_a_later_awaiter_gets_the_message(loop: AbstractEventLoop, cancel: Cancel) -> None:
    future = loop.create_future()
    with allowed("cancel() with a message"):
        cancel(future)
    equal(loop.run_until_complete(arguments(future)), ("why",), "arguments of the CancelledError")


@requirement("future-34")
def test_every_awaiter_gets_the_message(loop: AbstractEventLoop) -> None:
    future = loop.create_future()
    waiters = [loop.create_task(arguments(future)) for _ in range(3)]
    drain(loop)
    with allowed("cancel() with a message"):
        future.cancel(msg="why")
    seen = [loop.run_until_complete(waiter) for waiter in waiters]
    equal(seen, [("why",)] * 3, "arguments of each awaiter's CancelledError")


@requirement("future-54")
@pytest.mark.parametrize("method", ["result", "exception"])
@pytest.mark.parametrize(("given", "wanted"), [(("why",), ("why",)), ((), ())], ids=["msg", "none"])
def test_reading_raises_with_the_message(
    loop: AbstractEventLoop, method: str, given: tuple[str], wanted: tuple[str]
) -> None:
    future = loop.create_future()
    future.cancel(*given)
    for _ in range(2):
        with raises(CancelledError, f"{method}() of a cancelled future") as caught:
            getattr(future, method)()
        equal(caught.error.args, wanted, "arguments of the CancelledError")
