"""Cancellation down a chain, and through timeout(), TaskGroup, shield() and wait(): what they need of a Task."""

from __future__ import annotations

import asyncio
from asyncio import AbstractEventLoop, CancelledError
from typing import Any

import pytest

from loopcert.conformance.kit import Trace, drain, equal, requirement

SHORT = 0.002


async def fails() -> None:
    raise ValueError("child")


async def interrupted(loop: AbstractEventLoop, block: str) -> str:
    """Wait for ever in a block that interrupts its task, and tell what came out of it."""
    try:
        match block:
            case "timeout":
                async with asyncio.timeout(SHORT):
                    await loop.create_future()
            case "timeout_at":
                async with asyncio.timeout_at(loop.time() - 1):
                    await loop.create_future()
            case "TaskGroup":
                async with asyncio.TaskGroup() as group:
                    group.create_task(fails())
                    await loop.create_future()
            case "timeout in a TaskGroup":
                async with asyncio.TaskGroup(), asyncio.timeout(SHORT):
                    await loop.create_future()
            case "TaskGroup in a timeout":
                async with asyncio.timeout(SHORT), asyncio.TaskGroup():
                    await loop.create_future()
    except (CancelledError, Exception, BaseExceptionGroup) as error:  # noqa: BLE001 - all that can come out
        names = error.exceptions if isinstance(error, BaseExceptionGroup) else [error]
        return " ".join(type(each).__name__ for each in names)
    return "nothing"


BLOCKS = {
    "timeout": "TimeoutError",
    "timeout_at": "TimeoutError",
    "TaskGroup": "ValueError",
    "timeout in a TaskGroup": "TimeoutError",
    "TaskGroup in a timeout": "TimeoutError",
}
each_block = pytest.mark.parametrize("block", BLOCKS)


@requirement("task-326")
@each_block
def test_a_task_goes_on_after_a_block_that_interrupted_it(loop: AbstractEventLoop, trace: Trace, block: str) -> None:
    async def body() -> str:
        trace(await interrupted(loop, block))
        trace(task.cancelling())
        await asyncio.sleep(0)
        return "went on"

    task = loop.create_task(body())
    loop.run_until_complete(asyncio.wait([task]))
    trace("cancelled" if task.cancelled() else task.result())
    trace.expect(BLOCKS[block], 0, "went on")


@requirement("task-326")
def test_blocks_can_follow_each_other(loop: AbstractEventLoop) -> None:
    async def body() -> list[str]:
        return [await interrupted(loop, block) for block in BLOCKS]

    task = loop.create_task(body())
    loop.run_until_complete(asyncio.wait([task]))
    equal("cancelled" if task.cancelled() else task.result(), list(BLOCKS.values()), "what came out of each block")


@requirement("task-327")
@each_block
def test_a_block_after_a_suppressed_cancellation(loop: AbstractEventLoop, trace: Trace, block: str) -> None:
    async def body() -> None:
        try:
            await loop.create_future()
        except CancelledError:
            trace(task.uncancel())
        trace(await interrupted(loop, block))
        trace(task.cancelling())

    task = loop.create_task(body())
    drain(loop)
    task.cancel()
    loop.run_until_complete(asyncio.wait([task]))
    trace(task.cancelled())
    trace.expect(0, BLOCKS[block], 0, False)


async def shielded(awaited: asyncio.Task[None]) -> None:
    await asyncio.shield(awaited)


async def waited(awaited: asyncio.Task[None]) -> None:
    await asyncio.wait([awaited])


@requirement("task-328")
@pytest.mark.parametrize("through", [shielded, waited], ids=["shield", "wait"])
def test_the_task_waited_for_is_left_alone(loop: AbstractEventLoop, trace: Trace, through: object) -> None:
    gate = loop.create_future()

    async def body() -> None:
        trace(await gate)

    inner = loop.create_task(body())
    outer = loop.create_task((shielded if through is shielded else waited)(inner))
    drain(loop)
    outer.cancel()
    drain(loop)
    trace(outer.cancelled(), inner.done(), inner.cancelling())
    if not gate.done():
        gate.set_result("undisturbed")
    drain(loop)
    trace.expect((True, False, 0), "undisturbed")


@requirement("task-332")
@pytest.mark.parametrize("block", ["timeout", "TaskGroup", "both"])
def test_a_cancel_from_outside_goes_through(loop: AbstractEventLoop, trace: Trace, block: str) -> None:
    async def child() -> None:
        try:
            await loop.create_future()
        finally:
            trace("child")

    async def body() -> None:
        try:
            async with asyncio.timeout(3600):
                if block == "timeout":
                    await child()
                async with asyncio.TaskGroup() as group:
                    group.create_task(child())
                    if block == "both":
                        await loop.create_future()
        except BaseException as error:
            trace(type(error).__name__, task.cancelling())
            raise

    task = loop.create_task(body())
    drain(loop)
    task.cancel()
    drain(loop, 12)
    trace(task.cancelled())
    trace.expect("child", ("CancelledError", 1), True)


@requirement("task-69")
def test_the_innermost_future_of_a_chain_is_cancelled(loop: AbstractEventLoop) -> None:
    innermost = loop.create_future()

    async def link(awaited: Any) -> None:
        await awaited

    chain: list[Any] = [innermost]
    for _ in range(4):
        chain.append(loop.create_task(link(chain[-1])))
    drain(loop)
    chain[-1].cancel()
    drain(loop, 8)
    equal([each.cancelled() for each in chain], [True] * 5, "cancelled() along the chain, innermost first")


@requirement("task-69")
def test_a_chain_cleans_up_from_the_inside_out(loop: AbstractEventLoop, trace: Trace) -> None:
    async def link(depth: int) -> None:
        try:
            await (loop.create_task(link(depth - 1)) if depth else loop.create_future())
        finally:
            trace(depth)

    task = loop.create_task(link(3))
    drain(loop, 6)
    task.cancel()
    drain(loop, 8)
    trace.expect(0, 1, 2, 3)


@requirement("task-69")
def test_the_innermost_task_cancels_the_outermost(loop: AbstractEventLoop, trace: Trace) -> None:
    async def inner() -> None:
        trace(outermost.cancel())
        try:
            await loop.create_future()
        finally:
            trace("interrupted")

    async def link(depth: int) -> None:
        await loop.create_task(link(depth - 1) if depth else inner())

    outermost = loop.create_task(link(2))
    drain(loop, 12)
    trace("cancelled" if outermost.cancelled() else "not cancelled")
    trace.expect(True, "interrupted", "cancelled")


@requirement("task-69")
@pytest.mark.parametrize("through", ["gather", "wait_for", "TaskGroup", "timeout"])
def test_a_cancel_passes_through(loop: AbstractEventLoop, through: str) -> None:
    innermost = loop.create_future()

    async def child() -> None:
        await innermost

    async def body() -> None:
        match through:
            case "gather":
                await asyncio.gather(child(), asyncio.sleep(0))
            case "wait_for":
                await asyncio.wait_for(child(), 3600)
            case "TaskGroup":
                async with asyncio.TaskGroup() as group:
                    group.create_task(child())
            case "timeout":
                async with asyncio.timeout(3600):
                    await child()

    task = loop.create_task(body())
    drain(loop)
    task.cancel()
    drain(loop, 8)
    seen = (innermost.cancelled(), task.cancelled())
    equal(seen, (True, True), "cancelled() of the innermost future and of the task")
