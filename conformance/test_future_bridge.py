"""Futures: ensure_future() and wrap_future(), the bridges from coroutines and from threads."""

import asyncio
import concurrent.futures
import time
from asyncio import AbstractEventLoop
from collections.abc import Callable, Generator
from typing import Any

import pytest

from loopcert.conformance.kit import Trace, allowed, differs, drain, equal, in_thread, instance, requirement, same


class Failure(Exception):
    """The exception that the tests set."""


async def give(value: object) -> object:
    """Return the value after one turn of the loop."""
    await asyncio.sleep(0)
    return value


@requirement("future-50")
def test_a_coroutine_object_is_no_future_until_it_is_wrapped(loop: AbstractEventLoop) -> None:
    coroutine = give(1)
    same(asyncio.isfuture(coroutine), False, "isfuture() of a coroutine object")
    task = asyncio.ensure_future(coroutine, loop=loop)
    drain(loop)
    differs(task, coroutine, "what ensure_future() made of the coroutine")
    same(asyncio.isfuture(task), True, "isfuture() of what ensure_future() made")


@requirement("future-02")
@pytest.mark.parametrize("named", [False, True], ids=["without loop", "with loop"])
def test_ensure_future_gives_a_future_back(loop: AbstractEventLoop, named: bool) -> None:
    future, given = loop.create_future(), loop if named else None
    seen: list[object] = []
    loop.call_soon(lambda: seen.append(asyncio.ensure_future(future, loop=given)))
    drain(loop)
    same(seen[0], future, "ensure_future() of a future")


@requirement("future-02")
def test_ensure_future_gives_a_task_back(loop: AbstractEventLoop) -> None:
    task = loop.create_task(give(1))
    again = asyncio.ensure_future(task, loop=loop)
    drain(loop)
    same(again, task, "ensure_future() of a Task")


@requirement("future-03")
def test_ensure_future_schedules_a_coroutine(loop: AbstractEventLoop, trace: Trace) -> None:
    async def body() -> str:
        trace("ran")
        return "value"

    made: list[asyncio.Future[str]] = []

    def wrap() -> None:
        made.append(asyncio.ensure_future(body(), loop=loop))
        trace("wrapped")

    loop.call_soon(wrap)
    drain(loop)
    trace.expect("wrapped", "ran")
    equal([task.done() and task.result() for task in made], ["value"], "result of the Task")


@requirement("future-03")
def test_ensure_future_of_a_coroutine_gives_a_task_of_the_loop(loop: AbstractEventLoop) -> None:
    task = asyncio.ensure_future(give(1), loop=loop)
    drain(loop)
    instance(task, asyncio.Task, "what ensure_future() gave")
    same(task.get_loop(), loop, "loop of the Task")


@requirement("future-03")
def test_ensure_future_without_a_loop_uses_the_running_one(loop: AbstractEventLoop) -> None:
    made: list[asyncio.Future[object]] = []
    loop.call_soon(lambda: made.append(asyncio.ensure_future(give("value"))))
    drain(loop)
    equal([task.done() and task.result() for task in made], ["value"], "results of Tasks made in a callback")


class Custom:
    """An awaitable that is neither coroutine nor future."""

    def __init__(self, future: asyncio.Future[Any]) -> None:
        self.future = future

    def __await__(self) -> Generator[Any, None, Any]:
        return self.future.__await__()


@requirement("future-04")
def test_ensure_future_wraps_any_awaitable_in_a_task(loop: AbstractEventLoop) -> None:
    future = loop.create_future()
    with allowed("ensure_future() of an object with __await__"):
        task = asyncio.ensure_future(Custom(future), loop=loop)
    instance(task, asyncio.Task, "what ensure_future() gave")
    drain(loop)
    same(task.done(), False, "done() of the Task while the awaitable waits")
    future.set_result("value")
    drain(loop)
    equal(task.done() and task.result(), "value", "result of the Task")


@requirement("future-04")
def test_a_wrapped_awaitables_exception_is_the_tasks(loop: AbstractEventLoop) -> None:
    future, error = loop.create_future(), Failure("set by the test")
    with allowed("ensure_future() of an object with __await__"):
        task = asyncio.ensure_future(Custom(future), loop=loop)
    future.set_exception(error)
    drain(loop)
    same(task.done() and task.exception(), error, "exception of the Task")


def complete(source: "concurrent.futures.Future[Any]", ending: str, thing: object) -> None:
    """Give a concurrent future its result or its exception."""
    if ending == "result":
        source.set_result(thing)
    else:
        assert isinstance(thing, BaseException)
        source.set_exception(thing)


