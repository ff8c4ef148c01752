"""Futures: done callbacks, when and how they run, and taking them back."""

import functools
from asyncio import AbstractEventLoop, CancelledError, Future
from collections.abc import Callable
from contextvars import Context, ContextVar, copy_context
from typing import Any

import pytest

from loopcert.conformance.kit import Contexts, Trace, drain, equal, raises, requirement

AnyFuture = Future[Any]
Make = Callable[[AbstractEventLoop], AnyFuture]
var: ContextVar[str] = ContextVar("var", default="unset")

ENDINGS: dict[str, Callable[[AnyFuture], object]] = {
    "set_result": lambda future: future.set_result(1),
    "set_exception": lambda future: future.set_exception(RuntimeError("set by the test")),
    "cancel": lambda future: future.cancel(),
}
each_ending = pytest.mark.parametrize("ending", ENDINGS)
each_make = pytest.mark.parametrize(
    "make", [lambda loop: loop.create_future(), lambda loop: Future(loop=loop)], ids=["create_future", "Future"]
)


def read(future: AnyFuture) -> None:
    """Count a set exception as retrieved."""
    if not future.cancelled():
        future.exception()


@requirement("future-26")
@each_ending
def test_a_done_callback_gets_the_done_future_alone(loop: AbstractEventLoop, ending: str) -> None:
    future = loop.create_future()
    calls: list[tuple[tuple[Any, ...], bool]] = []
    future.add_done_callback(lambda *arguments: calls.append((arguments, future.done())))
    ENDINGS[ending](future)
    drain(loop)
    read(future)
    equal(calls, [((future,), True)], "arguments of the callback, and done() inside it")


@requirement("future-26")
def test_arguments_of_a_partial_come_before_the_future(loop: AbstractEventLoop, trace: Trace) -> None:
    future = loop.create_future()
    future.add_done_callback(functools.partial(trace, "mine"))
    future.set_result(None)
    drain(loop)
    trace.expect(("mine", future))


@requirement("future-27")
@each_make
@each_ending
def test_a_callback_added_late_is_scheduled(loop: AbstractEventLoop, trace: Trace, make: Make, ending: str) -> None:
    future = make(loop)
    ENDINGS[ending](future)
    read(future)
    future.add_done_callback(trace.marker("callback"))
    trace("added")
    drain(loop)
    trace.expect("added", "callback")


@requirement("future-27")
@each_make
def test_a_callback_added_late_waits_for_those_scheduled_before(
    loop: AbstractEventLoop, trace: Trace, make: Make
) -> None:
    future = make(loop)
    future.set_result(None)

    def first() -> None:
        loop.call_soon(trace, "scheduled before")
        future.add_done_callback(trace.marker("callback"))
        trace("added")

    loop.call_soon(first)
    drain(loop)
    trace.expect("added", "scheduled before", "callback")


@requirement("future-27")
def test_a_callback_added_by_a_callback_is_scheduled(loop: AbstractEventLoop, trace: Trace) -> None:
    def outer(future: AnyFuture) -> None:
        future.add_done_callback(trace.marker("inner"))
        trace("outer")

    future = loop.create_future()
    future.add_done_callback(outer)
    future.set_result(None)
    drain(loop)
    trace.expect("outer", "inner")


@requirement("future-46")
@each_make
@each_ending
def test_completing_schedules_the_callbacks(loop: AbstractEventLoop, trace: Trace, make: Make, ending: str) -> None:
    future = make(loop)
    future.add_done_callback(trace.marker("callback"))
    ENDINGS[ending](future)
    read(future)
    trace("completed")
    drain(loop)
    trace.expect("completed", "callback")


@requirement("future-46")
@each_make
@each_ending
def test_completing_inside_a_callback_calls_nothing_itself(
    loop: AbstractEventLoop, trace: Trace, make: Make, ending: str
) -> None:
    future = make(loop)
    future.add_done_callback(trace.marker("callback"))

    def complete() -> None:
        loop.call_soon(trace, "scheduled before")
        ENDINGS[ending](future)
        trace("completed")

    loop.call_soon(complete)
    drain(loop)
    read(future)
    trace.expect("completed", "scheduled before", "callback")


@requirement("future-28")
@each_make
@pytest.mark.parametrize("late", [False, True], ids=["pending", "done"])
def test_a_callback_runs_in_the_context_given(loop: AbstractEventLoop, make: Make, late: bool) -> None:
    future, context = make(loop), copy_context()
    if late:
        future.set_result(None)
    future.add_done_callback(lambda _: var.set("set by the callback"), context=context)
    if not late:
        future.set_result(None)
    drain(loop)
    equal(context.run(var.get), "set by the callback", "the variable in the context given")


