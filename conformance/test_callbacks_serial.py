"""Calls from several sides at once: in which thread, in which order, and never two at a time."""

from __future__ import annotations

import threading
from asyncio import AbstractEventLoop
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from loopcert.conformance.kit import Trace, drain, in_thread, requirement


@requirement("callbacks-29")
def test_a_callback_from_outside_runs_in_the_thread_of_the_loop(loop: AbstractEventLoop, trace: Trace) -> None:
    in_thread(lambda: loop.call_soon_threadsafe(lambda: trace("idle", threading.get_ident())))
    loop.call_soon(in_thread, lambda: loop.call_soon_threadsafe(lambda: trace("running", threading.get_ident())))
    drain(loop)
    trace.expect(("idle", threading.get_ident()), ("running", threading.get_ident()))


@requirement("callbacks-31")
def test_calls_of_one_thread_keep_their_order(loop: AbstractEventLoop, trace: Trace) -> None:
    def outside() -> None:
        for number in range(300):
            loop.call_soon_threadsafe(trace, number)
        loop.call_soon_threadsafe(loop.stop)

    with ThreadPoolExecutor(1) as pool:
        pool.submit(outside)
        loop.run_forever()
    drain(loop)
    trace.expect(*range(300))


@requirement("callbacks-34")
def test_calls_of_several_threads_run_once_each(loop: AbstractEventLoop, trace: Trace) -> None:
    together = threading.Barrier(4)

    def outside(name: str) -> None:
        together.wait()
        for number in range(50):
            loop.call_soon_threadsafe(trace, (name, number))

    def conduct() -> None:
        with ThreadPoolExecutor(4) as pool:
            pool.map(outside, "abcd")
        loop.call_soon_threadsafe(loop.stop)

    with ThreadPoolExecutor(1) as conductor:
        conductor.submit(conduct)
        loop.run_forever()
    drain(loop)
    trace.expect_unordered(*((name, number) for name in "abcd" for number in range(50)))


@requirement("callbacks-35")
def test_both_ways_to_call_soon_share_one_order(loop: AbstractEventLoop, trace: Trace) -> None:
    def callback() -> None:
        for number in range(6):
            (loop.call_soon_threadsafe if number % 2 else loop.call_soon)(trace, number)

    callback()
    drain(loop)
    loop.call_soon(callback)
    drain(loop)
    trace.expect(*range(6), *range(6))


@requirement("callbacks-36")
def test_a_call_in_the_thread_of_the_loop_waits_for_its_turn(loop: AbstractEventLoop, trace: Trace) -> None:
    def callback() -> None:
        loop.call_soon_threadsafe(trace, "inner")
        trace("end of outer")

    loop.call_soon_threadsafe(callback)
    trace("registered")
    drain(loop)
    trace.expect("registered", "end of outer", "inner")


@requirement("callbacks-39")
def test_callbacks_from_outside_wait_for_the_running_one(loop: AbstractEventLoop, trace: Trace) -> None:
    def outside(name: str) -> None:
        def short() -> None:
            trace(f"begin {name}")
            trace(f"end {name}")

        loop.call_soon_threadsafe(short)

    def callback() -> None:
        trace("begin")
        for name in "ab":
            in_thread(partial(outside, name))
        trace("end")

    loop.call_soon(callback)
    drain(loop)
    trace.expect("begin", "end", "begin a", "end a", "begin b", "end b")
