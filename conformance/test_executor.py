"""run_in_executor: what it calls, what comes back, and which thread does what."""

from __future__ import annotations

import asyncio
import concurrent.futures
import threading
from asyncio import AbstractEventLoop
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest

from loopcert.conformance.kit import Contexts, Trace, allowed, check, differs, drain, equal, raises, requirement, same


class Rare(BaseException):
    """An exception that `except Exception` does not catch."""


class Inline(Executor):
    """An executor that is no pool: it calls the function at once, where it is."""

    def __init__(self) -> None:
        self.calls: list[tuple[Any, ...]] = []

    def submit(self, fn: Callable[..., Any], /, *args: Any, **_options: Any) -> concurrent.futures.Future[Any]:
        """Call the function and give a future that is done."""
        self.calls.append(args)
        future: concurrent.futures.Future[Any] = concurrent.futures.Future()
        future.set_result(fn(*args))
        return future


@contextmanager
def gate() -> Iterator[threading.Event]:
    """Give an event for threads to wait for; it is set at the latest when the block is left."""
    event = threading.Event()
    try:
        yield event
    finally:
        event.set()


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    """A pool of one thread."""
    with ThreadPoolExecutor(1, thread_name_prefix="own") as executor:
        yield executor


def fail(error: BaseException) -> None:
    """Raise the error."""
    raise error


@requirement("executor-01")
@pytest.mark.parametrize("debug", [False, True], ids=["", "debug"])
def test_a_future_of_the_loop_is_returned(loop: AbstractEventLoop, debug: bool) -> None:
    loop.set_debug(debug)
    future: Any = loop.run_in_executor(None, int)
    check(asyncio.isfuture(future), f"what run_in_executor() returned: saw {future!r}, wanted a Future")
    same(future.get_loop(), loop, "the loop of the future")
    equal(loop.run_until_complete(future), 0, "result of the function")


@requirement("executor-01")
@pytest.mark.parametrize(
    "value", [None, object(), ValueError("returned, not raised"), []], ids=lambda v: type(v).__name__
)
def test_the_result_is_what_the_function_returned(loop: AbstractEventLoop, value: object) -> None:
    with allowed("a function that returns a value"):
        seen = loop.run_until_complete(loop.run_in_executor(None, lambda: value))
    same(seen, value, "result of the function")


@requirement("executor-02")
@pytest.mark.parametrize("kind", [KeyError, TimeoutError, Rare])
def test_an_exception_of_the_function_is_that_of_the_future(loop: AbstractEventLoop, kind: type[BaseException]) -> None:
    future: Any = loop.run_in_executor(None, fail, kind("told"))
    loop.run_until_complete(asyncio.wait([future]))
    seen = future.exception()
    equal((type(seen), seen.args), (kind, ("told",)), "exception of the future")


@requirement("executor-02")
def test_an_exception_of_the_function_is_raised_at_the_await(loop: AbstractEventLoop) -> None:
    async def main() -> None:
        with raises(KeyError, "awaiting a function that raises KeyError"):
            await loop.run_in_executor(None, fail, KeyError("told"))

    loop.run_until_complete(main())


@requirement("executor-40")
def test_stop_iteration_ends_the_future(loop: AbstractEventLoop) -> None:
    async def main() -> None:
        with raises(RuntimeError, "awaiting a function that raises StopIteration"):
            await loop.run_in_executor(None, fail, StopIteration())

    loop.run_until_complete(main())


@requirement("executor-05")
@pytest.mark.parametrize("arguments", [(), (1,), ("a", None, [2])], ids=["none", "one", "three"])
def test_positional_arguments_reach_the_function(loop: AbstractEventLoop, arguments: tuple[object, ...]) -> None:
    seen = loop.run_until_complete(loop.run_in_executor(None, lambda *args: args, *arguments))
    equal(seen, arguments, "arguments of the function")


@requirement("executor-06")
def test_a_pool_runs_what_it_is_given_for(loop: AbstractEventLoop, pool: ThreadPoolExecutor) -> None:
    thread = pool.submit(threading.get_ident).result()
    seen = loop.run_until_complete(loop.run_in_executor(pool, threading.get_ident))
    equal(seen, thread, "the thread that ran the function")


@requirement("executor-06")
def test_an_executor_of_any_kind_runs_what_it_is_given_for(loop: AbstractEventLoop) -> None:
    executor = Inline()
    with allowed("an Executor that is no pool of threads"):
        seen = loop.run_until_complete(loop.run_in_executor(executor, max, 1, 3, 2))
    equal((seen, executor.calls), (3, [(1, 3, 2)]), "result, and the calls of submit()")


