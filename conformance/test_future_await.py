"""Futures: awaiting them, alone and beside coroutines and Tasks."""

from asyncio import AbstractEventLoop, CancelledError, Future
from collections.abc import Awaitable, Callable, Generator
from typing import Any

import pytest

from loopcert.conformance.kit import Trace, drain, equal, raises, requirement, same

AnyFuture = Future[Any]
Make = Callable[[AbstractEventLoop], AnyFuture]
each_make = pytest.mark.parametrize(
    "make", [lambda loop: loop.create_future(), lambda loop: Future(loop=loop)], ids=["create_future", "Future"]
)
each_time = pytest.mark.parametrize("when", ["before", "while"])


class Failure(Exception):
    """The exception that the tests set."""


async def outcome(awaitable: Awaitable[Any]) -> Any:
    """Await once and return the value, or the exception that rose at the await."""
    try:
        return await awaitable
    except (Failure, CancelledError) as error:
        return error


def awaited(loop: AbstractEventLoop, future: AnyFuture, complete: Callable[[], object], when: str) -> Any:
    """Return what the await of a future gives that is completed before it, or while it waits."""
    if when == "before":
        complete()
    else:
        loop.call_soon(loop.call_soon, complete)
    return loop.run_until_complete(outcome(future))


@requirement("future-09")
@each_time
@pytest.mark.parametrize("value", [None, "text", Failure()], ids=["None", "text", "exception"])
def test_await_gives_the_result(loop: AbstractEventLoop, value: object, when: str) -> None:
    future = loop.create_future()
    same(awaited(loop, future, lambda: future.set_result(value), when), value, "value of the await")


@requirement("future-09")
def test_await_of_asyncios_own_future_gives_the_result(loop: AbstractEventLoop) -> None:
    future: AnyFuture = Future(loop=loop)
    equal(awaited(loop, future, lambda: future.set_result("value"), "while"), "value", "value of the await")


@requirement("future-55")
@each_time
def test_await_raises_the_exception_where_it_can_be_caught(loop: AbstractEventLoop, when: str) -> None:
    future, error = loop.create_future(), Failure("set by the test")
    seen = awaited(loop, future, lambda: future.set_exception(error), when)
    same(seen, error, "what the await raised")


@requirement("future-55")
def test_an_exception_not_caught_at_the_await_goes_on_to_the_tasks_awaiter(loop: AbstractEventLoop) -> None:
    future, error = loop.create_future(), Failure("set by the test")

    async def chain(depth: int) -> object:
        return await (chain(depth - 1) if depth else future)

    loop.call_soon(loop.call_soon, future.set_exception, error)
    with raises(Failure, "run_until_complete() of a chain of awaits") as caught:
        loop.run_until_complete(chain(3))
    same(caught.error, error, "what came out of the chain")


@requirement("future-56")
@each_time
def test_await_of_a_cancelled_future_raises_cancellederror(loop: AbstractEventLoop, when: str) -> None:
    future = loop.create_future()
    seen = awaited(loop, future, future.cancel, when)
    same(type(seen), CancelledError, "type of what the await raised")


@requirement("future-57")
@each_make
def test_await_suspends_the_coroutine_until_the_future_is_done(
    loop: AbstractEventLoop, trace: Trace, make: Make
) -> None:
    future = make(loop)

    async def wait() -> None:
        trace("awaits")
        await future
        trace("goes on")

    task = loop.create_task(wait())
    drain(loop)
    trace("drained")
    future.set_result(None)
    drain(loop)
    trace.expect("awaits", "drained", "goes on")
    equal(task.done(), True, "done() of the waiting task")


@requirement("future-57")
@each_make
def test_await_keeps_no_other_task_or_callback_from_running(loop: AbstractEventLoop, trace: Trace, make: Make) -> None:
    future = make(loop)

    async def wait() -> None:
        trace(await future)

    async def other() -> None:
        trace("task")
        loop.call_soon(finish)

    def finish() -> None:
        trace("callback")
        future.set_result("awaited")

    waiting, _ = loop.create_task(wait()), loop.create_task(other())
    loop.run_until_complete(waiting)
    trace.expect("task", "callback", "awaited")


@requirement("future-57")
def test_locals_survive_the_suspension(loop: AbstractEventLoop) -> None:
    futures = [loop.create_future() for _ in range(3)]

    async def collect() -> list[object]:
        values: list[object] = []
        for number, future in enumerate(futures):
            values.append((number, await future))
        return values

    task = loop.create_task(collect())
    for future, value in zip(futures, "abc", strict=True):
        drain(loop)
        future.set_result(value)
    equal(loop.run_until_complete(task), [(0, "a"), (1, "b"), (2, "c")], "values collected over three awaits")


