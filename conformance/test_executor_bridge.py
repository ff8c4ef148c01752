"""Between threads and the loop: asyncio.to_thread and asyncio.run_coroutine_threadsafe."""

from __future__ import annotations

import asyncio
import concurrent.futures
import threading
import time
from asyncio import AbstractEventLoop
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import pytest

from loopcert.conformance.kit import Trace, differs, equal, instance, raises, requirement

T = TypeVar("T")


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    """A pool of one thread."""
    with ThreadPoolExecutor(1, thread_name_prefix="own") as executor:
        yield executor


def run_beside(loop: AbstractEventLoop, function: Callable[[], T]) -> T:
    """Run the loop while a thread calls the function, and give its result; the loop waits for nothing else."""
    started: list[concurrent.futures.Future[T]] = []

    def start() -> None:
        started.append(thread.submit(function))
        started[0].add_done_callback(lambda _: loop.call_soon_threadsafe(loop.stop))

    with ThreadPoolExecutor(1) as thread:
        loop.call_soon(start)
        loop.run_forever()
    return started[0].result()


def submit(loop: AbstractEventLoop, coroutine: Any) -> concurrent.futures.Future[Any]:
    """Submit a coroutine."""
    return asyncio.run_coroutine_threadsafe(coroutine, loop)


async def give(value: T, turns: int = 0) -> T:
    """Return the value some turns of the loop later."""
    for _ in range(turns):
        await asyncio.sleep(0)
    return value


@requirement("executor-36")
def test_to_thread_hands_arguments_on_and_gives_the_result(loop: AbstractEventLoop) -> None:
    async def main() -> Any:
        return await asyncio.to_thread(lambda *args, **options: (args, options), 1, "a", key=2)

    equal(loop.run_until_complete(main()), ((1, "a"), {"key": 2}), "arguments of the function, given as its result")


@requirement("executor-36")
def test_to_thread_runs_the_function_in_another_thread(loop: AbstractEventLoop) -> None:
    seen = loop.run_until_complete(asyncio.to_thread(threading.current_thread))
    differs(seen, threading.current_thread(), "the thread of the function")


@requirement("executor-37")
def test_the_loop_goes_on_while_to_thread_waits(loop: AbstractEventLoop) -> None:
    event = threading.Event()
    loop.call_later(0.001, event.set)
    equal(loop.run_until_complete(asyncio.to_thread(event.wait)), True, "a wait for a timer of the loop")


@requirement("executor-38")
def test_an_exception_leaves_to_thread(loop: AbstractEventLoop) -> None:
    async def main() -> None:
        with raises(ZeroDivisionError, "to_thread() of a function that divides by zero"):
            await asyncio.to_thread(divmod, 1, 0)

    loop.run_until_complete(main())


@requirement("executor-39")
def test_to_thread_uses_the_default_executor(loop: AbstractEventLoop, pool: ThreadPoolExecutor) -> None:
    loop.set_default_executor(pool)
    thread = loop.run_until_complete(asyncio.to_thread(threading.current_thread))
    equal(thread.name.partition("_")[0], "own", "name of the thread")


@requirement("executor-41")
@pytest.mark.parametrize("turns", [0, 3])
def test_a_thread_gets_the_result_of_a_coroutine(loop: AbstractEventLoop, turns: int) -> None:
    def from_thread() -> Any:
        future = submit(loop, give("value", turns))
        instance(future, concurrent.futures.Future, "what run_coroutine_threadsafe() returned")
        return future.result()

    equal(run_beside(loop, from_thread), "value", "result of the coroutine, in the thread")


@requirement("executor-41")
def test_a_thread_gets_the_results_of_many_coroutines(loop: AbstractEventLoop) -> None:
    def from_thread() -> list[Any]:
        futures = [submit(loop, give(number, number % 3)) for number in range(50)]
        return [future.result() for future in futures]

    equal(run_beside(loop, from_thread), list(range(50)), "results of the coroutines, in the thread")


@requirement("executor-41")
def test_a_coroutine_wakes_a_loop_that_waits(loop: AbstractEventLoop) -> None:
    def from_thread() -> list[Any]:
        seen = []
        for number in range(10):
            time.sleep(0.001)  # by then the loop has nothing left to do
            seen.append(submit(loop, give(number)).result())
        return seen

    equal(run_beside(loop, from_thread), list(range(10)), "results of the coroutines, in the thread")


@requirement("executor-41")
def test_a_coroutine_submitted_before_the_run_runs_with_it(loop: AbstractEventLoop) -> None:
    future = submit(loop, give("value"))
    equal(run_beside(loop, future.result), "value", "result of the coroutine")


@requirement("executor-42")
@pytest.mark.parametrize("turns", [0, 3])
def test_a_thread_gets_the_exception_of_a_coroutine(loop: AbstractEventLoop, turns: int) -> None:
    async def fail() -> None:
        await give(None, turns)
        raise KeyError("told")

    def from_thread() -> None:
        with raises(KeyError, "result() of a coroutine that raises KeyError"):
            submit(loop, fail()).result()

    run_beside(loop, from_thread)


@requirement("executor-43")
def test_cancelling_the_future_cancels_the_task(loop: AbstractEventLoop, trace: Trace) -> None:
    began = threading.Event()

    async def wait() -> None:
        began.set()
        try:
            await loop.create_future()
        except asyncio.CancelledError:
            trace("cancelled")
            raise

    def from_thread() -> None:
        future = submit(loop, wait())
        began.wait()
        future.cancel()
        submit(loop, give(None, 5)).result()

    run_beside(loop, from_thread)
    trace.expect("cancelled")


@requirement("executor-44")
def test_a_cancelled_task_cancels_the_future(loop: AbstractEventLoop) -> None:
    async def cancel_itself() -> None:
        task = asyncio.current_task()
        if task is not None:
            task.cancel()
        await asyncio.sleep(0)

    def from_thread() -> bool:
        future = submit(loop, cancel_itself())
        concurrent.futures.wait([future])
        return future.cancelled()

    equal(run_beside(loop, from_thread), True, "cancelled() of the future")


@requirement("executor-45")
def test_a_submitted_coroutine_runs_in_the_thread_of_the_loop(loop: AbstractEventLoop) -> None:
    async def thread() -> list[int]:
        seen = [threading.get_ident()]
        await asyncio.sleep(0)
        return [*seen, threading.get_ident()]

    seen = run_beside(loop, lambda: submit(loop, thread()).result())
    equal(seen, [threading.get_ident()] * 2, "threads of the coroutine before and after a suspension")


@requirement("executor-46")
@pytest.mark.parametrize("call", ["run_in_executor", "to_thread"])
def test_a_function_may_wait_for_the_loop_that_waits_for_it(loop: AbstractEventLoop, call: str) -> None:
    def work() -> Any:
        return submit(loop, give("value", 2)).result()

    async def main() -> Any:
        return await (asyncio.to_thread(work) if call == "to_thread" else loop.run_in_executor(None, work))

    equal(loop.run_until_complete(main()), "value", "result of the coroutine, by way of the thread")