@requirement("executor-06")
def test_an_executor_given_wins_over_the_default(loop: AbstractEventLoop, pool: ThreadPoolExecutor) -> None:
    loop.set_default_executor(pool)
    executor = Inline()
    thread = loop.run_until_complete(loop.run_in_executor(executor, threading.get_ident))
    equal(thread, threading.get_ident(), "the thread that ran the function of an executor without threads")


@requirement("executor-19")
def test_the_function_runs_in_another_thread(loop: AbstractEventLoop) -> None:
    seen = loop.run_until_complete(loop.run_in_executor(None, threading.current_thread))
    differs(seen, threading.current_thread(), "the thread of the function")


@requirement("executor-19")
def test_the_loop_goes_on_while_the_function_runs(loop: AbstractEventLoop) -> None:
    with gate() as event:
        loop.call_later(0.001, event.set)
        equal(loop.run_until_complete(loop.run_in_executor(None, event.wait)), True, "a wait for a timer of the loop")


@requirement("executor-19")
def test_the_loop_may_run_in_another_thread(loop: AbstractEventLoop, trace: Trace) -> None:
    async def main() -> None:
        trace(await loop.run_in_executor(None, threading.get_ident) != threading.get_ident())

    thread = threading.Thread(target=lambda: loop.run_until_complete(main()))
    thread.start()
    thread.join()
    trace.expect(True)


@requirement("executor-20")
def test_a_function_cancelled_before_it_began_does_not_run(
    loop: AbstractEventLoop, pool: ThreadPoolExecutor, trace: Trace
) -> None:
    with gate() as event:
        busy = loop.run_in_executor(pool, event.wait)
        loop.run_in_executor(pool, trace, "ran").cancel()
        drain(loop)
    loop.run_until_complete(busy)
    pool.shutdown()
    trace.expect()


@requirement("executor-26")
def test_the_function_is_submitted_at_the_call(loop: AbstractEventLoop, pool: ThreadPoolExecutor, trace: Trace) -> None:
    """The loop does not run: the pool alone must have got everything it needs."""
    future = loop.run_in_executor(pool, trace, "ran")
    pool.shutdown()
    seen = list(trace.seen)
    with allowed("awaiting the future later"):
        loop.run_until_complete(future)
    equal(seen, ["ran"], "what the executor had done when it was shut down")


@requirement("executor-27")
def test_callbacks_of_the_future_run_in_the_thread_of_the_loop(
    loop: AbstractEventLoop, pool: ThreadPoolExecutor, trace: Trace
) -> None:
    with gate() as event:
        future = loop.run_in_executor(pool, event.wait)
        future.add_done_callback(lambda _: trace(threading.get_ident()))
        future.add_done_callback(lambda _: loop.call_soon_threadsafe(loop.stop))
        loop.call_soon(event.set)
        loop.run_forever()
    trace.expect(threading.get_ident())


@requirement("executor-27")
def test_a_loop_that_waits_for_nothing_else_is_woken(loop: AbstractEventLoop, pool: ThreadPoolExecutor) -> None:
    for _ in range(20):
        loop.run_until_complete(loop.run_in_executor(pool, threading.Event().wait, 0.0005))


@requirement("executor-28")
def test_the_outcome_of_a_cancelled_function_is_dropped(
    loop: AbstractEventLoop, pool: ThreadPoolExecutor, trace: Trace
) -> None:
    reports = Contexts(loop)
    with gate() as event:
        begun = loop.create_future()

        def work() -> None:
            loop.call_soon_threadsafe(begun.set_result, None)
            event.wait()
            trace("finished")

        future = loop.run_in_executor(pool, work)
        loop.run_until_complete(begun)
        future.cancel()
        drain(loop)
    pool.shutdown()
    drain(loop)
    equal(
        (future.cancelled(), trace.seen, reports.seen),
        (True, ["finished"], []),
        "cancelled, what ran, what was reported",
    )


@requirement("executor-29")
def test_the_refusal_of_an_executor_reaches_the_caller(loop: AbstractEventLoop, pool: ThreadPoolExecutor) -> None:
    async def main() -> None:
        with raises(RuntimeError, "run_in_executor() on an executor that was shut down"):
            await loop.run_in_executor(pool, int)

    pool.shutdown()
    loop.run_until_complete(main())


@requirement("executor-47")
def test_threads_of_an_executor_may_call_soon_threadsafe_at_once(loop: AbstractEventLoop, trace: Trace) -> None:
    def work(name: int) -> None:
        barrier.wait()
        for number in range(100):
            loop.call_soon_threadsafe(trace, name, number)

    barrier = threading.Barrier(3)
    with ThreadPoolExecutor(3) as pool:
        jobs = [loop.run_in_executor(pool, work, name) for name in range(3)]
        loop.run_until_complete(asyncio.wait(jobs))
    drain(loop)
    equal(sorted(trace.seen), [(name, number) for name in range(3) for number in range(100)], "calls that arrived")
