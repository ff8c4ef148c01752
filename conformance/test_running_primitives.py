"""asyncio's locks and queues on this loop: its Futures and Tasks decide who is woken, when, and in which order."""

from __future__ import annotations

import asyncio
from asyncio import AbstractEventLoop
from collections.abc import Awaitable, Callable

import pytest

from loopcert.conformance.kit import Trace, allowed, drain, equal, requirement

Enter = Callable[[], Awaitable[object]]


def tasks(loop: AbstractEventLoop, enter: Enter, trace: Trace, names: str = "abcd") -> list[asyncio.Task[None]]:
    """Have a task for each letter wait by ``enter`` and trace its letter once it is let in."""

    async def wait(name: str) -> None:
        try:
            await enter()
        except asyncio.CancelledError:
            trace(name, "cancelled")
            raise
        trace(name)

    made = [loop.create_task(wait(name)) for name in names]
    drain(loop)
    return made


def finish(loop: AbstractEventLoop, made: list[asyncio.Task[None]]) -> None:
    """Let all tasks go on that can, and fail if one still waits: nothing here needs a timer."""
    drain(loop, turns=60)
    left = [number for number, task in enumerate(made) if not task.done()]
    for number in left:
        made[number].cancel()
    drain(loop)
    equal(left, [], f"which of {len(made)} tasks still wait")


@requirement("running-58")
def test_lock_is_fair(loop: AbstractEventLoop, trace: Trace) -> None:
    lock = asyncio.Lock()

    async def enter(name: str) -> None:
        for turn in range(2):
            async with lock:
                trace(name, turn)
                await asyncio.sleep(0)

    loop.run_until_complete(lock.acquire())
    made = []
    for name in "ab":
        made.append(loop.create_task(enter(name)))
        drain(loop)  # so that they begin to wait in this order
    lock.release()
    finish(loop, made)
    trace.expect(("a", 0), ("b", 0), ("a", 1), ("b", 1))


@requirement("running-58")
def test_lock_lets_one_task_in_at_a_time(loop: AbstractEventLoop, trace: Trace) -> None:
    lock = asyncio.Lock()

    async def enter(name: str) -> None:
        async with lock:
            trace(name, "in")
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            trace(name, "out")

    finish(loop, [loop.create_task(enter(name)) for name in "abc"])
    trace.expect(*((name, where) for name in "abc" for where in ("in", "out")))


@requirement("running-58")
def test_who_gives_a_lock_back_does_not_overtake_its_waiters(loop: AbstractEventLoop, trace: Trace) -> None:
    lock = asyncio.Lock()
    loop.run_until_complete(lock.acquire())
    made = tasks(loop, lock.acquire, trace, "a")

    async def again() -> None:
        lock.release()
        await lock.acquire()
        trace("again")

    made.append(loop.create_task(again()))
    drain(loop)
    lock.release()
    finish(loop, made)
    trace.expect("a", "again")


@requirement("running-59")
def test_event_wakes_every_waiter(loop: AbstractEventLoop, trace: Trace) -> None:
    event = asyncio.Event()
    made = tasks(loop, event.wait, trace)
    trace("set")
    event.set()
    event.clear()
    finish(loop, made)
    equal(trace.seen[0], "set", "what happened first")
    equal(sorted(trace.seen[1:]), list("abcd"), "waiters that went on")


@requirement("running-59")
def test_notify_all_wakes_every_waiter_one_after_the_other(loop: AbstractEventLoop, trace: Trace) -> None:
    condition, inside = asyncio.Condition(), 0

    async def enter() -> None:
        nonlocal inside
        async with condition:
            await condition.wait()
            inside += 1
            await asyncio.sleep(0)
            trace("inside", inside)
            inside -= 1

    async def notify() -> None:
        async with condition:
            condition.notify_all()

    made = [loop.create_task(enter()) for _ in range(3)]
    drain(loop)
    loop.run_until_complete(notify())
    finish(loop, made)
    trace.expect(("inside", 1), ("inside", 1), ("inside", 1))


