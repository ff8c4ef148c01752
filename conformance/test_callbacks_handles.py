"""Handles: cancelling a scheduled call, and what a handle says about it."""

from __future__ import annotations

import asyncio
import gc
import operator
import signal
import weakref
from asyncio import AbstractEventLoop
from collections.abc import Callable
from contextvars import Context, ContextVar
from typing import Any

import pytest

from loopcert.conformance.kit import (
    Trace,
    allowed,
    check,
    drain,
    equal,
    in_thread,
    instance,
    requirement,
    same,
    tcp_pair,
)

METHODS = ["call_soon", "call_soon_threadsafe", "call_later", "call_at"]
MARK: ContextVar[str] = ContextVar("loopcert_mark", default="none")
FAR = 3600.0
"""Seconds until a timer that never comes up in a test."""


def schedule(
    loop: AbstractEventLoop,
    method: str,
    callback: Callable[..., object],
    *args: object,
    delay: float = 0.0,
    **more: Any,
) -> asyncio.Handle:
    """Call one of the four scheduling methods; ``delay`` is in seconds, and of no interest to the untimed ones."""
    timed = {"call_later": (delay,), "call_at": (loop.time() + delay,)}.get(method, ())
    call: Callable[..., asyncio.Handle] = getattr(loop, method)
    return call(*timed, callback, *args, **more)


@requirement("callbacks-19")
@pytest.mark.parametrize("method", ["call_soon", "call_soon_threadsafe"])
@pytest.mark.parametrize("debug", [False, True])
def test_a_cancelled_callback_does_not_run(loop: AbstractEventLoop, trace: Trace, method: str, debug: bool) -> None:
    loop.set_debug(debug)
    handles = [schedule(loop, method, trace, name) for name in "abcde"]
    for index in (0, 2, 4):
        handles[index].cancel()
    drain(loop)
    trace.expect("b", "d")


@requirement("callbacks-19")
def test_a_callback_can_cancel_another_one_of_its_iteration(loop: AbstractEventLoop, trace: Trace) -> None:
    handles: list[asyncio.Handle] = []
    cancel = operator.methodcaller("cancel")
    loop.call_soon(lambda: cancel(handles[1]))
    handles += [loop.call_soon(trace, name) for name in "abc"]
    drain(loop)
    trace.expect("a", "c")


@requirement("callbacks-19")
def test_of_equal_callbacks_only_the_cancelled_one_is_gone(loop: AbstractEventLoop, trace: Trace) -> None:
    handles = [loop.call_soon(trace, "same") for _ in range(3)]
    handles[1].cancel()
    drain(loop)
    trace.expect("same", "same")


@requirement("callbacks-20")
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("debug", [False, True])
def test_cancel_after_the_run_has_no_effect(loop: AbstractEventLoop, trace: Trace, method: str, debug: bool) -> None:
    loop.set_debug(debug)
    done = loop.create_future()
    handle = schedule(loop, method, done.set_result, "ran")
    trace(loop.run_until_complete(done))
    with allowed("cancel() of a handle that has run"):
        handle.cancel()
    loop.call_soon(trace, "next")
    drain(loop)
    trace.expect("ran", "next")


@requirement("callbacks-20")
@pytest.mark.parametrize("method", METHODS)
def test_cancel_twice_is_cancel_once(loop: AbstractEventLoop, trace: Trace, method: str) -> None:
    handle = schedule(loop, method, trace, "cancelled")
    handle.cancel()
    with allowed("a second cancel()"):
        handle.cancel()
    loop.call_soon(trace, "other")
    drain(loop)
    with allowed("a third cancel(), after the loop has dropped the handle"):
        handle.cancel()
    drain(loop)
    trace.expect("other")


@requirement("callbacks-20")
@pytest.mark.parametrize("method", METHODS)
def test_a_callback_may_cancel_its_own_handle(loop: AbstractEventLoop, trace: Trace, method: str) -> None:
    handles: list[asyncio.Handle] = []

    def callback(argument: str) -> None:
        handles[0].cancel()
        trace(argument)
        loop.call_soon(loop.stop)

    def report(loop: AbstractEventLoop, context: dict[str, Any]) -> None:
        trace(context["message"])
        loop.stop()

    loop.set_exception_handler(report)
    handles.append(schedule(loop, method, callback, "went on"))
    loop.run_forever()
    trace.expect("went on")


