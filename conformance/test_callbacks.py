"""Callbacks scheduled by call_soon: when, how often, in which order and in which context they run."""

from __future__ import annotations

import asyncio
from asyncio import AbstractEventLoop
from collections.abc import Callable
from contextvars import Context, ContextVar, copy_context
from functools import partial
from typing import Any, ClassVar

import pytest

from loopcert.conformance.kit import Trace, allowed, drain, equal, raises, requirement, same

COLOUR: ContextVar[str] = ContextVar("loopcert_colour", default="none")
FAR = 3600.0
"""Seconds until a timer that never comes up in a test."""


@requirement("callbacks-01")
def test_call_soon_does_not_run_the_callback_itself(loop: AbstractEventLoop, trace: Trace) -> None:
    loop.call_soon(trace, "callback")
    trace("returned")
    drain(loop)
    trace.expect("returned", "callback")


@requirement("callbacks-01")
def test_a_callback_ends_before_one_that_it_schedules_begins(loop: AbstractEventLoop, trace: Trace) -> None:
    def outer() -> None:
        loop.call_soon(trace, "inner")
        trace("end of outer")

    loop.call_soon(outer)
    drain(loop)
    trace.expect("end of outer", "inner")


@requirement("callbacks-01")
def test_a_callback_is_not_held_up_by_an_idle_poll(loop: AbstractEventLoop, trace: Trace) -> None:
    """With a far timer pending, a loop that polled before it runs what is ready would sleep an hour."""
    timer = loop.call_later(FAR, trace, "timer")
    loop.call_soon(loop.call_soon, trace, "callback")
    drain(loop)
    timer.cancel()
    trace.expect("callback")


@requirement("callbacks-02")
@pytest.mark.parametrize("count", [0, 1, 2, 10, 300])
def test_call_soon_hands_its_arguments_on(loop: AbstractEventLoop, trace: Trace, count: int) -> None:
    loop.call_soon(lambda *args: trace(args), *range(count))
    drain(loop)
    trace.expect(tuple(range(count)))


@requirement("callbacks-02")
def test_arguments_are_the_very_objects(loop: AbstractEventLoop) -> None:
    given: list[str] = []
    loop.call_soon(list.append, given, "callback")
    given.append("after the call")
    drain(loop)
    equal(given, ["after the call", "callback"], "the list that was given as an argument")


@requirement("callbacks-03")
@pytest.mark.parametrize("debug", [False, True])
@pytest.mark.parametrize("count", [3, 300])
def test_callbacks_run_in_registration_order(loop: AbstractEventLoop, trace: Trace, count: int, debug: bool) -> None:
    loop.set_debug(debug)
    for number in range(count):
        loop.call_soon(trace, number)
    drain(loop)
    trace.expect(*range(count))


@requirement("callbacks-03")
def test_callbacks_of_callbacks_queue_up_behind_those_registered_before(loop: AbstractEventLoop, trace: Trace) -> None:
    def parent(name: str) -> None:
        trace(name)
        for number in "12":
            loop.call_soon(trace, name + number)

    loop.call_soon(parent, "a")
    loop.call_soon(parent, "b")
    loop.call_soon(trace, "c")
    drain(loop)
    trace.expect("a", "b", "c", "a1", "a2", "b1", "b2")


@requirement("callbacks-03")
def test_order_survives_a_stop_and_another_run(loop: AbstractEventLoop, trace: Trace) -> None:
    def first() -> None:
        loop.call_soon(trace, "left over")
        loop.stop()

    loop.call_soon(first)
    loop.run_forever()
    loop.call_soon(trace, "registered between the runs")
    drain(loop)
    trace.expect("left over", "registered between the runs")


@requirement("callbacks-04")
@pytest.mark.parametrize("args", [(), ("same",)], ids=["bare", "with equal arguments"])
def test_equal_callbacks_run_as_often_as_registered(loop: AbstractEventLoop, args: tuple[str, ...]) -> None:
    seen: list[tuple[str, ...]] = []

    def callback(*given: str) -> None:
        seen.append(given)

    for _ in range(5):
        loop.call_soon(callback, *args)
    drain(loop)
    equal(seen, [args] * 5, "runs of a callback registered five times")


@requirement("callbacks-04")
def test_a_callback_runs_once_over_several_runs_of_the_loop(loop: AbstractEventLoop, trace: Trace) -> None:
    loop.call_soon(trace, "callback")
    for _ in range(3):
        drain(loop)
    trace.expect("callback")


@requirement("callbacks-04")
def test_a_callback_that_returns_true_is_not_run_again(loop: AbstractEventLoop, trace: Trace) -> None:
    def callback() -> bool:
        trace("callback")
        return True

    loop.call_soon(callback)
    drain(loop)
    trace.expect("callback")


@requirement("callbacks-04")
def test_a_callback_that_raises_is_not_run_again(loop: AbstractEventLoop, trace: Trace) -> None:
    def callback() -> None:
        trace("callback")
        raise LookupError("raised by the test")

    loop.set_exception_handler(lambda *_: None)
    loop.call_soon(callback)
    drain(loop)
    trace.expect("callback")


class Called:
    """An object that is a callback by its __call__, or as a class."""

    seen: ClassVar[list[object]] = []

    def __init__(self, *args: object) -> None:
        self.seen.extend(args)

    def __call__(self, *args: object) -> None:
        self.seen.extend(args)

    def method(self, *args: object) -> None:
        """Note what it is called with."""
        self.seen.extend(args)