@requirement("running-59")
def test_barrier_lets_all_pass_with_the_last(loop: AbstractEventLoop, trace: Trace) -> None:
    barrier = asyncio.Barrier(3)
    places: list[int] = []

    async def enter(name: str) -> None:
        places.append(await barrier.wait())
        trace(name)

    made = [loop.create_task(enter(name)) for name in "ab"]
    drain(loop)
    trace("two wait")
    made.append(loop.create_task(enter("c")))
    finish(loop, made)
    equal(trace.seen[0], "two wait", "what happened first")
    equal((sorted(trace.seen[1:]), sorted(places)), (["a", "b", "c"], [0, 1, 2]), "tasks that passed, and their places")


@pytest.mark.parametrize("kind", [asyncio.Semaphore, asyncio.BoundedSemaphore])
@requirement("running-60")
def test_semaphore_admits_as_many_as_it_counts(loop: AbstractEventLoop, kind: type[asyncio.Semaphore]) -> None:
    semaphore, inside, most = kind(2), 0, 0

    async def enter(turns: int) -> None:
        nonlocal inside, most
        async with semaphore:
            inside += 1
            most = max(most, inside)
            for _ in range(turns):
                await asyncio.sleep(0)
            inside -= 1

    finish(loop, [loop.create_task(enter(turns)) for turns in (3, 1, 0, 2, 5, 1, 1)])
    equal((most, inside), (2, 0), "most tasks inside at the same time, and tasks inside at the end")


@pytest.mark.parametrize("kind", [asyncio.Semaphore, asyncio.BoundedSemaphore])
@requirement("running-60")
def test_each_release_admits_one(loop: AbstractEventLoop, trace: Trace, kind: type[asyncio.Semaphore]) -> None:
    semaphore = kind(1)
    loop.run_until_complete(semaphore.acquire())
    made = tasks(loop, semaphore.acquire, trace, "abc")
    admitted = []
    for _ in range(3):
        with allowed("release()"):
            semaphore.release()
        drain(loop)
        admitted.append(len(trace.seen))
    finish(loop, made)
    equal(admitted, [1, 2, 3], "number of tasks let in after each release()")


@pytest.mark.parametrize("maxsize", [0, 1, 3])
@requirement("running-61")
def test_queue_carries_items_in_order(loop: AbstractEventLoop, maxsize: int) -> None:
    queue = asyncio.Queue[int](maxsize)
    got: list[int] = []

    async def produce() -> None:
        for item in range(8):
            await queue.put(item)

    async def consume() -> None:
        while len(got) < 8:
            got.append(await queue.get())

    finish(loop, [loop.create_task(consume()), loop.create_task(produce())])
    equal(got, list(range(8)), "items as they were got")


@requirement("running-61")
def test_get_and_put_wait_for_each_other(loop: AbstractEventLoop, trace: Trace) -> None:
    queue = asyncio.Queue[str](1)

    async def put() -> None:
        for item in ("first", "second"):
            await queue.put(item)
            trace("put", item)

    async def get() -> None:
        trace("got", await queue.get())

    made = [loop.create_task(get())]
    drain(loop)
    trace("empty")
    made.append(loop.create_task(put()))
    drain(loop)
    made.append(loop.create_task(get()))
    finish(loop, made)
    equal(trace.seen[0], "empty", "what happened first")
    equal(sorted(trace.seen[1:]), [(what, item) for what in ("got", "put") for item in ("first", "second")], "events")


@requirement("running-61")
def test_put_waits_for_a_free_slot(loop: AbstractEventLoop, trace: Trace) -> None:
    queue = asyncio.Queue[str](1)
    queue.put_nowait("first")
    made = tasks(loop, lambda: queue.put("second"), trace, "p")
    trace("full")
    equal(queue.get_nowait(), "first", "first item")
    finish(loop, made)
    trace.expect("full", "p")


@requirement("running-61")
def test_join_waits_for_the_last_task_done(loop: AbstractEventLoop, trace: Trace) -> None:
    queue = asyncio.Queue[int]()
    for item in range(2):
        queue.put_nowait(item)
    made = tasks(loop, queue.join, trace, "j")
    for _ in range(2):
        queue.get_nowait()
        trace("task_done")
        queue.task_done()
        drain(loop)
    finish(loop, made)
    trace.expect("task_done", "task_done", "j")
