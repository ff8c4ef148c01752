"""`async with` and `async for` on this loop: where they suspend, what passes through them, how they end."""

from __future__ import annotations

import asyncio
import contextlib
from asyncio import AbstractEventLoop
from collections.abc import AsyncIterator, Coroutine
from types import TracebackType
from typing import Any, Self

import pytest

from loopcert.conformance.kit import Trace, drain, requirement


class Manager:
    """An asynchronous context manager that lets others run whenever it is asked for something."""

    def __init__(self, trace: Trace, name: str = "") -> None:
        self.trace = trace
        self.name = name

    async def __aenter__(self) -> Self:
        self.trace(f"enter{self.name}")
        await asyncio.sleep(0)
        self.trace(f"entered{self.name}")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, _error: BaseException | None, _traceback: TracebackType | None
    ) -> bool | None:
        self.trace(f"exit{self.name}", kind.__name__ if kind else None)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        self.trace(f"left{self.name}")
        return None


class Numbers:
    """An asynchronous iterator over what futures give; StopAsyncIteration is the end."""

    def __init__(self, futures: list[asyncio.Future[Any]]) -> None:
        self.futures = iter(futures)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Any:
        for future in self.futures:
            return await future
        raise StopAsyncIteration


def both(loop: AbstractEventLoop, *coroutines: Coroutine[Any, Any, Any]) -> None:
    """Run coroutines side by side in tasks, for some turns of the loop."""
    tasks = [loop.create_task(each) for each in coroutines]
    drain(loop, 12)
    for task in tasks:
        if not task.done():
            task.cancel()
    drain(loop, 12)
    for task in tasks:
        if not task.cancelled():
            task.result()


@requirement("syntax-07")
def test_others_run_while_async_with_enters_and_leaves(loop: AbstractEventLoop, trace: Trace) -> None:
    async def managed() -> None:
        async with Manager(trace) as manager:
            trace("body", manager.trace is trace)
        trace("after")

    async def other() -> None:
        for number in range(3):
            trace(number)
            await asyncio.sleep(0)

    both(loop, managed(), other())
    body = ("body", True)
    trace.expect("enter", 0, "entered", body, ("exit", None), 1, 2, "left", "after")


@requirement("syntax-08")
@pytest.mark.parametrize("suppress", [True, False])
def test_async_with_goes_by_what_its_exit_returns(loop: AbstractEventLoop, trace: Trace, suppress: bool) -> None:
    decision: asyncio.Future[bool] = loop.create_future()
    error = ValueError("body")

    class Deciding(Manager):
        async def __aexit__(self, *about: object) -> bool:
            trace(about[1] is error)
            return await decision

    async def main() -> None:
        try:
            async with Deciding(trace):
                raise error
        except ValueError as caught:
            trace("raised", caught is error)
        else:
            trace("suppressed")

    task = loop.create_task(main())
    drain(loop)
    decision.set_result(suppress)
    loop.run_until_complete(task)
    trace.expect("enter", "entered", True, "suppressed" if suppress else ("raised", True))


@requirement("syntax-09")
def test_the_exit_of_a_cancelled_body_may_await(loop: AbstractEventLoop, trace: Trace) -> None:
    async def main() -> None:
        async with Manager(trace, " 1"), Manager(trace, " 2"):
            await loop.create_future()

    task = loop.create_task(main())
    drain(loop)
    task.cancel()
    drain(loop, 8)
    trace("cancelled" if task.done() and task.cancelled() else "not cancelled")
    trace.expect(
        *("enter 1", "entered 1", "enter 2", "entered 2"),
        *(("exit 2", "CancelledError"), "left 2", ("exit 1", "CancelledError"), "left 1"),
        "cancelled",
    )


@requirement("syntax-10")
def test_a_cancel_while_entering_skips_body_and_exit(loop: AbstractEventLoop, trace: Trace) -> None:
    gate = loop.create_future()

    class Slow(Manager):
        async def __aenter__(self) -> Self:
            try:
                await gate
            finally:
                trace("interrupted")
            return self

    async def main() -> None:
        async with Slow(trace):
            trace("body")

    task = loop.create_task(main())
    drain(loop)
    task.cancel()
    drain(loop)
    trace("cancelled" if task.done() and task.cancelled() else "not cancelled")
    gate.cancel()
    drain(loop)
    trace.expect("interrupted", "cancelled")


@requirement("syntax-11")
def test_async_for_waits_for_each_item(loop: AbstractEventLoop, trace: Trace) -> None:
    futures: list[asyncio.Future[str]] = [loop.create_future() for _ in range(2)]

    async def main() -> None:
        async for item in Numbers(futures):
            trace(item)
        trace("end")

    task = loop.create_task(main())
    for name, future in zip("ab", futures, strict=True):
        drain(loop)
        trace(f"giving {name}")
        future.set_result(name)
    loop.run_until_complete(task)
    trace.expect("giving a", "a", "giving b", "b", "end")


@requirement("syntax-11")
def test_others_run_between_the_items(loop: AbstractEventLoop, trace: Trace) -> None:
    class Polite(Numbers):
        async def __anext__(self) -> Any:
            await asyncio.sleep(0)
            return await super().__anext__()

    def given(value: int) -> asyncio.Future[int]:
        future = loop.create_future()
        future.set_result(value)
        return future

    async def iterate(name: str) -> None:
        async for item in Polite([given(number) for number in range(2)]):
            trace(name, item)

    both(loop, iterate("a"), iterate("b"))
    trace.expect(("a", 0), ("b", 0), ("a", 1), ("b", 1))


@requirement("syntax-20")
def test_an_exit_stack_unwinds_from_the_inside_out(loop: AbstractEventLoop, trace: Trace) -> None:
    async def said(name: str) -> None:
        await asyncio.sleep(0)
        trace(name)

    async def main() -> None:
        async with contextlib.AsyncExitStack() as stack:
            await stack.enter_async_context(Manager(trace))
            stack.push_async_callback(said, "callback")
            trace("body")

    async def other() -> None:
        for number in range(4):
            trace(number)
            await asyncio.sleep(0)

    both(loop, main(), other())
    trace.expect("enter", 0, "entered", "body", 1, "callback", ("exit", None), 2, 3, "left")


@requirement("syntax-20")
def test_a_generator_as_context_manager(loop: AbstractEventLoop, trace: Trace) -> None:
    begin, end = loop.create_future(), loop.create_future()

    @contextlib.asynccontextmanager
    async def managed() -> AsyncIterator[Any]:
        try:
            yield await begin
        except ValueError:
            trace(await end)

    async def main() -> None:
        async with managed() as value:
            trace(value)
            raise ValueError
        trace("after")

    task = loop.create_task(main())
    for future, value in ((begin, "begun"), (end, "ended")):
        drain(loop)
        future.set_result(value)
    loop.run_until_complete(task)
    trace.expect("begun", "ended", "after")
