"""Eager tasks: the first step runs while the task is made."""

import asyncio
import sys
from asyncio import AbstractEventLoop
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from loopcert.conformance.kit import Contexts, Trace, allowed, drain, equal, inside, requirement, same

Make = Callable[..., "asyncio.Task[Any]"]


def constructor(loop: AbstractEventLoop, coroutine: Coroutine[Any, Any, Any], **options: Any) -> "asyncio.Task[Any]":
    with allowed("asyncio.Task(eager_start=True) on the running loop"):
        return asyncio.Task(coroutine, loop=loop, eager_start=True, **options)


def factory(loop: AbstractEventLoop, coroutine: Coroutine[Any, Any, Any], **options: Any) -> "asyncio.Task[Any]":
    loop.set_task_factory(asyncio.eager_task_factory)
    with allowed("create_task() with the eager task factory"):
        return loop.create_task(coroutine, **options)


def keyword(loop: AbstractEventLoop, coroutine: Coroutine[Any, Any, Any], **options: Any) -> "asyncio.Task[Any]":
    create: Make = loop.create_task
    with allowed("create_task(eager_start=True)"):
        return create(coroutine, eager_start=True, **options)


# create_task(eager_start=) came with 3.14 only; it is the one way that leads to a Task class of the loop's own. The
# factory is no third way: a loop that mistreats it falls short of task-57a and of nothing else.
WAYS: list[Make] = [constructor, *([keyword] if sys.version_info >= (3, 14) else [])]
EACH_WAY = pytest.mark.parametrize("make", WAYS)


async def steps(trace: Trace, *, pause: bool) -> str:
    trace("first step")
    if pause:
        await asyncio.sleep(0)
        trace("second step")
    return "value"


def making(loop: AbstractEventLoop, trace: Trace, make: Make, *, pause: bool) -> "asyncio.Task[Any]":
    """A task of those steps, made inside a callback and driven to its end."""

    def body() -> "asyncio.Task[Any]":
        task = make(loop, steps(trace, pause=pause))
        trace("made", task.done())
        return task

    task: asyncio.Task[Any] = inside(loop, body)
    return task


@requirement("task-19")
def test_the_constructor_runs_the_first_step(loop: AbstractEventLoop, trace: Trace) -> None:
    making(loop, trace, constructor, pause=True)
    trace.expect("first step", ("made", False), "second step")


@requirement("task-57a")
def test_the_eager_factory_runs_the_first_step(loop: AbstractEventLoop, trace: Trace) -> None:
    making(loop, trace, factory, pause=True)
    trace.expect("first step", ("made", False), "second step")


@requirement("task-57a")
def test_asyncio_create_task_starts_eagerly_under_the_factory(loop: AbstractEventLoop, trace: Trace) -> None:
    async def body() -> None:
        loop.set_task_factory(asyncio.eager_task_factory)
        with allowed("asyncio.create_task() with the eager task factory"):
            task = asyncio.create_task(steps(trace, pause=True))
        trace("made")
        await task

    loop.run_until_complete(body())
    trace.expect("first step", "made", "second step")


@requirement("task-05a")
def test_the_keyword_runs_the_first_step(loop: AbstractEventLoop, trace: Trace) -> None:
    making(loop, trace, keyword, pause=True)
    trace.expect("first step", ("made", False), "second step")


@requirement("task-05a")
def test_the_keyword_runs_all_of_a_coroutine_that_does_not_suspend(loop: AbstractEventLoop, trace: Trace) -> None:
    making(loop, trace, keyword, pause=False)
    trace.expect("first step", ("made", True))


@requirement("task-05b")
@pytest.mark.parametrize("eager_factory", [False, True])
def test_eager_start_false_is_lazy(loop: AbstractEventLoop, trace: Trace, eager_factory: bool) -> None:
    def lazily(loop: AbstractEventLoop, coroutine: Coroutine[Any, Any, Any]) -> "asyncio.Task[Any]":
        create: Make = loop.create_task
        loop.set_task_factory(asyncio.eager_task_factory if eager_factory else None)
        with allowed("create_task(eager_start=False)"):
            return create(coroutine, eager_start=False)

    making(loop, trace, lazily, pause=False)
    trace.expect(("made", False), "first step")


@requirement("task-05c")
@pytest.mark.parametrize("eager_factory", [False, True])
def test_without_eager_start_the_factory_decides(loop: AbstractEventLoop, trace: Trace, eager_factory: bool) -> None:
    def plainly(loop: AbstractEventLoop, coroutine: Coroutine[Any, Any, Any]) -> "asyncio.Task[Any]":
        loop.set_task_factory(asyncio.eager_task_factory if eager_factory else None)
        return loop.create_task(coroutine)

    making(loop, trace, plainly, pause=False)
    wanted = ["first step", ("made", True)] if eager_factory else [("made", False), "first step"]
    trace.expect(*wanted)


@requirement("task-20a")
@EACH_WAY
def test_a_return_in_the_first_step_ends_the_task(loop: AbstractEventLoop, trace: Trace, make: Make) -> None:
    task = making(loop, trace, make, pause=False)
    trace.expect("first step", ("made", True))
    equal(task.result(), "value", "result of the task")


@requirement("task-71")
@EACH_WAY
def test_a_failure_in_the_first_step_ends_the_task(loop: AbstractEventLoop, trace: Trace, make: Make) -> None:
    error = ValueError("in the first step")

    async def failing() -> None:
        raise error

    def body() -> "asyncio.Task[Any]":
        task = make(loop, failing())
        trace("made", task.done())
        return task

    task = inside(loop, body)
    trace.expect(("made", True))
    same(task.exception(), error, "exception() of the task")


@requirement("task-20b")
@EACH_WAY
def test_a_task_done_in_its_first_step_is_not_scheduled(loop: AbstractEventLoop, trace: Trace, make: Make) -> None:
    contexts = Contexts(loop)
    making(loop, trace, make, pause=False)
    drain(loop)
    trace.expect("first step", ("made", True))
    contexts.expect_silence()


@requirement("task-219")
@EACH_WAY
def test_a_suspended_eager_task_goes_on_like_any_other(loop: AbstractEventLoop, trace: Trace, make: Make) -> None:
    def body() -> "asyncio.Task[Any]":
        async def waiting() -> Any:
            trace("waits")
            value = await future
            trace("goes on")
            return value

        future = loop.create_future()
        task = make(loop, waiting())
        loop.call_soon(future.set_result, 7)
        trace("made")
        return task

    task = inside(loop, body)
    trace.expect("waits", "made", "goes on")
    equal((task.done(), task.result()), (True, 7), "done() and result of the task")


@requirement("task-32b")
@EACH_WAY
def test_get_coro_of_an_eagerly_completed_task_is_none(loop: AbstractEventLoop, trace: Trace, make: Make) -> None:
    task = making(loop, trace, make, pause=False)
    trace.expect("first step", ("made", True))
    same(task.get_coro(), None, "get_coro() of a task that completed eagerly")
