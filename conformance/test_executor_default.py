"""The default executor: the one the loop makes, the one that is set, and its shutdown."""

from __future__ import annotations

import asyncio
import concurrent.futures
import gc
import threading
import time
import warnings
from asyncio import AbstractEventLoop
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest

from loopcert.conformance.kit import CouldNotRun, Trace, allowed, check, equal, raises, requirement

MANY = 40
"""Jobs at a time: more than ThreadPoolExecutor has workers by default, on any machine."""


@contextmanager
def gate() -> Iterator[threading.Event]:
    """Give an event for threads to wait for; it is set at the latest when the block is left."""
    event = threading.Event()
    try:
        yield event
    finally:
        event.set()


def named(name: str) -> ThreadPoolExecutor:
    """Give a pool of one thread."""
    return ThreadPoolExecutor(1, thread_name_prefix=name)


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    """A pool of one thread."""
    with named("own") as executor:
        yield executor


async def thread_name(loop: AbstractEventLoop) -> str:
    """Tell in which thread the default executor runs a function, without the number at its end."""
    thread = await loop.run_in_executor(None, threading.current_thread)
    return thread.name.partition("_")[0]


@requirement("executor-04a")
def test_functions_run_without_an_executor_being_set(loop: AbstractEventLoop) -> None:
    with allowed("run_in_executor(None, ...) without set_default_executor()"):
        jobs = [loop.run_in_executor(None, abs, -number) for number in range(20)]
        seen = loop.run_until_complete(asyncio.gather(*jobs))
    equal(seen, list(range(20)), "results of functions run in the default executor")


@requirement("executor-04a")
def test_functions_run_side_by_side_in_the_default_executor(loop: AbstractEventLoop) -> None:
    barrier = threading.Barrier(2)
    jobs = [loop.run_in_executor(None, barrier.wait) for _ in range(2)]
    equal(sorted(loop.run_until_complete(asyncio.gather(*jobs))), [0, 1], "functions that waited for each other")


def count_workers(submit: Callable[[Callable[[], bool]], Any]) -> tuple[int, list[Any]]:
    """Count the threads that many jobs, none of which ends, make a pool start; give what submit() returned, too."""
    before = set(threading.enumerate())
    with gate() as event:
        jobs = [submit(event.wait) for _ in range(MANY)]
        return len(set(threading.enumerate()) - before), jobs


@requirement("executor-04b")
def test_the_default_executor_has_the_default_number_of_workers(loop: AbstractEventLoop) -> None:
    with ThreadPoolExecutor() as model:
        wanted, _ = count_workers(model.submit)
    seen, jobs = count_workers(lambda job: loop.run_in_executor(None, job))
    loop.run_until_complete(asyncio.wait(jobs))
    equal(seen, wanted, "threads of the default executor under load")


@requirement("executor-07")
def test_the_executor_that_is_set_runs_the_functions(loop: AbstractEventLoop, pool: ThreadPoolExecutor) -> None:
    loop.set_default_executor(pool)
    equal(loop.run_until_complete(thread_name(loop)), "own", "name of the thread")


@requirement("executor-07")
def test_the_executor_that_is_set_replaces_the_one_in_use(loop: AbstractEventLoop, pool: ThreadPoolExecutor) -> None:
    async def main() -> list[str]:
        await thread_name(loop)
        seen = []
        for executor in (first, pool):
            loop.set_default_executor(executor)
            seen.append(await thread_name(loop))
        return seen

    with named("first") as first:
        equal(loop.run_until_complete(main()), ["first", "own"], "names of the threads")
    gc.collect()  # ends the threads of the pool that the loop had made


@requirement("executor-08")
@pytest.mark.parametrize(
    "executor", [None, object(), ThreadPoolExecutor, Executor()], ids=["None", "object", "class", "Executor"]
)
def test_only_a_thread_pool_can_be_set(loop: AbstractEventLoop, executor: Any) -> None:
    try:
        with raises(TypeError, f"set_default_executor({executor!r})"):
            loop.set_default_executor(executor)
    finally:
        loop.set_default_executor(ThreadPoolExecutor(1))  # a loop that took the other one could not be closed


