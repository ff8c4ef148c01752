"""The running loop, and the current one: what get_running_loop and get_event_loop give, when and where."""

from __future__ import annotations

import asyncio
import os
import warnings
from asyncio import AbstractEventLoop
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest

from loopcert.conformance.kit import Trace, allowed, check, drain, equal, in_thread, instance, raises, requirement, same

NewLoop = Callable[[], AbstractEventLoop]


def running() -> AbstractEventLoop | None:
    """Return the loop that runs in this thread, or None."""
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


def run_with(loop: AbstractEventLoop, way: str, function: Callable[[], object]) -> None:
    """Have ``loop`` call ``function`` in one of the ways in which a loop calls, and run it until that is done."""

    def callback(*_: object) -> None:
        function()
        loop.stop()

    async def coroutine() -> None:
        await asyncio.sleep(0)
        callback()

    match way:
        case "call_soon":
            loop.call_soon(callback)
        case "timer":
            loop.call_later(0.001, callback)
        case "thread":
            in_thread(lambda: loop.call_soon_threadsafe(callback))
        case "done callback":
            future = loop.create_future()
            future.add_done_callback(callback)
            future.set_result(None)
        case "exception handler":
            loop.set_exception_handler(callback)
            loop.call_soon(int, "no number")
        case "coroutine":
            task = loop.create_task(coroutine())
    loop.run_forever()
    if way == "coroutine":
        loop.run_until_complete(task)


WAYS = ["call_soon", "timer", "thread", "done callback", "exception handler", "coroutine"]


@requirement("current-01")
@pytest.mark.parametrize("way", WAYS)
def test_the_running_loop_is_the_one_that_calls(loop: AbstractEventLoop, way: str) -> None:
    seen: list[AbstractEventLoop | None] = []
    run_with(loop, way, lambda: seen.append(running()))
    equal(len(seen), 1, f"number of calls by {way}")
    same(seen[0], loop, f"get_running_loop() in a call by {way}")


@requirement("current-01")
def test_the_running_loop_is_known_in_another_thread_too(loop: AbstractEventLoop) -> None:
    seen: list[AbstractEventLoop | None] = []
    loop.call_soon(lambda: seen.append(running()))
    in_thread(lambda: drain(loop))
    equal(seen, [loop], "get_running_loop() in a callback of a loop that runs in a thread")


@requirement("current-01")
def test_two_loops_in_two_threads_are_told_apart(new_loop: NewLoop) -> None:
    here, there = new_loop(), new_loop()
    seen: list[AbstractEventLoop | None] = []

    def inner() -> None:
        there.call_soon(lambda: seen.append(running()))
        drain(there)

    here.call_soon(in_thread, inner)
    here.call_soon(lambda: seen.append(running()))
    drain(here)
    equal(seen, [there, here], "get_running_loop() in either loop")


@requirement("current-02a")
def test_a_loop_that_was_made_is_not_running(new_loop: NewLoop) -> None:
    new_loop()
    same(running(), None, "the running loop after a loop was made")


@requirement("current-02a")
def test_a_loop_in_use_is_not_running_yet(loop: AbstractEventLoop) -> None:
    async def coroutine() -> None: ...

    asyncio.set_event_loop(loop)
    loop.call_soon(int)
    loop.call_soon_threadsafe(int)
    task = loop.create_task(coroutine())
    seen = running()
    loop.run_until_complete(task)
    same(seen, None, "the running loop after something was scheduled")


@requirement("current-02b")
@pytest.mark.parametrize("times", [1, 2])
def test_no_loop_runs_after_a_run(loop: AbstractEventLoop, times: int) -> None:
    for _ in range(times):
        drain(loop)
    same(running(), None, "the running loop after run_forever()")


@requirement("current-02b")
@pytest.mark.parametrize("error", [KeyError, KeyboardInterrupt, SystemExit, asyncio.CancelledError])
def test_no_loop_runs_after_a_run_until_complete_that_raised(
    loop: AbstractEventLoop, error: type[BaseException]
) -> None:
    async def coroutine() -> None:
        raise error

    with raises(error, f"run_until_complete() of a coroutine that raises {error.__name__}"):
        loop.run_until_complete(coroutine())
    same(running(), None, "the running loop after a run that ended with an exception")


@requirement("current-02b")
@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit])
def test_no_loop_runs_after_an_exception_that_left_the_run(loop: AbstractEventLoop, error: type[BaseException]) -> None:
    def callback() -> None:
        loop.call_soon(loop.stop)
        raise error

    loop.set_exception_handler(lambda *_: None)
    loop.call_soon(callback)
    with suppress(error):  # most loops let it out; whether they have to is a matter of another chapter
        loop.run_forever()
    same(running(), None, "the running loop after a run that an exception may have left")


