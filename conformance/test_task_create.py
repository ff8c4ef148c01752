"""Making tasks: create_task, ensure_future, asyncio.create_task, and asyncio's own classes on the loop."""

import asyncio
from asyncio import AbstractEventLoop
from collections.abc import Coroutine
from contextvars import Context, ContextVar
from typing import Any

import pytest

from loopcert.conformance.kit import Trace, allowed, check, drain, equal, instance, raises, requirement, same

VARIABLE: ContextVar[str] = ContextVar("loopcert-task-create")


async def give(value: Any) -> Any:
    return value


async def record(trace: Trace, event: object) -> None:
    trace(event)


@requirement("task-01a")
def test_create_task_runs_nothing_while_the_loop_is_idle(loop: AbstractEventLoop, trace: Trace) -> None:
    task = loop.create_task(record(trace, "ran"))
    trace("returned")
    drain(loop)
    trace.expect("returned", "ran")
    check(task.done(), "the task is still not done after some iterations, wanted it to be")


@requirement("task-01a")
def test_create_task_within_a_task_runs_nothing_yet(loop: AbstractEventLoop, trace: Trace) -> None:
    async def creator() -> None:
        task = loop.create_task(record(trace, "ran"))
        trace("returned")
        check(not task.done(), "a task just made: saw done() true, wanted false")
        await task

    loop.run_until_complete(creator())
    trace.expect("returned", "ran")


@requirement("task-01a")
def test_create_task_within_a_callback_runs_nothing_yet(loop: AbstractEventLoop, trace: Trace) -> None:
    tasks: list[asyncio.Task[None]] = []

    def callback() -> None:
        tasks.append(loop.create_task(record(trace, "ran")))
        trace("returned")

    loop.call_soon(callback)
    drain(loop)
    trace.expect("returned", "ran")


@requirement("task-01b")
def test_the_returned_value_becomes_the_result(loop: AbstractEventLoop) -> None:
    value = object()
    task = loop.create_task(give(value))
    drain(loop)
    check(task.done(), "the task is still not done after some iterations, wanted it to be")
    same(task.result(), value, "result of the task")


@requirement("task-01b")
def test_many_tasks_run_each_once(loop: AbstractEventLoop, trace: Trace) -> None:
    tasks = [loop.create_task(record(trace, number)) for number in range(100)]
    drain(loop)
    trace.expect_unordered(*range(100))
    check(all(task.done() for task in tasks), "some of the tasks are not done after they ran")


@requirement("task-01b")
def test_a_task_made_by_a_running_task_runs(loop: AbstractEventLoop, trace: Trace) -> None:
    tasks: list[asyncio.Task[None]] = []

    async def spawn(depth: int) -> None:
        trace(depth)
        if depth:
            tasks.append(loop.create_task(spawn(depth - 1)))

    tasks.append(loop.create_task(spawn(3)))
    drain(loop, turns=8)
    trace.expect(3, 2, 1, 0)


@requirement("task-01b")
def test_a_task_runs_in_debug_mode(loop: AbstractEventLoop) -> None:
    loop.set_debug(True)
    with allowed("create_task() in debug mode"):
        task = loop.create_task(give("value"), name="named")
    drain(loop)
    equal((task.done(), task.get_name()), (True, "named"), "done() and name of a task in debug mode")
    equal(task.result(), "value", "result of a task in debug mode")


class HandMade(Coroutine[Any, Any, str]):
    """A coroutine object of somebody else's make, as compilers of Python make them."""

    def send(self, value: Any, /) -> Any:  # noqa: ARG002 - the interface has it
        """End at once."""
        raise StopIteration("value")

    def throw(self, *error: Any) -> Any:
        """Refuse."""
        raise error[0]

    def close(self) -> None:
        """Hold nothing."""

    def __await__(self) -> Any:
        return self


@requirement("task-222")
def test_a_coroutine_object_of_another_make_runs(loop: AbstractEventLoop) -> None:
    with allowed("create_task() of an instance of collections.abc.Coroutine"):
        task = loop.create_task(HandMade())
    drain(loop)
    equal(task.done() and task.result(), "value", "result of a task of a hand-made coroutine")


