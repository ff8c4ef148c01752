"""Tasks that wait for asyncio's locks and queues on this loop: their order, and what happens to cancelled ones."""

from __future__ import annotations

import asyncio
from asyncio import AbstractEventLoop
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import pytest

from loopcert.conformance.kit import Trace, drain, equal, requirement
from loopcert.conformance.test_running_primitives import finish, tasks


@dataclass(frozen=True)
class Site:
    """Where tasks wait: ``enter`` waits, ``wake(n)`` lets the next ``n`` in at once, or all, where there is no less."""

    enter: Callable[[], Awaitable[object]]
    wake: Callable[[int], object]


def repeated(wake_one: Callable[[], object]) -> Callable[[int], object]:
    """Make waking ``n`` out of waking one."""
    return lambda count: [wake_one() for _ in range(count)]


def at_lock(loop: AbstractEventLoop) -> Site:
    """A lock that is taken: it lets in one at a time."""
    lock = asyncio.Lock()
    loop.run_until_complete(lock.acquire())

    def release(count: int) -> None:
        for turn in range(count):
            if turn:
                drain(loop)
            lock.release()

    return Site(lock.acquire, release)


def at_semaphore(_loop: AbstractEventLoop) -> Site:
    """A semaphore at zero."""
    semaphore = asyncio.Semaphore(0)
    return Site(semaphore.acquire, repeated(semaphore.release))


def at_bounded_semaphore(loop: AbstractEventLoop) -> Site:
    """A bounded semaphore of which all was taken."""
    semaphore = asyncio.BoundedSemaphore(4)
    for _ in range(4):
        loop.run_until_complete(semaphore.acquire())
    return Site(semaphore.acquire, repeated(semaphore.release))


def at_empty_queue(_loop: AbstractEventLoop) -> Site:
    """A queue without items."""
    queue = asyncio.Queue[str]()
    return Site(queue.get, repeated(lambda: queue.put_nowait("item")))


def at_full_queue(_loop: AbstractEventLoop) -> Site:
    """A queue without free slots."""
    queue = asyncio.Queue[str](4)
    for _ in range(4):
        queue.put_nowait("item")
    return Site(lambda: queue.put("item"), repeated(queue.get_nowait))


def at_event(_loop: AbstractEventLoop) -> Site:
    """An event that is not set."""
    event = asyncio.Event()
    return Site(event.wait, lambda _count: event.set())


def at_condition(loop: AbstractEventLoop) -> Site:
    """A condition that nobody has notified."""
    condition = asyncio.Condition()

    async def enter() -> None:
        async with condition:
            await condition.wait()

    async def notify(count: int) -> None:
        async with condition:
            condition.notify(count)

    return Site(enter, lambda count: loop.run_until_complete(notify(count)))


def at_barrier(loop: AbstractEventLoop) -> Site:
    """A barrier for five."""
    barrier = asyncio.Barrier(5)
    others: list[asyncio.Task[int]] = []

    def fill_up(_count: int) -> None:
        others.extend(loop.create_task(barrier.wait()) for _ in range(5 - barrier.n_waiting))
        drain(loop)

    return Site(barrier.wait, fill_up)


PASSING_ON = [at_lock, at_semaphore, at_bounded_semaphore, at_empty_queue, at_full_queue]
UNORDERED = [*PASSING_ON[1:], at_event, at_condition, at_barrier]
SITES = [at_lock, *UNORDERED]
MakeSite = Callable[[AbstractEventLoop], Site]


@pytest.mark.parametrize("make", UNORDERED)
@requirement("running-62")
def test_waiters_are_woken_in_order(loop: AbstractEventLoop, trace: Trace, make: MakeSite) -> None:
    site = make(loop)
    made = tasks(loop, site.enter, trace, "abcd")
    site.wake(4)
    finish(loop, made)
    trace.expect("a", "b", "c", "d")


@pytest.mark.parametrize("victim", [0, 1, 3])
@pytest.mark.parametrize("make", SITES)
@requirement("running-63")
def test_a_cancelled_waiter_leaves_and_the_others_are_served(
    loop: AbstractEventLoop, trace: Trace, make: MakeSite, victim: int
) -> None:
    site = make(loop)
    made = tasks(loop, site.enter, trace, "abcd")
    made[victim].cancel()
    finish(loop, [made[victim]])
    site.wake(3)
    finish(loop, made)
    name = "abcd"[victim]
    equal(trace.seen[0], (name, "cancelled"), "what happened first")
    equal(sorted(trace.seen[1:]), [each for each in "abcd" if each != name], "waiters that were let in")
    equal([task.cancelled() for task in made], [each == name for each in "abcd"], "cancelled() of the four tasks")


@pytest.mark.parametrize("make", PASSING_ON)
@requirement("running-64")
def test_a_chosen_waiter_that_is_cancelled_passes_its_turn_on(
    loop: AbstractEventLoop, trace: Trace, make: MakeSite
) -> None:
    site = make(loop)
    made = tasks(loop, site.enter, trace, "ab")
    site.wake(1)
    made[0].cancel()
    finish(loop, made)
    trace.expect_unordered(("a", "cancelled"), "b")
