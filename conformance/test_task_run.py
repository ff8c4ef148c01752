"""A task on its way and at its end: suspension, one step at a time, done, result, exception, done callbacks."""

import asyncio
from asyncio import AbstractEventLoop, InvalidStateError
from typing import Any

import pytest

from loopcert.conformance.kit import Trace, check, drain, equal, in_thread, raises, requirement, same


async def give(value: Any) -> Any:
    return value


async def fail(error: BaseException) -> None:
    raise error


def finished(loop: AbstractEventLoop, coroutine: Any) -> "asyncio.Task[Any]":
    """A task of that coroutine, driven to its end."""
    task: asyncio.Task[Any] = loop.create_task(coroutine)
    drain(loop)
    return task


@requirement("task-14")
def test_a_task_waits_for_the_future_and_goes_on(loop: AbstractEventLoop, trace: Trace) -> None:
    future = loop.create_future()

    async def body() -> None:
        trace("awaits")
        trace("got", await future)

    task = loop.create_task(body())
    drain(loop)
    trace("still suspended", not task.done())
    future.set_result(1)
    drain(loop)
    trace.expect("awaits", ("still suspended", True), ("got", 1))


@requirement("task-14")
def test_every_task_that_awaits_the_future_goes_on(loop: AbstractEventLoop, trace: Trace) -> None:
    future = loop.create_future()

    async def body(name: str) -> None:
        trace(name, await future)

    tasks = [loop.create_task(body(name)) for name in "abc"]
    drain(loop)
    future.set_result(1)
    drain(loop)
    trace.expect_unordered(("a", 1), ("b", 1), ("c", 1))
    del tasks


@requirement("task-14")
def test_a_task_goes_on_when_the_future_fails(loop: AbstractEventLoop, trace: Trace) -> None:
    future, error = loop.create_future(), ValueError("of the future")

    async def body() -> None:
        try:
            await future
        except ValueError as seen:
            trace(seen is error)

    task = loop.create_task(body())
    drain(loop)
    future.set_exception(error)
    drain(loop)
    trace.expect(True)
    del task


@requirement("task-14")
def test_awaiting_a_done_future_gives_its_result(loop: AbstractEventLoop) -> None:
    future = loop.create_future()
    future.set_result(7)

    async def body() -> Any:
        return await future, await future

    task = finished(loop, body())
    check(task.done(), "a task that awaits a done future is still not done after some iterations")
    equal(task.result(), (7, 7), "what two awaits of one done future gave")


@requirement("task-15")
def test_what_a_step_causes_waits_for_its_end(loop: AbstractEventLoop, trace: Trace) -> None:
    future = loop.create_future()

    async def waiter() -> None:
        await future
        trace("another task")

    async def stepper() -> None:
        loop.call_soon(trace, "callback")
        future.add_done_callback(trace.marker("done callback"))
        future.set_result(None)
        trace("end of step")

    tasks = [loop.create_task(waiter()), loop.create_task(stepper())]
    drain(loop)
    equal(trace.seen[:1], ["end of step"], "the first thing that happens after a step began")
    trace.expect_unordered("end of step", "callback", "done callback", "another task")
    del tasks


@requirement("task-15")
def test_a_callback_from_a_thread_waits_for_the_end_of_the_step(loop: AbstractEventLoop, trace: Trace) -> None:
    async def stepper() -> None:
        in_thread(lambda: loop.call_soon_threadsafe(trace, "callback"))
        trace("end of step")

    loop.run_until_complete(stepper())
    drain(loop)
    trace.expect("end of step", "callback")


@requirement("task-16")
def test_a_task_has_the_public_methods_of_a_future(loop: AbstractEventLoop) -> None:
    task = finished(loop, give(1))
    names = {name for name in dir(asyncio.Future) if not name.startswith("_")} - {"set_result", "set_exception"}
    missing = sorted(name for name in names if not callable(getattr(task, name, None)))
    equal(missing, [], "public methods of Future that the task lacks")


@requirement("task-16")
def test_get_loop_of_a_task_gives_its_loop(loop: AbstractEventLoop) -> None:
    same(finished(loop, give(1)).get_loop(), loop, "get_loop() of a task")


@requirement("task-17")
@pytest.mark.parametrize(("method", "argument"), [("set_result", 5), ("set_exception", ValueError("from outside"))])
def test_nobody_else_decides_the_outcome(loop: AbstractEventLoop, method: str, argument: object) -> None:
    task = loop.create_task(give("own"))
    with raises(Exception, f"{method}() of a task"):
        getattr(task, method)(argument)
    drain(loop)
    equal(task.result(), "own", "result of the task")


def ended_by(loop: AbstractEventLoop, how: str) -> "asyncio.Task[Any]":
    """A task, suspended on a future, whose coroutine is going to return, raise or be cancelled."""
    future = loop.create_future()

    async def body() -> Any:
        return await future

    task = loop.create_task(body())
    drain(loop)
    if how == "returned":
        loop.call_soon(future.set_result, 1)
    elif how == "raised":
        loop.call_soon(future.set_exception, ValueError("raised"))
    else:
        loop.call_soon(task.cancel)
    return task


