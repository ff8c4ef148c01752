"""add_signal_handler and remove_signal_handler where they have to refuse."""

from __future__ import annotations

import signal
from asyncio import AbstractEventLoop
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from loopcert.conformance.kit import Calls, Trace, contains, drain, failing, in_thread, raises, requirement, same
from loopcert.conformance.kit.signals import WINCH, handling

NewLoop = Callable[[], AbstractEventLoop]
UNCATCHABLE = [getattr(signal, name, 0) for name in ("SIGKILL", "SIGSTOP")]


def unexpected(_number: int, _frame: object) -> None:
    """A handler of the program for a signal that it must not see."""
    raise AssertionError("the handler that signal.signal() had set was executed")


async def coroutine() -> None:
    """What no loop can call back."""


@requirement("signals-04a")
@pytest.mark.parametrize("number", [0, -1, 9999])
def test_a_number_that_is_no_signal_is_refused(loop: AbstractEventLoop, number: int) -> None:
    with raises(ValueError, f"add_signal_handler({number}, callback)"):
        loop.add_signal_handler(number, loop.stop)


def refused_with(call: Callable[[], object]) -> tuple[str, object]:
    """Return the name of the exception that ``call`` raises, or "" and what it returns."""
    try:
        return "", call()
    except NotImplementedError:
        raise
    except Exception as error:  # noqa: BLE001 - which one it is, the test says
        return type(error).__name__, None


@requirement("signals-04b")
@pytest.mark.parametrize("number", UNCATCHABLE)
def test_an_uncatchable_signal_is_refused(loop: AbstractEventLoop, number: int) -> None:
    seen, _ = refused_with(lambda: loop.add_signal_handler(number, loop.stop))
    contains(("ValueError", "RuntimeError"), seen, f"what add_signal_handler({number}, callback) raised")


@requirement("signals-05")
@pytest.mark.parametrize("state", ["idle", "running there", "in charge of it"])
def test_another_thread_is_refused(loop: AbstractEventLoop, state: str) -> None:
    async def body() -> None:
        loop.add_signal_handler(WINCH, loop.stop)

    def add() -> None:
        if state == "running there":
            loop.run_until_complete(body())
        else:
            loop.add_signal_handler(WINCH, loop.stop)

    if state == "in charge of it":
        loop.add_signal_handler(WINCH, loop.stop)
    seen, _ = refused_with(lambda: in_thread(add))
    # a loop that does not run there is not named by the PEP, and the page likens the method to signal.signal()
    wanted = ("RuntimeError",) if state == "running there" else ("RuntimeError", "ValueError")
    contains(wanted, seen, f"what add_signal_handler() outside the main thread, of a loop that is {state}, raised")


@requirement("signals-32")
@pytest.mark.parametrize("way", ["thread", "coroutine"])
def test_a_refusal_leaves_the_handler_of_the_process(loop: AbstractEventLoop, way: str) -> None:
    callback: Any = coroutine if way == "coroutine" else loop.stop
    with handling(WINCH, unexpected):
        with failing(f"a refused add_signal_handler ({way})"):
            if way == "thread":
                in_thread(lambda: loop.add_signal_handler(WINCH, callback))
            else:
                loop.add_signal_handler(WINCH, callback)
        drain(loop)
        same(signal.getsignal(WINCH), unexpected, "handler of the process after a refused add_signal_handler()")


@requirement("signals-32")
@pytest.mark.parametrize("way", ["thread", "coroutine"])
def test_a_refusal_leaves_the_callback(loop: AbstractEventLoop, trace: Trace, way: str) -> None:
    calls = Calls(loop, also=lambda: trace("called"))
    loop.add_signal_handler(WINCH, calls)
    other: Any = coroutine if way == "coroutine" else loop.stop
    with failing(f"a refused add_signal_handler ({way})"):
        if way == "thread":
            in_thread(lambda: loop.add_signal_handler(WINCH, other))
        else:
            loop.add_signal_handler(WINCH, other)
    loop.call_soon(signal.raise_signal, WINCH)
    loop.run_forever()
    trace.expect("called")


@requirement("signals-08")
@pytest.mark.parametrize("way", ["thread", "coroutine"])
def test_a_refused_callback_is_not_there_to_be_removed(loop: AbstractEventLoop, way: str) -> None:
    callback: Any = coroutine if way == "coroutine" else loop.stop
    with failing(f"a refused add_signal_handler ({way})"):
        if way == "thread":
            in_thread(lambda: loop.add_signal_handler(WINCH, callback))
        else:
            loop.add_signal_handler(WINCH, callback)
    same(loop.remove_signal_handler(WINCH), False, "remove_signal_handler() after a refused add_signal_handler()")


@requirement("signals-33")
def test_a_closed_loop_takes_no_callback(loop: AbstractEventLoop) -> None:
    loop.close()
    with failing("add_signal_handler() of a closed loop", RuntimeError):
        loop.add_signal_handler(WINCH, loop.stop)


@requirement("signals-07")
@pytest.mark.parametrize("kind", ["coroutine function", "coroutine"])
def test_a_coroutine_is_refused(loop: AbstractEventLoop, kind: str) -> None:
    made: Coroutine[Any, Any, None] = coroutine()
    callback: Any = coroutine if kind == "coroutine function" else made
    try:
        with raises(TypeError, f"add_signal_handler() with a {kind}"):
            loop.add_signal_handler(WINCH, callback)
    finally:
        made.close()


@requirement("signals-12")
@pytest.mark.parametrize("number", [0, -1, 9999])
def test_a_removal_of_what_is_no_signal_is_refused(loop: AbstractEventLoop, number: int) -> None:
    with raises(ValueError, f"remove_signal_handler({number})"):
        loop.remove_signal_handler(number)


@requirement("signals-12")
@pytest.mark.parametrize("number", UNCATCHABLE)
def test_an_uncatchable_signal_has_no_callback_to_remove(loop: AbstractEventLoop, number: int) -> None:
    seen = refused_with(lambda: loop.remove_signal_handler(number))
    wanted = [("", False), ("ValueError", None), ("RuntimeError", None)]
    contains(wanted, seen, f"exception and answer of remove_signal_handler({number})")
