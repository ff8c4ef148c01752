"""cancel() in each state that a task can be in: not started, waiting for this or that, about to go on, eager."""

from __future__ import annotations

import asyncio
from asyncio import AbstractEventLoop, CancelledError, Future
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from loopcert.conformance.kit import Trace, check, drain, equal, requirement

Wait = Callable[[AbstractEventLoop], Coroutine[Any, Any, object]]


async def on_a_future(loop: AbstractEventLoop) -> None:
    await loop.create_future()


async def on_a_task(loop: AbstractEventLoop) -> None:
    await loop.create_task(on_a_future(loop))


async def on_bare_yields(_loop: AbstractEventLoop) -> None:
    while True:  # noqa: ASYNC110 - the bare yield is the point
        await asyncio.sleep(0)


async def on_a_sleep(_loop: AbstractEventLoop) -> None:
    await asyncio.sleep(3600)


async def on_an_event(_loop: AbstractEventLoop) -> None:
    await asyncio.Event().wait()


async def on_a_gather(loop: AbstractEventLoop) -> None:
    await asyncio.gather(on_a_future(loop), on_a_sleep(loop))


async def in_a_chain_of_coroutines(loop: AbstractEventLoop) -> None:
    await on_a_future(loop)


WAITS = (on_a_future, on_a_task, on_bare_yields, on_a_sleep, on_an_event, on_a_gather, in_a_chain_of_coroutines)
each_wait = pytest.mark.parametrize("wait", WAITS, ids=lambda wait: wait.__name__)
TURNS = 12
"""Enough iterations for an error to travel through a few awaited tasks."""


@requirement("task-42")
@each_wait
def test_a_cancelled_task_ends_whatever_it_waits_for(loop: AbstractEventLoop, trace: Trace, wait: Wait) -> None:
    async def body() -> None:
        try:
            await wait(loop)
        except CancelledError:
            trace("CancelledError")
            raise

    task = loop.create_task(body())
    drain(loop)
    task.cancel()
    drain(loop, TURNS)
    trace("cancelled" if task.cancelled() else "not cancelled")
    trace.expect("CancelledError", "cancelled")


@requirement("task-42")
@pytest.mark.parametrize("debug", [False, True], ids=["", "debug"])
def test_a_task_cancelled_before_it_started_is_cancelled(loop: AbstractEventLoop, debug: bool) -> None:
    loop.set_debug(debug)
    task = loop.create_task(on_a_future(loop))
    task.cancel()
    drain(loop)
    equal((task.done(), task.cancelled()), (True, True), "done() and cancelled()")


@requirement("task-42")
def test_a_callback_cancels_a_task(loop: AbstractEventLoop) -> None:
    task = loop.create_task(on_a_future(loop))
    loop.call_soon(task.cancel)
    drain(loop)
    equal(task.cancelled(), True, "cancelled() after a callback called cancel()")


@requirement("task-42")
def test_a_done_callback_cancels_a_task(loop: AbstractEventLoop) -> None:
    task = loop.create_task(on_a_future(loop))
    other = loop.create_task(asyncio.sleep(0))
    other.add_done_callback(lambda _other: task.cancel())
    drain(loop, TURNS)
    equal(task.cancelled(), True, "cancelled() after another task's done callback called cancel()")


@requirement("task-37b")
@each_wait
def test_cancel_of_a_waiting_task_is_true(loop: AbstractEventLoop, wait: Wait) -> None:
    task = loop.create_task(wait(loop))
    drain(loop)
    equal([task.cancel(), task.cancel("again"), task.cancel()], [True] * 3, "three cancel() calls on a waiting task")
    drain(loop, TURNS)


@requirement("task-37b")
def test_cancel_of_a_task_that_has_not_started_is_true(loop: AbstractEventLoop) -> None:
    task = loop.create_task(on_a_future(loop))
    equal([task.cancel(), task.cancel()], [True, True], "two cancel() calls on a task that has not started")
    drain(loop)


@requirement("task-37b")
def test_cancel_from_its_own_code_is_true(loop: AbstractEventLoop, trace: Trace) -> None:
    async def body() -> None:
        trace(task.cancel(), task.cancel())
        await asyncio.sleep(0)

    task = loop.create_task(body())
    drain(loop)
    trace.expect((True, True))


