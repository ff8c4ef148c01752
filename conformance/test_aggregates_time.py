"""asyncio.sleep() and asyncio.wait_for(): what they need of timers and of cancellation."""

from __future__ import annotations

import asyncio
import time
from asyncio import AbstractEventLoop, CancelledError
from collections.abc import Awaitable
from contextvars import ContextVar
from typing import Any

import pytest

from loopcert.conformance.kit import Trace, check, drain, equal, requirement, same
from loopcert.conformance.kit.gates import through

SHORT = 0.02
LONG = 3600
TICK = time.get_clock_info("monotonic").resolution


def awaitable(loop: AbstractEventLoop, kind: str, gate: Any) -> Any:
    """Make an awaitable of that kind that is done once the gate is open."""
    if kind == "future":
        return gate
    return loop.create_task(through(gate)) if kind == "task" else through(gate)


KINDS = pytest.mark.parametrize("kind", ["coroutine", "task", "future"])
RUNNING = pytest.mark.parametrize("kind", ["coroutine", "task"])


async def outcome(awaited: Awaitable[Any]) -> Any:
    """Await something and give its result or the name of its exception."""
    try:
        return await awaited
    except (CancelledError, Exception) as error:  # noqa: BLE001 - all that can come out
        return type(error).__name__


@requirement("aggregates-01a")
@pytest.mark.parametrize("delay", [0.01, 0.03])
def test_sleep_lasts_as_long_as_it_should(loop: AbstractEventLoop, delay: float) -> None:
    async def main() -> float:
        began = loop.time()
        await asyncio.sleep(delay)
        return loop.time() - began

    lasted = loop.run_until_complete(main())
    check(lasted >= delay - TICK, f"seconds that sleep({delay}) lasted: saw {lasted}")


@requirement("aggregates-01b")
def test_sleep_gives_its_second_argument(loop: AbstractEventLoop) -> None:
    result = object()
    same(loop.run_until_complete(asyncio.sleep(0.001, result)), result, "what sleep() returned")


@requirement("aggregates-02")
@pytest.mark.parametrize("delay", [0, -1])
def test_sleep_always_suspends(loop: AbstractEventLoop, trace: Trace, delay: float) -> None:
    async def other() -> None:
        trace("other task")

    async def main() -> None:
        tasks = [loop.create_task(other())]
        loop.call_soon(trace, "callback")
        await asyncio.sleep(delay)
        trace(f"after {len(tasks)} task")

    loop.run_until_complete(main())
    trace.expect("other task", "callback", "after 1 task")


@requirement("aggregates-26")
@KINDS
def test_wait_for_gives_the_result(loop: AbstractEventLoop, trace: Trace, kind: str) -> None:
    gate = loop.create_future()

    async def main() -> None:
        trace(await asyncio.wait_for(awaitable(loop, kind, gate), LONG))

    task = loop.create_task(main())
    drain(loop)
    gate.set_result("in time")
    drain(loop)
    check(task.done(), "wait_for() of what is done: saw it pending")
    trace.expect("in time")


@requirement("aggregates-27")
@KINDS
def test_wait_for_raises_timeout_error(loop: AbstractEventLoop, kind: str) -> None:
    async def main() -> Any:
        began = loop.time()
        seen = await outcome(asyncio.wait_for(awaitable(loop, kind, loop.create_future()), SHORT))
        return seen, loop.time() - began

    task = loop.create_task(main())
    loop.run_until_complete(asyncio.wait([task]))
    seen, lasted = ("CancelledError", SHORT) if task.cancelled() else task.result()
    equal(seen, "TimeoutError", "what came out of a wait_for() whose time was up")
    check(lasted >= SHORT - TICK, f"seconds until TimeoutError, wanted {SHORT}: saw {lasted}")