@requirement("callbacks-38")
@pytest.mark.parametrize(
    "callback",
    [Called, Called(), Called().method, Called.seen.append, partial(Called)],
    ids=["class", "object", "bound method", "built-in", "partial"],
)
def test_any_callable_is_a_callback(loop: AbstractEventLoop, callback: Callable[..., object]) -> None:
    Called.seen.clear()
    with allowed("call_soon of a callable"):
        loop.call_soon(callback, "called")
    drain(loop)
    equal(Called.seen, ["called"], "what the callable was called with")


@requirement("callbacks-38")
def test_keywords_of_a_partial_reach_the_function(loop: AbstractEventLoop, trace: Trace) -> None:
    def callback(*args: object, **keywords: object) -> None:
        trace(args, keywords)

    loop.call_soon(partial(callback, 1, context="a keyword like any other"), 2)
    drain(loop)
    trace.expect(((1, 2), {"context": "a keyword like any other"}))


@requirement("callbacks-40")
@pytest.mark.parametrize("waiting", ["timer", "call_soon_threadsafe"])
def test_a_callback_that_registers_itself_does_not_starve_the_loop(
    loop: AbstractEventLoop, trace: Trace, waiting: str
) -> None:
    """The run only ends when what waits beside the busy callback has had its turn."""
    handles: list[asyncio.Handle] = []

    def finish() -> None:
        trace(waiting)
        loop.stop()

    def busy() -> None:
        if not handles:
            loop.call_later(0.001, finish) if waiting == "timer" else loop.call_soon_threadsafe(finish)
        handles.append(loop.call_soon(busy))

    loop.call_soon(busy)
    loop.run_forever()
    handles[-1].cancel()
    trace.expect(waiting)


@requirement("callbacks-09")
@pytest.mark.parametrize("method", ["call_soon", "call_soon_threadsafe", "call_later", "call_at"])
def test_unknown_keywords_do_not_reach_the_callback(loop: AbstractEventLoop, trace: Trace, method: str) -> None:
    def callback(**keywords: object) -> None:
        if keywords:
            trace(keywords)
        loop.stop()

    schedule: Callable[..., object] = getattr(loop, method)
    timed = {"call_later": (0,), "call_at": (loop.time(),)}.get(method, ())
    try:
        schedule(*timed, callback, flush=True)
    except Exception:  # noqa: BLE001  # refusing the keyword, however that is said, is the usual answer
        loop.call_soon(loop.stop)
    loop.run_forever()
    trace.expect()


@requirement("callbacks-33")
@pytest.mark.parametrize("method", ["call_soon", "call_soon_threadsafe", "call_later", "call_at"])
@pytest.mark.parametrize("kind", ["function", "object"])
def test_debug_mode_refuses_coroutines(loop: AbstractEventLoop, method: str, kind: str) -> None:
    async def coroutine() -> None: ...

    loop.set_debug(True)
    schedule: Callable[..., object] = getattr(loop, method)
    timed = {"call_later": (FAR,), "call_at": (loop.time() + FAR,)}.get(method, ())
    made: Any = coroutine()
    try:
        with raises(TypeError, f"{method} of a coroutine {kind} in debug mode"):
            schedule(*timed, coroutine if kind == "function" else made)
    finally:
        made.close()


@requirement("callbacks-06")
def test_a_callback_runs_in_the_context_given(loop: AbstractEventLoop) -> None:
    context = Context()
    context.run(COLOUR.set, "red")
    seen: list[str] = []
    loop.call_soon(lambda: seen.append(COLOUR.get()), context=context)
    loop.call_soon(COLOUR.set, "blue", context=context)
    drain(loop)
    equal((seen, context.get(COLOUR)), (["red"], "blue"), "what the callback saw, and what it left in its context")


@requirement("callbacks-06")
def test_callbacks_with_one_context_share_it(loop: AbstractEventLoop, trace: Trace) -> None:
    context = copy_context()
    loop.call_soon(COLOUR.set, "green", context=context)
    loop.call_soon(lambda: trace(COLOUR.get()), context=context)
    loop.call_soon(lambda: trace(COLOUR.get()))
    drain(loop)
    trace.expect("green", "none")


@requirement("callbacks-07a")
@pytest.mark.parametrize("keywords", [{}, {"context": None}], ids=["no context", "context=None"])
def test_a_callback_sees_the_context_of_the_call(
    loop: AbstractEventLoop, trace: Trace, keywords: dict[str, None]
) -> None:
    def register() -> None:
        COLOUR.set("at the call")
        loop.call_soon(lambda: trace(COLOUR.get()), **keywords)
        COLOUR.set("after the call")

    copy_context().run(register)
    drain(loop)
    trace.expect("at the call")


@requirement("callbacks-07b")
def test_changes_by_a_callback_stay_with_it(loop: AbstractEventLoop, trace: Trace) -> None:
    def register() -> None:
        loop.call_soon(COLOUR.set, "set by a callback")
        loop.call_soon(lambda: trace("another callback", COLOUR.get()))
        drain(loop)
        trace("the caller", COLOUR.get())

    copy_context().run(register)
    trace.expect(("another callback", "none"), ("the caller", "none"))


@requirement("callbacks-08")
@pytest.mark.parametrize("method", ["call_soon", "call_soon_threadsafe"])
def test_a_positional_context_is_an_argument(loop: AbstractEventLoop, method: str) -> None:
    context = Context()
    seen: list[object] = []
    schedule: Callable[..., object] = getattr(loop, method)
    schedule(seen.append, context)
    drain(loop)
    equal(len(seen), 1, "number of runs")
    same(seen[0], context, "the argument of the callback")