@requirement("task-38")
@each_wait
def test_cancel_raises_nothing_at_once(loop: AbstractEventLoop, trace: Trace, wait: Wait) -> None:
    async def body() -> None:
        try:
            await wait(loop)
        finally:
            trace("interrupted")

    def cancel() -> None:
        task.cancel()
        trace("cancel() returned")

    task = loop.create_task(body())
    drain(loop)
    loop.call_soon(cancel)
    drain(loop, TURNS)
    trace.expect("cancel() returned", "interrupted")


@requirement("task-301")
def test_a_task_cancelled_before_it_started_never_enters_its_body(loop: AbstractEventLoop, trace: Trace) -> None:
    async def body() -> None:
        trace("entered")

    task = loop.create_task(body())
    task.cancel()
    drain(loop)
    trace("done" if task.done() else "not done")
    trace.expect("done")


@requirement("task-302")
@pytest.mark.parametrize(
    "complete",
    [lambda future: future.set_result("result"), lambda future: future.set_exception(ValueError("missed"))],
    ids=["result", "exception"],
)
def test_a_cancel_between_completion_and_wakeup_wins(
    loop: AbstractEventLoop, trace: Trace, complete: Callable[[Future[Any]], None]
) -> None:
    future = loop.create_future()

    async def body() -> None:
        try:
            trace(await future)
        except BaseException as error:  # noqa: BLE001 - whichever it is gets recorded
            trace(type(error).__name__)

    task = loop.create_task(body())
    drain(loop)
    complete(future)
    task.cancel()
    drain(loop)
    trace.expect("CancelledError")


@requirement("task-302")
def test_a_done_callback_of_the_awaited_task_cancels_its_awaiter(loop: AbstractEventLoop, trace: Trace) -> None:
    answers = []

    async def outer() -> None:
        try:
            trace(await inner)
        except CancelledError:
            trace("CancelledError")

    inner = loop.create_task(asyncio.sleep(0, "result"))
    inner.add_done_callback(lambda _inner: answers.append(task.cancel()))
    task = loop.create_task(outer())
    drain(loop, TURNS)
    # Which of the two callbacks of inner comes first is no promise: this one, or the wakeup of outer.
    trace.expect("CancelledError" if answers == [True] else "result")


@requirement("task-39")
def test_the_awaited_future_is_cancelled(loop: AbstractEventLoop) -> None:
    future = loop.create_future()

    async def body() -> None:
        await future

    task = loop.create_task(body())
    drain(loop)
    task.cancel()
    drain(loop)
    equal(future.cancelled(), True, "cancelled() of the awaited future")


@requirement("task-39")
def test_the_cancel_method_of_the_awaited_object_is_called(loop: AbstractEventLoop, trace: Trace) -> None:
    class Recording(asyncio.Future[None]):
        def cancel(self, msg: Any = None) -> bool:
            trace("cancel", msg)
            return super().cancel(msg)

    async def body() -> None:
        await Recording(loop=loop)

    task = loop.create_task(body())
    drain(loop)
    task.cancel("why")
    drain(loop)
    trace.expect(("cancel", "why"))


@requirement("task-39")
def test_whoever_shares_the_awaited_future_is_cancelled_with_it(loop: AbstractEventLoop) -> None:
    future = loop.create_future()

    async def body() -> None:
        await future

    tasks = [loop.create_task(body()) for _ in range(3)]
    drain(loop)
    tasks[1].cancel()
    drain(loop)
    equal([task.cancelled() for task in tasks], [True] * 3, "cancelled() of three tasks awaiting one future")


@requirement("task-314")
@pytest.mark.parametrize("wait", [on_a_future, on_a_task, on_bare_yields], ids=lambda wait: wait.__name__)
def test_an_eager_task_cancelled_in_its_first_step_is_interrupted(
    loop: AbstractEventLoop, trace: Trace, wait: Wait
) -> None:
    async def body() -> None:
        current = asyncio.current_task()
        trace(current is not None and current.cancel())
        try:
            await wait(loop)
        except CancelledError:
            trace("CancelledError")
            raise

    made: list[asyncio.Task[None]] = []
    loop.call_soon(lambda: made.append(loop.create_task(body(), eager_start=True)))
    drain(loop, TURNS)
    check(made, "create_task(eager_start=True): saw no task, wanted one")
    trace("cancelled" if made[0].cancelled() else "not cancelled")
    trace.expect(True, "CancelledError", "cancelled")
