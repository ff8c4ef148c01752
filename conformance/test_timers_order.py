"""Timers beside each other: their order, exactly once each, and no timer lost whatever happens around it."""

from __future__ import annotations

import random
import time
from asyncio import AbstractEventLoop, TimerHandle
from collections.abc import Callable

import pytest

from loopcert.conformance.kit import Contexts, Trace, drain, equal, requirement

STEP = 0.002
"""Seconds between two due times: far enough apart for a clock in milliseconds."""


def set_ahead(loop: AbstractEventLoop, callback: Callable[[int], object], steps: list[int]) -> None:
    """Set a timer a step, then one that stops the loop, all of them while they are still to come.

    On a machine that stalls in between some would be overdue when set, and these have no order: then all again.
    """
    lead = 0.005
    while True:
        base = loop.time() + lead
        handles = [loop.call_at(base + step * STEP, callback, step) for step in steps]
        handles.append(loop.call_at(base + (max(steps) + 5) * STEP, loop.stop))
        if loop.time() < base:
            return
        for handle in handles:
            handle.cancel()
        lead *= 2


@requirement("timers-26")
@pytest.mark.parametrize("steps", [[1, 2, 3], [3, 2, 1], [2, 3, 1]], ids=str)
def test_timers_run_in_the_order_of_their_due_times(loop: AbstractEventLoop, trace: Trace, steps: list[int]) -> None:
    set_ahead(loop, trace, steps)
    loop.run_forever()
    trace.expect(1, 2, 3)


@requirement("timers-26")
def test_many_shuffled_timers_run_in_order(loop: AbstractEventLoop, trace: Trace) -> None:
    steps = list(range(15))
    random.Random(3156).shuffle(steps)
    set_ahead(loop, trace, steps)
    loop.run_forever()
    trace.expect(*range(15))


@requirement("timers-26")
def test_timers_that_became_due_in_a_long_callback_run_in_order(loop: AbstractEventLoop, trace: Trace) -> None:
    set_ahead(loop, trace, [4, 1, 3, 2])
    loop.call_soon(time.sleep, 0.025)
    loop.run_forever()
    trace.expect(1, 2, 3, 4)


@requirement("timers-26")
def test_timers_that_became_due_before_the_run_run_in_order(loop: AbstractEventLoop, trace: Trace) -> None:
    set_ahead(loop, trace, [4, 1, 3, 2])
    time.sleep(0.025)
    loop.run_forever()
    trace.expect(1, 2, 3, 4)


@requirement("timers-26")
def test_a_timer_set_in_the_run_overtakes_a_longer_one(loop: AbstractEventLoop, trace: Trace) -> None:
    def short() -> None:
        trace("short")
        loop.stop()

    loop.call_later(60, trace, "long")
    loop.call_later(0.001, loop.call_later, 0.002, short)
    loop.run_forever()
    trace.expect("short")


@requirement("timers-26")
def test_cancelling_timers_leaves_the_order_of_the_others(loop: AbstractEventLoop, trace: Trace) -> None:
    doomed = [loop.call_later(0.001 * number, trace, "cancelled") for number in range(1, 301)]
    steps = [5, 1, 4, 2, 3]
    set_ahead(loop, trace, steps)
    for handle in doomed[::-1]:
        handle.cancel()
    loop.run_forever()
    trace.expect(1, 2, 3, 4, 5)


@requirement("timers-26")
def test_many_timers_left_of_more_keep_their_order(loop: AbstractEventLoop, trace: Trace) -> None:
    shuffle = random.Random(3156).shuffle
    delays = [0.0003 * number for number in range(300)]
    steps = list(range(30))
    shuffle(delays)
    shuffle(steps)
    doomed = [loop.call_later(delay, trace, "cancelled") for delay in delays]
    set_ahead(loop, trace, steps)
    for handle in doomed:
        handle.cancel()
    loop.run_forever()
    trace.expect(*range(30))


@requirement("timers-08")
def test_each_of_many_timers_runs_once(loop: AbstractEventLoop, trace: Trace) -> None:
    for number in range(200):
        loop.call_later(0.001 * (number % 5), trace, number)
    loop.call_later(0.015, loop.stop)
    loop.run_forever()
    trace.expect_unordered(*range(200))


@requirement("timers-08")
@pytest.mark.parametrize("delay", [0.002, 0])
def test_the_same_callback_set_twice_for_the_same_time_runs_twice(
    loop: AbstractEventLoop, trace: Trace, delay: float
) -> None:
    due = loop.time() + delay
    for _ in range(2):
        loop.call_at(due, trace, "ran")
    loop.call_at(due + 0.02, loop.stop)
    loop.run_forever()
    trace.expect("ran", "ran")


