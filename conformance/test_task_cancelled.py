"""What is left of a cancelled task: late cancel() calls, awaiters, done callbacks, all_tasks(), reports."""

from __future__ import annotations

import asyncio
import gc
from asyncio import AbstractEventLoop, CancelledError, Task
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from loopcert.conformance.kit import Contexts, Trace, drain, equal, raises, requirement


async def waits(loop: AbstractEventLoop) -> None:
    await loop.create_future()


async def outcome(task: Task[Any]) -> str:
    try:
        await task
    except CancelledError:
        return "CancelledError"
    return "no error"


async def returns() -> str:
    return "result"


async def fails() -> str:
    raise ValueError("from the coroutine")


async def endures() -> None:
    await asyncio.Event().wait()


@requirement("task-37a")
@pytest.mark.parametrize("body", [returns, fails, endures])
def test_cancel_of_a_done_task_is_false(loop: AbstractEventLoop, body: Callable[[], Any]) -> None:
    task = loop.create_task(body())
    drain(loop)
    if not task.done():
        task.cancel()
        drain(loop)
    seen = [task.cancel(), task.cancel()]
    if not task.cancelled():
        task.exception()  # looked at, so that it is not reported
    equal(seen, [False, False], "two cancel() calls on a done task")


@requirement("task-37a")
def test_cancel_from_its_own_done_callback_is_false(loop: AbstractEventLoop, trace: Trace) -> None:
    task = loop.create_task(returns())
    task.add_done_callback(lambda done: trace(done.cancel()))
    drain(loop)
    trace.expect(False)


@requirement("task-300")
def test_cancel_of_a_done_task_keeps_its_result(loop: AbstractEventLoop) -> None:
    task = loop.create_task(returns())
    drain(loop)
    task.cancel("too late")
    drain(loop)
    equal("cancelled" if task.cancelled() else task.result(), "result", "outcome after cancel() of a finished task")


@requirement("task-300")
def test_cancel_of_a_failed_task_keeps_its_exception(loop: AbstractEventLoop) -> None:
    task = loop.create_task(fails())
    drain(loop)
    task.cancel("too late")
    drain(loop)
    equal(task.cancelled(), False, "cancelled() after cancel() of a failed task")
    with raises(ValueError, "result() of a failed task after cancel()"):
        task.result()


@requirement("task-300")
def test_cancel_of_a_cancelled_task_leaves_it_cancelled(loop: AbstractEventLoop) -> None:
    task = loop.create_task(waits(loop))
    drain(loop)
    task.cancel()
    drain(loop)
    task.cancel("once more")
    drain(loop)
    equal(task.cancelled(), True, "cancelled() after a second cancel()")


@requirement("task-23c")
@pytest.mark.parametrize("started", [True, False])
def test_result_of_a_cancelled_task_raises(loop: AbstractEventLoop, started: bool) -> None:
    task = loop.create_task(waits(loop))
    if started:
        drain(loop)
    task.cancel()
    drain(loop)
    for reading in ("first", "second"):
        with raises(CancelledError, f"the {reading} result() of a cancelled task"):
            task.result()


@requirement("task-24b")
@pytest.mark.parametrize("started", [True, False])
def test_exception_of_a_cancelled_task_raises(loop: AbstractEventLoop, started: bool) -> None:
    task = loop.create_task(waits(loop))
    if started:
        drain(loop)
    task.cancel()
    drain(loop)
    for reading in ("first", "second"):
        with raises(CancelledError, f"the {reading} exception() of a cancelled task"):
            task.exception()


@requirement("task-318")
def test_done_callbacks_are_called_with_the_cancelled_task(loop: AbstractEventLoop, trace: Trace) -> None:
    def callback(name: str, done: Task[None]) -> None:
        trace(name, done is task, done.cancelled())

    task = loop.create_task(waits(loop))
    for name in "ab":
        task.add_done_callback(partial(callback, name))
    drain(loop)
    task.cancel()
    drain(loop)
    trace.expect_unordered(("a", True, True), ("b", True, True))


@requirement("task-318")
def test_done_callbacks_come_after_the_clean_up(loop: AbstractEventLoop, trace: Trace) -> None:
    flushed = loop.create_future()

    async def body() -> None:
        try:
            await loop.create_future()
        finally:
            await flushed
            trace("cleaned up")

    task = loop.create_task(body())
    task.add_done_callback(trace.marker("callback"))
    drain(loop)
    task.cancel()
    drain(loop)
    trace("flush")
    flushed.set_result(None)
    drain(loop)
    trace.expect("flush", "cleaned up", "callback")


