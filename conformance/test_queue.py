"""Queues between many tasks: items are shared out, none is lost or doubled, and whoever has to wait waits."""

from __future__ import annotations

import asyncio
import itertools
import threading
import time
from asyncio import AbstractEventLoop
from typing import Any

import pytest

from loopcert.conformance.kit import Trace, allowed, drain, equal, requirement
from loopcert.conformance.kit.settling import begun, outcomes, settled

SHORT = 0.002


@requirement("queue-01a")
@pytest.mark.parametrize("maxsize", [0, 1, 3])
@pytest.mark.parametrize(("producers", "consumers"), [(3, 1), (1, 4), (3, 3)])
def test_each_item_is_got_once(loop: AbstractEventLoop, maxsize: int, producers: int, consumers: int) -> None:
    queue = asyncio.Queue[tuple[int, int]](maxsize)
    got: list[tuple[int, int]] = []

    async def produce(name: int) -> None:
        for number in range(12):
            await queue.put((name, number))
            if number % 3 == name:
                await asyncio.sleep(0)

    async def consume() -> None:
        for _ in range(12 * producers // consumers):
            item = await queue.get()
            got.append(item)

    tasks = [loop.create_task(consume()) for _ in range(consumers)]
    tasks += [loop.create_task(produce(name)) for name in range(producers)]
    outcomes(loop, *tasks)
    seen = [[number for name, number in got if name == producer] for producer in range(producers)]
    equal(seen, [list(range(12))] * producers, "items of each producer in the order in which they were got")


@requirement("queue-02a")
@pytest.mark.parametrize("maxsize", [1, 2])
def test_put_waits_while_the_queue_is_full(loop: AbstractEventLoop, maxsize: int) -> None:
    queue = asyncio.Queue[int](maxsize)
    tasks = begun(loop, *(queue.put(item) for item in range(5)))
    sizes, done = [queue.qsize()], [sum(task.done() for task in tasks)]
    for _ in range(5 - maxsize):
        with allowed("get_nowait() while others wait to put"):
            queue.get_nowait()
        drain(loop)
        sizes.append(queue.qsize())
        done.append(sum(task.done() for task in tasks))
    outcomes(loop, *tasks)
    equal((sizes, done), ([maxsize] * len(sizes), list(range(maxsize, 6))), "sizes, and puts done, after each get")


@requirement("queue-03a")
def test_waiting_tasks_get_one_item_each(loop: AbstractEventLoop) -> None:
    queue = asyncio.Queue[str]()
    tasks = begun(loop, *(queue.get() for _ in range(4)))
    done = [sum(task.done() for task in tasks)]
    for items in ("a", "bc", "d"):
        for item in items:
            queue.put_nowait(item)
        drain(loop)
        done.append(sum(task.done() for task in tasks))
    equal((done, sorted(map(str, outcomes(loop, *tasks)))), ([0, 1, 3, 4], list("abcd")), "gets done, and their items")


@requirement("queue-07")
def test_join_ends_for_all_who_wait(loop: AbstractEventLoop) -> None:
    queue = asyncio.Queue[int]()
    queue.put_nowait(1)
    queue.put_nowait(2)
    tasks = begun(loop, queue.join(), queue.join(), queue.join())
    done = []
    for _ in range(2):
        queue.get_nowait()
        drain(loop)
        done.append(sum(task.done() for task in tasks))
        queue.task_done()
        drain(loop)
    outcomes(loop, *tasks)
    equal(done, [0, 0], "joins that ended before the first and before the second task_done()")


@requirement("queue-07")
def test_join_waits_for_what_was_put_since(loop: AbstractEventLoop) -> None:
    queue = asyncio.Queue[int]()
    waited = []
    for item in range(3):
        queue.put_nowait(item)
        tasks = begun(loop, queue.join())
        waited.append(not tasks[0].done())
        queue.get_nowait()
        queue.task_done()
        outcomes(loop, *tasks)
    equal(waited, [True] * 3, "whether join() waited, each time something had been put")


@requirement("queue-20")
def test_an_item_stays_when_a_get_gave_up(loop: AbstractEventLoop, trace: Trace) -> None:
    queue = asyncio.Queue[str]()

    async def give_up() -> None:
        try:
            await asyncio.wait_for(queue.get(), SHORT)
        except TimeoutError:
            trace("timeout")

    task = loop.create_task(give_up())
    loop.run_until_complete(asyncio.wait([task]))
    trace("cancelled" if task.cancelled() else "went on")
    queue.put_nowait("item")
    trace(settled(loop, queue.get()))
    trace.expect("timeout", "went on", "item")


@requirement("queue-20")
def test_no_item_comes_from_a_put_that_gave_up(loop: AbstractEventLoop, trace: Trace) -> None:
    queue = asyncio.Queue[str](1)
    queue.put_nowait("first")

    async def give_up() -> None:
        try:
            await asyncio.wait_for(queue.put("second"), SHORT)
        except TimeoutError:
            trace("timeout")

    task = loop.create_task(give_up())
    loop.run_until_complete(asyncio.wait([task]))
    trace("cancelled" if task.cancelled() else "went on")
    trace(settled(loop, queue.get()))
    drain(loop)
    settled(loop, queue.put("third"))
    trace(settled(loop, queue.get()))
    trace.expect("timeout", "went on", "first", "third")


@requirement("queue-21")
def test_workers_share_a_queue_and_are_cancelled(loop: AbstractEventLoop) -> None:
    queue = asyncio.Queue[int]()
    worked: list[int] = []

    async def work() -> None:
        while True:
            item = await queue.get()
            await asyncio.sleep(0)
            worked.append(item)
            queue.task_done()

    async def main() -> list[Any]:
        for item in range(20):
            queue.put_nowait(item)
        workers = [asyncio.create_task(work()) for _ in range(3)]
        await queue.join()
        for worker in workers:
            worker.cancel()
        return await asyncio.gather(*workers, return_exceptions=True)

    ended = [type(each).__name__ for each in settled(loop, main())]
    equal((sorted(worked), ended), (list(range(20)), ["CancelledError"] * 3), "items worked on, and how workers ended")


@requirement("queue-22")
def test_items_from_a_thread_reach_an_idle_loop(loop: AbstractEventLoop) -> None:
    queue = asyncio.Queue[int]()
    answers: list[int] = []
    answered = threading.Semaphore(0)

    def feed() -> None:
        for item in range(5):
            time.sleep(0.002)  # the loop ought to sleep by then; where it doesn't, the item is early
            loop.call_soon_threadsafe(queue.put_nowait, item)
            answered.acquire()

    async def main() -> None:
        for _ in range(5):
            answers.append(await queue.get())
            answered.release()

    thread = threading.Thread(target=feed)
    thread.start()
    loop.run_until_complete(main())
    thread.join()
    equal(answers, list(range(5)), "items that a thread put one by one")


@requirement("queue-22")
def test_items_from_several_threads_all_arrive(loop: AbstractEventLoop) -> None:
    queue = asyncio.Queue[int]()

    def feed(base: int) -> None:
        for item in range(base, base + 50):
            loop.call_soon_threadsafe(queue.put_nowait, item)

    async def main() -> list[int]:
        return [await queue.get() for _ in range(200)]

    threads = [threading.Thread(target=feed, args=(base,)) for base in (0, 50, 100, 150)]
    for thread in threads:
        thread.start()
    got = loop.run_until_complete(main())
    for thread in threads:
        thread.join()
    seen = [[item for item in got if item // 50 == number] for number in range(4)]
    equal(list(itertools.chain(*seen)), list(range(200)), "items of each thread in the order in which they were got")