@requirement("executor-21")
def test_an_interpreter_pool_can_be_set(loop: AbstractEventLoop) -> None:
    try:
        executor = concurrent.futures.InterpreterPoolExecutor(1)
    except (AttributeError, ImportError) as error:
        raise CouldNotRun(f"this Python has no InterpreterPoolExecutor: {error}") from error
    with executor, allowed("set_default_executor(InterpreterPoolExecutor())"):
        loop.set_default_executor(executor)


@requirement("executor-09")
@pytest.mark.parametrize("own", [False, True], ids=["made", "set"])
def test_shutdown_waits_for_jobs_and_threads(loop: AbstractEventLoop, pool: ThreadPoolExecutor, own: bool) -> None:
    threads: list[threading.Thread] = []

    def work() -> None:
        time.sleep(0.005)
        threads.append(threading.current_thread())

    if own:
        loop.set_default_executor(pool)
    jobs = [loop.run_in_executor(None, work) for _ in range(3)]
    loop.run_until_complete(loop.shutdown_default_executor())
    seen = len(threads), sum(thread.is_alive() for thread in threads)
    loop.run_until_complete(asyncio.wait(jobs))
    equal(seen, (3, 0), "jobs done, and threads alive, after shutdown_default_executor()")


@requirement("executor-09")
def test_results_of_jobs_outlive_the_shutdown(loop: AbstractEventLoop) -> None:
    async def main() -> list[int]:
        jobs = [loop.run_in_executor(None, abs, -number) for number in range(5)]
        await loop.shutdown_default_executor()
        with allowed("awaiting jobs that were waiting at the shutdown"):
            return [await job for job in jobs]

    equal(loop.run_until_complete(main()), list(range(5)), "results of jobs that were waiting at the shutdown")


async def refuse(loop: AbstractEventLoop, when: str) -> None:
    """Fail unless the default executor is refused."""
    with raises(RuntimeError, f"run_in_executor(None, ...) {when}"):
        await loop.run_in_executor(None, int)


@requirement("executor-10")
@pytest.mark.parametrize("own", [False, True], ids=["made", "set"])
def test_the_default_executor_is_refused_after_its_shutdown(
    loop: AbstractEventLoop, pool: ThreadPoolExecutor, own: bool
) -> None:
    async def main() -> None:
        if own:
            loop.set_default_executor(pool)
        await loop.run_in_executor(None, int)
        await loop.shutdown_default_executor()
        await refuse(loop, "after shutdown_default_executor()")

    loop.run_until_complete(main())


@requirement("executor-10")
def test_the_default_executor_is_refused_while_it_shuts_down(loop: AbstractEventLoop) -> None:
    async def main() -> None:
        with gate() as event:
            job = loop.run_in_executor(None, event.wait)
            shutdown = loop.create_task(loop.shutdown_default_executor())
            await asyncio.sleep(0)
            await refuse(loop, "while shutdown_default_executor() waits")
        await shutdown
        await job

    loop.run_until_complete(main())


@requirement("executor-23")
def test_the_default_executor_is_refused_though_none_was_made(loop: AbstractEventLoop) -> None:
    async def main() -> None:
        await loop.shutdown_default_executor()
        await refuse(loop, "after shutdown_default_executor()")

    loop.run_until_complete(main())


@requirement("executor-24")
def test_an_executor_set_after_the_shutdown_is_refused(loop: AbstractEventLoop, pool: ThreadPoolExecutor) -> None:
    async def main() -> None:
        await loop.shutdown_default_executor()
        loop.set_default_executor(pool)
        await refuse(loop, "with an executor set after shutdown_default_executor()")

    loop.run_until_complete(main())


