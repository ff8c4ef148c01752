"""The steps of a task around a cancellation: in whose context, as whose, the last one, and what follows."""

from __future__ import annotations

import asyncio
import inspect
from asyncio import AbstractEventLoop, CancelledError
from collections.abc import Callable, Coroutine
from contextvars import ContextVar
from typing import Any

import pytest

from loopcert.conformance.kit import Trace, drain, equal, requirement

owner = ContextVar("owner", default="nobody")


async def on_a_future(loop: AbstractEventLoop) -> None:
    await loop.create_future()


async def on_a_task(loop: AbstractEventLoop) -> None:
    await loop.create_task(on_a_future(loop))


async def on_bare_yields(_loop: AbstractEventLoop) -> None:
    while True:  # noqa: ASYNC110 - the bare yield is the point
        await asyncio.sleep(0)


each_wait = pytest.mark.parametrize(
    "wait", [on_a_future, on_a_task, on_bare_yields], ids=lambda wait: wait.__name__.replace("_", " ")
)
Wait = Callable[[AbstractEventLoop], Coroutine[Any, Any, None]]


@requirement("task-333")
@each_wait
def test_the_error_rises_in_the_context_of_the_task(loop: AbstractEventLoop, trace: Trace, wait: Wait) -> None:
    async def body() -> None:
        owner.set("task")
        try:
            await wait(loop)
        finally:
            trace(owner.get())

    def cancel() -> None:
        owner.set("callback")
        task.cancel()

    task = loop.create_task(body())
    drain(loop)
    loop.call_soon(cancel)
    drain(loop, 8)
    trace.expect("task")


@requirement("task-334")
@each_wait
def test_the_task_is_the_current_one_while_it_cleans_up(loop: AbstractEventLoop, trace: Trace, wait: Wait) -> None:
    async def body() -> None:
        try:
            await wait(loop)
        finally:
            trace("at first", asyncio.current_task() is task)
            await asyncio.sleep(0)
            trace("later", asyncio.current_task() is task)

    task = loop.create_task(body())
    drain(loop)
    loop.call_soon(task.cancel)
    drain(loop, 8)
    trace.expect(("at first", True), ("later", True))


@requirement("task-334")
def test_a_task_cancelled_by_another_is_current_in_its_own_steps(loop: AbstractEventLoop, trace: Trace) -> None:
    async def body() -> None:
        try:
            await loop.create_future()
        finally:
            trace("cancelled one", asyncio.current_task() is task)

    async def cancels() -> None:
        task.cancel()
        trace("after cancel()", asyncio.current_task() is other)

    task = loop.create_task(body())
    drain(loop)
    other = loop.create_task(cancels())
    drain(loop)
    trace.expect(("after cancel()", True), ("cancelled one", True))


@requirement("task-335")
@pytest.mark.parametrize("debug", [False, True], ids=["", "debug"])
def test_the_coroutine_of_a_task_that_never_started_is_closed(loop: AbstractEventLoop, debug: bool) -> None:
    loop.set_debug(debug)
    coroutine = on_a_future(loop)
    task = loop.create_task(coroutine)
    task.cancel()
    drain(loop)
    state = inspect.getcoroutinestate(coroutine)
    coroutine.close()
    equal(state, inspect.CORO_CLOSED, "state of the coroutine of a task cancelled before it started")


@requirement("task-336")
def test_cancel_of_a_task_that_completed_eagerly_is_false(loop: AbstractEventLoop, trace: Trace) -> None:
    async def body() -> str:
        return "result"

    async def main() -> None:
        task = loop.create_task(body(), eager_start=True)
        trace(task.cancel(), task.cancelled())

    loop.run_until_complete(main())
    trace.expect((False, False))


@requirement("task-336")
@each_wait
def test_a_task_that_started_eagerly_is_cancelled_like_any_other(
    loop: AbstractEventLoop, trace: Trace, wait: Wait
) -> None:
    async def body() -> None:
        try:
            await wait(loop)
        except CancelledError as error:
            trace(error.args)
            raise

    async def main() -> None:
        task = loop.create_task(body(), eager_start=True)
        trace(task.cancel("why"), task.cancelling())
        await asyncio.wait([task])
        trace(task.cancelled())

    loop.run_until_complete(main())
    trace.expect((True, 1), ("why",), True)


@requirement("task-79")
def test_returning_with_a_cancel_pending_ends_cancelled(loop: AbstractEventLoop) -> None:
    async def body() -> str:
        task.cancel()
        return "result"

    task = loop.create_task(body())
    drain(loop)
    equal((task.done(), task.cancelled()), (True, True), "done() and cancelled()")


class Derived(CancelledError):
    """A CancelledError of a library."""


@requirement("task-311")
@pytest.mark.parametrize("error", [CancelledError, Derived])
def test_a_coroutine_may_cancel_itself_by_raising(loop: AbstractEventLoop, error: type[CancelledError]) -> None:
    async def body() -> None:
        await asyncio.sleep(0)
        raise error("by itself")

    task = loop.create_task(body())
    drain(loop)
    equal((task.done(), task.cancelled()), (True, True), "done() and cancelled()")


@requirement("task-321")
@pytest.mark.parametrize("completed", [False, True], ids=["waiting", "about to go on"])
def test_nothing_left_over_resumes_the_coroutine(loop: AbstractEventLoop, trace: Trace, completed: bool) -> None:
    first, second = loop.create_future(), loop.create_future()

    async def body() -> None:
        try:
            await first
        except CancelledError:
            trace("CancelledError")
        trace(await second)

    task = loop.create_task(body())
    drain(loop)
    if completed:
        first.set_result(None)
    task.cancel()
    drain(loop)
    if not first.done():
        first.set_result(None)
    drain(loop)
    trace("second is done")
    second.set_result("resumed")
    drain(loop)
    trace.expect("CancelledError", "second is done", "resumed")
