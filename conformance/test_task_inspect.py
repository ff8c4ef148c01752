"""What can be asked about tasks: current_task, all_tasks, the coroutine, the call graph."""

import asyncio
from asyncio import AbstractEventLoop
from collections.abc import Callable
from typing import Any

import pytest

from loopcert.conformance.kit import Trace, check, contains, differs, drain, equal, instance, requirement, same


async def nothing() -> None:
    pass


async def waiting(future: "asyncio.Future[Any]") -> Any:
    return await future


def suspended(loop: AbstractEventLoop) -> "tuple[asyncio.Task[Any], asyncio.Future[Any]]":
    """A task that is suspended, and the future that it waits for."""
    future = loop.create_future()
    task = loop.create_task(waiting(future))
    drain(loop)
    return task, future


@requirement("task-32a")
def test_get_coro_gives_the_coroutine(loop: AbstractEventLoop) -> None:
    future = loop.create_future()
    coroutine = waiting(future)
    task = loop.create_task(coroutine)
    seen = [task.get_coro()]
    drain(loop)
    seen.append(task.get_coro())
    future.set_result(None)
    drain(loop)
    seen.append(task.get_coro())
    equal([each is coroutine for each in seen], [True] * 3, "get_coro() is the coroutine: new, suspended, done")


def of_the_running_loop(function: Callable[..., Any]) -> Any:
    return function()


def of_this_loop(function: Callable[..., Any]) -> Any:
    return function(asyncio.get_running_loop())


ASKED = pytest.mark.parametrize("ask", [of_the_running_loop, of_this_loop])


@requirement("task-49a")
@ASKED
def test_current_task_is_the_task_of_each_step(loop: AbstractEventLoop, ask: Callable[..., Any]) -> None:
    seen: dict[str, list[Any]] = {"a": [], "b": []}

    async def body(name: str) -> None:
        for _ in range(3):
            seen[name].append(ask(asyncio.current_task))
            await asyncio.sleep(0)

    tasks = {name: loop.create_task(body(name)) for name in seen}
    drain(loop, turns=6)
    equal(seen, {name: [task] * 3 for name, task in tasks.items()}, "current_task() in the steps of two tasks")


@requirement("task-49a")
def test_current_task_is_the_awaiting_task_in_nested_coroutines(loop: AbstractEventLoop) -> None:
    async def inner() -> Any:
        await asyncio.sleep(0)
        return asyncio.current_task()

    async def body() -> Any:
        return await inner()

    task = loop.create_task(body())
    drain(loop)
    same(task.result(), task, "current_task() in a coroutine that a task awaits")


@requirement("task-49b")
@ASKED
def test_current_task_is_none_in_a_callback(loop: AbstractEventLoop, trace: Trace, ask: Callable[..., Any]) -> None:
    task = loop.create_task(nothing())
    loop.call_soon(lambda: trace(ask(asyncio.current_task)))
    task.add_done_callback(lambda _task: trace(ask(asyncio.current_task)))
    drain(loop)
    trace.expect(None, None)


@requirement("task-49b")
def test_current_task_is_none_after_a_step_that_fails(loop: AbstractEventLoop, trace: Trace) -> None:
    async def body() -> None:
        raise ValueError("of the coroutine")

    task = loop.create_task(body())
    loop.call_soon(lambda: trace(asyncio.current_task()))
    drain(loop)
    trace.expect(None)
    instance(task.exception(), ValueError, "exception() of the task")


@requirement("task-49b")
def test_current_task_is_none_after_the_run(loop: AbstractEventLoop) -> None:
    loop.run_until_complete(nothing())
    same(asyncio.current_task(loop), None, "current_task(loop) when the loop does not run")


@requirement("task-51")
@ASKED
def test_all_tasks_holds_every_undone_task(loop: AbstractEventLoop, ask: Callable[..., Any]) -> None:
    waiting, future = suspended(loop)
    seen: list[Any] = []

    async def body() -> None:
        fresh = loop.create_task(nothing())
        seen.append((ask(asyncio.all_tasks), {waiting, running, fresh}))
        await fresh

    running = loop.create_task(body())
    drain(loop)
    future.set_result(None)
    drain(loop)
    missing = seen[0][1] - seen[0][0]  # tasks of the loop's own may be there as well
    equal(missing, set(), "a suspended, a running and a new task: those missing in all_tasks()")


@requirement("task-51")
def test_all_tasks_is_a_set_of_its_own(loop: AbstractEventLoop) -> None:
    task = loop.create_task(nothing())
    first = asyncio.all_tasks(loop)
    instance(first, set, "all_tasks(loop)")
    contains(first, task, "all_tasks(loop) before the first step of the task")
    differs(asyncio.all_tasks(loop), first, "all_tasks(loop) for the second time")
    drain(loop)


@requirement("task-52")
def test_all_tasks_holds_no_done_task(loop: AbstractEventLoop) -> None:
    async def fail() -> None:
        raise ValueError("of the coroutine")

    tasks: list[asyncio.Task[Any]] = [loop.create_task(nothing()), loop.create_task(fail()), suspended(loop)[0]]
    tasks[2].cancel()
    drain(loop)
    instance(tasks[1].exception(), ValueError, "exception() of the failed task")
    equal(asyncio.all_tasks(loop) & set(tasks), set(), "done tasks in all_tasks(loop)")


@requirement("task-52")
def test_all_tasks_holds_no_task_of_another_loop(
    loop: AbstractEventLoop, new_loop: Callable[[], AbstractEventLoop]
) -> None:
    other = new_loop()
    mine, others = loop.create_task(nothing()), other.create_task(nothing())
    both = {mine, others}
    equal(asyncio.all_tasks(loop) & both, {mine}, "tasks of two loops that are in all_tasks(loop)")
    equal(asyncio.all_tasks(other) & both, {others}, "tasks of two loops that are in all_tasks(other_loop)")
    drain(loop)
    drain(other)


def graph_of(loop: AbstractEventLoop, awaited: object) -> Any:
    """The call graph of a future, captured in a callback: asyncio wants a running loop."""
    capture: Any = asyncio.capture_call_graph  # type: ignore[attr-defined,unused-ignore]  # since 3.14
    graphs: list[Any] = []
    loop.call_soon(lambda: graphs.append(capture(awaited)))
    drain(loop)
    return graphs[0]


@requirement("task-73")
def test_the_awaiting_task_is_in_the_call_graph(loop: AbstractEventLoop) -> None:
    future = loop.create_future()

    async def awaiting(awaited: Any) -> None:
        await awaited

    inner = loop.create_task(awaiting(future))
    outer = loop.create_task(awaiting(inner))
    drain(loop)
    graphs = [graph_of(loop, awaited) for awaited in (inner, future)]
    found = [[each.future for each in graph.awaited_by] for graph in graphs]
    equal(found, [[outer], [inner]], "awaited_by of the inner task and of the future that it waits for")
    future.set_result(None)
    drain(loop)


@requirement("task-73")
def test_a_task_that_went_on_leaves_the_call_graph(loop: AbstractEventLoop) -> None:
    future, later = loop.create_future(), loop.create_future()

    async def awaiting() -> None:
        await future
        await later

    task = loop.create_task(awaiting())
    drain(loop)
    future.set_result(None)
    drain(loop)
    equal(len(graph_of(loop, future).awaited_by), 0, "number of awaiters of a future that is done")
    later.set_result(None)
    drain(loop)
    check(task.done(), "the task is still not done after some iterations")
