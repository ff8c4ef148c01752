"""The loop's clock, and timers measured on it: lower bounds only, since no document promises an upper one."""

from __future__ import annotations

import asyncio
import itertools
import time
from asyncio import AbstractEventLoop
from collections.abc import Callable
from functools import partial

import pytest

from loopcert.conformance.kit import Trace, check, drain, equal, in_thread, instance, requirement

COARSE = 0.002
"""Seconds that a clock in milliseconds may be off, by rounding the present and the due time."""
RESOLUTION = time.get_clock_info("monotonic").resolution


def elapse(seconds: float) -> None:
    """Keep the thread busy until the system's monotonic clock has moved on by ``seconds``."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        time.sleep(0.001)


def time_when_run(loop: AbstractEventLoop, set_timer: Callable[[Callable[[], None]], object]) -> float:
    """Set a timer, run the loop until it comes up, and give the time that its callback sees."""
    seen: list[float] = []

    def note() -> None:
        seen.append(loop.time())
        loop.stop()

    set_timer(note)
    loop.run_forever()
    return seen[0]


@requirement("timers-01")
def test_time_is_a_float_before_and_after_a_run(loop: AbstractEventLoop) -> None:
    before = loop.time()
    drain(loop)
    for seen in (before, loop.time()):
        instance(seen, float, "loop.time() of a loop that does not run")


@requirement("timers-01")
def test_time_is_a_float_in_callbacks_and_coroutines(loop: AbstractEventLoop) -> None:
    seen: list[object] = []

    async def main() -> None:
        seen.append(loop.time())
        await asyncio.sleep(0.001)
        seen.append(loop.time())

    loop.call_soon(lambda: seen.append(loop.time()))
    loop.run_until_complete(main())
    equal([isinstance(each, float) for each in seen], [True] * 3, f"whether {seen!r}, times read in a run, are floats")


@requirement("timers-02")
def test_time_never_decreases(loop: AbstractEventLoop) -> None:
    seen = [loop.time()]
    for _ in range(50):
        loop.call_soon(lambda: seen.extend(loop.time() for _ in range(20)))
        drain(loop, 1)
        seen.append(loop.time())
    steps = [later - sooner for sooner, later in itertools.pairwise(seen)]
    check(
        min(steps) >= 0, f"smallest step of loop.time() over {len(seen)} readings: saw {min(steps)}, wanted 0 or more"
    )


@requirement("timers-02")
def test_time_does_not_decrease_over_a_timer(loop: AbstractEventLoop) -> None:
    seen = [loop.time()]
    for delay in (0.001, 0.003, 0.002):
        loop.call_later(delay, lambda: seen.append(loop.time()))
    loop.call_later(0.01, loop.stop)
    loop.run_forever()
    seen.append(loop.time())
    equal(seen, sorted(seen), "loop.time() before, in and after timers")


@requirement("timers-05")
def test_call_later_waits_for_its_delay(loop: AbstractEventLoop) -> None:
    started = time.monotonic()
    loop.call_later(0.02, loop.stop)
    loop.run_forever()
    elapsed = time.monotonic() - started
    check(elapsed >= 0.02 - COARSE, f"a timer of 20 ms: saw it run after {elapsed * 1000:.3f} ms, wanted no earlier")


@requirement("timers-05")
def test_the_delay_counts_from_the_call_in_a_long_callback(loop: AbstractEventLoop) -> None:
    times: list[float] = []

    def long() -> None:
        elapse(0.025)
        times.append(time.monotonic())
        loop.call_later(0.02, loop.stop)

    loop.call_soon(long)
    loop.run_forever()
    elapsed = time.monotonic() - times[0]
    check(elapsed >= 0.02 - COARSE, f"a timer of 20 ms: saw it run after {elapsed * 1000:.3f} ms, wanted no earlier")


@requirement("timers-05")
def test_the_delay_counts_from_the_call_while_the_loop_does_not_run(loop: AbstractEventLoop) -> None:
    drain(loop)
    elapse(0.025)
    started = time.monotonic()
    loop.call_later(0.02, loop.stop)
    loop.run_forever()
    elapsed = time.monotonic() - started
    check(elapsed >= 0.02 - COARSE, f"a timer of 20 ms: saw it run after {elapsed * 1000:.3f} ms, wanted no earlier")


@requirement("timers-05")
def test_a_wake_up_from_a_thread_does_not_hurry_a_timer(loop: AbstractEventLoop) -> None:
    times: list[float] = []

    def wake() -> None:
        in_thread(lambda: loop.call_soon_threadsafe(lambda: None))
        times.append(time.monotonic())
        loop.call_later(0.02, loop.stop)

    loop.call_soon(wake)
    loop.run_forever()
    elapsed = time.monotonic() - times[0]
    check(elapsed >= 0.02 - COARSE, f"a timer of 20 ms: saw it run after {elapsed * 1000:.3f} ms, wanted no earlier")


@requirement("timers-05")
def test_sleep_lasts_for_its_delay(loop: AbstractEventLoop) -> None:
    started = time.monotonic()
    loop.run_until_complete(asyncio.sleep(0.02))
    elapsed = time.monotonic() - started
    check(elapsed >= 0.02 - COARSE, f"sleep(0.02): saw it end after {elapsed * 1000:.3f} ms, wanted no earlier")


@requirement("timers-06")
@pytest.mark.parametrize("delay", [0.0126, 0.0204])
def test_no_timer_runs_early_by_more_than_one_tick(loop: AbstractEventLoop, delay: float) -> None:
    due = loop.time() + delay
    seen = time_when_run(loop, partial(loop.call_at, due))
    check(seen >= due - RESOLUTION, f"a timer due at {due!r}: saw it run at {seen!r} on loop.time()")


@requirement("timers-06")
@pytest.mark.parametrize("delay", [0.0126, 0.0204])
def test_no_delay_is_cut_by_more_than_one_tick(loop: AbstractEventLoop, delay: float) -> None:
    due = loop.time() + delay
    seen = time_when_run(loop, partial(loop.call_later, delay))
    check(seen >= due - RESOLUTION, f"a timer due at {due!r}: saw it run at {seen!r} on loop.time()")


@requirement("timers-06")
def test_no_timer_runs_early_by_more_than_one_tick_in_a_busy_loop(loop: AbstractEventLoop) -> None:
    """A poll that waits may round up and so hide what one that only looks shows: how early is early enough."""
    early: list[float] = []

    def note(due: float) -> None:
        early.append(due - loop.time())

    def spin() -> None:
        if len(early) < 8:
            loop.call_soon(spin)
        else:
            loop.stop()

    for number in range(8):
        due = loop.time() + 0.0026 * (number + 2)
        loop.call_at(due, note, due)
    spin()
    loop.run_forever()
    check(max(early) <= RESOLUTION, f"seconds by which eight timers ran early: saw {early!r}, wanted one tick at most")


@requirement("timers-13")
def test_call_at_waits_for_its_time(loop: AbstractEventLoop) -> None:
    due = loop.time() + 0.02
    seen = time_when_run(loop, partial(loop.call_at, due))
    check(seen >= due - COARSE, f"a timer due at {due!r}: saw it run at {seen!r} on loop.time()")


@requirement("timers-13")
def test_call_at_does_not_run_a_timer_that_is_ahead(loop: AbstractEventLoop) -> None:
    seen: list[str] = []
    loop.call_at(loop.time() + 60, seen.append, "ran")
    drain(loop)
    equal(seen, [], "timers run a minute early")


@requirement("timers-13")
def test_the_time_of_call_at_does_not_move_with_the_call(loop: AbstractEventLoop, trace: Trace) -> None:
    """Set late, a timer keeps its time: one set earlier, for a later time, still comes after it."""
    while True:
        base = loop.time()
        handles = [loop.call_at(base + 0.016, trace, "late")]
        elapse(0.006)
        handles += [loop.call_at(base + 0.012, trace, "early"), loop.call_at(base + 0.03, loop.stop)]
        if loop.time() < base + 0.012:  # else the machine stalled, and overdue timers have no order
            break
        for handle in handles:
            handle.cancel()
    loop.run_forever()
    trace.expect("early", "late")


@requirement("timers-14")
@pytest.mark.parametrize("delay", [1000, 0.5, 0])
def test_when_is_the_present_plus_the_delay(loop: AbstractEventLoop, delay: float) -> None:
    began = time.monotonic()
    drain(loop)
    present = loop.time()
    handle = loop.call_later(delay, lambda: None)
    handle.cancel()
    slack = time.monotonic() - began + COARSE
    seen = handle.when() - delay
    check(
        present - COARSE <= seen <= present + slack,
        f"when() less the delay of {delay}: saw {seen!r}, wanted time(), {present!r}",
    )


@requirement("timers-15b")
@pytest.mark.parametrize("ahead", [1000, 0.5, 0, 400 * 86400.0])
def test_when_is_the_time_that_was_asked_for(loop: AbstractEventLoop, ahead: float) -> None:
    due = loop.time() + ahead
    handle = loop.call_at(due, lambda: None)
    handle.cancel()
    check(abs(handle.when() - due) <= COARSE, f"when() of call_at({due!r}): saw {handle.when()!r}")


@requirement("timers-15b")
def test_when_stays_after_the_timer_ran(loop: AbstractEventLoop) -> None:
    due = loop.time() + 0.002
    handle = loop.call_at(due, loop.stop)
    loop.run_forever()
    check(abs(handle.when() - due) <= COARSE, f"when() of call_at({due!r}) after it ran: saw {handle.when()!r}")


@requirement("timers-25")
def test_the_clock_goes_on_in_a_callback(loop: AbstractEventLoop) -> None:
    seen: list[float] = []

    def long() -> None:
        seen.append(loop.time())
        elapse(0.01)
        seen.append(loop.time())

    loop.call_soon(long)
    drain(loop)
    check(seen[1] > seen[0], f"loop.time() before and after 10 ms of work in a callback: saw {seen}, wanted it to grow")


@requirement("timers-25")
def test_the_clock_goes_on_while_the_loop_does_not_run(loop: AbstractEventLoop) -> None:
    drain(loop)
    before = loop.time()
    elapse(0.01)
    after = loop.time()
    check(after > before, f"loop.time() before and 10 ms later: saw {before!r} and {after!r}, wanted it to grow")


@requirement("timers-30")
def test_the_clock_counts_seconds(loop: AbstractEventLoop) -> None:
    """The clock may have been read at the start of an iteration, hence an outer and an inner interval."""
    outer: list[float] = [time.monotonic()]
    inner: list[float] = []
    seen: list[float] = []

    def read() -> None:
        seen.append(loop.time())
        inner.append(time.monotonic())

    def read_again() -> None:
        inner.append(time.monotonic())
        loop.call_soon(read)
        loop.call_soon(loop.stop)

    loop.call_soon(read)
    loop.call_later(0.02, read_again)
    loop.run_forever()
    outer.append(time.monotonic())
    low, high = (inner[1] - inner[0]) / 2 - COARSE, (outer[1] - outer[0]) * 2 + COARSE
    moved = seen[1] - seen[0]
    check(
        low <= moved <= high, f"loop.time() moved by {moved!r}, wanted about the {inner[1] - inner[0]!r} s that passed"
    )