@requirement("task-318")
def test_done_callbacks_of_a_task_cancelled_before_it_started(loop: AbstractEventLoop, trace: Trace) -> None:
    task = loop.create_task(waits(loop))
    task.add_done_callback(lambda done: trace(done.cancelled()))
    task.cancel()
    trace("cancel() returned")
    drain(loop)
    trace.expect("cancel() returned", True)


@requirement("task-319")
def test_every_awaiter_of_a_cancelled_task_gets_the_error(loop: AbstractEventLoop) -> None:
    task = loop.create_task(waits(loop))
    awaiters = [loop.create_task(outcome(task)) for _ in range(3)]
    drain(loop)
    task.cancel()
    drain(loop)
    seen = [awaiter.result() if awaiter.done() else "still waiting" for awaiter in awaiters]
    equal(seen, ["CancelledError"] * 3, "what three awaiters of a cancelled task got")


@requirement("task-319")
def test_awaiting_a_task_that_was_cancelled_raises_each_time(loop: AbstractEventLoop) -> None:
    task = loop.create_task(waits(loop))
    drain(loop)
    task.cancel()
    drain(loop)
    seen = [loop.run_until_complete(outcome(task)) for _ in range(3)]
    equal(seen, ["CancelledError"] * 3, "what three awaits after the end got")


@requirement("task-319")
def test_awaiting_a_task_cancelled_before_it_started(loop: AbstractEventLoop) -> None:
    async def main() -> str:
        task = loop.create_task(waits(loop))
        task.cancel()
        return await outcome(task)

    equal(loop.run_until_complete(main()), "CancelledError", "what the awaiter got")


@requirement("task-320")
def test_a_cancelled_task_does_not_cancel_its_awaiter(loop: AbstractEventLoop, trace: Trace) -> None:
    task = loop.create_task(waits(loop))

    async def awaiter() -> str:
        try:
            await task
        except CancelledError:
            trace(me.cancelling())
        await asyncio.sleep(0)
        return "went on"

    me = loop.create_task(awaiter())
    drain(loop)
    task.cancel()
    drain(loop)
    trace(me.cancelled() or me.result())
    trace.expect(0, "went on")


@requirement("task-303")
def test_a_cancellation_that_the_awaited_task_suppressed_is_over(loop: AbstractEventLoop) -> None:
    async def inner() -> str:
        try:
            await loop.create_future()
        except CancelledError:
            await asyncio.sleep(0)
        return "suppressed"

    async def outer() -> str:
        return await loop.create_task(inner())

    task = loop.create_task(outer())
    drain(loop)
    task.cancel()
    drain(loop, 8)
    equal(task.done() and (task.cancelled() or task.result()), "suppressed", "outcome of the outer task")


@requirement("task-322")
def test_all_tasks_has_a_task_until_its_clean_up_is_through(loop: AbstractEventLoop, trace: Trace) -> None:
    flushed = loop.create_future()

    async def body() -> None:
        try:
            await loop.create_future()
        finally:
            await flushed

    task = loop.create_task(body())
    drain(loop)
    task.cancel()
    trace("requested", task in asyncio.all_tasks(loop))
    drain(loop)
    trace("cleaning up", task in asyncio.all_tasks(loop))
    flushed.set_result(None)
    drain(loop)
    trace("ended", task in asyncio.all_tasks(loop))
    trace.expect(("requested", True), ("cleaning up", True), ("ended", False))


@requirement("task-322")
def test_all_tasks_has_every_task_that_was_only_asked_to_cancel(loop: AbstractEventLoop) -> None:
    tasks = {loop.create_task(waits(loop)) for _ in range(3)}
    drain(loop)
    tasks.add(loop.create_task(waits(loop)))
    for task in tasks:
        task.cancel()
    before = asyncio.all_tasks(loop)
    drain(loop)
    equal(before, tasks, "all_tasks() right after cancel() of three waiting tasks and one that has not started")
    equal(asyncio.all_tasks(loop), set(), "all_tasks() once they have ended")


@requirement("task-324")
@pytest.mark.parametrize("started", [True, False])
def test_a_cancelled_task_is_not_reported(loop: AbstractEventLoop, started: bool) -> None:
    contexts = Contexts(loop)
    task = loop.create_task(waits(loop))
    if started:
        drain(loop)
    task.cancel("nobody looks")
    drain(loop)
    del task
    gc.collect()
    drain(loop)
    contexts.expect_silence()
