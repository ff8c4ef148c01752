"""Several loops: at the same time in threads of their own, in turn in one thread, one in several threads."""

from __future__ import annotations

import asyncio
import threading
from asyncio import AbstractEventLoop
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from loopcert.conformance.kit import Trace, allowed, drain, equal, in_thread, requirement

NewLoop = Callable[[], AbstractEventLoop]
THREADS = 3


@requirement("running-35")
def test_loops_run_at_the_same_time(new_loop: NewLoop) -> None:
    all_run = threading.Barrier(THREADS)

    async def work(number: int, loop: AbstractEventLoop) -> tuple[int, bool]:
        all_run.wait()  # passes only while every loop is in the middle of its run
        await asyncio.sleep(0.001)
        return number, asyncio.get_running_loop() is loop

    def body(number: int) -> tuple[int, bool]:
        loop = new_loop()
        try:
            return loop.run_until_complete(work(number, loop))
        finally:
            loop.close()

    with ThreadPoolExecutor(THREADS) as pool, allowed("loops in parallel threads"):
        results = list(pool.map(body, range(THREADS)))
    equal(results, [(number, True) for number in range(THREADS)], "result and own running loop of each thread")


@requirement("running-35")
def test_stopping_one_loop_leaves_the_others_running(new_loop: NewLoop, trace: Trace) -> None:
    outer, inner = new_loop(), new_loop()
    stopped = threading.Event()

    def run_inner() -> None:
        drain(inner)
        inner.close()
        stopped.set()

    thread = threading.Thread(target=run_inner)

    def turn(left: int) -> None:
        trace(left)
        if left:
            outer.call_soon(turn, left - 1)
        else:
            outer.stop()

    def begin() -> None:
        thread.start()
        stopped.wait()
        turn(3)

    outer.call_soon(begin)
    outer.run_forever()
    thread.join()
    trace.expect(3, 2, 1, 0)


@requirement("running-35")
def test_loops_in_parallel_threads_pass_work_to_each_other(new_loop: NewLoop) -> None:
    server = new_loop()
    thread = threading.Thread(target=server.run_forever)

    async def answer(number: int) -> int:
        await asyncio.sleep(0.001)
        return 2 * number

    async def ask() -> list[int]:
        futures = [asyncio.run_coroutine_threadsafe(answer(each), server) for each in range(5)]
        return await asyncio.gather(*map(asyncio.wrap_future, futures))

    thread.start()
    answers = new_loop().run_until_complete(ask())
    server.call_soon_threadsafe(server.stop)
    thread.join()
    equal(answers, [0, 2, 4, 6, 8], "answers of coroutines that ran on the other loop")


@requirement("running-56")
def test_loops_in_turn_keep_their_callbacks_apart(new_loop: NewLoop, trace: Trace) -> None:
    one, other = new_loop(), new_loop()
    one.call_soon(trace, "one")
    other.call_soon(trace, "other")
    drain(other)
    trace("between")
    drain(one)
    trace.expect("other", "between", "one")


@requirement("running-56")
def test_loops_in_turn_keep_their_timers_apart(new_loop: NewLoop, trace: Trace) -> None:
    one, other = new_loop(), new_loop()
    one.call_later(0.001, trace, "one")
    other.run_until_complete(asyncio.sleep(0.003))
    trace("between")
    one.run_until_complete(asyncio.sleep(0.003))
    trace.expect("between", "one")


@requirement("running-56")
def test_loops_in_turn_keep_their_stops_apart(new_loop: NewLoop, trace: Trace) -> None:
    one, other = new_loop(), new_loop()

    def turn(left: int) -> None:
        trace(left)
        if left:
            other.call_soon(turn, left - 1)
        else:
            other.stop()

    one.stop()
    other.call_soon(turn, 2)
    other.run_forever()
    one.run_forever()
    trace.expect(2, 1, 0)


@requirement("running-56")
def test_closing_one_loop_leaves_the_other_usable(new_loop: NewLoop, trace: Trace) -> None:
    one, other = new_loop(), new_loop()
    other.call_soon(trace, "pending")
    drain(one)
    one.close()
    equal(other.is_closed(), False, "is_closed() of the loop that was not closed")
    with allowed("run of a loop after another was closed"):
        equal(other.run_until_complete(asyncio.sleep(0.001, "value")), "value", "result of the other loop")
    trace.expect("pending")


@requirement("running-57")
def test_a_loop_runs_in_another_thread_than_the_one_that_made_it(loop: AbstractEventLoop, trace: Trace) -> None:
    async def work() -> int:
        await asyncio.sleep(0.001)
        await loop.run_in_executor(None, int)
        return threading.get_ident()

    loop.call_soon(trace, "scheduled by its maker")
    with allowed("run and close() in a thread of its own"):
        ran, thread = in_thread(lambda: (loop.run_until_complete(work()), threading.get_ident()))
        in_thread(loop.close)
    equal(ran, thread, "thread of the coroutine")
    trace.expect("scheduled by its maker")


@requirement("running-57")
def test_a_loop_runs_in_several_threads_one_after_the_other(loop: AbstractEventLoop) -> None:
    async def work() -> int:
        await asyncio.sleep(0.001)
        return threading.get_ident()

    def body() -> bool:
        return loop.run_until_complete(work()) == threading.get_ident()

    with allowed("runs of one loop in several threads"):
        seen = [body(), in_thread(body), in_thread(body), body()]
    equal(seen, [True] * 4, "whether the coroutine ran in the thread that ran the loop, four threads in turn")
