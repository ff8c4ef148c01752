"""asyncio.as_completed(): what it needs of the loop's futures, tasks and timers."""

from __future__ import annotations

import asyncio
import time
from asyncio import AbstractEventLoop
from typing import Any

import pytest

from loopcert.conformance.kit import Trace, check, drain, equal, instance, requirement
from loopcert.conformance.kit.gates import Gated, through

SHORT = 0.1
TICK = time.get_clock_info("monotonic").resolution


async def one_by_one(trace: Trace, awaitables: list[Any], timeout: float | None = None) -> None:
    """Iterate plainly and record each outcome."""
    for each in asyncio.as_completed(awaitables, timeout=timeout):
        try:
            trace(await each)
        except Exception as error:  # noqa: BLE001 - what comes out is recorded
            trace(type(error).__name__)


@requirement("aggregates-32b")
@pytest.mark.parametrize("kind", ["coroutine", "task", "future"])
def test_outcomes_come_as_they_are_ready(loop: AbstractEventLoop, trace: Trace, kind: str) -> None:
    gates: list[asyncio.Future[str]] = [loop.create_future() for _ in range(4)]

    async def main() -> None:
        made: list[Any] = [through(gate) if kind != "future" else gate for gate in gates]
        await one_by_one(trace, [loop.create_task(each) for each in made] if kind == "task" else made)

    task = loop.create_task(main())
    drain(loop)
    gates[2].set_result("c")
    drain(loop)
    trace("first")
    gates[3].set_exception(ValueError())
    gates[0].set_result("a")
    gates[1].set_result("b")
    drain(loop, 12)
    check(task.done(), "as_completed() of what is all done: saw it going on")
    trace.expect("c", "first", "ValueError", "a", "b")


@requirement("aggregates-33")
@pytest.mark.parametrize("kind", ["task", "future"])
def test_async_iteration_gives_the_objects_themselves(loop: AbstractEventLoop, trace: Trace, kind: str) -> None:
    gates: list[asyncio.Future[str]] = [loop.create_future() for _ in range(3)]
    given: list[Any] = [loop.create_task(through(gate)) if kind == "task" else gate for gate in gates]

    async def main() -> None:
        async for each in asyncio.as_completed(given):
            trace([each is one for one in given].index(True), each.done())

    task = loop.create_task(main())
    for number in (1, 2, 0):
        drain(loop)
        gates[number].set_result("done")
    drain(loop)
    check(task.done(), "as_completed() of what is all done: saw it going on")
    trace.expect((1, True), (2, True), (0, True))


@requirement("aggregates-42")
def test_async_iteration_gives_a_task_for_a_coroutine(loop: AbstractEventLoop) -> None:
    async def give(value: str) -> str:
        return value

    async def main() -> list[Any]:
        return [each async for each in asyncio.as_completed([give("a"), give("b")])]

    task = loop.create_task(main())
    drain(loop, 8)
    check(task.done(), "as_completed() of coroutines that have returned: saw it going on")
    for each in task.result():
        instance(each, asyncio.Task, "what the async iteration gave for a coroutine")
    equal({each.result() for each in task.result()}, {"a", "b"}, "results of the tasks given")


@requirement("aggregates-34")
def test_the_coroutines_raise_timeout_error(loop: AbstractEventLoop, trace: Trace) -> None:
    gate = loop.create_future()

    async def main() -> float:
        tasks = [loop.create_task(asyncio.sleep(0, "done")), loop.create_task(through(gate))]
        await tasks[0]
        began = loop.time()
        await one_by_one(trace, tasks, SHORT)
        return loop.time() - began

    lasted = loop.run_until_complete(main())
    gate.set_result(None)
    drain(loop)
    trace.expect("done", "TimeoutError")
    check(lasted >= SHORT - TICK, f"seconds until TimeoutError, wanted {SHORT}: saw {lasted}")


@requirement("aggregates-58")
def test_async_iteration_raises_timeout_error(loop: AbstractEventLoop, trace: Trace) -> None:
    gate = loop.create_future()

    async def main() -> float:
        tasks = [loop.create_task(asyncio.sleep(0, "done")), loop.create_task(through(gate))]
        await tasks[0]
        began = loop.time()
        try:
            async for each in asyncio.as_completed(tasks, timeout=SHORT):
                trace(each.result())
        except TimeoutError:
            trace("TimeoutError")
        return loop.time() - began

    lasted = loop.run_until_complete(main())
    gate.set_result(None)
    drain(loop)
    trace.expect("done", "TimeoutError")
    check(lasted >= SHORT - TICK, f"seconds until TimeoutError, wanted {SHORT}: saw {lasted}")


@requirement("aggregates-41")
@pytest.mark.parametrize("end", ["timeout", "cancel"])
def test_the_tasks_go_on_after_the_iteration(loop: AbstractEventLoop, trace: Trace, end: str) -> None:
    timeout = SHORT if end == "timeout" else None
    with Gated(loop, lambda tasks: one_by_one(trace, tasks, timeout)) as it:
        if end == "cancel":
            it.main.cancel()
        loop.run_until_complete(asyncio.wait([it.main]))
        for number in range(3):
            it.open(number, number)
        seen = [each.cancelled() or each.result() for each in it.tasks]
        equal(seen, [0, 1, 2], f"results of the tasks after a {end}")
