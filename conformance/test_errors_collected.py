"""Reports: their contexts, exceptions nobody retrieved, tasks that vanish."""

import asyncio
import gc
from asyncio import AbstractEventLoop, Future, Handle, Task
from collections.abc import Callable
from typing import Any, cast

import pytest

from loopcert.conformance.kit import (
    Contexts,
    LogRecords,
    check,
    contains,
    drain,
    equal,
    instance,
    raises,
    requirement,
    same,
)


class Failure(Exception):
    """The exception that the tests set or raise."""


async def fail() -> None:
    """Raise."""
    raise Failure("nobody looks")


async def give() -> str:
    """Return."""
    return "nobody looks"


async def wait() -> None:
    """Wait for a future that nobody else knows."""
    await asyncio.get_running_loop().create_future()


def with_exception(future: Future[Any]) -> Future[Any]:
    """Give the future an exception without a traceback."""
    future.set_exception(Failure("nobody looks"))
    return future


def fail_in_a_callback(loop: AbstractEventLoop) -> None:
    """Have a callback fail."""

    def failing() -> None:
        raise Failure("nobody looks")

    loop.call_soon(failing)


UNRETRIEVED: dict[str, Callable[[AbstractEventLoop], object]] = {
    "create_future": lambda loop: with_exception(loop.create_future()),
    "Future": lambda loop: with_exception(Future(loop=loop)),
    "create_task": lambda loop: loop.create_task(fail()),
}
each_unretrieved = pytest.mark.parametrize("kind", UNRETRIEVED)
REPORTS: dict[str, Callable[[AbstractEventLoop], object]] = {
    "callback": fail_in_a_callback,
    "future": UNRETRIEVED["create_future"],
    "task": UNRETRIEVED["create_task"],
    "pending task": lambda loop: loop.create_task(wait()),
}
each_report = pytest.mark.parametrize("kind", REPORTS)


def run_and_drop(loop: AbstractEventLoop, make: Callable[[AbstractEventLoop], object]) -> None:
    """Make something, run the loop, and let the thing be collected."""
    thing = make(loop)
    drain(loop)
    del thing
    gc.collect()


@requirement("errors-09")
@each_report
def test_the_context_has_a_message(loop: AbstractEventLoop, kind: str) -> None:
    contexts = Contexts(loop)
    run_and_drop(loop, REPORTS[kind])
    messages = [context.get("message") for context in contexts.seen]
    check(messages and all(isinstance(each, str) for each in messages), f"messages: saw {messages!r}, wanted a string")


@requirement("errors-10a")
@each_report
def test_what_the_context_has_is_of_the_kind_documented(loop: AbstractEventLoop, kind: str) -> None:
    contexts = Contexts(loop)
    run_and_drop(loop, REPORTS[kind])
    context = contexts.only()
    kinds: dict[str, type] = {"exception": BaseException, "task": Task, "handle": Handle}
    for key in kinds.keys() & context.keys():
        instance(context[key], kinds[key], f"context[{key!r}]")
    equal(asyncio.isfuture(context.get("future", loop.create_future())), True, "isfuture() of context['future']")


@requirement("errors-10b")
@pytest.mark.parametrize("method", ["call_soon", "call_later", "call_soon_threadsafe"])
def test_the_context_of_a_failed_callback_has_exception_and_handle(loop: AbstractEventLoop, method: str) -> None:
    contexts, error = Contexts(loop), Failure()

    def failing() -> None:
        raise error

    delay = (0,) if method == "call_later" else ()
    handle = getattr(loop, method)(*delay, failing)
    drain(loop, 8)
    context = contexts.only()
    same(context.get("exception"), error, "context['exception']")
    same(context.get("handle"), handle, "context['handle']")


@requirement("errors-26a")
@each_unretrieved
def test_an_exception_that_nobody_retrieved_is_logged(loop: AbstractEventLoop, kind: str) -> None:
    with LogRecords() as log:
        run_and_drop(loop, UNRETRIEVED[kind])
    contains(log.text(), "nobody looks", "log after the collection")


