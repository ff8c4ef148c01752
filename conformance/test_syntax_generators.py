"""Asynchronous generators and comprehensions on this loop."""

from __future__ import annotations

import asyncio
import contextlib
from asyncio import AbstractEventLoop, CancelledError
from collections.abc import AsyncGenerator, AsyncIterator, Coroutine
from typing import Any

import pytest

from loopcert.conformance.kit import Trace, check, drain, equal, requirement


async def counted(count: int) -> AsyncGenerator[int]:
    """Count, and let others run before each number."""
    total = 0
    for number in range(count):
        await asyncio.sleep(0)
        total += number
        yield total


async def ticking(trace: Trace, turns: int) -> None:
    """Record each turn of the loop."""
    for turn in range(turns):
        trace(f"turn {turn}")
        await asyncio.sleep(0)


def one_by_one(
    loop: AbstractEventLoop, trace: Trace, main: Coroutine[Any, Any, None], futures: list[asyncio.Future[str]]
) -> None:
    """Give two futures their results while ``main`` runs: each is to be taken before the next is given."""
    task = loop.create_task(main)
    for name, future in zip("ab", futures, strict=True):
        drain(loop)
        trace(f"giving {name}")
        future.set_result(name)
    loop.run_until_complete(task)
    trace.expect("giving a", "a", "giving b", "b")


@requirement("syntax-13")
def test_generators_run_side_by_side(loop: AbstractEventLoop, trace: Trace) -> None:
    async def iterate(name: str) -> None:
        async for number in counted(3):
            trace(name, number)

    tasks = [loop.create_task(iterate(name)) for name in "ab"]
    drain(loop, 8)
    check(all(each.done() for each in tasks), "tasks that iterate over generators: saw them pending")
    trace.expect(*((name, total) for total in (0, 1, 3) for name in "ab"))


@requirement("syntax-13")
def test_a_generator_waits_for_futures(loop: AbstractEventLoop, trace: Trace) -> None:
    futures: list[asyncio.Future[str]] = [loop.create_future() for _ in range(2)]

    async def generate() -> AsyncIterator[str]:
        for future in futures:
            yield await future

    async def main() -> None:
        async for item in generate():
            trace(item)

    one_by_one(loop, trace, main(), futures)


@requirement("syntax-14")
def test_values_and_errors_go_into_a_generator(loop: AbstractEventLoop, trace: Trace) -> None:
    def given(value: str) -> asyncio.Future[str]:
        future = loop.create_future()
        loop.call_soon(future.set_result, value)
        return future

    async def generate() -> AsyncGenerator[str, str]:
        sent = yield await given("first")
        try:
            yield f"{sent} and {await given('second')}"
        except ValueError:
            yield await given("recovered")

    async def main() -> None:
        generator = generate()
        trace(await anext(generator))
        trace(await generator.asend("sent"))
        trace(await generator.athrow(ValueError()))
        await generator.aclose()

    loop.run_until_complete(main())
    trace.expect("first", "sent and second", "recovered")


@requirement("syntax-15")
def test_a_cancel_rises_inside_the_generator(loop: AbstractEventLoop, trace: Trace) -> None:
    async def generate() -> AsyncIterator[None]:
        try:
            await loop.create_future()
            yield
        except CancelledError:
            await asyncio.sleep(0)
            trace("generator cleaned up")
            raise

    async def main() -> None:
        try:
            async for _ in generate():
                trace("item")
        finally:
            await asyncio.sleep(0)
            trace("task cleaned up")

    task = loop.create_task(main())
    drain(loop)
    task.cancel()
    drain(loop, 8)
    trace("cancelled" if task.done() and task.cancelled() else "not cancelled")
    trace.expect("generator cleaned up", "task cleaned up", "cancelled")


@requirement("syntax-15")
def test_a_generator_may_go_on_after_a_cancel(loop: AbstractEventLoop, trace: Trace) -> None:
    gate = loop.create_future()

    async def generate() -> AsyncIterator[str]:
        try:
            await loop.create_future()
        except CancelledError:
            yield "interrupted"
        yield await gate

    async def main() -> None:
        async for item in generate():
            trace(item)

    task = loop.create_task(main())
    drain(loop)
    task.cancel()
    drain(loop)
    gate.set_result("went on")
    drain(loop)
    trace("done" if task.done() and not task.cancelled() else "not done")
    trace.expect("interrupted", "went on", "done")