@requirement("timers-08")
def test_a_timer_whose_callback_returns_true_runs_once(loop: AbstractEventLoop, trace: Trace) -> None:
    def callback() -> bool:
        trace("ran")
        return True

    loop.call_later(0.001, callback)
    for _ in range(2):
        loop.call_later(0.01, loop.stop)
        loop.run_forever()
    trace.expect("ran")


@requirement("timers-08")
def test_a_timer_that_ran_does_not_run_in_the_next_run(loop: AbstractEventLoop, trace: Trace) -> None:
    loop.call_later(0.001, trace, "ran")
    for _ in range(2):
        loop.call_later(0.01, loop.stop)
        loop.run_forever()
    trace.expect("ran")


@requirement("timers-08")
def test_a_timer_outlives_a_stop(loop: AbstractEventLoop, trace: Trace) -> None:
    loop.call_later(0.005, trace, "ran")
    drain(loop)
    loop.call_later(0.015, loop.stop)
    loop.run_forever()
    trace.expect("ran")


@requirement("timers-08")
def test_a_timer_due_together_with_stop_is_not_lost(loop: AbstractEventLoop, trace: Trace) -> None:
    """Both become due in one long callback; what does not run with stop() runs in the next run."""

    def long() -> None:
        loop.call_later(0.001, loop.stop)
        loop.call_later(0.003, trace, "ran")
        time.sleep(0.008)

    loop.call_soon(long)
    loop.run_forever()
    loop.call_later(0.02, loop.stop)
    loop.run_forever()
    trace.expect("ran")


@requirement("timers-08")
def test_an_exception_in_a_timer_loses_no_other(loop: AbstractEventLoop, trace: Trace) -> None:
    Contexts(loop)
    for number in range(4):
        loop.call_later(0.002 * number, divmod, 1, 0)
        loop.call_later(0.002 * number + 0.001, trace, number)
    loop.call_later(0.02, loop.stop)
    loop.run_forever()
    trace.expect_unordered(0, 1, 2, 3)


@requirement("timers-08")
def test_cancelling_most_timers_loses_no_other(loop: AbstractEventLoop, trace: Trace) -> None:
    handles: list[TimerHandle] = []
    for number in range(500):
        delay = 0.002 + number * 0.00001
        if number % 10:
            handles.append(loop.call_later(delay, trace, "cancelled"))
        else:
            loop.call_later(delay, trace, number)
    for handle in handles:
        handle.cancel()
    loop.call_later(0.04, loop.stop)
    loop.run_forever()
    trace.expect_unordered(*range(0, 500, 10))


@requirement("timers-08")
def test_cancelling_a_timer_that_ran_changes_nothing(loop: AbstractEventLoop, trace: Trace) -> None:
    ran = loop.call_later(0.001, trace, "first")
    loop.call_later(0.002, loop.stop)
    loop.run_forever()
    loop.call_later(0.001, trace, "second")
    loop.call_later(0.005, loop.stop)
    ran.cancel()
    loop.run_forever()
    trace.expect("first", "second")


@requirement("timers-08")
@pytest.mark.parametrize("delay", [0.001, 0])
def test_a_timer_that_sets_itself_anew_runs_once_a_setting(loop: AbstractEventLoop, delay: float) -> None:
    left = [5]

    def again() -> None:
        left[0] -= 1
        if left[0] > 0:
            loop.call_later(delay, again)
        elif left[0] == 0:
            loop.call_later(0.01, loop.stop)

    loop.call_later(delay, again)
    loop.run_forever()
    equal(left, [0], "runs left of a timer set five times")


@requirement("timers-32")
@pytest.mark.parametrize("delay", [0.003, 0, -1])
def test_busy_callbacks_do_not_starve_a_timer(loop: AbstractEventLoop, delay: float) -> None:
    busy = [True]

    def spin() -> None:
        if busy[0]:
            loop.call_soon(spin)
        else:
            loop.stop()

    loop.call_soon(spin)
    loop.call_later(delay, lambda: busy.__setitem__(0, False))
    loop.run_forever()
    equal(busy, [False], "the loop was stopped by the timer alone: still busy")


@requirement("timers-32")
def test_overdue_timers_do_not_starve_a_later_one(loop: AbstractEventLoop) -> None:
    busy = [True]

    def spin() -> None:
        if busy[0]:
            loop.call_later(0, spin)
        else:
            loop.stop()

    loop.call_later(0, spin)
    loop.call_later(0.003, lambda: busy.__setitem__(0, False))
    loop.run_forever()
    equal(busy, [False], "the loop was stopped by the timer alone: still busy")