@requirement("task-72")
def test_a_new_task_is_an_asyncio_task(loop: AbstractEventLoop) -> None:
    task = loop.create_task(give(1))
    drain(loop)
    instance(task, asyncio.Task, "what create_task() gave")


@requirement("task-74")
def test_create_task_on_a_closed_loop_raises(loop: AbstractEventLoop) -> None:
    loop.close()
    coroutine = give(1)
    try:
        with raises(Exception, "create_task() on a closed loop"):
            loop.create_task(coroutine)
    finally:
        coroutine.close()


@requirement("task-200")
@pytest.mark.parametrize("thing", [42, None, give, "text"], ids=["number", "none", "function", "text"])
def test_create_task_refuses_what_is_no_coroutine(loop: AbstractEventLoop, thing: Any) -> None:
    with raises(Exception, f"create_task({thing!r})"):
        loop.create_task(thing)


@requirement("task-203")
def test_tasks_start_in_the_order_of_their_making(loop: AbstractEventLoop, trace: Trace) -> None:
    tasks = [loop.create_task(record(trace, number)) for number in range(5)]
    drain(loop)
    trace.expect(0, 1, 2, 3, 4)
    del tasks


@requirement("task-205")
def test_asyncio_create_task_takes_a_name(loop: AbstractEventLoop) -> None:
    async def body() -> asyncio.Task[Any]:
        with allowed("asyncio.create_task(coro, name=...)"):
            task = asyncio.create_task(give(1), name="named")
        await task
        return task

    equal(loop.run_until_complete(body()).get_name(), "named", "name of the task")


@requirement("task-205")
def test_asyncio_create_task_takes_a_context(loop: AbstractEventLoop) -> None:
    context, seen = Context(), []
    context.run(VARIABLE.set, "in the context")

    async def child() -> None:
        seen.append(VARIABLE.get(None))

    async def body() -> None:
        with allowed("asyncio.create_task(coro, context=...)"):
            task = asyncio.create_task(child(), context=context)
        await task

    loop.run_until_complete(body())
    equal(seen, ["in the context"], "value of the variable within the task")


@requirement("task-205")
def test_asyncio_create_task_makes_it_on_the_running_loop(loop: AbstractEventLoop) -> None:
    async def body() -> AbstractEventLoop:
        task = asyncio.create_task(give(1))
        await task
        return task.get_loop()

    same(loop.run_until_complete(body()), loop, "loop of the task")


def wrap(loop: AbstractEventLoop, coroutine: Coroutine[Any, Any, Any]) -> Any:
    return asyncio.ensure_future(coroutine, loop=loop)


def create(loop: AbstractEventLoop, coroutine: Coroutine[Any, Any, Any]) -> Any:
    return loop.create_task(coroutine)


@requirement("task-211")
@pytest.mark.parametrize("make", [wrap, create])
def test_a_coroutine_object_has_to_be_made_a_task(loop: AbstractEventLoop, trace: Trace, make: Any) -> None:
    coroutine = record(trace, "ran")
    check(not asyncio.isfuture(coroutine), "isfuture() of a coroutine object: saw True, wanted False")
    drain(loop)
    trace("nothing ran")
    task = make(loop, coroutine)
    check(asyncio.isfuture(task), f"isfuture({task!r}): saw False, wanted True")
    drain(loop)
    trace.expect("nothing ran", "ran")


@requirement("task-65")
def test_asyncios_own_future_and_task_run(loop: AbstractEventLoop) -> None:
    future: asyncio.Future[int] = asyncio.Future(loop=loop)

    async def body() -> int:
        return await future

    task = asyncio.Task(body(), loop=loop, name="own", context=Context())
    loop.call_soon(future.set_result, 5)
    drain(loop)
    check(task.done(), "asyncio.Task(loop=...) is not done although its future is, wanted it to be")
    equal((task.result(), task.get_name()), (5, "own"), "result and name")
    same(future.get_loop(), loop, "loop of asyncio.Future(loop=...)")