@requirement("callbacks-21")
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("debug", [False, True])
def test_cancelled_says_whether_cancel_was_called(loop: AbstractEventLoop, method: str, debug: bool) -> None:
    loop.set_debug(debug)
    handle = schedule(loop, method, int, delay=FAR)
    before = handle.cancelled()
    handle.cancel()
    equal((before, handle.cancelled()), (False, True), "cancelled() before and after cancel()")


@requirement("callbacks-21")
def test_cancelled_is_false_after_an_ordinary_run(loop: AbstractEventLoop) -> None:
    handles = [loop.call_soon(int), loop.call_soon_threadsafe(int)]
    drain(loop)
    equal([each.cancelled() for each in handles], [False, False], "cancelled() of handles that ran")


@requirement("callbacks-22")
@pytest.mark.parametrize("method", METHODS)
def test_get_context_is_the_context_given(loop: AbstractEventLoop, method: str) -> None:
    context = Context()
    with allowed("get_context()"):
        handle: Any = schedule(loop, method, int, delay=FAR, context=context)
        found = handle.get_context()
    handle.cancel()
    same(found, context, "get_context() of a handle made with context=")


@requirement("callbacks-22")
@pytest.mark.parametrize("method", METHODS)
def test_get_context_is_the_context_of_the_run(loop: AbstractEventLoop, method: str) -> None:
    def callback() -> None:
        MARK.set("left by the callback")
        loop.stop()

    with allowed("get_context()"):
        handle: Any = schedule(loop, method, callback)
        context = handle.get_context()
    loop.run_forever()
    equal(context.get(MARK), "left by the callback", "a variable that the callback set, read from get_context()")


@requirement("callbacks-24")
@pytest.mark.parametrize("delay", [10, 0.0, FAR])
def test_when_is_the_due_time_on_the_clock_of_the_loop(loop: AbstractEventLoop, delay: float) -> None:
    """One second of tolerance is for a coarse clock; the usual mistakes are milliseconds and relative times."""
    earliest = loop.time() + delay
    later, at = loop.call_later(delay, int), loop.call_at(earliest, int)
    latest = loop.time() + delay
    with allowed("when()"):
        seen = later.when(), at.when()
    later.cancel()
    at.cancel()
    check(earliest - 1 <= seen[0] <= latest + 1, f"when() of call_later: saw {seen[0]}, wanted {earliest}..{latest}")
    check(abs(seen[1] - earliest) <= 1, f"when() of call_at: saw {seen[1]}, wanted {earliest}")


@requirement("callbacks-25")
@pytest.mark.parametrize("method", ["add_reader", "add_writer", "add_signal_handler"])
def test_watchers_give_no_handle(loop: AbstractEventLoop, method: str) -> None:
    near, far = tcp_pair()
    subject = signal.SIGTERM if method == "add_signal_handler" else near
    with near, far:
        try:
            made = getattr(loop, method)(subject, int)
            getattr(loop, method.replace("add", "remove"))(subject)
        except NotImplementedError:
            pytest.skip(f"the loop leaves {method} out (NotImplementedError)")
    check(not hasattr(made, "cancel"), f"what {method} returned: saw {made!r}, wanted no handle")


@requirement("callbacks-27")
@pytest.mark.parametrize("method", ["call_soon", "call_soon_threadsafe"])
@pytest.mark.parametrize("debug", [False, True])
def test_a_handle_is_an_asyncio_handle(loop: AbstractEventLoop, method: str, debug: bool) -> None:
    loop.set_debug(debug)
    instance(schedule(loop, method, int), asyncio.Handle, f"what {method} returned")


@requirement("callbacks-28")
@pytest.mark.parametrize("method", METHODS)
def test_a_cancelled_handle_lets_callback_and_arguments_go(loop: AbstractEventLoop, method: str) -> None:
    class Held:
        def callback(self, argument: object) -> None: ...

    owner, argument = Held(), Held()
    held = [weakref.ref(owner), weakref.ref(argument)]
    handle = schedule(loop, method, owner.callback, argument, delay=FAR)
    handle.cancel()
    del owner, argument
    gc.collect()
    equal([ref() for ref in held], [None, None], "callback and argument held by a cancelled handle")


@requirement("callbacks-32")
def test_a_handle_can_be_cancelled_in_another_thread(loop: AbstractEventLoop, trace: Trace) -> None:
    def outside() -> None:
        loop.call_soon_threadsafe(trace, "kept")
        loop.call_soon_threadsafe(trace, "cancelled").cancel()

    loop.call_soon(in_thread, outside)
    drain(loop)
    trace.expect("kept")