def seen_in(future: asyncio.Future[Any]) -> object:
    """Read a future's outcome, without waiting."""
    if not future.done():
        return "pending"
    return future.exception() or future.result()


each_ending = pytest.mark.parametrize("ending", ["result", "exception"])


@requirement("future-08")
@each_ending
@pytest.mark.parametrize("when", ["before", "after"])
def test_wrap_future_takes_the_outcome_over(loop: AbstractEventLoop, ending: str, when: str) -> None:
    source: concurrent.futures.Future[Any] = concurrent.futures.Future()
    thing = Failure("the outcome")
    if when == "before":
        complete(source, ending, thing)
    future = asyncio.wrap_future(source, loop=loop)
    if when == "after":
        complete(source, ending, thing)
    drain(loop)
    same(seen_in(future), thing, "outcome of the wrapped future")


@requirement("future-08")
@each_ending
def test_wrap_future_wakes_a_loop_that_waits_for_a_thread(loop: AbstractEventLoop, ending: str) -> None:
    source: concurrent.futures.Future[Any] = concurrent.futures.Future()
    thing = Failure("the outcome")

    def work() -> None:
        time.sleep(0.02)  # gives the loop time to fall asleep; a slow loop is merely tested less
        complete(source, ending, thing)

    async def wait() -> object:
        future = asyncio.wrap_future(source)
        worker.submit(work)
        await asyncio.wait([future])
        return seen_in(future)

    with concurrent.futures.ThreadPoolExecutor(1) as worker:
        same(loop.run_until_complete(wait()), thing, "outcome of the wrapped future")


@requirement("future-47")
def test_wrap_future_belongs_to_the_loop_given(new_loop: Callable[[], AbstractEventLoop]) -> None:
    one, other = new_loop(), new_loop()
    source: concurrent.futures.Future[Any] = concurrent.futures.Future()
    made: list[asyncio.Future[Any]] = []
    other.call_soon(lambda: made.append(asyncio.wrap_future(source, loop=one)))
    drain(other)
    same(made[0].get_loop(), one, "loop of a future wrapped for it inside another running loop")


@requirement("future-61")
def test_a_cancelled_concurrent_future_cancels_the_wrapped_one(loop: AbstractEventLoop) -> None:
    source: concurrent.futures.Future[Any] = concurrent.futures.Future()
    future = asyncio.wrap_future(source, loop=loop)
    source.cancel()
    drain(loop)
    same(future.cancelled(), True, "cancelled() of the wrapped future")


@requirement("future-45")
def test_cancelling_the_wrapped_future_cancels_the_concurrent_one(loop: AbstractEventLoop) -> None:
    source: concurrent.futures.Future[Any] = concurrent.futures.Future()
    future = asyncio.wrap_future(source, loop=loop)
    future.cancel()
    drain(loop)
    same(source.cancelled(), True, "cancelled() of the concurrent future")


COMPLETIONS: dict[str, Callable[[asyncio.Future[Any], Failure], tuple[Any, ...]]] = {
    "set_result": lambda future, thing: (future.set_result, thing),
    "set_exception": lambda future, thing: (future.set_exception, thing),
    "cancel": lambda future, _: (future.cancel,),
}


@requirement("future-63")
@pytest.mark.parametrize("completion", COMPLETIONS)
def test_a_thread_completes_a_future_that_is_awaited(loop: AbstractEventLoop, completion: str) -> None:
    future, thing = loop.create_future(), Failure("the outcome")

    def work() -> None:
        time.sleep(0.02)  # gives the loop time to fall asleep; a slow loop is merely tested less
        loop.call_soon_threadsafe(*COMPLETIONS[completion](future, thing))

    async def wait() -> object:
        worker.submit(work)
        try:
            return await future
        except Failure as error:
            return error
        except asyncio.CancelledError:
            return "cancelled"

    with concurrent.futures.ThreadPoolExecutor(1) as worker:
        seen = loop.run_until_complete(wait())
    same(seen, "cancelled" if completion == "cancel" else thing, "what the awaiter saw")


@requirement("future-63")
def test_a_thread_does_not_complete_a_future_itself(loop: AbstractEventLoop) -> None:
    future = loop.create_future()
    in_thread(lambda: loop.call_soon_threadsafe(future.set_result, "value"))
    same(future.done(), False, "done() before the loop has run")
    drain(loop)
    equal(future.done() and future.result(), "value", "result() after the loop has run")
