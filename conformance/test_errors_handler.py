"""The exception handler: setting it, asking for it, calling it."""

import contextlib
import gc
from asyncio import AbstractEventLoop
from collections.abc import Callable
from contextvars import ContextVar, copy_context
from typing import Any

import pytest

from loopcert.conformance.kit import (
    Contexts,
    LogRecords,
    Trace,
    allowed,
    contains,
    drain,
    equal,
    instance,
    raises,
    requirement,
    same,
)

Handler = Callable[[AbstractEventLoop, dict[str, Any]], object]
var: ContextVar[str] = ContextVar("var", default="unset")


class Failure(Exception):
    """The exception that callbacks of the tests raise."""


def fail(*_arguments: object) -> None:
    """Raise, whatever it is called with."""
    raise Failure("raised by the test")


def done_callback(loop: AbstractEventLoop) -> None:
    """Have a done callback fail."""
    future = loop.create_future()
    future.add_done_callback(fail)
    future.set_result(None)


ORIGINS: dict[str, Callable[[AbstractEventLoop], object]] = {
    "call_soon": lambda loop: loop.call_soon(fail),
    "call_later": lambda loop: loop.call_later(0, fail),
    "call_soon_threadsafe": lambda loop: loop.call_soon_threadsafe(fail),
    "done callback": done_callback,
}
each_origin = pytest.mark.parametrize("origin", ORIGINS)


def ignore(_loop: AbstractEventLoop, _context: dict[str, Any]) -> None:
    """Handle an exception by forgetting it."""


@requirement("errors-01")
@each_origin
@pytest.mark.parametrize("debug", [False, True], ids=["", "debug"])
def test_the_handler_gets_the_loop_and_a_dict(loop: AbstractEventLoop, origin: str, debug: bool) -> None:
    calls: list[tuple[object, object]] = []
    loop.set_debug(debug)
    loop.set_exception_handler(lambda *arguments: calls.append(arguments))
    ORIGINS[origin](loop)
    drain(loop, 8)
    equal(len(calls), 1, f"calls of the handler for one failure ({calls!r})")
    same(calls[0][0], loop, "first argument of the handler")
    instance(calls[0][1], dict, "second argument of the handler")


@requirement("errors-01")
def test_the_handler_is_called_for_each_failure(loop: AbstractEventLoop) -> None:
    contexts = Contexts(loop)
    for _ in range(3):
        loop.call_soon(fail)
    drain(loop)
    equal(len(contexts.seen), 3, "calls of the handler for three failures")


@requirement("errors-01")
def test_a_handler_set_during_the_run_gets_the_next_failure(loop: AbstractEventLoop, trace: Trace) -> None:
    loop.set_exception_handler(lambda *_: trace("old"))
    loop.call_soon(fail)
    loop.call_soon(lambda: loop.set_exception_handler(lambda *_: trace("new")))
    loop.call_soon(fail)
    drain(loop)
    trace.expect("old", "new")


@requirement("errors-01")
def test_a_handler_that_fails_is_called_for_the_next_failure_too(loop: AbstractEventLoop, trace: Trace) -> None:
    def handler(*_: object) -> None:
        trace("handler")
        raise Failure

    loop.set_exception_handler(handler)
    with LogRecords():
        for _ in range(2):
            loop.call_soon(fail)
            with contextlib.suppress(Failure):  # what becomes of its own failure is the matter of errors-28
                drain(loop)
    trace.expect("handler", "handler")


@requirement("errors-01")
def test_each_loop_has_a_handler_of_its_own(new_loop: Callable[[], AbstractEventLoop], trace: Trace) -> None:
    one, other = new_loop(), new_loop()
    one.set_exception_handler(lambda *_: trace("one"))
    other.set_exception_handler(lambda *_: trace("other"))
    one.call_soon(fail)
    drain(one)
    trace.expect("one")


@requirement("errors-02")
def test_none_puts_the_default_handling_back(loop: AbstractEventLoop, trace: Trace) -> None:
    loop.set_exception_handler(lambda *_: trace("custom"))
    with allowed("set_exception_handler(None)"):
        loop.set_exception_handler(None)
    loop.call_soon(fail)
    with LogRecords() as log:
        drain(loop)
    trace.expect()
    contains(log.text(), "raised by the test", "log of a failure after set_exception_handler(None)")


@requirement("errors-03")
@pytest.mark.parametrize("handler", [42, "handler", object()], ids=["int", "str", "object"])
def test_a_handler_that_cannot_be_called_is_refused(loop: AbstractEventLoop, handler: Any) -> None:
    with raises(TypeError, "set_exception_handler() with an object that cannot be called"):
        loop.set_exception_handler(handler)


@requirement("errors-05")
def test_there_is_no_handler_at_first(loop: AbstractEventLoop) -> None:
    same(loop.get_exception_handler(), None, "get_exception_handler() of a new loop")


