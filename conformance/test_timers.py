"""Timers: what call_later and call_at take, give back and hand on, and what cancelling does."""

from __future__ import annotations

import contextvars
import threading
import time
from asyncio import AbstractEventLoop, TimerHandle
from collections.abc import Callable

import pytest

from loopcert.conformance.kit import Trace, allowed, check, drain, equal, instance, requirement

DAY = 86400
SET = {
    "call_later": lambda loop, delay, *args, **options: loop.call_later(delay, *args, **options),
    "call_at": lambda loop, delay, *args, **options: loop.call_at(loop.time() + delay, *args, **options),
}
SetTimer = Callable[..., TimerHandle]
each_call = pytest.mark.parametrize("set_timer", SET.values(), ids=SET)
each_past = pytest.mark.parametrize("delay", [0, -0.5, -DAY])


def run_for(loop: AbstractEventLoop, seconds: float = 0.006) -> None:
    """Run until a timer set now has come up: what was due clearly before it must have run by then."""
    loop.call_later(seconds, loop.stop)
    loop.run_forever()


@requirement("timers-03")
@pytest.mark.parametrize("delay", [0, 2, 1000.5])
def test_a_delay_is_an_int_or_a_float(loop: AbstractEventLoop, delay: float) -> None:
    with allowed(f"a delay of {delay!r}"):
        loop.call_later(delay, lambda: None).cancel()


@requirement("timers-03")
@pytest.mark.parametrize("number", [int, float])
def test_an_absolute_time_is_an_int_or_a_float(loop: AbstractEventLoop, number: type, trace: Trace) -> None:
    with allowed(f"call_at() with {number.__name__} times"):
        loop.call_at(number(loop.time() - 1), trace, "overdue")
        loop.call_at(number(loop.time() + 1000), trace, "ahead")
    run_for(loop)
    trace.expect("overdue")


@requirement("timers-07")
@each_call
@pytest.mark.parametrize("delay", [1000, 0.001, 0, -1])
def test_a_timer_handle_is_returned(loop: AbstractEventLoop, set_timer: SetTimer, delay: float) -> None:
    handle = set_timer(loop, delay, lambda: None)
    handle.cancel()
    instance(handle, TimerHandle, f"the handle of a timer with delay {delay}")


@requirement("timers-10")
@each_call
@pytest.mark.parametrize("arguments", [(1,), ("a", None, [2])], ids=["one", "three"])
def test_positional_arguments_reach_the_callback(
    loop: AbstractEventLoop, set_timer: SetTimer, arguments: tuple[object, ...]
) -> None:
    seen: list[tuple[object, ...]] = []
    set_timer(loop, 0.001, lambda *args: seen.append(args), *arguments)
    run_for(loop)
    equal(seen, [arguments], "arguments of the callback")


@requirement("timers-10")
@each_call
def test_arguments_reach_a_callback_due_at_once(loop: AbstractEventLoop, set_timer: SetTimer, trace: Trace) -> None:
    set_timer(loop, 0, trace, "a", "b")
    set_timer(loop, -1, trace, "a", "b")
    run_for(loop)
    trace.expect(("a", "b"), ("a", "b"))


@requirement("timers-11")
@each_call
@pytest.mark.parametrize("delay", [0.001, 0, -1])
def test_callback_runs_inside_the_given_context(loop: AbstractEventLoop, set_timer: SetTimer, delay: float) -> None:
    variable: contextvars.ContextVar[str] = contextvars.ContextVar("variable", default="unset")
    context = contextvars.Context()
    context.run(variable.set, "given")
    seen: list[str] = []

    def change() -> None:
        seen.append(variable.get())
        variable.set("changed")

    set_timer(loop, delay, change, context=context)
    run_for(loop)
    equal((seen, context.get(variable)), (["given"], "changed"), "the variable in the callback, and in c afterwards")


@requirement("timers-12")
@each_call
@pytest.mark.parametrize("days", [1.5, 30, 400, 36500])
def test_a_timer_days_ahead_stays_pending(
    loop: AbstractEventLoop, set_timer: SetTimer, days: float, trace: Trace
) -> None:
    with allowed(f"a timer {days} days ahead"):
        set_timer(loop, days * DAY, trace, "ran")
        run_for(loop, 0.002)
    trace.expect()


@requirement("timers-12")
@each_call
@pytest.mark.parametrize("days", [1.5, 30, 400, 36500])
def test_a_loop_with_only_a_timer_days_ahead_can_be_woken(
    loop: AbstractEventLoop, set_timer: SetTimer, days: float, trace: Trace
) -> None:
    set_timer(loop, days * DAY, trace, "ran")
    thread = threading.Thread(target=loop.call_soon_threadsafe, args=(loop.stop,))
    loop.call_soon(thread.start)
    with allowed(f"waiting with a timer {days} days ahead"):
        loop.run_forever()
    thread.join()
    trace.expect()