@requirement("future-28")
@each_make
@pytest.mark.parametrize("late", [False, True], ids=["pending", "done"])
def test_a_callback_runs_in_the_context_of_its_adding(
    loop: AbstractEventLoop, trace: Trace, make: Make, late: bool
) -> None:
    future, adding, completing = make(loop), Context(), Context()
    adding.run(var.set, "adding")
    completing.run(var.set, "completing")
    if late:
        future.set_result(None)
    adding.run(future.add_done_callback, lambda _: trace(var.get()))
    if not late:
        completing.run(future.set_result, None)
    completing.run(drain, loop)
    trace.expect("adding")


@requirement("future-44")
def test_the_context_is_not_taken_by_position(loop: AbstractEventLoop, trace: Trace) -> None:
    add: Any = loop.create_future().add_done_callback
    with raises(TypeError, "add_done_callback() with a context by position"):
        add(trace, copy_context())


@requirement("future-29")
@each_ending
def test_done_callbacks_run_in_the_order_of_adding(loop: AbstractEventLoop, trace: Trace, ending: str) -> None:
    future = loop.create_future()
    for number in range(4):
        future.add_done_callback(trace.marker(number))
    ENDINGS[ending](future)
    drain(loop)
    read(future)
    trace.expect(0, 1, 2, 3)


@requirement("future-52")
def test_each_registration_makes_one_call(loop: AbstractEventLoop, trace: Trace) -> None:
    future = loop.create_future()
    callback = trace.marker("callback")
    future.add_done_callback(callback)
    future.add_done_callback(callback)
    future.set_result(None)
    drain(loop)
    trace.expect("callback", "callback")


@requirement("future-52")
def test_a_late_callback_does_not_repeat_the_earlier_ones(loop: AbstractEventLoop, trace: Trace) -> None:
    future = loop.create_future()
    future.add_done_callback(trace.marker("early"))
    future.set_result(None)
    future.add_done_callback(trace.marker("late"))
    future.cancel()
    drain(loop)
    trace.expect_unordered("early", "late")


@requirement("future-53")
@pytest.mark.parametrize("error", [ValueError, CancelledError])
def test_a_failing_callback_keeps_no_other_from_running(
    loop: AbstractEventLoop, trace: Trace, error: type[BaseException]
) -> None:
    def fail(_: AnyFuture) -> None:
        raise error

    Contexts(loop)
    future = loop.create_future()
    for callback in (trace.marker("before"), fail, trace.marker("after")):
        future.add_done_callback(callback)
    future.set_result(None)
    drain(loop)
    trace.expect_unordered("before", "after")


@requirement("future-30")
@pytest.mark.parametrize("times", [0, 1, 3])
def test_remove_gives_the_number_of_registrations(loop: AbstractEventLoop, trace: Trace, times: int) -> None:
    future = loop.create_future()
    for _ in range(times):
        future.add_done_callback(trace)
    future.add_done_callback(trace.marker("other"))
    equal(future.remove_done_callback(trace), times, "what remove_done_callback() gave")


@requirement("future-30")
@pytest.mark.parametrize("times", [1, 3])
def test_removed_callbacks_do_not_run(loop: AbstractEventLoop, trace: Trace, times: int) -> None:
    future = loop.create_future()
    gone = trace.marker("removed")
    future.add_done_callback(trace.marker("first"))
    for _ in range(times):
        future.add_done_callback(gone)
    future.add_done_callback(trace.marker("last"))
    future.remove_done_callback(gone)
    future.set_result(None)
    drain(loop)
    trace.expect_unordered("first", "last")


@requirement("future-30")
def test_a_callback_removed_and_added_again_runs_once(loop: AbstractEventLoop, trace: Trace) -> None:
    future = loop.create_future()
    future.add_done_callback(trace)
    future.remove_done_callback(trace)
    equal(future.remove_done_callback(trace), 0, "what a second remove_done_callback() gave")
    future.add_done_callback(trace)
    future.set_result(None)
    drain(loop)
    trace.expect(future)


class Equal:
    """A callback that equals every other one of its class."""

    def __call__(self, _future: AnyFuture) -> None:
        """Do nothing."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Equal)

    __hash__ = object.__hash__


@requirement("future-31")
def test_remove_finds_an_equal_callback(loop: AbstractEventLoop) -> None:
    future = loop.create_future()
    future.add_done_callback(Equal())
    equal(future.remove_done_callback(Equal()), 1, "number of equal callbacks removed")


@requirement("future-31")
def test_remove_finds_a_bound_method(loop: AbstractEventLoop, trace: Trace) -> None:
    future = loop.create_future()
    future.add_done_callback(trace.__call__)
    equal(future.remove_done_callback(trace.__call__), 1, "number of equal bound methods removed")
