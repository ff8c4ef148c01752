"""Cancelling a task: what cancel() answers, when the error rises, what the coroutine may do with it."""

from __future__ import annotations

import asyncio
import threading
import time
from asyncio import AbstractEventLoop, CancelledError

import pytest

from loopcert.conformance.kit import Trace, check, drain, equal, instance, raises, requirement


async def returns() -> str:
    return "result"


@requirement("task-40a")
def test_a_coroutine_that_catches_the_error_can_await_again(loop: AbstractEventLoop, trace: Trace) -> None:
    second = loop.create_future()

    async def body() -> None:
        try:
            await loop.create_future()
        except CancelledError:
            trace("CancelledError")
        trace(await second)

    task = loop.create_task(body())
    drain(loop)
    task.cancel()
    drain(loop)
    second.set_result("went on")
    drain(loop)
    trace.expect("CancelledError", "went on")


@requirement("task-306")
def test_every_cancel_can_be_caught_anew(loop: AbstractEventLoop, trace: Trace) -> None:
    async def body() -> None:
        for attempt in range(3):
            try:
                await loop.create_future()
            except CancelledError:
                trace(attempt)

    task = loop.create_task(body())
    for _ in range(3):
        drain(loop)
        task.cancel()
    drain(loop)
    trace.expect(0, 1, 2)


async def suppresses(loop: AbstractEventLoop) -> str:
    try:
        await loop.create_future()
    except CancelledError:
        return "suppressed"
    return "not cancelled"


@requirement("task-40b")
def test_a_coroutine_that_suppressed_the_error_gives_its_result(loop: AbstractEventLoop) -> None:
    task = loop.create_task(suppresses(loop))
    drain(loop)
    task.cancel()
    drain(loop)
    equal((task.done(), task.cancelled()), (True, False), "done() and cancelled()")
    equal(task.result(), "suppressed", "result()")