@requirement("errors-26a")
def test_an_exception_is_logged_though_done_callbacks_ran(loop: AbstractEventLoop) -> None:
    def make(loop: AbstractEventLoop) -> object:
        future = loop.create_future()
        future.add_done_callback(lambda done: done.done() and done.cancelled())
        return with_exception(future)

    with LogRecords() as log:
        run_and_drop(loop, make)
    contains(log.text(), "nobody looks", "log after the collection")


@requirement("errors-26b")
@each_unretrieved
def test_an_exception_that_nobody_retrieved_goes_to_the_handler(loop: AbstractEventLoop, kind: str) -> None:
    contexts = Contexts(loop)
    run_and_drop(loop, UNRETRIEVED[kind])
    context = contexts.only()
    instance(context.get("exception"), Failure, "context['exception']")
    same(asyncio.isfuture(context.get("future")), True, "isfuture() of context['future']")


@requirement("errors-27")
@each_unretrieved
def test_debug_mode_tells_where_it_was_created(loop: AbstractEventLoop, kind: str) -> None:
    def the_place(loop: AbstractEventLoop) -> object:
        return UNRETRIEVED[kind](loop)

    loop.set_debug(True)
    with LogRecords() as log:
        run_and_drop(loop, the_place)
    contains(log.text(), "the_place", "log after the collection, in debug mode")


@requirement("errors-35")
def test_a_pending_task_that_is_collected_is_reported(loop: AbstractEventLoop) -> None:
    contexts = Contexts(loop)
    run_and_drop(loop, REPORTS["pending task"])
    context = contexts.only()
    instance(context.get("task"), Task, "context['task']")
    instance(context.get("message"), str, "context['message']")


def cancelled(loop: AbstractEventLoop) -> object:
    """Make a future that is cancelled."""
    future = loop.create_future()
    future.cancel()
    return future


def with_result(loop: AbstractEventLoop) -> object:
    """Make a future that has a result."""
    future = loop.create_future()
    future.set_result("nobody looks")
    return future


def cancelled_task(loop: AbstractEventLoop) -> object:
    """Make a task that is cancelled while it waits."""
    task = loop.create_task(wait())
    loop.call_soon(task.cancel)
    return task


SILENT: dict[str, Callable[[AbstractEventLoop], object]] = {
    "pending future": lambda loop: loop.create_future(),
    "future with a result": with_result,
    "cancelled future": cancelled,
    "task that returned": lambda loop: loop.create_task(give()),
    "cancelled task": cancelled_task,
}


@requirement("errors-36")
@pytest.mark.parametrize("kind", SILENT)
def test_others_are_collected_in_silence(loop: AbstractEventLoop, kind: str) -> None:
    contexts = Contexts(loop)
    with LogRecords() as log:
        run_and_drop(loop, SILENT[kind])
    contexts.expect_silence()
    equal(log.text(), "", "log after the collection")


@requirement("errors-39")
@each_unretrieved
def test_what_run_until_complete_raised_is_not_reported(loop: AbstractEventLoop, kind: str) -> None:
    contexts = Contexts(loop)

    def run(loop: AbstractEventLoop) -> None:
        with raises(Failure, "run_until_complete(future that fails)"):
            loop.run_until_complete(cast("Future[Any]", UNRETRIEVED[kind](loop)))

    run_and_drop(loop, run)
    contexts.expect_silence()


@requirement("errors-39")
def test_what_run_until_complete_raised_of_a_coroutine_is_not_reported(loop: AbstractEventLoop) -> None:
    contexts = Contexts(loop)

    def run(loop: AbstractEventLoop) -> None:
        with raises(Failure, "run_until_complete(coroutine that raises)"):
            loop.run_until_complete(fail())

    run_and_drop(loop, run)
    contexts.expect_silence()
