"""Lock and Semaphore: who has to wait, what lets them in, and that a block gives back what it holds."""

from __future__ import annotations

import asyncio
from asyncio import AbstractEventLoop
from collections.abc import Callable

import pytest

from loopcert.conformance.kit import Trace, allowed, drain, equal, requirement
from loopcert.conformance.kit.settling import begun, outcomes, settled

SHORT = 0.002

Kind = Callable[[], asyncio.Lock | asyncio.Semaphore]
each_kind = pytest.mark.parametrize("kind", [asyncio.Lock, asyncio.Semaphore, asyncio.BoundedSemaphore])


@requirement("sync-02")
def test_acquire_waits_until_the_lock_is_free(loop: AbstractEventLoop) -> None:
    lock = asyncio.Lock()
    settled(loop, lock.acquire())
    (task,) = begun(loop, lock.acquire())
    waited = not task.done()
    lock.release()
    equal((waited, *outcomes(loop, task), lock.locked()), (True, True, True), "waited, acquire() and locked()")


@requirement("sync-02")
def test_each_release_lets_one_task_take_the_lock(loop: AbstractEventLoop) -> None:
    lock = asyncio.Lock()
    settled(loop, lock.acquire())
    tasks = begun(loop, *(lock.acquire() for _ in range(4)))
    inside = [sum(task.done() for task in tasks)]
    for _ in tasks:
        with allowed("release() of a lock that others wait for"):
            lock.release()
        drain(loop)
        inside.append(sum(task.done() for task in tasks))
    outcomes(loop, *tasks)
    equal(inside, [0, 1, 2, 3, 4], "number of acquire() calls that returned, after each release")


@requirement("sync-36")
def test_async_with_holds_the_lock_for_the_block(loop: AbstractEventLoop, trace: Trace) -> None:
    lock = asyncio.Lock()

    async def enter(name: str) -> None:
        async with lock:
            trace(name, "in")
            await asyncio.sleep(0)
            trace(name, "out")

    outcomes(loop, *[loop.create_task(enter(name)) for name in "ab"])
    trace(lock.locked())
    trace.expect(("a", "in"), ("a", "out"), ("b", "in"), ("b", "out"), False)


@requirement("sync-36")
def test_async_with_gives_the_lock_back_after_an_exception(loop: AbstractEventLoop, trace: Trace) -> None:
    lock, gate = asyncio.Lock(), asyncio.Event()

    async def fails() -> None:
        async with lock:
            await gate.wait()
            raise ValueError("inside")

    async def follows() -> None:
        async with lock:
            trace("in")

    tasks = begun(loop, fails(), follows())
    trace("failing")
    gate.set()
    trace(type(outcomes(loop, *tasks)[0]).__name__)
    trace(lock.locked())
    trace.expect("failing", "in", "ValueError", False)


@requirement("sync-36")
def test_async_with_gives_the_lock_back_after_a_cancellation(loop: AbstractEventLoop, trace: Trace) -> None:
    lock = asyncio.Lock()

    async def held() -> None:
        async with lock:
            await loop.create_future()

    async def follows() -> None:
        async with lock:
            trace("in")

    tasks = begun(loop, held(), follows())
    trace("cancelling")
    tasks[0].cancel()
    trace(type(outcomes(loop, *tasks)[0]).__name__)
    trace(lock.locked())
    trace.expect("cancelling", "in", "CancelledError", False)


@requirement("sync-19b")
@pytest.mark.parametrize("count", [0, 2])
def test_acquire_at_zero_waits_for_a_release(loop: AbstractEventLoop, count: int) -> None:
    semaphore = asyncio.Semaphore(count)
    for _ in range(count):
        settled(loop, semaphore.acquire())
    tasks = begun(loop, semaphore.acquire(), semaphore.acquire())
    waited = [task.done() for task in tasks]
    semaphore.release()
    semaphore.release()
    equal((waited, outcomes(loop, *tasks)), ([False, False], [True, True]), "done before the release, and results")


@requirement("sync-21")
def test_locked_while_others_wait_for_the_semaphore(loop: AbstractEventLoop) -> None:
    semaphore = asyncio.Semaphore(1)
    seen = [semaphore.locked()]
    settled(loop, semaphore.acquire())
    tasks = begun(loop, semaphore.acquire())
    seen.append(semaphore.locked())
    semaphore.release()
    seen.append(semaphore.locked())
    outcomes(loop, *tasks)
    semaphore.release()
    seen.append(semaphore.locked())
    equal(seen, [False, True, True, False], "locked() when new, waited for, promised to the waiter, given back")


@requirement("sync-21")
def test_a_cancelled_waiter_does_not_lock_the_semaphore(loop: AbstractEventLoop) -> None:
    semaphore = asyncio.Semaphore(1)
    settled(loop, semaphore.acquire())
    tasks = begun(loop, semaphore.acquire())
    tasks[0].cancel()
    semaphore.release()
    seen = semaphore.locked()
    drain(loop)
    settled(loop, semaphore.acquire())
    equal((seen, tasks[0].cancelled()), (False, True), "locked() after cancel and release, and cancelled() of the task")


@requirement("sync-38")
@each_kind
def test_wait_for_gives_up_and_the_next_is_served(loop: AbstractEventLoop, trace: Trace, kind: Kind) -> None:
    primitive = kind()

    async def gives_up() -> None:
        try:
            await asyncio.wait_for(primitive.acquire(), SHORT)
        except TimeoutError:
            trace("timeout")

    settled(loop, primitive.acquire())
    task = loop.create_task(gives_up())
    tasks = begun(loop, primitive.acquire())
    loop.run_until_complete(asyncio.wait([task]))
    trace("cancelled" if task.cancelled() else "went on", tasks[0].done())
    primitive.release()
    trace(outcomes(loop, *tasks))
    trace.expect("timeout", ("went on", False), [True])


@requirement("sync-38")
def test_wait_for_gives_up_a_barrier(loop: AbstractEventLoop, trace: Trace) -> None:
    barrier = asyncio.Barrier(2)

    async def gives_up() -> None:
        try:
            await asyncio.wait_for(barrier.wait(), SHORT)
        except TimeoutError:
            trace("timeout")

    task = loop.create_task(gives_up())
    loop.run_until_complete(asyncio.wait([task]))
    trace("cancelled" if task.cancelled() else "went on", barrier.n_waiting)
    trace(sorted(map(str, outcomes(loop, *begun(loop, barrier.wait(), barrier.wait())))))
    trace.expect("timeout", ("went on", 0), ["0", "1"])