@requirement("errors-05")
def test_the_handler_set_last_is_given(loop: AbstractEventLoop) -> None:
    loop.set_exception_handler(lambda *_: None)
    loop.set_exception_handler(ignore)
    same(loop.get_exception_handler(), ignore, "get_exception_handler()")
    loop.call_soon(fail)
    drain(loop)
    same(loop.get_exception_handler(), ignore, "get_exception_handler() after a failure")


@requirement("errors-05")
def test_none_is_given_after_none_was_set(loop: AbstractEventLoop) -> None:
    loop.set_exception_handler(ignore)
    loop.set_exception_handler(None)
    same(loop.get_exception_handler(), None, "get_exception_handler() after set_exception_handler(None)")


@requirement("errors-08")
@pytest.mark.parametrize("running", [False, True], ids=["stopped", "running"])
def test_call_exception_handler_calls_the_custom_handler(loop: AbstractEventLoop, running: bool) -> None:
    calls: list[tuple[object, object]] = []
    loop.set_exception_handler(lambda *arguments: calls.append(arguments))
    context = {"message": "from the test", "exception": Failure(), "own key": 1}
    if running:
        loop.call_soon(loop.call_exception_handler, context)
        drain(loop)
    else:
        loop.call_exception_handler(context)
    equal(calls, [(loop, context)], "arguments of the handler's calls")


@requirement("errors-08")
def test_call_exception_handler_calls_the_default_handler(loop: AbstractEventLoop) -> None:
    with LogRecords() as log:
        loop.call_exception_handler({"message": "from the test"})
    contains(log.text(), "from the test", "log after call_exception_handler() without a custom handler")


class Bare(BaseException):
    """An exception that is no Exception."""


@requirement("errors-28")
@pytest.mark.parametrize("error", [ValueError, Bare])
def test_a_failing_handler_is_reported_and_the_loop_goes_on(
    loop: AbstractEventLoop, trace: Trace, error: type[BaseException]
) -> None:
    def broken(*_: object) -> None:
        raise error("the handler itself")

    loop.set_exception_handler(broken)
    loop.call_soon(fail)
    loop.call_soon(trace, "next")
    with LogRecords() as log, allowed("a run in which the exception handler raises an Exception"):
        try:
            drain(loop)
        except Bare:
            trace("the handler's error left the run")
    trace.expect("next")
    contains(log.text(), "the handler itself", "log of a failing handler")


@requirement("errors-38")
def test_a_handler_may_stop_the_loop(loop: AbstractEventLoop, trace: Trace) -> None:
    def turn(left: int) -> None:
        if left:
            loop.call_soon(turn, left - 1)
        else:
            trace("the loop went on")
            loop.stop()

    loop.set_exception_handler(lambda loop, _: loop.stop())
    loop.call_soon(fail)
    loop.call_soon(turn, 4)
    loop.run_forever()
    trace.expect()


@requirement("errors-38")
def test_a_handler_may_set_another_one(loop: AbstractEventLoop, trace: Trace) -> None:
    def first(loop: AbstractEventLoop, _: dict[str, Any]) -> None:
        trace("first")
        loop.set_exception_handler(lambda *_: trace("second"))

    loop.set_exception_handler(first)
    loop.call_soon(fail)
    loop.call_soon(fail)
    drain(loop)
    trace.expect("first", "second")


@requirement("errors-04")
@pytest.mark.parametrize("origin", ["call_soon", "call_later", "done callback"])
def test_the_handler_runs_in_the_context_of_the_handle(loop: AbstractEventLoop, trace: Trace, origin: str) -> None:
    context, future = copy_context(), loop.create_future()
    context.run(var.set, "the handle's")
    loop.set_exception_handler(lambda *_: trace(var.get()))
    if origin == "call_soon":
        loop.call_soon(fail, context=context)
    elif origin == "call_later":
        loop.call_later(0, fail, context=context)
    else:
        future.add_done_callback(fail, context=context)
    future.set_result(None)
    drain(loop, 8)
    trace.expect("the handle's")


@requirement("errors-04")
def test_the_handler_runs_in_the_context_of_the_task(loop: AbstractEventLoop, trace: Trace) -> None:
    async def body() -> None:
        var.set("the task's")

    loop.set_exception_handler(lambda *_: trace(var.get()))
    task = loop.create_task(body())
    drain(loop)
    loop.call_exception_handler({"message": "from the test", "task": task})
    trace.expect("the task's")


@requirement("errors-04")
def test_an_exception_nobody_retrieved_is_handled_in_the_context_of_the_task(
    loop: AbstractEventLoop, trace: Trace
) -> None:
    async def body() -> None:
        var.set("the task's")
        fail()

    loop.set_exception_handler(lambda *_: trace(var.get()))
    task = loop.create_task(body())
    drain(loop)
    del task
    gc.collect()
    trace.expect("the task's")
