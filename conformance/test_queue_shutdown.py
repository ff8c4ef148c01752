"""Queue.shutdown: what becomes of the tasks that wait at the queue (Python 3.13 and later)."""

from __future__ import annotations

import asyncio
from asyncio import AbstractEventLoop

import pytest

from loopcert.conformance.kit import Trace, equal, requirement
from loopcert.conformance.kit.settling import begun, outcomes


@requirement("queue-09a")
@pytest.mark.parametrize("immediate", [False, True])
def test_shutdown_ends_the_puts_that_wait(loop: AbstractEventLoop, immediate: bool) -> None:
    queue = asyncio.Queue[str](1)
    queue.put_nowait("loaded")
    tasks = begun(loop, queue.put("a"), queue.put("b"))
    queue.shutdown(immediate=immediate)
    names = [type(each).__name__ for each in outcomes(loop, *tasks)]
    size = 0 if immediate else 1
    equal((names, queue.qsize()), (["QueueShutDown"] * 2, size), "how the puts ended, and the size of the queue")


@requirement("queue-09b")
@pytest.mark.parametrize("waiting", [1, 3])
def test_immediate_shutdown_ends_the_gets_that_wait(loop: AbstractEventLoop, waiting: int) -> None:
    queue = asyncio.Queue[str]()
    tasks = begun(loop, *(queue.get() for _ in range(waiting)))
    queue.shutdown(immediate=True)
    names = [type(each).__name__ for each in outcomes(loop, *tasks)]
    equal(names, ["QueueShutDown"] * waiting, "how the gets ended")


@requirement("queue-10")
def test_immediate_shutdown_ends_a_join(loop: AbstractEventLoop) -> None:
    queue = asyncio.Queue[int]()
    for item in range(3):
        queue.put_nowait(item)
    tasks = begun(loop, queue.join(), queue.join())
    waited = [task.done() for task in tasks]
    queue.shutdown(immediate=True)
    outcomes(loop, *tasks)
    equal((waited, queue.qsize()), ([False, False], 0), "joins done before the shutdown, and items after it")


@requirement("queue-10")
def test_immediate_shutdown_counts_the_dropped_items_alone(loop: AbstractEventLoop, trace: Trace) -> None:
    queue = asyncio.Queue[int]()

    async def join() -> None:
        await queue.join()
        trace("joined")

    queue.put_nowait(1)
    queue.put_nowait(2)
    queue.get_nowait()
    tasks = begun(loop, join())
    queue.shutdown(immediate=True)
    begun(loop, asyncio.sleep(0))
    trace("task_done")
    queue.task_done()
    outcomes(loop, *tasks)
    trace.expect("task_done", "joined")


@requirement("queue-19")
def test_after_a_shutdown_join_waits_for_the_remaining_items(loop: AbstractEventLoop, trace: Trace) -> None:
    queue = asyncio.Queue[str]()

    async def join() -> None:
        await queue.join()
        trace("joined")

    async def work() -> None:
        while True:
            try:
                item = await queue.get()
            except asyncio.QueueShutDown:
                return
            await asyncio.sleep(0)
            trace(item)
            queue.task_done()

    for item in "abc":
        queue.put_nowait(item)
    tasks = begun(loop, join())
    queue.shutdown()
    outcomes(loop, *tasks, loop.create_task(work()))
    trace.expect("a", "b", "c", "joined")
