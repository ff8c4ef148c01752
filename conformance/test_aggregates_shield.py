"""asyncio.shield(): what it needs of the loop's futures and tasks."""

from __future__ import annotations

import asyncio
from asyncio import AbstractEventLoop, CancelledError
from typing import Any

import pytest

from loopcert.conformance.kit import Contexts, Trace, differs, drain, equal, instance, requirement, same
from loopcert.conformance.kit.gates import through


@requirement("aggregates-13")
def test_the_await_of_a_shield_is_interrupted(loop: AbstractEventLoop, trace: Trace) -> None:
    gate = loop.create_future()

    async def main() -> None:
        inner = loop.create_task(through(gate))
        try:
            await asyncio.shield(inner)
        except CancelledError:
            trace("interrupted")
        trace(await inner)

    task = loop.create_task(main())
    drain(loop)
    task.cancel()
    drain(loop)
    trace("opened")
    gate.set_result("result")
    drain(loop)
    trace.expect("interrupted", "opened", "result")


@requirement("aggregates-14")
def test_a_cancelled_inner_cancels_the_shield(loop: AbstractEventLoop, trace: Trace) -> None:
    async def give_up() -> None:
        await asyncio.sleep(0)
        raise CancelledError

    async def main() -> None:
        try:
            await asyncio.shield(loop.create_task(give_up()))
        except (CancelledError, Exception) as error:  # noqa: BLE001 - all that can come out
            trace(type(error).__name__)
        trace(task.cancelling())

    task = loop.create_task(main())
    drain(loop, 8)
    trace.expect("CancelledError", 0)


@requirement("aggregates-15")
def test_a_coroutine_is_shielded_as_a_task(loop: AbstractEventLoop) -> None:
    async def child() -> Any:
        await asyncio.sleep(0)
        return asyncio.current_task()

    async def main() -> Any:
        return await asyncio.shield(child())

    task = loop.create_task(main())
    inner = loop.run_until_complete(task)
    instance(inner, asyncio.Task, "the current task of a shielded coroutine")
    differs(inner, task, "the current task of a shielded coroutine, beside the one that awaits the shield")


@requirement("aggregates-49")
def test_a_failure_after_a_cancelled_shield_is_reported(loop: AbstractEventLoop) -> None:
    contexts = Contexts(loop)
    gate = loop.create_future()
    inner = loop.create_task(through(gate))

    async def main() -> None:
        await asyncio.shield(inner)

    task = loop.create_task(main())
    drain(loop)
    task.cancel()
    drain(loop)
    error = ValueError("after all")
    gate.set_exception(error)
    drain(loop)
    inner.exception()
    contexts.expect_exceptions(error)


@requirement("aggregates-53")
@pytest.mark.parametrize("kind", ["task", "future", "done future"])
def test_a_shield_gives_the_result(loop: AbstractEventLoop, trace: Trace, kind: str) -> None:
    gate = loop.create_future()
    if kind == "done future":
        gate.set_result("result")

    async def main() -> None:
        trace(await asyncio.shield(loop.create_task(through(gate)) if kind == "task" else gate))

    task = loop.create_task(main())
    drain(loop)
    if not gate.done():
        gate.set_result("result")
    drain(loop)
    equal(task.done(), True, "whether the task that awaited a shield has ended")
    trace.expect("result")


@requirement("aggregates-53")
def test_a_shield_raises_the_exception(loop: AbstractEventLoop) -> None:
    error = ValueError("inner")

    async def fail() -> None:
        await asyncio.sleep(0)
        raise error

    async def main() -> Any:
        try:
            await asyncio.shield(loop.create_task(fail()))
        except Exception as caught:  # noqa: BLE001 - all that can come out
            return caught
        return None

    same(loop.run_until_complete(main()), error, "what was raised where a shield was awaited")