def forget(task: "asyncio.Task[Any]") -> None:
    """Take note of the task's exception, so that nobody reports it."""
    if not task.cancelled():
        task.exception()


@requirement("task-22")
@pytest.mark.parametrize("how", ["returned", "raised", "cancelled"])
def test_done_tells_the_end(loop: AbstractEventLoop, how: str) -> None:
    task = ended_by(loop, how)
    before = task.done()
    drain(loop)
    equal((before, task.done()), (False, True), f"done() before and after the task {how}")
    forget(task)


@requirement("task-23a")
def test_result_is_the_returned_object(loop: AbstractEventLoop) -> None:
    value = object()
    task = finished(loop, give(value))
    same(task.result(), value, "result()")
    same(task.result(), value, "result() for the second time")


@requirement("task-23a")
def test_result_is_none_where_nothing_is_returned(loop: AbstractEventLoop, trace: Trace) -> None:
    async def body() -> None:
        trace("ran")

    same(finished(loop, body()).result(), None, "result() of a coroutine without return")


@requirement("task-23b")
def test_result_raises_what_the_coroutine_raised(loop: AbstractEventLoop) -> None:
    error = ValueError("of the coroutine")
    task = finished(loop, fail(error))
    for _ in range(2):
        with raises(ValueError, "result() of a failed task") as caught:
            task.result()
        same(caught.error, error, "what result() raised")


@requirement("task-23b")
def test_a_failure_ends_neither_the_run_nor_other_tasks(loop: AbstractEventLoop, trace: Trace) -> None:
    async def other() -> None:
        await asyncio.sleep(0)
        trace("went on")

    failed, going_on = loop.create_task(fail(ValueError("of one task"))), loop.create_task(other())
    drain(loop)
    trace.expect("went on")
    with raises(ValueError, "result() of the failed task"):
        failed.result()
    check(going_on.done(), "the other task is still not done after some iterations")


@requirement("task-23d")
def test_result_of_an_undone_task_raises(loop: AbstractEventLoop) -> None:
    task = ended_by(loop, "returned")
    with raises(InvalidStateError, "result() of an undone task"):
        task.result()
    drain(loop)
    equal(task.result(), 1, "result() afterwards")


@requirement("task-24a")
def test_exception_is_what_the_coroutine_raised(loop: AbstractEventLoop) -> None:
    error = ValueError("of the coroutine")
    same(finished(loop, fail(error)).exception(), error, "exception() of a failed task")


@requirement("task-24a")
def test_exception_is_none_after_a_return(loop: AbstractEventLoop) -> None:
    same(finished(loop, give(ValueError("returned, not raised"))).exception(), None, "exception() after a return")


@requirement("task-24c")
def test_exception_of_an_undone_task_raises(loop: AbstractEventLoop) -> None:
    task = ended_by(loop, "returned")
    with raises(InvalidStateError, "exception() of an undone task"):
        task.exception()
    drain(loop)


@requirement("task-25")
@pytest.mark.parametrize("how", ["returned", "raised", "cancelled"])
def test_a_done_callback_gets_the_done_task(loop: AbstractEventLoop, trace: Trace, how: str) -> None:
    task = ended_by(loop, how)
    task.add_done_callback(lambda seen: trace(seen is task, seen.done()))
    trace("added")
    drain(loop)
    trace.expect("added", (True, True))
    forget(task)


@requirement("task-25")
def test_a_done_callback_comes_after_the_last_step(loop: AbstractEventLoop, trace: Trace) -> None:
    async def body() -> None:
        await asyncio.sleep(0)
        task.add_done_callback(trace.marker("callback"))
        trace("end of step")

    task = loop.create_task(body())
    drain(loop)
    trace.expect("end of step", "callback")


@requirement("task-25")
def test_a_done_callback_of_a_done_task_is_called_by_the_loop(loop: AbstractEventLoop, trace: Trace) -> None:
    task = finished(loop, give(1))
    task.add_done_callback(trace)
    trace("added")
    drain(loop)
    trace.expect("added", task)


@requirement("task-68")
def test_remove_done_callback_removes_all_and_counts(loop: AbstractEventLoop, trace: Trace) -> None:
    task = loop.create_task(give(1))
    gone, kept = trace.marker("removed"), trace.marker("kept")
    for callback in (gone, kept, gone):
        task.add_done_callback(callback)
    trace(task.remove_done_callback(gone), task.remove_done_callback(gone))
    drain(loop)
    trace.expect((2, 0), "kept")


@requirement("task-213")
def test_the_class_of_a_task_can_be_subscripted(loop: AbstractEventLoop) -> None:
    task_type: Any = type(finished(loop, give(1)))
    try:
        alias = task_type[int]
    except TypeError as error:
        alias = error
    equal(getattr(alias, "__args__", alias), (int,), f"arguments of {task_type.__name__}[int]")