@requirement("timers-19")
@each_call
@pytest.mark.parametrize("delay", [0.001, 0, -1])
def test_a_timer_cancelled_before_the_run_does_not_run(
    loop: AbstractEventLoop, set_timer: SetTimer, delay: float, trace: Trace
) -> None:
    handle = set_timer(loop, delay, trace, "ran")
    handle.cancel()
    run_for(loop)
    trace.expect()


@requirement("timers-19")
def test_a_pending_timer_cancelled_by_a_callback_does_not_run(loop: AbstractEventLoop, trace: Trace) -> None:
    """On a slow machine the timer may be due, and run, before the callback has its turn; after it, never."""

    def cancel() -> None:
        handle.cancel()
        trace("cancelled")

    handle = loop.call_later(0.01, trace, "ran")
    loop.call_soon(cancel)
    run_for(loop, 0.02)
    check(trace.seen in (["cancelled"], ["ran", "cancelled"]), f"a timer that a callback cancels: saw {trace.seen}")


@requirement("timers-19")
@pytest.mark.parametrize("delay", [0.001, 0, -1])
def test_of_two_due_timers_that_cancel_each_other_one_runs(loop: AbstractEventLoop, delay: float, trace: Trace) -> None:
    """Both are due at once, so the loop may have taken the second one up when the first one cancels it."""
    handles: list[TimerHandle] = []

    def run() -> None:
        trace("ran")
        for handle in handles:
            handle.cancel()

    def set_both() -> None:
        handles.extend(loop.call_later(delay, run) for _ in range(2))
        time.sleep(0.003)
        loop.call_later(0.005, loop.stop)

    loop.call_soon(set_both)
    loop.run_forever()
    trace.expect("ran")


@requirement("timers-21")
@each_call
@each_past
def test_an_overdue_timer_set_before_the_run_runs(
    loop: AbstractEventLoop, set_timer: SetTimer, delay: float, trace: Trace
) -> None:
    with allowed(f"a delay of {delay}"):
        set_timer(loop, delay, trace, "ran")
    run_for(loop)
    trace.expect("ran")


@requirement("timers-21")
@each_call
@each_past
def test_an_overdue_timer_set_by_a_timer_runs(
    loop: AbstractEventLoop, set_timer: SetTimer, delay: float, trace: Trace
) -> None:
    loop.call_later(0.001, lambda: (loop.call_later(0.005, loop.stop), set_timer(loop, delay, trace, "ran")))
    loop.run_forever()
    trace.expect("ran")


@requirement("timers-27")
@each_call
@pytest.mark.parametrize("delay", [0.001, 0])
def test_a_context_given_positionally_is_an_argument(
    loop: AbstractEventLoop, set_timer: SetTimer, delay: float, trace: Trace
) -> None:
    context = contextvars.Context()
    set_timer(loop, delay, trace, "argument", context)
    run_for(loop)
    trace.expect(("argument", context))


@requirement("timers-28")
@each_call
@pytest.mark.parametrize("delay", [0.001, 0, -1])
def test_setting_a_timer_returns_before_it_runs(
    loop: AbstractEventLoop, set_timer: SetTimer, delay: float, trace: Trace
) -> None:
    def set_one() -> None:
        set_timer(loop, delay, trace, "ran")
        trace("returned")
        loop.call_later(0.006, loop.stop)

    loop.call_soon(set_one)
    loop.run_forever()
    trace.expect("returned", "ran")


@requirement("timers-28")
@each_call
@each_past
def test_a_timer_set_before_the_run_waits_for_it(
    loop: AbstractEventLoop, set_timer: SetTimer, delay: float, trace: Trace
) -> None:
    set_timer(loop, delay, trace, "ran").cancel()
    trace.expect()


@requirement("timers-29")
@each_call
@pytest.mark.parametrize("delay", [1000, 0, -1])
def test_cancelled_follows_cancel(loop: AbstractEventLoop, set_timer: SetTimer, delay: float) -> None:
    handle = set_timer(loop, delay, lambda: None)
    before = handle.cancelled()
    handle.cancel()
    handle.cancel()
    equal((before, handle.cancelled()), (False, True), "cancelled() before and after cancel()")


@requirement("timers-29")
def test_a_timer_that_ran_was_not_cancelled(loop: AbstractEventLoop) -> None:
    handle = loop.call_later(0.001, lambda: None)
    run_for(loop)
    check(not handle.cancelled(), "cancelled() of a timer that ran: saw True, wanted False")


@requirement("timers-31")
def test_a_thread_sets_a_timer_on_a_waiting_loop(loop: AbstractEventLoop, trace: Trace) -> None:
    def from_thread() -> None:
        loop.call_soon_threadsafe(loop.call_later, 0.002, trace, "ran")
        loop.call_soon_threadsafe(loop.call_later, 0.01, loop.stop)

    thread = threading.Thread(target=from_thread)
    loop.call_soon(thread.start)
    loop.run_forever()
    thread.join()
    trace.expect("ran")


@requirement("timers-05")
def test_a_timer_does_not_run_before_its_delay(loop: AbstractEventLoop, trace: Trace) -> None:
    loop.call_later(60, trace, "ran")
    drain(loop)
    trace.expect()
