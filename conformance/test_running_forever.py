"""run_forever and stop: how long a run lasts."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from asyncio import AbstractEventLoop
from collections.abc import Callable

import pytest

from loopcert.conformance.kit import Trace, check, drain, equal, in_thread, instance, raises, requirement


def relay(loop: AbstractEventLoop, trace: Trace, turns: int = 3) -> None:
    """Trace as many turns of the loop, each scheduled by the one before, and then stop it."""

    def turn(left: int) -> None:
        trace(left)
        if left > 1:
            loop.call_soon(turn, left - 1)
        else:
            loop.stop()

    loop.call_soon(turn, turns)
    loop.run_forever()


@pytest.mark.parametrize("inside", ["callback", "task"])
@requirement("running-06")
def test_run_forever_is_refused_while_the_loop_runs(loop: AbstractEventLoop, inside: str) -> None:
    errors: list[BaseException | None] = []

    def nested() -> None:
        loop.call_soon(loop.stop)  # so that a loop that takes it comes back
        try:
            loop.run_forever()
        except Exception as error:  # noqa: BLE001  # any: the type is not documented
            errors.append(error)
        else:
            errors.append(None)

    async def nesting() -> None:
        nested()

    loop.call_soon(nested) if inside == "callback" else loop.create_task(nesting())
    drain(loop)
    equal(len(errors), 1, "number of nested calls that returned or raised")
    instance(errors[0], Exception, "outcome of run_forever in a run of the same loop")


@requirement("running-06")
def test_run_forever_is_refused_while_another_thread_runs_the_loop(loop: AbstractEventLoop) -> None:
    errors: list[object] = []

    def second() -> None:
        try:
            loop.run_forever()
        except Exception as error:  # noqa: BLE001  # any: the type is not documented
            errors.append(error)
        else:
            errors.append("returned")

    loop.call_soon(in_thread, second)
    drain(loop)
    instance(errors[0], Exception, "outcome of run_forever in a second thread")


@requirement("running-07")
def test_an_idle_loop_runs_until_a_thread_stops_it(loop: AbstractEventLoop, trace: Trace) -> None:
    returned = threading.Event()

    def stop_unless_returned() -> None:
        if not returned.wait(0.03):  # only a loop that ends its run too early is back by then, however slow all is
            trace("stop")
            loop.call_soon_threadsafe(loop.stop)

    thread = threading.Thread(target=stop_unless_returned)
    loop.call_soon(thread.start)
    loop.run_forever()
    returned.set()
    thread.join()
    trace.expect("stop")


@requirement("running-07")
def test_a_run_lasts_beyond_its_last_timer_and_task(loop: AbstractEventLoop, trace: Trace) -> None:
    async def last() -> None:
        await asyncio.sleep(0.001)
        trace("task")
        thread.start()

    def stop() -> None:
        trace("stop")
        loop.call_soon_threadsafe(loop.stop)

    thread = threading.Timer(0.01, stop)
    task = loop.create_task(last())
    loop.run_forever()
    seen = list(trace.seen)
    thread.join()
    check(task.done() and seen == ["task", "stop"], f"before run_forever returned: saw {seen!r}, wanted task, stop")


@pytest.mark.parametrize("caller", ["callback", "timer", "task", "thread"])
@requirement("running-07")
def test_run_forever_returns_after_stop(loop: AbstractEventLoop, trace: Trace, caller: str) -> None:
    def stop() -> None:
        trace("stop")
        loop.stop()

    async def stopping() -> None:
        stop()

    if caller == "callback":
        loop.call_soon(stop)
    elif caller == "timer":
        loop.call_later(0.001, stop)
    elif caller == "task":
        task = loop.create_task(stopping())
    else:
        loop.call_soon(in_thread, lambda: loop.call_soon_threadsafe(stop))
    loop.run_forever()
    trace.expect("stop")
    if caller == "task":
        drain(loop)
        check(task.done(), "the task that called stop(): saw it pending, wanted it done")


@requirement("running-07")
def test_a_future_of_an_abandoned_run_does_not_end_a_later_one(loop: AbstractEventLoop, trace: Trace) -> None:
    future = loop.create_future()
    loop.call_soon(loop.stop)
    with contextlib.suppress(Exception):  # what it raises is the matter of running-41
        loop.run_until_complete(future)
    loop.call_soon(future.set_result, None)
    relay(loop, trace)
    trace.expect(3, 2, 1)


@pytest.mark.parametrize("kind", [KeyboardInterrupt, SystemExit])
@requirement("running-07")
def test_a_future_of_an_interrupted_run_does_not_end_a_later_one(
    loop: AbstractEventLoop, trace: Trace, kind: type[BaseException]
) -> None:
    def leave() -> None:
        loop.stop()  # so that a loop that keeps the exception to itself comes back, too
        raise kind

    future = loop.create_future()
    loop.call_soon(leave)
    with contextlib.suppress(Exception, kind):  # what leaves the run is the matter of errors-15
        loop.run_until_complete(future)
    loop.call_soon(future.set_result, None)
    relay(loop, trace)
    trace.expect(3, 2, 1)


@requirement("running-13")
def test_timers_pending_at_a_stop_are_delivered_in_the_next_run(loop: AbstractEventLoop, trace: Trace) -> None:
    timer = loop.call_later(0.002, trace, "timer")
    drain(loop)
    loop.call_at(timer.when() + 0.002, loop.stop)
    loop.run_forever()
    trace.expect("timer")


@requirement("running-13")
def test_timers_that_came_due_between_two_runs_are_delivered(loop: AbstractEventLoop, trace: Trace) -> None:
    loop.call_soon(loop.stop)
    loop.run_forever()
    due = loop.call_later(0.001, trace, "timer").when()
    while loop.time() <= due:
        pass
    future = loop.create_future()
    loop.call_later(0.002, future.set_result, None)
    loop.run_until_complete(future)
    trace.expect("timer")


@requirement("running-13")
def test_tasks_pending_at_a_stop_go_on_in_the_next_run(loop: AbstractEventLoop, trace: Trace) -> None:
    async def work() -> str:
        trace("begun")
        loop.stop()
        await asyncio.sleep(0.001)
        trace("resumed")
        return "value"

    task = loop.create_task(work())
    loop.run_forever()
    equal(loop.run_until_complete(task), "value", "result of the task, in the second run")
    trace.expect("begun", "resumed")


@requirement("running-13")
def test_the_methods_of_running_alternate(loop: AbstractEventLoop, trace: Trace) -> None:
    async def answer(number: int) -> int:
        await asyncio.sleep(0)
        return number

    for number in range(3):
        trace(loop.run_until_complete(answer(number)))
        loop.call_soon(trace, "callback")
        drain(loop)
    trace.expect(0, "callback", 1, "callback", 2, "callback")


@requirement("running-18")
def test_is_running_inside_and_outside_of_runs(loop: AbstractEventLoop, trace: Trace) -> None:
    async def look() -> None:
        trace(loop.is_running())
        await asyncio.sleep(0)
        trace(loop.is_running())

    trace("before", loop.is_running())
    loop.run_until_complete(look())
    trace("between", loop.is_running())
    loop.call_soon(lambda: trace(loop.is_running()))
    loop.call_soon(loop.stop)
    loop.run_forever()
    trace("after", loop.is_running())
    trace.expect(("before", False), True, True, ("between", False), True, ("after", False))


@requirement("running-18")
def test_is_running_after_stop_was_called(loop: AbstractEventLoop, trace: Trace) -> None:
    def stop() -> None:
        loop.stop()
        trace("stopping", loop.is_running())

    loop.stop()
    trace("stopped beforehand", loop.is_running())
    loop.run_forever()
    loop.call_soon(stop)
    loop.run_forever()
    trace("returned", loop.is_running())
    trace.expect(("stopped beforehand", False), ("stopping", True), ("returned", False))


@requirement("running-18")
def test_is_running_seen_from_another_thread(loop: AbstractEventLoop) -> None:
    seen: list[bool] = []
    loop.call_soon(lambda: seen.append(in_thread(loop.is_running)))
    drain(loop)
    seen.append(in_thread(loop.is_running))
    equal(seen, [True, False], "is_running() in another thread, during and after the run")


@pytest.mark.parametrize("kind", [ValueError, asyncio.CancelledError, KeyboardInterrupt, SystemExit])
@requirement("running-18")
def test_is_running_is_false_after_an_exception(loop: AbstractEventLoop, kind: type[BaseException]) -> None:
    async def fail() -> None:
        raise kind

    with raises(kind, "run_until_complete(coroutine that raises)"):
        loop.run_until_complete(fail())
    equal(loop.is_running(), False, f"is_running() after {kind.__name__} ended the run")
    equal(loop.run_until_complete(asyncio.sleep(0, "value")), "value", "the next run")


def refused(loop: AbstractEventLoop, how: str, seen: list[BaseException]) -> Callable[[], None]:
    """A callback that tries to run ``loop`` and keeps the exception."""
    future = loop.create_future()
    future.set_result(None)

    def nested() -> None:
        loop.call_soon(loop.stop)  # so that a loop that takes it comes back
        try:
            loop.run_forever() if how == "run_forever" else loop.run_until_complete(future)
        except Exception as error:  # noqa: BLE001  # the test looks at it
            seen.append(error)

    return nested


@pytest.mark.parametrize("how", ["run_forever", "run_until_complete"])
@requirement("running-36")
def test_a_refused_run_leaves_the_outer_one_alone(loop: AbstractEventLoop, trace: Trace, how: str) -> None:
    errors: list[BaseException] = []

    def look() -> None:
        refused(loop, how, errors)()
        trace("running", loop.is_running())
        try:
            trace("own", asyncio.get_running_loop() is loop)
        except RuntimeError:
            trace("no running loop")

    loop.call_soon(look)
    loop.call_soon(trace, "next callback")
    drain(loop)
    check(errors, "the nested run: saw it accepted, wanted an exception")
    trace.expect(("running", True), ("own", True), "next callback")


@pytest.mark.parametrize("how", ["run_forever", "run_until_complete"])
@requirement("running-37")
def test_another_loop_in_the_thread_of_a_running_one(new_loop: Callable[[], AbstractEventLoop], how: str) -> None:
    outer, inner = new_loop(), new_loop()
    errors: list[BaseException] = []
    outer.call_soon(refused(inner, how, errors))
    drain(outer)
    equal([type(error) for error in errors], [RuntimeError], "exceptions of the run inside another loop's run")