@requirement("current-02b")
def test_no_loop_runs_after_a_stop_before_the_end(loop: AbstractEventLoop) -> None:
    future = loop.create_future()
    loop.call_soon(loop.stop)
    with raises(Exception, "run_until_complete() of a future that never gets done, after stop()"):
        loop.run_until_complete(future)
    same(running(), None, "the running loop after an abandoned run")


@requirement("current-02b")
def test_no_loop_runs_after_a_run_in_another_thread(loop: AbstractEventLoop) -> None:
    def run() -> AbstractEventLoop | None:
        drain(loop)
        return running()

    same(in_thread(run), None, "the running loop of a thread after a run there")


@requirement("current-03")
def test_another_thread_does_not_see_the_running_loop(loop: AbstractEventLoop) -> None:
    seen: list[AbstractEventLoop | None] = []
    loop.call_soon(lambda: seen.append(in_thread(running)))
    drain(loop)
    equal(seen, [None], "the running loop as another thread sees it")


@requirement("current-03")
@pytest.mark.parametrize("own", [True, False], ids=["default executor", "executor given"])
def test_an_executor_does_not_see_the_running_loop(loop: AbstractEventLoop, own: bool) -> None:
    with ThreadPoolExecutor(1) as pool:
        seen = loop.run_until_complete(loop.run_in_executor(None if own else pool, running))
    if own:
        loop.run_until_complete(loop.shutdown_default_executor())
    same(seen, None, "the running loop as a thread of the executor sees it")


@requirement("current-29")
def test_a_forked_child_can_run_a_loop_of_its_own(loop: AbstractEventLoop, new_loop: NewLoop, trace: Trace) -> None:
    def child() -> int:
        if running() is not None:
            return 2
        own = new_loop()
        return own.run_until_complete(asyncio.sleep(0, 7))

    def fork() -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # of a fork beside threads: the watchdog is one
            pid = os.fork()
        if pid == 0:
            status = 1
            try:
                status = child()
            finally:
                os._exit(status)
        trace(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))

    loop.call_soon(fork)
    drain(loop)
    equal(trace.seen, [7], "status of the child (7: ran a loop; 2: saw the parent's; anything else: failed)")


@requirement("current-04")
@pytest.mark.parametrize("way", WAYS)
def test_get_event_loop_is_the_running_loop_inside_a_run(new_loop: NewLoop, way: str) -> None:
    loop, other = new_loop(), new_loop()
    asyncio.set_event_loop(other)
    seen: list[AbstractEventLoop] = []
    run_with(loop, way, lambda: seen.append(asyncio.get_event_loop()))
    equal(len(seen), 1, f"number of calls by {way}")
    same(seen[0], loop, f"get_event_loop() in a call by {way}")


@requirement("current-05")
@pytest.mark.parametrize("deed", ["running", "running to completion", "closing"])
def test_the_loop_that_was_set_stays_the_current_one(new_loop: NewLoop, deed: str) -> None:
    current = new_loop()
    asyncio.set_event_loop(current)
    other = new_loop()
    if deed == "running":
        drain(other)
    elif deed == "running to completion":
        other.run_until_complete(asyncio.sleep(0))
    elif deed == "closing":
        other.close()
    with allowed(f"get_event_loop() after {deed} another loop than the current one"):
        same(asyncio.get_event_loop(), current, f"get_event_loop() after {deed} another loop")


@requirement("current-06")
def test_without_a_loop_set_there_is_no_current_one(new_loop: NewLoop) -> None:
    def outside() -> None:
        loop = new_loop()
        drain(loop)
        loop.run_until_complete(asyncio.sleep(0))
        loop.close()
        with raises(RuntimeError, "get_event_loop() in a thread where no loop was set"):
            asyncio.get_event_loop()

    in_thread(outside)


@requirement("current-08")
def test_the_current_loop_can_be_unset(loop: AbstractEventLoop) -> None:
    asyncio.set_event_loop(loop)
    drain(loop)
    with allowed("set_event_loop(None)"):
        asyncio.set_event_loop(None)
    drain(loop)
    with raises(Exception, "get_event_loop() after set_event_loop(None)"):
        asyncio.get_event_loop()


@requirement("current-27")
def test_a_loop_is_an_abstract_event_loop(loop: AbstractEventLoop) -> None:
    instance(loop, asyncio.AbstractEventLoop, "the loop")


@requirement("current-34")
def test_the_loop_that_was_set_is_given_back(new_loop: NewLoop) -> None:
    for loop in (new_loop(), new_loop()):
        with allowed("set_event_loop(loop)"):
            asyncio.set_event_loop(loop)
        same(asyncio.get_event_loop(), loop, "get_event_loop() after set_event_loop(loop)")


@requirement("current-10")
def test_making_a_loop_does_not_set_it(new_loop: NewLoop) -> None:
    current = new_loop()
    asyncio.set_event_loop(current)
    made = new_loop()
    check(made is not current, "the factory gave the same loop twice, wanted a new one")
    same(asyncio.get_event_loop(), current, "get_event_loop() after another loop was made")
