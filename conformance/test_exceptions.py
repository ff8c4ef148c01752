"""Exceptions: what comes out at an await, and by which way it got there."""

from __future__ import annotations

import asyncio
import traceback
from asyncio import AbstractEventLoop
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, NoReturn

import pytest

from loopcert.conformance.kit import Trace, allowed, contains, drain, equal, instance, raises, requirement, same

Make = Callable[[AbstractEventLoop, BaseException], Awaitable[Any]]


class Awkward(Exception):
    """An exception that cannot be made again from its args."""

    def __init__(self, name: str, *, code: int) -> None:
        super().__init__(f"{name} failed")
        self.code = code


def awkward() -> Awkward:
    """Make an exception that carries something of every kind."""
    error = Awkward("test", code=7)
    error.__cause__ = LookupError("the cause")
    error.add_note("a note")
    return error


ERRORS: dict[str, Callable[[], Exception]] = {
    "awkward": awkward,
    "group": lambda: ExceptionGroup("group", [ValueError("one"), awkward()]),
    "OSError": lambda: ConnectionResetError(104, "reset"),
    "TimeoutError": lambda: TimeoutError("too late"),
    "StopAsyncIteration": lambda: StopAsyncIteration("no more"),
}


def failed_future(loop: AbstractEventLoop, error: BaseException) -> Awaitable[Any]:
    """Give a future that has failed already."""
    future = loop.create_future()
    future.set_exception(error)
    return future


def failing_future(loop: AbstractEventLoop, error: BaseException) -> Awaitable[Any]:
    """Give a future that is going to fail."""
    future = loop.create_future()
    loop.call_soon(loop.call_soon, future.set_exception, error)
    return future


def failing_task(loop: AbstractEventLoop, error: BaseException) -> Awaitable[Any]:
    """Give a Task whose coroutine raises after a suspension."""

    async def coroutine() -> NoReturn:
        await asyncio.sleep(0)
        raise error

    return loop.create_task(coroutine())


MAKERS = [failed_future, failing_future, failing_task]


@requirement("exceptions-02")
@pytest.mark.parametrize("kind", ["future", "task"])
def test_except_exception_does_not_catch_a_cancellation(loop: AbstractEventLoop, trace: Trace, kind: str) -> None:
    async def main() -> None:
        future = loop.create_future()
        awaited = future if kind == "future" else loop.create_task(waiting(future))
        await asyncio.sleep(0)
        awaited.cancel()
        try:
            await awaited
        except Exception as error:  # noqa: BLE001  # the very clause that is tested
            trace(f"caught {type(error).__name__} as Exception")

    async def waiting(future: asyncio.Future[Any]) -> None:
        await future

    with raises(asyncio.CancelledError, f"awaiting a cancelled {kind} under `except Exception`"):
        loop.run_until_complete(main())
    trace.expect()


@requirement("exceptions-02")
@pytest.mark.parametrize("method", ["result", "exception"])
@pytest.mark.parametrize("kind", ["future", "task"])
def test_a_cancelled_future_answers_with_a_cancellation(loop: AbstractEventLoop, kind: str, method: str) -> None:
    future: asyncio.Future[Any] = loop.create_future() if kind == "future" else loop.create_task(asyncio.sleep(0))
    future.cancel()
    drain(loop)
    with raises(asyncio.CancelledError, f"{method}() of a cancelled {kind}") as caught:
        getattr(future, method)()
    equal(isinstance(caught.error, Exception), False, f"whether {method}() of a cancelled {kind} raised an Exception")


@requirement("exceptions-02")
def test_a_cancelled_coroutine_gets_a_cancellation(loop: AbstractEventLoop, trace: Trace) -> None:
    async def coroutine() -> None:
        try:
            await loop.create_future()
        except BaseException as error:
            trace(isinstance(error, asyncio.CancelledError), isinstance(error, Exception))
            raise

    task = loop.create_task(coroutine())
    drain(loop)
    task.cancel()
    drain(loop)
    trace.expect((True, False))


@requirement("exceptions-12")
@pytest.mark.parametrize("kind", ERRORS)
@pytest.mark.parametrize("make", MAKERS)
def test_the_very_exception_surfaces_at_an_await(loop: AbstractEventLoop, make: Make, kind: str) -> None:
    error = ERRORS[kind]()
    cause, notes = error.__cause__, getattr(error, "__notes__", None)

    async def main() -> BaseException | None:
        try:
            await make(loop, error)
        except Exception as caught:  # noqa: BLE001  # it is looked at below
            return caught
        return None

    seen = loop.run_until_complete(main())
    same(seen, error, "the exception at the await")
    equal((error.__cause__, getattr(error, "__notes__", None)), (cause, notes), "its cause and notes")


@requirement("exceptions-12")
@pytest.mark.parametrize("kind", ERRORS)
@pytest.mark.parametrize("make", MAKERS)
def test_the_very_exception_comes_out_of_the_run(loop: AbstractEventLoop, make: Make, kind: str) -> None:
    error = ERRORS[kind]()
    with raises(type(error), f"run_until_complete() of something that fails with {kind}") as caught:
        loop.run_until_complete(make(loop, error))
    same(caught.error, error, "the exception out of run_until_complete()")


