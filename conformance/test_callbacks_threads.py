"""Calls handed to the loop by call_soon_threadsafe: from other threads, signal handlers, re-entrant code."""

from __future__ import annotations

import asyncio
import signal
import sys
import threading
import time
from asyncio import AbstractEventLoop
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import Context, ContextVar
from types import FrameType
from typing import Any

import pytest

from loopcert.conformance.kit import Trace, allowed, drain, equal, in_thread, instance, raises, requirement

FLAVOUR: ContextVar[str] = ContextVar("loopcert_flavour", default="none")


@contextmanager
def beside(*functions: Callable[[], object]) -> Iterator[None]:
    """Run each function in a thread of its own beside the block; all have ended when it is left."""
    threads = [threading.Thread(target=each, name="loopcert-beside", daemon=True) for each in functions]
    for thread in threads:
        thread.start()
    yield
    for thread in threads:
        thread.join()


@requirement("callbacks-10")
@pytest.mark.parametrize("debug", [False, True])
def test_another_thread_may_call_while_the_loop_is_idle(loop: AbstractEventLoop, trace: Trace, debug: bool) -> None:
    loop.set_debug(debug)
    with allowed("call_soon_threadsafe in another thread"):
        in_thread(lambda: loop.call_soon_threadsafe(trace, "callback"))
    drain(loop)
    trace.expect("callback")


@requirement("callbacks-10")
@pytest.mark.parametrize("debug", [False, True])
def test_another_thread_may_call_while_the_loop_runs(loop: AbstractEventLoop, trace: Trace, debug: bool) -> None:
    def outside() -> None:
        try:
            loop.call_soon_threadsafe(trace, "callback")
        except Exception as error:  # noqa: BLE001  # the verifier below says it
            trace(f"refused: {error!r}")

    loop.set_debug(debug)
    loop.call_soon(in_thread, outside)
    drain(loop)
    trace.expect("callback")


@requirement("callbacks-10")
def test_many_calls_before_the_run_neither_block_nor_get_lost(loop: AbstractEventLoop, trace: Trace) -> None:
    """Nobody empties a self-pipe meanwhile; it is full after a few hundred bytes."""

    def outside() -> None:
        for number in range(2000):
            loop.call_soon_threadsafe(trace, number)

    in_thread(outside)
    drain(loop)
    equal((len(trace.seen), set(trace.seen)), (2000, set(range(2000))), "number of runs, and which")


@requirement("callbacks-10")
def test_the_main_thread_may_call_into_a_loop_of_another_thread(loop: AbstractEventLoop, trace: Trace) -> None:
    running = threading.Event()
    loop.call_soon(running.set)
    with beside(loop.run_forever):
        running.wait()
        with allowed("call_soon_threadsafe in the main thread, of a loop that runs in another"):
            loop.call_soon_threadsafe(trace, "callback")
            loop.call_soon_threadsafe(loop.stop)
    trace.expect("callback")


@requirement("callbacks-11")
@pytest.mark.parametrize("delay", [None, 3600.0], ids=["no timer", "far timer"])
def test_every_call_wakes_the_loop(loop: AbstractEventLoop, trace: Trace, delay: float | None) -> None:
    """A ball goes to and fro twenty times; each throw meets a loop that has nothing else to do than to poll."""
    landed = threading.Semaphore(0)

    def land(number: int) -> None:
        trace(number)
        landed.release()

    def throw() -> None:
        for number in range(20):
            landed.acquire()
            loop.call_soon_threadsafe(land, number)
        landed.acquire()
        loop.call_soon_threadsafe(loop.stop)

    timer = loop.call_later(delay, int) if delay else None
    loop.call_soon(landed.release)
    with beside(throw):
        loop.run_forever()
    if timer:
        timer.cancel()
    trace.expect(*range(20))


@requirement("callbacks-12")
@pytest.mark.parametrize("call", [lambda function: function(), in_thread], ids=["own thread", "other thread"])
def test_a_closed_loop_refuses(loop: AbstractEventLoop, call: Callable[[Callable[[], object]], object]) -> None:
    loop.close()
    with raises(RuntimeError, "call_soon_threadsafe on a closed loop"):
        call(lambda: loop.call_soon_threadsafe(int))


@requirement("callbacks-12")
def test_a_call_that_races_with_close_is_accepted_or_refused(loop: AbstractEventLoop, trace: Trace) -> None:
    begun, closed = threading.Event(), threading.Event()

    def hammer() -> None:
        late = False
        while not late:
            late = closed.is_set()
            try:
                loop.call_soon_threadsafe(int)
                outcome = "accepted"
            except Exception as error:  # noqa: BLE001  # the verifier below says it
                outcome = type(error).__name__
            begun.set()
            if late or outcome not in {"accepted", "RuntimeError"}:
                trace(outcome)

    with beside(hammer):
        begun.wait()
        loop.close()
        closed.set()
    trace.expect("RuntimeError")


