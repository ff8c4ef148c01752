"""What a coroutine can await inside a task, what comes back, and what is refused."""

import asyncio
from asyncio import AbstractEventLoop
from collections.abc import Awaitable, Callable, Generator
from typing import Any

import pytest

from loopcert.conformance.kit import Trace, allowed, check, drain, equal, instance, raises, requirement, same

DEPTH = 50


async def outcome(error: Exception | None) -> str:
    await asyncio.sleep(0)
    if error is not None:
        raise error
    return "value"


async def coroutines(loop: AbstractEventLoop, depth: int, error: Exception | None) -> list[str]:
    """A chain of coroutines; each puts its mark behind the value on its way up."""
    if depth == 0:
        return [await outcome(error)]
    below = await coroutines(loop, depth - 1, error)
    return [*below, str(depth)]


async def tasks(loop: AbstractEventLoop, depth: int, error: Exception | None) -> list[str]:
    """The same, each link a task of its own."""
    if depth == 0:
        return [await outcome(error)]
    below = await loop.create_task(tasks(loop, depth - 1, error))
    return [*below, str(depth)]


@requirement("task-207")
@pytest.mark.parametrize("chain", [coroutines, tasks])
def test_a_value_travels_up_the_chain(loop: AbstractEventLoop, chain: Callable[..., Any]) -> None:
    wanted = ["value", *map(str, range(1, DEPTH + 1))]
    with allowed(f"a chain of {DEPTH} awaits"):
        equal(loop.run_until_complete(chain(loop, DEPTH, None)), wanted, "what came up the chain")


@requirement("task-207")
@pytest.mark.parametrize("chain", [coroutines, tasks])
def test_an_exception_travels_up_the_chain(loop: AbstractEventLoop, chain: Callable[..., Any]) -> None:
    error = ValueError("from below")
    with raises(ValueError, "a chain of awaits with a failure at its end") as caught:
        loop.run_until_complete(chain(loop, DEPTH, error))
    same(caught.error, error, "the exception that came up")


def as_coroutine(_loop: AbstractEventLoop, error: Exception | None) -> Awaitable[str]:
    return outcome(error)


def as_task(loop: AbstractEventLoop, error: Exception | None) -> Awaitable[str]:
    return loop.create_task(outcome(error))


def as_future(loop: AbstractEventLoop, error: Exception | None) -> Awaitable[str]:
    future: asyncio.Future[str] = loop.create_future()
    if error is None:
        loop.call_soon(future.set_result, "value")
    else:
        loop.call_soon(future.set_exception, error)
    return future


KINDS = pytest.mark.parametrize("kind", [as_coroutine, as_task, as_future])


@requirement("task-208")
@KINDS
def test_await_gives_the_value_of_any_kind(loop: AbstractEventLoop, kind: Callable[..., Awaitable[str]]) -> None:
    async def body() -> str:
        return await kind(loop, None)

    equal(loop.run_until_complete(body()), "value", "what await gave")


@requirement("task-208")
@KINDS
def test_await_raises_the_exception_of_any_kind(loop: AbstractEventLoop, kind: Callable[..., Awaitable[str]]) -> None:
    error, seen = ValueError("of the awaitable"), []

    async def body() -> str:
        try:
            await kind(loop, error)
        except Exception as caught:  # noqa: BLE001 - whatever it is, it is compared
            seen.append(caught)
        return "went on"

    equal(loop.run_until_complete(body()), "went on", "result of the coroutine that caught the exception")
    equal(seen, [error], "what await raised")


@requirement("task-209")
def test_a_task_is_a_future(loop: AbstractEventLoop) -> None:
    task = loop.create_task(outcome(None))
    drain(loop)
    instance(task, asyncio.Future, "what create_task() gave")
    check(asyncio.isfuture(task), f"isfuture({task!r}): saw False, wanted True")


@requirement("task-209")
def test_several_tasks_can_await_one(loop: AbstractEventLoop, trace: Trace) -> None:
    task = loop.create_task(outcome(None))

    async def awaiter(name: str) -> None:
        trace(name, await task)

    awaiters = [loop.create_task(awaiter(name)) for name in "abc"]
    drain(loop, turns=8)
    trace.expect_unordered(("a", "value"), ("b", "value"), ("c", "value"))
    del awaiters


@requirement("task-209")
def test_a_done_task_can_be_awaited(loop: AbstractEventLoop) -> None:
    task = loop.create_task(outcome(None))
    drain(loop)

    async def awaiter() -> list[str]:
        return [await task, await task]

    late = loop.create_task(awaiter())
    drain(loop)
    check(late.done(), "a task that awaits a done task is still not done after some iterations")
    equal(late.result(), ["value", "value"], "what two awaits of a done task gave")


class Staged:
    """Awaits as the generators of old did: a bare yield, then a future."""

    def __init__(self, future: "asyncio.Future[str]", trace: Trace) -> None:
        self.future = future
        self.trace = trace

    def __await__(self) -> Generator[Any, None, str]:
        self.trace("began")
        yield
        self.trace("went on")
        value = yield from self.future.__await__()
        return f"{value} returned"


@requirement("task-210")
def test_a_generator_based_awaitable_is_awaited(loop: AbstractEventLoop, trace: Trace) -> None:
    future: asyncio.Future[str] = loop.create_future()

    async def body() -> None:
        trace(await Staged(future, trace))

    task = loop.create_task(body())
    drain(loop)
    trace("waits")
    future.set_result("value")
    drain(loop)
    trace.expect("began", "went on", "waits", "value returned")
    del task


@requirement("task-210")
def test_an_exception_reaches_the_generator(loop: AbstractEventLoop, trace: Trace) -> None:
    future: asyncio.Future[str] = loop.create_future()

    async def body() -> None:
        try:
            await Staged(future, trace)
        except ValueError:
            trace("raised")

    task = loop.create_task(body())
    drain(loop)
    future.set_exception(ValueError("of the future"))
    drain(loop)
    trace.expect("began", "went on", "raised")
    del task
