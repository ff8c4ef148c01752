"""cancelling() and uncancel(): how requests are counted, and how one is withdrawn."""

from __future__ import annotations

import asyncio
from asyncio import AbstractEventLoop, CancelledError

import pytest

from loopcert.conformance.kit import Trace, allowed, drain, equal, requirement


async def waits(loop: AbstractEventLoop) -> None:
    await loop.create_future()


async def spins(trace: Trace) -> None:
    try:
        for _ in range(6):
            await asyncio.sleep(0)
    except CancelledError:
        trace("CancelledError")
        raise
    trace("went on")


@requirement("task-43")
def test_a_new_task_has_no_cancel_request(loop: AbstractEventLoop, trace: Trace) -> None:
    async def body() -> None:
        trace(task.cancelling())

    task = loop.create_task(body())
    trace(task.cancelling())
    drain(loop)
    trace.expect(0, 0)


@requirement("task-43")
@pytest.mark.parametrize("started", [True, False])
def test_every_cancel_counts(loop: AbstractEventLoop, started: bool) -> None:
    task = loop.create_task(waits(loop))
    if started:
        drain(loop)
    seen = []
    for _ in range(3):
        task.cancel()
        seen.append(task.cancelling())
    drain(loop)
    equal(seen, [1, 2, 3], "cancelling() after each of three cancel() calls")


@requirement("task-43")
def test_every_uncancel_counts_back(loop: AbstractEventLoop) -> None:
    task = loop.create_task(waits(loop))
    drain(loop)
    seen = []
    for request in (task.cancel, task.cancel, task.uncancel, task.cancel, task.uncancel, task.uncancel):
        request()
        seen.append(task.cancelling())
    drain(loop)
    equal(seen, [1, 2, 1, 2, 1, 0], "cancelling() along cancel, cancel, uncancel, cancel, uncancel, uncancel")


@requirement("task-43")
def test_catching_the_error_lowers_no_count(loop: AbstractEventLoop, trace: Trace) -> None:
    async def body() -> None:
        for _ in range(2):
            try:
                await loop.create_future()
            except CancelledError:
                trace(task.cancelling())

    task = loop.create_task(body())
    for _ in range(2):
        drain(loop)
        task.cancel()
    drain(loop)
    trace.expect(1, 2)


@requirement("task-44")
@pytest.mark.parametrize("started", [True, False])
def test_a_request_alone_makes_no_task_cancelled(loop: AbstractEventLoop, started: bool) -> None:
    task = loop.create_task(waits(loop))
    if started:
        drain(loop)
    task.cancel()
    seen = (task.cancelled(), task.done())
    drain(loop)
    equal(seen, (False, False), "cancelled() and done() right after cancel()")


@requirement("task-44")
def test_a_task_that_caught_the_error_and_runs_on_is_not_cancelled(loop: AbstractEventLoop, trace: Trace) -> None:
    async def body() -> None:
        try:
            await loop.create_future()
        except CancelledError:
            await loop.create_future()

    task = loop.create_task(body())
    drain(loop)
    task.cancel()
    drain(loop)
    trace(task.cancelling(), task.cancelled(), task.done())
    task.cancel()
    drain(loop)
    trace.expect((1, False, False))


@requirement("task-44")
def test_a_task_is_not_cancelled_while_it_cleans_up(loop: AbstractEventLoop, trace: Trace) -> None:
    async def body() -> None:
        try:
            await loop.create_future()
        finally:
            trace(task.cancelling(), task.cancelled(), task.done())

    task = loop.create_task(body())
    drain(loop)
    task.cancel()
    drain(loop)
    trace.expect((1, False, False))


@requirement("task-45a")
def test_uncancel_returns_what_remains(loop: AbstractEventLoop) -> None:
    task = loop.create_task(waits(loop))
    drain(loop)
    for _ in range(3):
        task.cancel()
    seen = [task.uncancel(), task.uncancel(), task.uncancel()]
    drain(loop)
    equal(seen, [2, 1, 0], "what three uncancel() calls after three cancel() calls returned")


@requirement("task-45b")
def test_uncancel_without_a_request_is_zero(loop: AbstractEventLoop) -> None:
    task = loop.create_task(waits(loop))
    with allowed("uncancel() with no request left"):
        left = task.uncancel()
    seen = (left, task.cancelling(), task.cancel(), task.cancelling())
    drain(loop)
    equal(seen, (0, 0, True, 1), "uncancel(), cancelling(), cancel(), cancelling()")


@requirement("task-46")
def test_uncancel_does_not_revive_a_cancelled_task(loop: AbstractEventLoop) -> None:
    task = loop.create_task(waits(loop))
    drain(loop)
    task.cancel()
    drain(loop)
    task.uncancel()
    drain(loop)
    equal((task.done(), task.cancelled()), (True, True), "done() and cancelled() after a late uncancel()")


@requirement("task-47")
def test_a_cancel_withdrawn_before_the_start_does_not_rise(loop: AbstractEventLoop, trace: Trace) -> None:
    task = loop.create_task(spins(trace))
    task.cancel()
    task.uncancel()
    drain(loop, 8)
    trace.expect("went on")


@requirement("task-47")
def test_a_cancel_withdrawn_during_a_bare_yield_does_not_rise(loop: AbstractEventLoop, trace: Trace) -> None:
    task = loop.create_task(spins(trace))
    drain(loop, 2)
    task.cancel()
    task.uncancel()
    drain(loop, 8)
    trace.expect("went on")


@requirement("task-47")
def test_a_cancel_withdrawn_after_completion_lets_the_result_through(loop: AbstractEventLoop, trace: Trace) -> None:
    future = loop.create_future()

    async def body() -> None:
        trace(await future)

    task = loop.create_task(body())
    drain(loop)
    future.set_result("result")
    task.cancel()
    task.uncancel()
    drain(loop)
    trace.expect("result")


@requirement("task-47")
def test_a_task_withdraws_its_own_cancel(loop: AbstractEventLoop, trace: Trace) -> None:
    async def body() -> str:
        task.cancel()
        trace(task.uncancel())
        await asyncio.sleep(0)
        return "result"

    task = loop.create_task(body())
    drain(loop)
    trace(task.cancelled() or task.result())
    trace.expect(0, "result")


@requirement("task-47")
def test_every_cancel_has_to_be_withdrawn(loop: AbstractEventLoop, trace: Trace) -> None:
    task = loop.create_task(spins(trace))
    drain(loop, 2)
    task.cancel()
    task.cancel()
    task.uncancel()
    drain(loop, 8)
    trace.expect("CancelledError")


@requirement("task-312")
@pytest.mark.parametrize("started", [True, False])
def test_a_cancel_after_a_withdrawn_one_rises(loop: AbstractEventLoop, trace: Trace, started: bool) -> None:
    async def body() -> None:
        try:
            await spins(trace)
        finally:
            trace(task.cancelling())

    task = loop.create_task(body())
    if started:
        drain(loop, 2)
    task.cancel()
    task.uncancel()
    if not started:
        drain(loop, 2)
    task.cancel("again")
    drain(loop, 8)
    trace.expect("CancelledError", 1)