@requirement("callbacks-13")
def test_a_call_from_outside_runs_in_the_context_given(loop: AbstractEventLoop, trace: Trace) -> None:
    context = Context()
    context.run(FLAVOUR.set, "given")
    in_thread(lambda: loop.call_soon_threadsafe(lambda: trace(FLAVOUR.get(), FLAVOUR.set("left")), context=context))
    drain(loop)
    equal((trace.seen[0][0], context[FLAVOUR]), ("given", "left"), "what was seen, and what was left in the context")


@requirement("callbacks-13")
def test_a_call_from_outside_runs_in_the_context_of_the_caller(loop: AbstractEventLoop, trace: Trace) -> None:
    def outside() -> None:
        FLAVOUR.set("at the call")
        loop.call_soon_threadsafe(lambda: trace(FLAVOUR.get()))
        FLAVOUR.set("after the call")

    in_thread(outside)
    drain(loop)
    trace.expect("at the call")


@requirement("callbacks-14")
def test_a_signal_handler_may_schedule_a_callback(loop: AbstractEventLoop, trace: Trace) -> None:
    """The signal is sent until its handler has run: one that comes just before the system call only sets a flag."""
    running = threading.Event()
    main, handled = threading.get_ident(), [False]

    def handler(_signal: int, _frame: FrameType | None) -> None:
        if not handled[0]:
            handled[0] = True
            loop.call_soon_threadsafe(trace, "callback")
            loop.call_soon_threadsafe(loop.stop)

    def send() -> None:
        running.wait()
        while not handled[0]:
            signal.pthread_kill(main, signal.SIGUSR1)
            time.sleep(0.002)

    previous = signal.signal(signal.SIGUSR1, handler)
    try:
        loop.call_soon(running.set)
        with beside(send):
            loop.run_forever()
    finally:
        signal.signal(signal.SIGUSR1, previous)
    equal(set(trace.seen), {"callback"}, "what ran after the signal")


@requirement("callbacks-37")
def test_a_call_may_be_re_entered(loop: AbstractEventLoop, trace: Trace) -> None:
    """The profiler calls back in the middle of whatever Python code the call consists of, as a finaliser might."""
    inner: list[asyncio.Handle] = []

    def profile(_frame: FrameType, _event: str, _argument: Any) -> None:
        inner.append(loop.call_soon_threadsafe(trace, "inner", len(inner)))

    previous = sys.getprofile()
    sys.setprofile(profile)
    try:
        loop.call_soon_threadsafe(trace, "outer")
    finally:
        sys.setprofile(previous)
    drain(loop)
    trace.expect_unordered("outer", *(("inner", number) for number in range(len(inner))))


@requirement("callbacks-18")
@pytest.mark.parametrize("method", ["call_soon", "call_at"])
def test_debug_mode_refuses_calls_from_the_wrong_thread(loop: AbstractEventLoop, method: str) -> None:
    caught: list[object] = []

    def outside() -> None:
        try:
            loop.call_soon(int) if method == "call_soon" else loop.call_at(loop.time(), int)
            caught.append("nothing raised")
        except Exception as error:  # noqa: BLE001  # the verifier below says it
            caught.append(error)

    loop.set_debug(True)
    loop.call_soon(in_thread, outside)
    drain(loop)
    equal(len(caught), 1, "number of tries")
    instance(caught[0], Exception, f"{method} in another thread than the loop's, in debug mode")


@requirement("callbacks-18")
def test_debug_mode_goes_by_the_thread_of_each_run(loop: AbstractEventLoop, trace: Trace) -> None:
    def callback(name: str) -> None:
        loop.call_at(loop.time(), trace, name)
        loop.call_soon(loop.call_later, 0.001, loop.stop)

    def run(name: str) -> None:
        loop.call_soon(callback, name)
        loop.run_forever()

    loop.set_debug(True)

    def report(loop: AbstractEventLoop, context: dict[str, Any]) -> None:
        trace(context["message"])
        loop.stop()

    loop.set_exception_handler(report)
    with allowed("call_soon and call_at in the thread that runs the loop"):
        run("this thread")
        in_thread(lambda: run("another thread"))
        run("this thread again")
    trace.expect("this thread", "another thread", "this thread again")


@requirement("callbacks-30")
def test_a_call_from_outside_hands_its_arguments_on(loop: AbstractEventLoop, trace: Trace) -> None:
    def outside() -> None:
        for count in (0, 1, 2, 10):
            loop.call_soon_threadsafe(lambda *args: trace(args), *range(count))

    in_thread(outside)
    drain(loop)
    trace.expect(*(tuple(range(count)) for count in (0, 1, 2, 10)))
