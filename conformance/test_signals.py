"""add_signal_handler: when, where and with what the callback of a signal is called."""

from __future__ import annotations

import asyncio
import signal
import threading
from asyncio import AbstractEventLoop
from collections.abc import Callable
from contextvars import ContextVar, copy_context
from functools import partial
from typing import Any

import pytest

from loopcert.conformance.kit import Calls, Trace, allowed, drain, equal, inside, requirement, same
from loopcert.conformance.kit.signals import URG, WINCH, handling, settled

NAMES = ["SIGHUP", "SIGINT", "SIGQUIT", "SIGUSR1", "SIGUSR2", "SIGALRM", "SIGTERM", "SIGTSTP", "SIGURG", "SIGVTALRM"]
FLAVOUR: ContextVar[str] = ContextVar("FLAVOUR", default="none")


@requirement("signals-01a")
@pytest.mark.parametrize("spent", [0, 10_000], ids=["at its end", "in its middle"])
def test_the_callback_waits_for_the_one_that_runs(loop: AbstractEventLoop, trace: Trace, spent: int) -> None:
    def outer() -> None:
        trace("begins")
        signal.raise_signal(WINCH)
        for _ in range(spent):
            pass
        trace("ends")

    calls = Calls(loop, also=trace.marker("signal"))
    loop.add_signal_handler(WINCH, calls)
    loop.call_soon(outer)
    calls.wait()
    trace.expect("begins", "ends", "signal")


@requirement("signals-01a")
def test_the_callback_is_not_called_outside_a_run(loop: AbstractEventLoop, trace: Trace) -> None:
    loop.add_signal_handler(WINCH, trace, "signal")
    signal.raise_signal(WINCH)
    drain(loop)
    trace.seen.clear()
    signal.raise_signal(WINCH)
    for _ in range(1000):
        pass
    trace.expect()


@requirement("signals-01a")
def test_the_callback_runs_in_the_loop(loop: AbstractEventLoop) -> None:
    seen: list[object] = []

    def callback() -> None:
        seen.append(threading.get_ident())
        seen.append(asyncio.get_running_loop())

    calls = Calls(loop, also=callback)
    loop.add_signal_handler(WINCH, calls)
    loop.call_soon(signal.raise_signal, WINCH)
    calls.wait()
    equal(seen, [threading.get_ident(), loop], "thread and running loop of the callback")


async def told(done: Callable[[str], None]) -> None:
    """A task of one step."""
    done("done")


def add_and_raise(loop: AbstractEventLoop, done: Callable[[str], None]) -> None:
    """Add a callback for another signal, and have that one come."""
    loop.add_signal_handler(URG, done, "done")
    signal.raise_signal(URG)


DEEDS: dict[str, Callable[[AbstractEventLoop, Callable[[str], None]], Any]] = {
    "schedules a callback": lambda loop, done: loop.call_soon(done, "done"),
    "schedules a timer": lambda loop, done: loop.call_later(0.001, done, "done"),
    "creates a task": lambda loop, done: loop.create_task(told(done)),
    "adds another": add_and_raise,
    "removes itself": lambda loop, done: done("done" if loop.remove_signal_handler(WINCH) else "not removed"),
}


@requirement("signals-01b")
@pytest.mark.parametrize("deed", DEEDS)
def test_the_callback_may_use_the_loop(loop: AbstractEventLoop, trace: Trace, deed: str) -> None:
    """Nothing but what the callback does ends the run."""

    def done(event: str) -> None:
        trace(event)
        loop.stop()

    loop.add_signal_handler(WINCH, DEEDS[deed], loop, done)
    loop.call_soon(signal.raise_signal, WINCH)
    loop.run_forever()
    trace.expect("done")


@requirement("signals-01b")
def test_the_callback_may_stop_the_loop(loop: AbstractEventLoop, trace: Trace) -> None:
    loop.add_signal_handler(WINCH, loop.stop)
    for _ in range(3):
        loop.call_soon(signal.raise_signal, WINCH)
        loop.run_forever()
        trace("stopped")
    trace.expect("stopped", "stopped", "stopped")


@requirement("signals-01b")
def test_the_callback_may_complete_a_future(loop: AbstractEventLoop) -> None:
    future: asyncio.Future[str] = loop.create_future()

    async def body() -> str:
        loop.add_signal_handler(WINCH, future.set_result, "answer")
        signal.raise_signal(WINCH)
        return await future

    equal(loop.run_until_complete(body()), "answer", "what a task that waited for the signal got")


@requirement("signals-02")
@pytest.mark.parametrize("count", [0, 1, 3, 20])
def test_arguments_reach_the_callback(loop: AbstractEventLoop, count: int) -> None:
    wanted = tuple(object() for _ in range(count))
    calls = Calls(loop)
    loop.add_signal_handler(WINCH, calls, *wanted)
    loop.call_soon(signal.raise_signal, WINCH)
    calls.wait()
    equal(len(calls.seen[0]), count, "number of arguments of the callback")
    for seen, given in zip(calls.seen[0], wanted, strict=True):
        same(seen, given, "argument of the callback")