@requirement("exceptions-13")
@pytest.mark.parametrize("as_task", [False, True], ids=["coroutines", "tasks"])
def test_an_exception_passes_every_coroutine_of_a_chain(loop: AbstractEventLoop, trace: Trace, as_task: bool) -> None:
    async def link(depth: int) -> None:
        try:
            async with passage(depth, trace):
                if depth == 0:
                    await failing_future(loop, awkward())
                await (loop.create_task(link(depth - 1)) if as_task else link(depth - 1))
        except Awkward:
            trace("except", depth)
            if depth < 2:
                raise
        finally:
            trace("finally", depth)

    with allowed("run_until_complete() of a chain that catches its exception"):
        loop.run_until_complete(link(3))
    passed = [(where, depth) for depth in range(3) for where in ("aexit", "except", "finally")]
    trace.expect(*passed, ("left", 3), ("finally", 3))


@asynccontextmanager
async def passage(depth: int, trace: Trace) -> AsyncIterator[None]:
    """Note whether the block was left by an exception, and await while it passes."""
    try:
        yield
    except Awkward:
        await asyncio.sleep(0)
        trace("aexit", depth)
        raise
    trace("left", depth)


@requirement("exceptions-13")
def test_a_coroutine_goes_on_after_what_it_caught(loop: AbstractEventLoop, trace: Trace) -> None:
    async def main() -> str:
        for make in MAKERS:
            try:
                await make(loop, awkward())
            except Awkward as error:
                trace(error.code)
                await asyncio.sleep(0)
        return "the end"

    with allowed("run_until_complete() of a coroutine that catches its exceptions"):
        trace(loop.run_until_complete(main()))
    trace.expect(7, 7, 7, "the end")


@requirement("exceptions-14")
def test_a_failure_waits_for_its_await(loop: AbstractEventLoop, trace: Trace) -> None:
    async def main() -> None:
        task = failing_task(loop, awkward())
        loop.call_soon(trace, "callback")
        other = loop.create_task(asyncio.sleep(0.001, "other task"))
        trace(await other)
        try:
            await task
        except Awkward:
            trace("surfaced")

    with allowed("run_until_complete() of a coroutine that catches what another one raises"):
        loop.run_until_complete(main())
    trace.expect("callback", "other task", "surfaced")


@requirement("exceptions-14")
@pytest.mark.parametrize("make", MAKERS)
def test_a_failure_nobody_awaits_does_not_end_the_run(loop: AbstractEventLoop, trace: Trace, make: Make) -> None:
    loop.set_exception_handler(lambda *_: None)
    failed: Any = make(loop, awkward())
    loop.call_soon(trace, "callback")
    with allowed("a run while something fails that nobody awaits"):
        drain(loop)
        loop.run_until_complete(asyncio.sleep(0))
    instance(failed.exception(), Awkward, "exception() of what failed meanwhile")
    trace.expect("callback")


@requirement("exceptions-15")
@pytest.mark.parametrize("as_task", [False, True], ids=["coroutine", "task"])
def test_the_traceback_leads_to_the_line_that_raised(loop: AbstractEventLoop, as_task: bool) -> None:
    async def culprit() -> NoReturn:
        await asyncio.sleep(0)
        raise awkward()

    async def awaiter() -> None:
        await (loop.create_task(culprit()) if as_task else culprit())

    with raises(Awkward, "a coroutine that raises") as caught:
        loop.run_until_complete(awaiter())
    names = [frame.name for frame in traceback.extract_tb(caught.error.__traceback__)]
    for name in ("awaiter", "culprit"):
        contains(names, name, "functions in the traceback")


@requirement("exceptions-16")
@pytest.mark.parametrize(
    "thing", [None, 42, "text", int, asyncio.sleep], ids=["None", "int", "str", "class", "coroutine function"]
)
def test_what_cannot_be_awaited_is_refused(loop: AbstractEventLoop, thing: Any) -> None:
    with raises(Exception, f"run_until_complete() of {thing!r}"):
        loop.run_until_complete(thing)
    equal(loop.run_until_complete(asyncio.sleep(0, "usable")), "usable", "the result of a run afterwards")


@requirement("exceptions-17")
@pytest.mark.parametrize("ending", ["set_result", "set_exception", "cancel"])
@pytest.mark.parametrize("again", ["set_result", "set_exception"])
def test_a_coroutine_can_catch_an_invalid_state(loop: AbstractEventLoop, ending: str, again: str) -> None:
    async def main() -> str:
        future = loop.create_future()
        end(future, ending, "first")
        try:
            end(future, again, "second")
        except asyncio.InvalidStateError:
            return outcome(future)
        return "no InvalidStateError"

    seen = loop.run_until_complete(main())
    equal(seen, "cancelled" if ending == "cancel" else "first", f"outcome after {ending}() and a refused {again}()")


def end(future: asyncio.Future[Any], ending: str, value: str) -> None:
    """End a future in one of three ways."""
    if ending == "cancel":
        future.cancel()
    else:
        getattr(future, ending)(LookupError(value) if ending == "set_exception" else value)


def outcome(future: asyncio.Future[Any]) -> str:
    """Tell how a future ended."""
    if future.cancelled():
        return "cancelled"
    error = future.exception()
    return str(error.args[0] if error else future.result())


@requirement("exceptions-17")
@pytest.mark.parametrize("again", ["set_result", "set_exception"])
def test_an_invalid_state_ends_one_callback_only(loop: AbstractEventLoop, trace: Trace, again: str) -> None:
    future = loop.create_future()
    future.set_result("first")
    loop.set_exception_handler(lambda _, context: trace(type(context["exception"])))
    loop.call_soon(end, future, again, "second")
    loop.call_soon(lambda: trace(outcome(future)))
    drain(loop)
    trace.expect(asyncio.InvalidStateError, "first")