@requirement("executor-22")
def test_an_explicit_executor_works_after_the_shutdown(loop: AbstractEventLoop, pool: ThreadPoolExecutor) -> None:
    async def main() -> int:
        await loop.run_in_executor(None, int)
        await loop.shutdown_default_executor()
        with allowed("an explicit executor after shutdown_default_executor()"):
            return await loop.run_in_executor(pool, abs, -1)

    equal(loop.run_until_complete(main()), 1, "result of a function in an explicit executor")


@requirement("executor-30")
@pytest.mark.parametrize("end", ["close", "shutdown"])
def test_an_explicit_executor_outlives_the_loop(loop: AbstractEventLoop, pool: ThreadPoolExecutor, end: str) -> None:
    loop.run_until_complete(loop.run_in_executor(pool, int))
    if end == "shutdown":
        loop.run_until_complete(loop.shutdown_default_executor())
    else:
        loop.close()
    with allowed(f"submit() of an explicit executor after the {end}"):
        pool.submit(int).result()


@requirement("executor-31")
def test_the_loop_goes_on_while_the_shutdown_waits(loop: AbstractEventLoop, trace: Trace) -> None:
    async def main() -> None:
        with gate() as event:
            job = loop.run_in_executor(None, event.wait)
            loop.call_later(0.002, event.set)
            await loop.shutdown_default_executor()
        trace(await job)

    loop.run_until_complete(main())
    trace.expect(True)


@requirement("executor-32")
@pytest.mark.parametrize("used", [False, True], ids=["unused", "used"])
def test_a_second_shutdown_is_harmless(loop: AbstractEventLoop, used: bool) -> None:
    if used:
        loop.run_until_complete(loop.run_in_executor(None, int))
    with allowed("a second shutdown_default_executor()"):
        for _ in range(2):
            loop.run_until_complete(loop.shutdown_default_executor())


async def shut_down_while_busy(
    loop: AbstractEventLoop, pool: ThreadPoolExecutor, timeout: float
) -> tuple[bool, list[Any]]:
    """Shut down with a timeout while a job runs; tell whether the job had to be released first, and the warnings.

    It is released a second and a hundred timers after the timeout: who waits for it ignores the timeout.
    """

    async def release(event: threading.Event) -> None:
        for _ in range(100):
            await asyncio.sleep(0.01)
        event.set()

    loop.set_default_executor(pool)
    with gate() as event, warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        job = loop.run_in_executor(None, event.wait)
        releaser = loop.create_task(release(event))
        await loop.shutdown_default_executor(timeout)  # type: ignore[call-arg]  # since Python 3.12
        waited = event.is_set()
    releaser.cancel()
    await job
    return waited, [each.category for each in warned]


@requirement("executor-12a")
def test_a_shutdown_that_times_out_warns(loop: AbstractEventLoop, pool: ThreadPoolExecutor) -> None:
    _, warned = loop.run_until_complete(shut_down_while_busy(loop, pool, 0.005))
    check(RuntimeWarning in warned, f"warnings of a shutdown that timed out: saw {warned}, wanted a RuntimeWarning")


@requirement("executor-12b")
@pytest.mark.parametrize("timeout", [0.005, 0])
def test_a_shutdown_that_times_out_does_not_wait(
    loop: AbstractEventLoop, pool: ThreadPoolExecutor, timeout: float
) -> None:
    with allowed(f"shutdown_default_executor(timeout={timeout}) that times out"):
        waited, _ = loop.run_until_complete(shut_down_while_busy(loop, pool, timeout))
    equal(waited, False, "whether the shutdown returned only after the job had been released")


@requirement("executor-25")
@pytest.mark.parametrize("timeout", [None, 60, 60.0])
def test_a_shutdown_in_time_does_not_warn(loop: AbstractEventLoop, timeout: float | None) -> None:
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        loop.run_until_complete(loop.run_in_executor(None, int))
        loop.run_until_complete(loop.shutdown_default_executor(timeout))  # type: ignore[call-arg]
    seen = [each.category for each in warned if issubclass(each.category, RuntimeWarning)]
    equal(seen, [], "warnings of a shutdown in time")