@requirement("signals-15")
def test_a_partial_passes_keywords(loop: AbstractEventLoop) -> None:
    seen: list[object] = []

    def callback(*args: object, key: object) -> None:
        seen.append((args, key))
        loop.stop()

    loop.add_signal_handler(WINCH, partial(callback, 1, key="word"), 2)
    loop.call_soon(signal.raise_signal, WINCH)
    loop.run_forever()
    equal(seen, [((1, 2), "word")], "arguments of a functools.partial")


class Callback:
    """What can be called although it is no function."""

    def __init__(self, loop: AbstractEventLoop, trace: Trace) -> None:
        self.loop, self.trace = loop, trace

    def __call__(self) -> None:
        """Record the call and end the run."""
        self.trace("called")
        self.loop.stop()


@requirement("signals-15")
@pytest.mark.parametrize("kind", ["object", "method", "lambda"])
def test_any_callable_will_do(loop: AbstractEventLoop, trace: Trace, kind: str) -> None:
    made = Callback(loop, trace)
    kinds: dict[str, Callable[[], None]] = {"object": made, "method": made.__call__, "lambda": lambda *_args: made()}
    loop.add_signal_handler(WINCH, kinds[kind])
    loop.call_soon(signal.raise_signal, WINCH)
    loop.run_forever()
    trace.expect("called")


@requirement("signals-16")
@pytest.mark.parametrize("debug", [False, True], ids=["", "in debug mode"])
def test_every_signal_calls_the_callback(loop: AbstractEventLoop, debug: bool) -> None:
    def next_one() -> None:
        if len(calls.seen) < 20:
            loop.call_soon(signal.raise_signal, WINCH)

    loop.set_debug(debug)
    calls = Calls(loop, 20, also=next_one)
    loop.add_signal_handler(WINCH, calls)
    loop.call_soon(signal.raise_signal, WINCH)
    calls.wait()
    settled(loop)
    equal(len(calls.seen), 20, "number of calls after 20 signals, one after the other")


@requirement("signals-17")
def test_signals_that_arrive_together_call_each_their_own(loop: AbstractEventLoop, trace: Trace) -> None:
    numbers = [signal.Signals[name] for name in NAMES]
    calls = Calls(loop, len(numbers), also=trace)
    with allowed("add_signal_handler() with a signal that can be caught"):
        for number in numbers:
            loop.add_signal_handler(number, calls, number.name)

    def all_at_once() -> None:
        for number in numbers:
            signal.raise_signal(number)

    loop.call_soon(all_at_once)
    calls.wait()
    trace.expect_unordered(*NAMES)


@requirement("signals-17")
@pytest.mark.parametrize("form", [int, signal.Signals])
@pytest.mark.parametrize("name", [*NAMES, "SIGRTMIN"])
def test_every_signal_can_be_handled(loop: AbstractEventLoop, name: str, form: Callable[[int], int]) -> None:
    if (number := getattr(signal, name, None)) is None:
        pytest.skip(f"this machine has no {name}")
    with handling(number, signal.default_int_handler if name == "SIGINT" else signal.SIG_DFL):
        calls = Calls(loop)
        with allowed(f"add_signal_handler({name}, callback)"):
            loop.add_signal_handler(form(number), calls, name)
        loop.call_soon(signal.raise_signal, number)
        calls.wait()
        loop.remove_signal_handler(form(number))
    equal(calls.seen, [(name,)], f"calls after one {name}")


@requirement("signals-18")
@pytest.mark.parametrize("runs", [0, 1], ids=["before the first run", "between two runs"])
def test_a_signal_outside_a_run_is_not_lost(loop: AbstractEventLoop, runs: int) -> None:
    """Nothing else wakes the loop: a callback that comes with the next signal only is as good as lost."""
    calls = Calls(loop)
    loop.add_signal_handler(WINCH, calls)
    for _ in range(runs):
        drain(loop)
    signal.raise_signal(WINCH)
    calls.wait()
    equal(len(calls.seen), 1, "number of calls in the run after the signal")


@requirement("signals-20")
@pytest.mark.parametrize("when", ["before a run", "between runs", "in a callback", "in a task"])
def test_a_callback_can_be_added_at_any_time(loop: AbstractEventLoop, when: str) -> None:
    calls = Calls(loop)

    def add() -> None:
        loop.add_signal_handler(WINCH, calls)

    async def body() -> None:
        add()

    if when == "between runs":
        drain(loop)
    if when == "in a callback":
        inside(loop, add)
    elif when == "in a task":
        loop.run_until_complete(body())
    else:
        add()
    loop.call_soon(signal.raise_signal, WINCH)
    calls.wait()
    equal(len(calls.seen), 1, f"number of calls of a callback added {when}")


@requirement("signals-23")
def test_the_callback_sees_the_context_of_its_adding(loop: AbstractEventLoop, trace: Trace) -> None:
    def callback() -> None:
        trace(FLAVOUR.get())
        loop.stop()

    def add() -> None:
        FLAVOUR.set("at the call")
        loop.add_signal_handler(WINCH, callback)
        FLAVOUR.set("after the call")

    copy_context().run(add)
    loop.call_soon(signal.raise_signal, WINCH)
    loop.run_forever()
    trace.expect("at the call")
