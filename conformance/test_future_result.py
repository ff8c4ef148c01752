"""Futures: reading the outcome, and what counts as having read an exception."""

import gc
from asyncio import AbstractEventLoop, CancelledError, Future, InvalidStateError
from collections.abc import Callable
from typing import Any

import pytest

from loopcert.conformance.kit import (
    Contexts,
    LogRecords,
    allowed,
    drain,
    equal,
    instance,
    raises,
    requirement,
    same,
)


class Failure(Exception):
    """The exception that the tests set."""


class Falsy(Exception):
    """An exception that is false, as one with a length of 0 is."""

    def __bool__(self) -> bool:
        return False


@requirement("future-16")
@pytest.mark.parametrize("value", [None, 0, "text", Failure(), [1]], ids=["None", "0", "text", "exception", "list"])
def test_result_gives_the_object_that_was_set(loop: AbstractEventLoop, value: object) -> None:
    future = loop.create_future()
    future.set_result(value)
    same(future.result(), value, "result()")
    same(future.result(), value, "result() asked again")


@requirement("future-17")
@pytest.mark.parametrize("kind", [Failure, Falsy, BaseException, InvalidStateError, CancelledError])
def test_result_raises_the_exception_that_was_set(loop: AbstractEventLoop, kind: type[BaseException]) -> None:
    future, error = loop.create_future(), kind("set by the test")
    future.set_exception(error)
    for _ in range(2):
        with raises(kind, "result()") as caught:
            future.result()
        same(caught.error, error, "what result() raised")


@requirement("future-18")
def test_result_of_a_cancelled_future_raises_cancellederror(loop: AbstractEventLoop) -> None:
    future = loop.create_future()
    future.cancel()
    for _ in range(2):
        with raises(CancelledError, "result() of a cancelled future"):
            future.result()


@requirement("future-19")
@pytest.mark.parametrize("running", [False, True])
def test_result_of_a_pending_future_raises_invalidstateerror(loop: AbstractEventLoop, running: bool) -> None:
    future = loop.create_future()

    async def ask() -> None:
        with raises(InvalidStateError, "result() of a pending future"):
            future.result()

    if running:
        loop.run_until_complete(ask())
    else:
        with raises(InvalidStateError, "result() of a pending future"):
            future.result()


@requirement("future-35")
def test_exception_gives_the_exception_that_was_set(loop: AbstractEventLoop) -> None:
    future, error = loop.create_future(), Failure()
    future.set_exception(error)
    same(future.exception(), error, "exception()")
    same(future.exception(), error, "exception() asked again")


@requirement("future-35")
@pytest.mark.parametrize("value", ["text", Failure()], ids=["text", "exception"])
def test_exception_is_none_after_a_result(loop: AbstractEventLoop, value: object) -> None:
    future = loop.create_future()
    future.set_result(value)
    same(future.exception(), None, "exception() of a future with a result")


@requirement("future-36a")
def test_exception_of_a_cancelled_future_raises_cancellederror(loop: AbstractEventLoop) -> None:
    future = loop.create_future()
    future.cancel()
    for _ in range(2):
        with raises(CancelledError, "exception() of a cancelled future"):
            future.exception()


@requirement("future-36b")
def test_exception_of_a_pending_future_raises_invalidstateerror(loop: AbstractEventLoop) -> None:
    with raises(InvalidStateError, "exception() of a pending future"):
        loop.create_future().exception()


@requirement("future-38b")
@pytest.mark.parametrize("method", ["result", "exception"])
@pytest.mark.parametrize("timeout", [((1,), {}), ((), {"timeout": 1}), ((), {"timeout": None})])
def test_no_timeout_is_taken(loop: AbstractEventLoop, method: str, timeout: tuple[tuple[int], dict[str, int]]) -> None:
    future = loop.create_future()
    future.set_result(1)
    positional, keywords = timeout
    with raises(TypeError, f"{method}() with a timeout"):
        getattr(future, method)(*positional, **keywords)


@requirement("future-48")
@pytest.mark.parametrize("given", [StopIteration(), StopIteration], ids=["instance", "class"])
def test_stopiteration_reaches_the_awaiter_as_runtimeerror(loop: AbstractEventLoop, given: Any) -> None:
    future = loop.create_future()
    with allowed("set_exception(StopIteration)"):
        future.set_exception(given)

    async def wait() -> None:
        with raises(RuntimeError, "await of a future given a StopIteration"):
            await future

    loop.run_until_complete(wait())


@requirement("future-51")
def test_set_exception_makes_an_instance_of_a_class(loop: AbstractEventLoop) -> None:
    future = loop.create_future()
    future.set_exception(Failure)
    instance(future.exception(), Failure, "exception() after set_exception() with a class")


def abandoned(loop: AbstractEventLoop, read: Callable[[Future[Any]], object]) -> Contexts:
    """Give a future an exception, have it read, drop it, and return what the loop reported of it."""
    contexts = Contexts(loop)
    future = loop.create_future()
    future.set_exception(Failure("read before the future went"))
    read(future)
    with LogRecords() as log:
        del future
        gc.collect()
    equal(log.text(), "", "log of a future that was read and went")
    return contexts


@requirement("future-40")
@pytest.mark.parametrize("awaiters", [1, 2])
def test_an_exception_that_was_awaited_is_not_reported(loop: AbstractEventLoop, awaiters: int) -> None:
    async def wait(future: Future[Any]) -> str:
        try:
            await future
        except Failure:
            return "caught"
        return "nothing raised"

    def read(future: Future[Any]) -> None:
        for _ in range(awaiters):
            equal(loop.run_until_complete(wait(future)), "caught", "what the awaiter saw")

    abandoned(loop, read).expect_silence()


def catch_result(future: Future[Any]) -> None:
    """Read the future by result()."""
    with raises(Failure, "result()"):
        future.result()


@requirement("future-43")
@pytest.mark.parametrize("read", [catch_result, lambda future: future.exception()], ids=["result", "exception"])
def test_an_exception_that_was_read_is_not_reported(
    loop: AbstractEventLoop, read: Callable[[Future[Any]], object]
) -> None:
    abandoned(loop, read).expect_silence()


@requirement("future-43")
def test_an_exception_that_a_done_callback_read_is_not_reported(loop: AbstractEventLoop) -> None:
    def read(future: Future[Any]) -> None:
        future.add_done_callback(lambda done: done.exception())
        drain(loop)

    abandoned(loop, read).expect_silence()
