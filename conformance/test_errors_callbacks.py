"""What callbacks raise, and how the loop goes on."""

import asyncio
from asyncio import AbstractEventLoop, CancelledError

import pytest

from loopcert.conformance.kit import (
    Contexts,
    LogRecords,
    Trace,
    allowed,
    contains,
    drain,
    equal,
    raises,
    requirement,
    same,
)


class Failure(Exception):
    """The exception that callbacks of the tests raise."""


class Bare(BaseException):
    """An exception that is no Exception."""


def fail(error: type[BaseException] = Failure) -> None:
    """Raise."""
    raise error("raised by the test")


@requirement("errors-14")
@pytest.mark.parametrize("debug", [False, True], ids=["", "debug"])
def test_the_loop_goes_on_after_each_failure(loop: AbstractEventLoop, trace: Trace, debug: bool) -> None:
    def failing(name: str, error: Exception) -> None:
        trace(name)
        raise error

    contexts, errors = Contexts(loop), [Failure("one"), Failure("two")]
    loop.set_debug(debug)
    loop.call_soon(failing, "a", errors[0])
    loop.call_soon(trace, "b")
    loop.call_soon(failing, "c", errors[1])
    loop.call_soon(trace, "d")
    with allowed("a run with callbacks that raise"):
        drain(loop)
    trace.expect("a", "b", "c", "d")
    contexts.expect_exceptions(*errors)


@requirement("errors-14")
def test_the_loop_goes_on_after_timers_that_fail(loop: AbstractEventLoop, trace: Trace) -> None:
    contexts = Contexts(loop)
    for step in range(4):
        loop.call_later(0.002 * step, fail if step % 2 == 0 else trace.marker("next"))
    loop.call_later(0.01, loop.stop)
    with allowed("a run with timers that raise"):
        loop.run_forever()
    trace.expect("next", "next")
    equal([type(context.get("exception")) for context in contexts.seen], [Failure, Failure], "exceptions reported")


@requirement("errors-14")
def test_the_loop_goes_on_without_a_custom_handler(loop: AbstractEventLoop, trace: Trace) -> None:
    loop.call_soon(fail)
    loop.call_soon(trace, "next")
    with LogRecords() as log, allowed("a run with a callback that raises"):
        drain(loop)
    trace.expect("next")
    contains(log.text(), "raised by the test", "log of a failing callback")


@requirement("errors-14")
@pytest.mark.parametrize("error", [StopIteration, StopAsyncIteration, RecursionError, asyncio.InvalidStateError])
def test_exceptions_with_a_meaning_elsewhere_are_reported(loop: AbstractEventLoop, error: type[Exception]) -> None:
    contexts, raised = Contexts(loop), error("raised by the test")

    def failing() -> None:
        raise raised

    loop.call_soon(failing)
    with allowed(f"a run with a callback that raises {error.__name__}"):
        drain(loop)
    contexts.expect_exceptions(raised)


@requirement("errors-15")
@pytest.mark.parametrize("error", [SystemExit, KeyboardInterrupt])
@pytest.mark.parametrize("method", ["call_soon", "call_later", "call_soon_threadsafe"])
@pytest.mark.parametrize("debug", [False, True], ids=["", "debug"])
def test_exits_leave_the_run(loop: AbstractEventLoop, error: type[BaseException], method: str, debug: bool) -> None:
    contexts = Contexts(loop)
    loop.set_debug(debug)
    delay = (0,) if method == "call_later" else ()
    getattr(loop, method)(*delay, fail, error)
    with raises(error, f"a run with a callback that raises {error.__name__}"):
        drain(loop, 8)
    contexts.expect_silence()
    same(loop.is_running(), False, "is_running() afterwards")


@requirement("errors-15")
@pytest.mark.parametrize("error", [SystemExit, KeyboardInterrupt])
def test_the_loop_can_run_again_after_an_exit(
    loop: AbstractEventLoop, trace: Trace, error: type[BaseException]
) -> None:
    loop.call_soon(fail, error)
    loop.call_soon(trace, "behind the exit")
    with raises(error, f"a run with a callback that raises {error.__name__}"):
        drain(loop)
    loop.call_soon(trace, "new")
    drain(loop)
    trace.expect("behind the exit", "new")


@requirement("errors-30")
@pytest.mark.parametrize("error", [CancelledError, GeneratorExit, Bare])
def test_other_bare_exceptions_are_reported(loop: AbstractEventLoop, trace: Trace, error: type[BaseException]) -> None:
    contexts, raised = Contexts(loop), error("raised by the test")

    def failing() -> None:
        raise raised

    loop.call_soon(failing)
    loop.call_soon(trace, "next")
    try:
        drain(loop)
    except error:
        trace("left the run")
    trace.expect("next")
    contexts.expect_exceptions(raised)
