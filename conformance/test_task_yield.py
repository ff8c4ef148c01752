"""What a task refuses to wait for, and what it takes besides futures of its own loop."""

import asyncio
from asyncio import AbstractEventLoop
from collections.abc import Awaitable, Callable, Generator
from typing import Any

import pytest

from loopcert.conformance.kit import Trace, check, drain, equal, instance, requirement


@requirement("task-206")
def test_awaiting_what_cannot_be_awaited_fails_the_task(loop: AbstractEventLoop) -> None:
    thing: Any = 42

    async def body() -> None:
        await thing

    task = loop.create_task(body())
    drain(loop)
    check(task.done(), "a task that awaits a number is still not done after some iterations")
    instance(task.exception(), TypeError, "exception() of a task that awaits a number")


@requirement("task-206")
def test_the_error_rises_at_the_await(loop: AbstractEventLoop, trace: Trace) -> None:
    thing: Any = None

    async def body() -> str:
        try:
            await thing
        except TypeError:
            trace("caught")
        await asyncio.sleep(0)
        trace("went on")
        return "value"

    task = loop.create_task(body())
    drain(loop)
    trace.expect("caught", "went on")
    equal(task.result(), "value", "result of the task")


class Yields:
    """An awaitable that hands one object straight to the task."""

    def __init__(self, thing: object) -> None:
        self.thing = thing

    def __await__(self) -> Generator[Any, None, None]:
        yield self.thing


async def refused(trace: Trace, awaitable: Awaitable[Any]) -> None:
    try:
        await awaitable
    except Exception:  # noqa: BLE001 - of which type is practice
        trace("refused")


@requirement("task-76")
def test_a_task_cannot_await_itself(loop: AbstractEventLoop, trace: Trace) -> None:
    async def body() -> None:
        await refused(trace, task)

    task: asyncio.Task[None] = loop.create_task(body())
    drain(loop)
    trace.expect("refused")


@requirement("task-77")
def test_a_future_of_another_loop_is_refused(
    loop: AbstractEventLoop, new_loop: Callable[[], AbstractEventLoop], trace: Trace
) -> None:
    task = loop.create_task(refused(trace, new_loop().create_future()))
    drain(loop)
    trace.expect("refused")
    del task


@requirement("task-78")
@pytest.mark.parametrize("thing", [42, "text", object()], ids=["number", "text", "object"])
def test_a_strange_yield_is_refused(loop: AbstractEventLoop, trace: Trace, thing: object) -> None:
    task = loop.create_task(refused(trace, Yields(thing)))
    drain(loop)
    trace.expect("refused")
    del task


@requirement("task-78")
def test_a_future_yielded_without_await_is_refused(loop: AbstractEventLoop, trace: Trace) -> None:
    task = loop.create_task(refused(trace, Yields(loop.create_future())))
    drain(loop)
    trace.expect("refused")
    del task


@requirement("task-59a")
def test_a_bare_yield_lets_others_go_first(loop: AbstractEventLoop, trace: Trace) -> None:
    async def body() -> None:
        loop.call_soon(trace, "queued before")
        await Yields(None)
        trace("resumed")

    task = loop.create_task(body())
    drain(loop)
    trace.expect("queued before", "resumed")
    del task


@requirement("task-59a")
def test_tasks_take_turns(loop: AbstractEventLoop, trace: Trace) -> None:
    async def body(name: str) -> None:
        for number in range(3):
            trace(f"{name}{number}")
            await asyncio.sleep(0)

    tasks = [loop.create_task(body(name)) for name in "ab"]
    drain(loop, turns=6)
    trace.expect("a0", "b0", "a1", "b1", "a2", "b2")
    del tasks


class FutureLike:
    """A future of somebody else's make."""

    _asyncio_future_blocking = False

    def __init__(self, loop: AbstractEventLoop) -> None:
        self.loop = loop
        self.value: str | None = None
        self.callbacks: list[tuple[Callable[..., object], Any]] = []

    def get_loop(self) -> AbstractEventLoop:
        """As of a Future."""
        return self.loop

    def add_done_callback(self, callback: Callable[..., object], *, context: Any = None) -> None:
        """As of a Future."""
        self.callbacks.append((callback, context))

    def result(self) -> str | None:
        """As of a Future, but for errors: it has none."""
        return self.value

    def set(self, value: str) -> None:
        """Complete it."""
        self.value = value
        for callback, context in self.callbacks:
            self.loop.call_soon(callback, self, context=context)

    def __await__(self) -> Generator[Any, None, str | None]:
        if self.value is None:
            self._asyncio_future_blocking = True
            yield self
        return self.value


@requirement("task-59b")
def test_a_future_like_object_is_waited_for(loop: AbstractEventLoop, trace: Trace) -> None:
    future = FutureLike(loop)

    async def body() -> None:
        trace(await future)

    task = loop.create_task(body())
    drain(loop)
    trace("waits")
    future.set("value")
    drain(loop)
    trace.expect("waits", "value")
    del task
