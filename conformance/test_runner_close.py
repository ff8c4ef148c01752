"""How a run ends: leftover tasks, async generators, the default executor, and in which order."""

from __future__ import annotations

import asyncio
import threading
import time
from asyncio import AbstractEventLoop
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from loopcert.conformance.kit import Contexts, Trace, allowed, equal, requirement
from loopcert.conformance.kit.runners import WAYS, ending

pytestmark = pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)


@requirement("runner-04a")
def test_leftover_tasks_are_cancelled_and_awaited(
    loop: AbstractEventLoop, way: Callable[..., Any], trace: Trace
) -> None:
    async def leftover(name: str) -> None:
        try:
            await loop.create_future()
        finally:
            await asyncio.sleep(0.001)
            trace(name)

    async def main() -> object:
        tasks = [asyncio.create_task(leftover(name)) for name in "abc"]
        await asyncio.sleep(0)
        return tasks

    way(main(), lambda: loop)
    trace.expect_unordered("a", "b", "c")


@requirement("runner-04a")
def test_what_a_leftover_task_raises_is_reported(loop: AbstractEventLoop, way: Callable[..., Any]) -> None:
    error = LookupError("raised by a leftover task")
    contexts = Contexts(loop)

    async def leftover() -> None:
        try:
            await loop.create_future()
        except asyncio.CancelledError:
            raise error

    async def main() -> None:
        asyncio.create_task(leftover())  # noqa: RUF006  # asyncio keeps it as long as the loop does
        await asyncio.sleep(0)

    way(main(), lambda: loop)
    contexts.expect_exceptions(error)


@requirement("runner-04b")
@pytest.mark.parametrize("kind", [None, LookupError, SystemExit])
def test_generators_left_open_are_finalised(
    loop: AbstractEventLoop, way: Callable[..., Any], trace: Trace, kind: type[BaseException] | None
) -> None:
    kept: list[AsyncIterator[int]] = []

    async def numbers(name: str) -> AsyncIterator[int]:
        try:
            yield 1
        finally:
            await asyncio.sleep(0)
            trace(name)

    async def main() -> None:
        for name in "ab":
            kept.append(numbers(name))
            await anext(kept[-1])
        if kind is not None:
            raise kind("raised by the test")

    ending(lambda: way(main(), lambda: loop))
    trace.expect_unordered("a", "b")


@requirement("runner-04c")
def test_the_default_executor_is_waited_for(loop: AbstractEventLoop, way: Callable[..., Any], trace: Trace) -> None:
    """The work goes on for a moment after main has ended, which is when a hasty loop would be closed."""
    over, done = threading.Event(), threading.Event()

    def work() -> None:
        over.wait()
        time.sleep(0.02)
        trace("worked", loop.is_closed())
        done.set()

    async def main() -> None:
        loop.run_in_executor(None, work)
        over.set()

    try:
        way(main(), lambda: loop)
        trace.expect(("worked", False))
    finally:
        done.wait()


@requirement("runner-14")
def test_generators_end_before_the_executor_and_the_loop(
    loop: AbstractEventLoop, way: Callable[..., Any], trace: Trace
) -> None:
    kept: list[AsyncIterator[int]] = []
    contexts = Contexts(loop)

    async def numbers() -> AsyncIterator[int]:
        try:
            yield 1
        finally:
            await asyncio.to_thread(lambda: trace("executor", loop.is_closed()))
            trace("generator", loop.is_running())

    async def main() -> None:
        kept.append(numbers())
        await anext(kept[0])

    with allowed("the end of a run"):
        way(main(), lambda: loop)
    contexts.expect_silence()
    trace.expect(("executor", False), ("generator", True))
    equal(loop.is_closed(), True, "is_closed() after the run")
