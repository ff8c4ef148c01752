"""stop(): what still runs after it, what waits for the next run, and that it ends one run only."""

from __future__ import annotations

import asyncio
import socket
from asyncio import AbstractEventLoop
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from loopcert.conformance.kit import Trace, allowed, drain, equal, raises, requirement
from loopcert.conformance.test_running_forever import relay


@contextmanager
def watched(
    loop: AbstractEventLoop, callback: Callable[[], object], direction: str = "reader"
) -> Iterator[tuple[socket.socket, socket.socket]]:
    """A pair of sockets of which the loop watches the first; skips the test on a loop that leaves watchers out."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.setblocking(False)
        try:
            loop.add_reader(ours, callback) if direction == "reader" else loop.add_writer(ours, callback)
        except NotImplementedError:
            pytest.skip("the loop leaves watchers out (NotImplementedError)")
        try:
            yield ours, theirs
        finally:
            loop.remove_reader(ours) if direction == "reader" else loop.remove_writer(ours)


@requirement("running-08a")
def test_stop_beforehand_does_not_wait_for_timers(loop: AbstractEventLoop, trace: Trace) -> None:
    loop.call_later(3600, trace, "timer")
    loop.stop()
    loop.run_forever()
    trace.expect()


@requirement("running-08a")
def test_stop_beforehand_does_not_wait_for_descriptors(loop: AbstractEventLoop, trace: Trace) -> None:
    with watched(loop, trace.marker("reader")):
        loop.stop()
        loop.run_forever()
    trace.expect()


@requirement("running-08a")
def test_stop_beforehand_ends_the_run_of_an_empty_loop(loop: AbstractEventLoop) -> None:
    loop.stop()
    loop.stop()
    loop.run_forever()
    equal(loop.is_running(), False, "is_running() after it")


@requirement("running-08b")
def test_stop_beforehand_still_runs_what_was_scheduled(loop: AbstractEventLoop, trace: Trace) -> None:
    loop.call_soon(trace, "scheduled first")
    loop.stop()
    loop.call_soon(trace, "scheduled after stop()")
    loop.run_forever()
    trace.expect("scheduled first", "scheduled after stop()")


@requirement("running-08b")
def test_stop_beforehand_still_takes_the_first_step_of_a_task(loop: AbstractEventLoop, trace: Trace) -> None:
    async def work() -> None:
        trace("begun")
        await asyncio.sleep(0)
        trace("ended")

    task = loop.create_task(work())
    loop.stop()
    loop.run_forever()
    seen = list(trace.seen)
    loop.run_until_complete(task)
    equal(seen[:1], ["begun"], "what had happened when run_forever returned")


@pytest.mark.parametrize("direction", ["reader", "writer"])
@requirement("running-09")
def test_stop_beforehand_still_serves_ready_descriptors(loop: AbstractEventLoop, trace: Trace, direction: str) -> None:
    with watched(loop, trace.marker("ready"), direction) as (_, theirs):
        theirs.send(b"x")
        loop.stop()
        loop.run_forever()
    trace.expect("ready")


@pytest.mark.parametrize("place", [0, 1, 2])
@requirement("running-10")
def test_the_rest_of_the_batch_runs(loop: AbstractEventLoop, trace: Trace, place: int) -> None:
    for number in range(3):
        if number == place:
            loop.call_soon(loop.stop)
        loop.call_soon(trace, number)
    loop.run_forever()
    trace.expect(0, 1, 2)


@requirement("running-10")
def test_the_rest_of_the_batch_runs_when_a_task_stops_the_loop(loop: AbstractEventLoop, trace: Trace) -> None:
    async def work(name: str) -> None:
        trace(name)
        loop.stop()

    tasks = [loop.create_task(work(name)) for name in "abc"]
    loop.run_forever()
    trace.expect("a", "b", "c")
    loop.run_until_complete(asyncio.gather(*tasks))


def schedule_task(loop: AbstractEventLoop, callback: Callable[[], object]) -> None:
    """Have a task call ``callback`` in its first step."""

    async def call() -> None:
        callback()

    kept = loop.create_task(call())
    kept.add_done_callback(lambda _task: None)


def schedule_done_callback(loop: AbstractEventLoop, callback: Callable[[], object]) -> None:
    """Have a future that is completed now call ``callback``."""
    future = loop.create_future()
    future.add_done_callback(lambda _future: callback())
    future.set_result(None)


WAYS = {
    "call_soon": lambda loop, callback: loop.call_soon(callback),
    "call_soon_threadsafe": lambda loop, callback: loop.call_soon_threadsafe(callback),
    "call_later": lambda loop, callback: loop.call_later(0, callback),
    "task": schedule_task,
    "future": schedule_done_callback,
}


@pytest.mark.parametrize("moment", ["before stop", "after stop", "in a later callback"])
@pytest.mark.parametrize("way", WAYS)
@requirement("running-11")
def test_what_the_last_batch_schedules_waits(loop: AbstractEventLoop, trace: Trace, way: str, moment: str) -> None:
    def schedule() -> None:
        WAYS[way](loop, trace.marker("scheduled"))

    def last() -> None:
        if moment == "before stop":
            schedule()
        loop.stop()
        if moment == "after stop":
            schedule()

    loop.call_soon(last)
    if moment == "in a later callback":
        loop.call_soon(schedule)
    loop.run_forever()
    trace("returned")
    loop.call_later(0.002, loop.stop)
    loop.run_forever()
    trace.expect("returned", "scheduled")


@pytest.mark.parametrize("method", ["run_forever", "run_until_complete"])
@requirement("running-12")
def test_leftovers_run_in_the_next_run(loop: AbstractEventLoop, trace: Trace, method: str) -> None:
    def last() -> None:
        loop.stop()
        loop.call_soon(trace, "leftover 1")
        loop.call_soon(trace, "leftover 2")

    loop.call_soon(last)
    loop.run_forever()
    loop.call_soon(trace, "new")
    if method == "run_forever":
        drain(loop)
    else:
        loop.run_until_complete(asyncio.sleep(0))
    trace.expect("leftover 1", "leftover 2", "new")


@requirement("running-12")
def test_what_is_scheduled_between_two_runs_runs(loop: AbstractEventLoop, trace: Trace) -> None:
    drain(loop)
    loop.call_soon(trace, "between")
    trace("not running")
    drain(loop)
    trace.expect("not running", "between")


@requirement("running-14")
def test_stop_returns_to_its_caller(loop: AbstractEventLoop, trace: Trace) -> None:
    def last() -> None:
        with allowed("stop()"):
            trace("returned", loop.stop())
        trace("end of the callback")

    loop.call_soon(last)
    loop.run_forever()
    trace.expect(("returned", None), "end of the callback")


@requirement("running-14")
def test_the_task_that_calls_stop_runs_to_its_next_suspension(loop: AbstractEventLoop, trace: Trace) -> None:
    async def work() -> None:
        loop.stop()
        trace("before the await")
        await asyncio.sleep(0)
        trace("after the await")

    task = loop.create_task(work())
    loop.run_forever()
    loop.run_until_complete(task)
    trace.expect("before the await", "after the await")


@requirement("running-15")
def test_no_descriptor_is_served_after_a_stop(loop: AbstractEventLoop, trace: Trace) -> None:
    with watched(loop, trace.marker("reader")) as (_, theirs):
        loop.call_soon(theirs.send, b"x")
        loop.call_soon(loop.stop)
        loop.run_forever()
    trace.expect()


@requirement("running-15")
def test_no_timer_that_comes_due_after_a_stop_is_served(loop: AbstractEventLoop, trace: Trace) -> None:
    def last() -> None:
        loop.stop()
        due = loop.call_later(0.001, trace, "timer").when()
        while loop.time() <= due:
            pass

    loop.call_soon(last)
    loop.run_forever()
    trace.expect()


@pytest.mark.parametrize("when", ["before the run", "in the run"])
@requirement("running-53")
def test_stop_ends_one_run_however_often_called(loop: AbstractEventLoop, trace: Trace, when: str) -> None:
    def stop_thrice() -> None:
        for _ in range(3):
            loop.stop()

    stop_thrice() if when == "before the run" else loop.call_soon(stop_thrice)
    loop.run_forever()
    relay(loop, trace)
    trace.expect(3, 2, 1)


@requirement("running-53")
def test_the_end_of_run_until_complete_does_not_stop_the_next_run(loop: AbstractEventLoop, trace: Trace) -> None:
    loop.run_until_complete(asyncio.sleep(0))
    relay(loop, trace)
    trace.expect(3, 2, 1)


@pytest.mark.parametrize("kind", [KeyboardInterrupt, SystemExit])
@requirement("running-54")
def test_callbacks_behind_one_that_leaves_the_run_are_not_lost(
    loop: AbstractEventLoop, trace: Trace, kind: type[BaseException]
) -> None:
    def leave() -> None:
        raise kind

    loop.call_soon(trace, "before")
    loop.call_soon(leave)
    loop.call_soon(trace, "behind")
    with raises(kind, "run_forever with a callback that raises it"):
        loop.run_forever()
    drain(loop)
    trace.expect("before", "behind")


@pytest.mark.parametrize("kind", [KeyboardInterrupt, SystemExit])
@requirement("running-54")
def test_a_task_that_left_a_run_does_not_stop_the_next(
    loop: AbstractEventLoop, trace: Trace, kind: type[BaseException]
) -> None:
    async def leave() -> None:
        await asyncio.sleep(0)
        raise kind

    with raises(kind, "run_until_complete(coroutine that raises it)"):
        loop.run_until_complete(leave())
    relay(loop, trace)
    trace.expect(3, 2, 1)
