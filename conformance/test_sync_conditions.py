"""Event and Condition: what is waited for, who is told, and when the lock comes back."""

from __future__ import annotations

import asyncio
import threading
import time
from asyncio import AbstractEventLoop

import pytest

from loopcert.conformance.kit import Trace, drain, equal, in_thread, requirement
from loopcert.conformance.kit.settling import begun, outcomes, settled


@requirement("sync-06b")
def test_wait_waits_for_the_event(loop: AbstractEventLoop) -> None:
    event = asyncio.Event()
    tasks = begun(loop, event.wait(), event.wait())
    waited = [task.done() for task in tasks]
    event.set()
    equal((waited, outcomes(loop, *tasks)), ([False, False], [True, True]), "done before set(), and results")


@requirement("sync-06b")
def test_a_callback_may_set_the_event(loop: AbstractEventLoop, trace: Trace) -> None:
    event = asyncio.Event()

    async def wait() -> None:
        trace(await event.wait())

    def occur() -> None:
        trace("set")
        event.set()

    tasks = begun(loop, wait())
    loop.call_soon(occur)
    outcomes(loop, *tasks)
    trace.expect("set", True)


@requirement("sync-08")
def test_after_clear_a_wait_blocks_again(loop: AbstractEventLoop, trace: Trace) -> None:
    event = asyncio.Event()
    for turn in range(3):
        tasks = begun(loop, event.wait())
        trace(turn, tasks[0].done())
        event.set()
        outcomes(loop, *tasks)
        event.clear()
    trace.expect((0, False), (1, False), (2, False))


@requirement("sync-37")
@pytest.mark.parametrize("waiters", [1, 20])
def test_a_thread_sets_the_event_of_an_idle_loop(loop: AbstractEventLoop, waiters: int) -> None:
    event = asyncio.Event()
    tasks = begun(loop, *(event.wait() for _ in range(waiters)))

    def occur() -> None:
        time.sleep(0.01)  # the loop ought to sleep by then; where it doesn't, set() comes early and nothing is lost
        loop.call_soon_threadsafe(event.set)

    thread = threading.Thread(target=occur)
    thread.start()
    loop.run_until_complete(asyncio.wait(tasks))
    thread.join()
    equal([task.result() for task in tasks], [True] * waiters, "what the waits returned")


@requirement("sync-37")
def test_a_thread_sets_the_event_of_a_loop_that_does_not_run(loop: AbstractEventLoop) -> None:
    event = asyncio.Event()
    tasks = begun(loop, event.wait())
    in_thread(lambda: loop.call_soon_threadsafe(event.set))
    before = event.is_set()
    equal((before, outcomes(loop, *tasks)), (False, [True]), "set before the loop ran, and what the wait returned")


async def notify(condition: asyncio.Condition, count: int) -> None:
    async with condition:
        condition.notify(count)


async def notified(condition: asyncio.Condition) -> bool:
    async with condition:
        return await condition.wait()


@requirement("sync-10b")
def test_conditions_that_share_a_lock_wake_their_own_waiters(loop: AbstractEventLoop) -> None:
    lock = asyncio.Lock()
    full, empty = asyncio.Condition(lock), asyncio.Condition(lock)
    tasks = begun(loop, notified(full), notified(empty))
    settled(loop, notify(empty, 1))
    drain(loop)
    seen = [task.done() for task in tasks]
    settled(loop, notify(full, 1))
    equal((seen, outcomes(loop, *tasks)), ([False, True], [True, True]), "done after the first notify, and results")


@requirement("sync-12a")
def test_wait_gives_the_lock_up(loop: AbstractEventLoop, trace: Trace) -> None:
    condition = asyncio.Condition()

    async def wait() -> None:
        async with condition:
            trace("waits")
            await condition.wait()
            trace("goes on")

    async def enter() -> None:
        async with condition:
            trace("in")
            condition.notify()

    outcomes(loop, *[loop.create_task(each) for each in (wait(), enter())])
    trace.expect("waits", "in", "goes on")


@requirement("sync-12b")
def test_wait_returns_with_the_lock_held(loop: AbstractEventLoop, trace: Trace) -> None:
    condition = asyncio.Condition()

    async def wait() -> None:
        async with condition:
            trace(await condition.wait(), condition.locked())

    async def notify_and_stay() -> None:
        async with condition:
            condition.notify()
            for _ in range(8):
                await asyncio.sleep(0)
            trace("leaves")

    outcomes(loop, *begun(loop, wait()), loop.create_task(notify_and_stay()))
    trace.expect("leaves", (True, True))


@requirement("sync-12b")
def test_waiters_notified_together_hold_the_lock_one_by_one(loop: AbstractEventLoop, trace: Trace) -> None:
    condition, inside = asyncio.Condition(), 0

    async def wait() -> None:
        nonlocal inside
        async with condition:
            await condition.wait()
            inside += 1
            await asyncio.sleep(0)
            trace(inside)
            inside -= 1

    tasks = begun(loop, wait(), wait(), wait())
    settled(loop, notify(condition, 3))
    outcomes(loop, *tasks)
    trace.expect(1, 1, 1)


@requirement("sync-14")
def test_wait_for_returns_the_first_true_value(loop: AbstractEventLoop) -> None:
    condition = asyncio.Condition()
    basket: list[str] = []

    async def wait() -> list[str]:
        async with condition:
            return await condition.wait_for(lambda: basket)

    tasks = begun(loop, wait())
    for _ in range(3):
        settled(loop, notify(condition, 1))
        drain(loop)
    waited = not tasks[0].done()
    basket.append("egg")
    settled(loop, notify(condition, 1))
    equal((waited, outcomes(loop, *tasks)), (True, [["egg"]]), "waited while the basket was empty, and result")


@requirement("sync-15a")
@pytest.mark.parametrize(("count", "woken"), [(1, 1), (2, 2), (3, 3), (9, 3)])
def test_notify_wakes_as_many_as_it_says(loop: AbstractEventLoop, count: int, woken: int) -> None:
    condition = asyncio.Condition()
    tasks = begun(loop, *(notified(condition) for _ in range(3)))
    settled(loop, notify(condition, count))
    drain(loop, 20)
    seen = sum(task.done() for task in tasks)
    settled(loop, notify(condition, 3))
    outcomes(loop, *tasks)
    equal(seen, woken, f"tasks that notify({count}) woke, of three")


@requirement("sync-30")
def test_acquire_of_a_condition_waits_for_its_lock(loop: AbstractEventLoop) -> None:
    lock = asyncio.Lock()
    settled(loop, lock.acquire())
    tasks = begun(loop, asyncio.Condition(lock).acquire())
    waited = not tasks[0].done()
    lock.release()
    equal((waited, outcomes(loop, *tasks), lock.locked()), (True, [True], True), "waited, result and locked()")