@requirement("aggregates-28")
@RUNNING
def test_wait_for_waits_for_the_end(loop: AbstractEventLoop, trace: Trace, kind: str) -> None:
    begun = []

    async def clean() -> None:
        begun.append(True)
        try:
            await loop.create_future()
        finally:
            for turn in range(3):
                await asyncio.sleep(0)
                trace(turn)

    async def main() -> None:
        while not begun:  # on a machine that stands still meanwhile, the time may be up before anything begins
            seen = await outcome(asyncio.wait_for(loop.create_task(clean()) if kind == "task" else clean(), SHORT))
        trace(seen)

    loop.run_until_complete(main())
    drain(loop)
    trace.expect(0, 1, 2, "TimeoutError")


@requirement("aggregates-29")
@RUNNING
def test_an_exception_of_the_clean_up_is_raised(loop: AbstractEventLoop, kind: str) -> None:
    begun = []

    async def clean() -> None:
        begun.append(True)
        try:
            await loop.create_future()
        finally:
            await asyncio.sleep(0)
            raise KeyError("clean-up")

    async def main() -> Any:
        while not begun:  # as above
            seen = await outcome(asyncio.wait_for(loop.create_task(clean()) if kind == "task" else clean(), SHORT))
        return seen

    equal(loop.run_until_complete(main()), "KeyError", "what came out of a wait_for() whose awaitable failed late")


@requirement("aggregates-30")
@pytest.mark.parametrize("kind", ["task", "future"])
def test_cancelling_wait_for_cancels_what_it_waits_for(loop: AbstractEventLoop, kind: str) -> None:
    gate = loop.create_future()
    inner = awaitable(loop, kind, gate)
    task = loop.create_task(asyncio.wait_for(inner, LONG))
    drain(loop)
    task.cancel()
    drain(loop, 8)
    seen = (inner.cancelled(), task.cancelled())
    gate.cancel()
    drain(loop)
    equal(seen, (True, True), "cancelled() of what was waited for, and of the task in wait_for()")


@requirement("aggregates-44")
def test_wait_for_runs_a_coroutine_in_the_calling_task(loop: AbstractEventLoop) -> None:
    async def child() -> Any:
        await asyncio.sleep(0)
        return asyncio.current_task()

    async def main() -> Any:
        return await asyncio.wait_for(child(), LONG)

    task = loop.create_task(main())
    same(loop.run_until_complete(task), task, "the current task inside wait_for()")


@requirement("aggregates-44")
def test_wait_for_runs_a_coroutine_in_the_context_of_the_task(loop: AbstractEventLoop) -> None:
    variable: ContextVar[str] = ContextVar("variable")

    async def child() -> None:
        await asyncio.sleep(0)
        variable.set("by the coroutine")

    async def main() -> Any:
        await asyncio.wait_for(child(), LONG)
        await asyncio.sleep(0)
        return variable.get("nowhere")

    equal(loop.run_until_complete(main()), "by the coroutine", "where a context variable was set")


@requirement("aggregates-48")
def test_a_cancel_wins_over_a_result_of_the_same_moment(loop: AbstractEventLoop) -> None:
    gate = loop.create_future()
    task = loop.create_task(asyncio.wait_for(gate, LONG))
    drain(loop)
    gate.set_result("result")
    task.cancel()
    drain(loop)
    seen = "pending" if not task.done() else "cancelled" if task.cancelled() else task.result()
    equal(seen, "cancelled", "the task in a wait_for() that was cancelled right after its future got a result")


@requirement("aggregates-55")
def test_wait_for_leaves_what_is_shielded_alone(loop: AbstractEventLoop, trace: Trace) -> None:
    gate = loop.create_future()

    async def main() -> None:
        inner = loop.create_task(through(gate))
        trace(await outcome(asyncio.wait_for(asyncio.shield(inner), SHORT)))
        await asyncio.sleep(0)
        if not gate.done():
            gate.set_result("undisturbed")
        trace(await outcome(inner))

    loop.run_until_complete(main())
    trace.expect("TimeoutError", "undisturbed")