@requirement("syntax-16")
def test_aclose_waits_for_the_clean_up(loop: AbstractEventLoop, trace: Trace) -> None:
    async def generate() -> AsyncGenerator[None]:
        try:
            yield
        finally:
            await asyncio.sleep(0)
            trace("cleaned up")

    async def main() -> None:
        generator = generate()
        await anext(generator)
        tick = loop.create_task(ticking(trace, 1))
        await generator.aclose()
        trace("closed")
        await tick

    loop.run_until_complete(main())
    trace.expect("turn 0", "cleaned up", "closed")


@requirement("syntax-17")
@pytest.mark.parametrize("form", ["list", "set", "dict", "await", "condition", "nested"])
def test_asynchronous_comprehensions(loop: AbstractEventLoop, trace: Trace, form: str) -> None:
    async def twice(number: int) -> int:
        await asyncio.sleep(0)
        return 2 * number

    async def build() -> Any:
        match form:
            case "list":
                return [number async for number in counted(3)]
            case "set":
                return {number async for number in counted(3)}
            case "dict":
                return {number: str(number) async for number in counted(3)}
            case "await":
                return [await twice(number) for number in range(3)]
            case "condition":
                return [number async for number in counted(3) if await twice(number) > 0]
            case _:
                return [[inner async for inner in counted(2)] async for _ in counted(2)]

    async def main() -> None:
        trace(await build())

    tasks = [loop.create_task(each) for each in (main(), ticking(trace, 2))]
    drain(loop, 12)
    check(all(each.done() for each in tasks), "a task that builds a comprehension: saw it pending")
    wanted = {
        "list": [0, 1, 3],
        "set": {0, 1, 3},
        "dict": {0: "0", 1: "1", 3: "3"},
        "await": [0, 2, 4],
        "condition": [1, 3],
        "nested": [[0, 1], [0, 1]],
    }
    trace.expect("turn 0", "turn 1", wanted[form])


@requirement("syntax-18")
def test_generator_expressions_go_one_by_one(loop: AbstractEventLoop, trace: Trace) -> None:
    futures: list[asyncio.Future[str]] = [loop.create_future() for _ in range(2)]

    async def main() -> None:
        async for item in (await future for future in futures):
            trace(item)

    one_by_one(loop, trace, main(), futures)


@requirement("syntax-19")
def test_anext_awaits_one_item(loop: AbstractEventLoop, trace: Trace) -> None:
    future = loop.create_future()

    async def generate() -> AsyncIterator[Any]:
        yield await future

    async def main() -> None:
        iterator = aiter(generate())
        trace(await anext(iterator))
        trace(await anext(iterator, "default"))
        try:
            await anext(iterator)
        except StopAsyncIteration:
            trace("end")

    task = loop.create_task(main())
    drain(loop)
    future.set_result("item")
    loop.run_until_complete(task)
    trace.expect("item", "default", "end")


@requirement("syntax-21")
def test_a_generator_that_was_left_can_be_gone_on_with(loop: AbstractEventLoop) -> None:
    async def main() -> list[int]:
        generator, seen = counted(4), []
        for _ in range(2):
            async for number in generator:
                seen.append(number)
                break
            for _ in range(4):
                await asyncio.sleep(0)
        return seen + [number async for number in generator]

    task = loop.create_task(main())
    loop.run_until_complete(asyncio.wait([task]))
    equal(task.exception() or task.result(), [0, 1, 3, 6], "items of a generator in three loops")


@requirement("syntax-21")
def test_aclosing_closes_at_the_end_of_the_block(loop: AbstractEventLoop, trace: Trace) -> None:
    async def generate() -> AsyncGenerator[str]:
        try:
            yield "item"
        finally:
            await asyncio.sleep(0)
            trace("closed")

    async def main() -> None:
        async with contextlib.aclosing(generate()) as generator:
            async for item in generator:
                trace(item)
                tick = loop.create_task(ticking(trace, 1))
                break
        trace("after")
        await tick

    loop.run_until_complete(main())
    trace.expect("item", "turn 0", "closed", "after")