async def through(future: AnyFuture) -> object:
    """Wait for a future inside one more coroutine."""
    return await future


Kind = Callable[[AbstractEventLoop, AnyFuture], Awaitable[Any]]
KINDS: dict[str, Kind] = {
    "coroutine": lambda _loop, future: through(future),
    "Task": lambda loop, future: loop.create_task(through(future)),
    "Future": lambda _loop, future: future,
}
each_kind = pytest.mark.parametrize("kind", KINDS)


@requirement("future-58")
@each_kind
def test_one_await_expression_gives_the_value_of_each_kind(loop: AbstractEventLoop, kind: str) -> None:
    future = loop.create_future()
    loop.call_soon(loop.call_soon, future.set_result, "value")
    equal(loop.run_until_complete(outcome(KINDS[kind](loop, future))), "value", "value of the await")


@requirement("future-58")
@each_kind
def test_one_await_expression_raises_the_exception_of_each_kind(loop: AbstractEventLoop, kind: str) -> None:
    future, error = loop.create_future(), Failure("set by the test")
    loop.call_soon(loop.call_soon, future.set_exception, error)
    same(loop.run_until_complete(outcome(KINDS[kind](loop, future))), error, "what the await raised")


@requirement("future-10")
@pytest.mark.parametrize("ending", ["result", "exception"])
def test_a_second_await_has_the_same_outcome(loop: AbstractEventLoop, ending: str) -> None:
    future, thing = loop.create_future(), Failure("the outcome")
    loop.call_soon(future.set_result if ending == "result" else future.set_exception, thing)

    async def twice() -> list[object]:
        return [await outcome(future), await outcome(future)]

    seen = loop.run_until_complete(twice())
    equal(seen, [thing, thing], "outcomes of two awaits")


@requirement("future-10")
def test_a_second_await_of_a_cancelled_future_raises_again(loop: AbstractEventLoop) -> None:
    future = loop.create_future()
    future.cancel()
    seen = [loop.run_until_complete(outcome(future)) for _ in range(2)]
    equal([type(each) for each in seen], [CancelledError, CancelledError], "types of what two awaits raised")


@requirement("future-10")
@pytest.mark.parametrize("ending", ["result", "exception"])
def test_several_awaiters_get_the_same_outcome(loop: AbstractEventLoop, ending: str) -> None:
    future, thing = loop.create_future(), Failure("the outcome")
    seen: list[object] = []

    async def wait() -> None:
        seen.append(await outcome(future))

    tasks = [loop.create_task(wait()) for _ in range(3)]
    drain(loop)
    (future.set_result if ending == "result" else future.set_exception)(thing)
    drain(loop)
    equal(seen, [thing] * 3, "outcomes of three tasks awaiting one future")
    equal([task.done() for task in tasks], [True] * 3, "done() of the three tasks")


class ByYieldFrom:
    """An awaitable written as a generator."""

    def __init__(self, future: AnyFuture) -> None:
        self.future = future

    def __await__(self) -> Generator[Any, None, Any]:
        value = yield from self.future
        return ("through the generator", value)


@requirement("future-59")
@each_time
def test_yield_from_waits_for_a_future(loop: AbstractEventLoop, when: str) -> None:
    future = loop.create_future()
    awaitable: Any = ByYieldFrom(future)
    seen = awaited(loop, awaitable, lambda: future.set_result("value"), when)
    equal(seen, ("through the generator", "value"), "value of the await")


@requirement("future-59")
def test_yield_from_raises_the_exception(loop: AbstractEventLoop) -> None:
    future, error = loop.create_future(), Failure("set by the test")
    awaitable: Any = ByYieldFrom(future)
    same(awaited(loop, awaitable, lambda: future.set_exception(error), "while"), error, "what the await raised")


@requirement("future-60")
def test_awaiting_no_awaitable_raises_typeerror(loop: AbstractEventLoop, trace: Trace) -> None:
    def plain() -> Any:
        return 42

    async def wrong() -> None:
        try:
            await plain()
        except TypeError:
            trace("at the await")
            raise

    task = loop.create_task(wrong())
    drain(loop)
    trace.expect("at the await")
    with raises(TypeError, "result() of a task that awaited what a plain function returned"):
        task.result()