@requirement("task-304")
def test_another_exception_takes_the_place_of_the_cancellation(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        try:
            await loop.create_future()
        except CancelledError:
            raise ValueError("instead") from None

    task = loop.create_task(body())
    drain(loop)
    task.cancel()
    drain(loop)
    equal((task.done(), task.cancelled()), (True, False), "done() and cancelled()")
    with raises(ValueError, "result() of a task that answered CancelledError with ValueError"):
        task.result()


@requirement("task-304")
def test_an_exception_raised_with_a_cancel_pending_is_kept(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        task.cancel()
        raise ValueError("first")

    task = loop.create_task(body())
    drain(loop)
    equal((task.done(), task.cancelled()), (True, False), "done() and cancelled()")
    with raises(ValueError, "result() of a task that raised ValueError with a cancel pending"):
        task.result()


@requirement("task-305")
def test_clean_up_may_await(loop: AbstractEventLoop, trace: Trace) -> None:
    flushed = loop.create_future()

    async def body() -> None:
        try:
            await loop.create_future()
        finally:
            trace(await flushed)

    task = loop.create_task(body())
    drain(loop)
    task.cancel()
    drain(loop)
    trace("done" if task.done() else "still cleaning up")
    flushed.set_result("flushed")
    drain(loop)
    trace("cancelled" if task.cancelled() else "not cancelled")
    trace.expect("still cleaning up", "flushed", "cancelled")


@requirement("task-306")
def test_a_further_cancel_interrupts_the_clean_up(loop: AbstractEventLoop, trace: Trace) -> None:
    async def body() -> None:
        try:
            await loop.create_future()
        finally:
            trace("cleaning up")
            try:
                await loop.create_future()
            except CancelledError:
                trace("interrupted")
                raise

    task = loop.create_task(body())
    for _ in range(2):
        drain(loop)
        task.cancel()
    drain(loop)
    trace("cancelled" if task.cancelled() else "not cancelled")
    trace.expect("cleaning up", "interrupted", "cancelled")


@requirement("task-307")
@pytest.mark.parametrize("suspend", [asyncio.Event, None], ids=["on a future", "on a bare yield"])
def test_two_cancels_at_once_raise_one_error(
    loop: AbstractEventLoop, trace: Trace, suspend: type[asyncio.Event] | None
) -> None:
    async def body() -> None:
        try:
            while suspend is None:  # noqa: ASYNC110 - the bare yield is the point
                await asyncio.sleep(0)
            await suspend().wait()
        except CancelledError:
            trace("CancelledError")
        await asyncio.sleep(0)
        trace("went on")

    task = loop.create_task(body())
    drain(loop)
    task.cancel()
    task.cancel()
    drain(loop)
    trace.expect("CancelledError", "went on")


@requirement("task-323")
def test_except_exception_does_not_catch_the_error(loop: AbstractEventLoop, trace: Trace) -> None:
    async def body() -> None:
        try:
            await loop.create_future()
        except Exception as error:  # noqa: BLE001 - the claim is that it catches nothing
            trace("caught", type(error).__name__)

    task = loop.create_task(body())
    drain(loop)
    task.cancel()
    drain(loop)
    trace("cancelled" if task.cancelled() else "not cancelled")
    trace.expect("cancelled")


@requirement("task-323")
def test_the_error_is_asyncio_cancelled_error(loop: AbstractEventLoop) -> None:
    seen: list[BaseException] = []

    async def body() -> None:
        try:
            await asyncio.sleep(0)
        except BaseException as error:  # noqa: BLE001 - its class is what is looked at
            seen.append(error)

    task = loop.create_task(body())
    loop.call_soon(task.cancel)
    drain(loop)
    equal(len(seen), 1, "the number of errors that rose in the coroutine")
    instance(seen[0], CancelledError, "what rose in the coroutine")
    check(not isinstance(seen[0], Exception), f"what rose in the coroutine: saw the Exception {seen[0]!r}, wanted none")


@requirement("task-325")
@pytest.mark.parametrize("suspend", ["on a future", "on a task", "on a bare yield"])
def test_a_task_that_cancels_itself_runs_on_to_its_next_await(
    loop: AbstractEventLoop, trace: Trace, suspend: str
) -> None:
    async def body() -> None:
        trace(task.cancel())
        try:
            match suspend:
                case "on a future":
                    await loop.create_future()
                case "on a task":
                    await loop.create_task(suppresses(loop))
                case "on a bare yield":
                    await asyncio.sleep(0)
        finally:
            trace("interrupted")

    task = loop.create_task(body())
    drain(loop)
    trace("cancelled" if task.cancelled() else "not cancelled")
    trace.expect(True, "interrupted", "cancelled")


@requirement("task-325")
def test_an_await_that_does_not_suspend_is_not_interrupted(loop: AbstractEventLoop, trace: Trace) -> None:
    ready = loop.create_future()
    ready.set_result("at hand")

    async def body() -> None:
        task.cancel()
        trace(await ready, await returns())
        try:
            await loop.create_future()
        finally:
            trace("interrupted")

    task = loop.create_task(body())
    drain(loop)
    trace.expect(("at hand", "result"), "interrupted")


@requirement("task-331")
def test_cancelling_one_task_leaves_the_others_alone(loop: AbstractEventLoop, trace: Trace) -> None:
    futures = [loop.create_future() for _ in range(3)]

    async def body(number: int) -> None:
        trace(await futures[number])

    tasks = [loop.create_task(body(number)) for number in range(3)]
    drain(loop)
    starting = loop.create_task(returns())
    tasks[1].cancel()
    drain(loop)
    for number in (0, 2):
        if not futures[number].done():
            futures[number].set_result(number)
    drain(loop)
    trace(*(task.cancelled() for task in (*tasks, starting)))
    trace.expect(0, 2, (False, True, False, False))


@requirement("task-313")
def test_a_thread_cancels_a_task_of_a_sleeping_loop(loop: AbstractEventLoop) -> None:
    task = loop.create_task(asyncio.sleep(3600))

    def cancel() -> None:
        time.sleep(0.01)  # the loop is most likely asleep by then; nothing depends on it
        loop.call_soon_threadsafe(task.cancel)

    thread = threading.Thread(target=cancel)
    loop.call_soon(thread.start)
    with raises(CancelledError, "running the loop until a task ends that a thread cancels"):
        loop.run_until_complete(task)
    thread.join()
