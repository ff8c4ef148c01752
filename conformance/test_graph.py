"""The call graph of asyncio (Python 3.14): who waits for whom, and where each coroutine stands."""

from __future__ import annotations

import asyncio
from asyncio import AbstractEventLoop
from collections.abc import Callable
from typing import Any

import pytest

from loopcert.conformance.kit import Trace, allowed, contains, drain, equal, instance, requirement, same
from loopcert.conformance.kit.gates import Gated, through


def functions(graph: Any) -> list[str]:
    """Name the functions of a call stack, in its order."""
    return [entry.frame.f_code.co_name for entry in graph.call_stack]


def waiters(future: Any) -> list[Any]:
    """Give what the call graph says awaits a future."""
    return [each.future for each in graph_of(future).awaited_by]


def graph_of(future: Any) -> Any:
    """Capture the graph of a future."""
    with allowed("capture_call_graph() of what the loop made"):
        return asyncio.capture_call_graph(future)


async def leaf(awaited: Any) -> Any:
    """Stand at the end of a chain of coroutines."""
    return await awaited


async def branch(awaited: Any) -> Any:
    """Stand in the middle."""
    return await leaf(awaited)


async def trunk(awaited: Any) -> Any:
    """Stand at the beginning."""
    return await branch(awaited)


@requirement("graph-01")
@pytest.mark.parametrize("kind", ["future", "task"])
def test_a_graph_has_three_parts(loop: AbstractEventLoop, kind: str) -> None:
    with Gated(loop, asyncio.wait, 1) as it:
        subject = it.tasks[0] if kind == "task" else it.gates[0]
        graph = graph_of(subject)
        instance(graph, asyncio.FutureCallGraph, "what capture_call_graph() gave")
        same(graph.future, subject, "future of the graph")
        for each in graph.call_stack:
            instance(each, asyncio.FrameCallGraphEntry, "an entry of call_stack")
        for each in graph.awaited_by:
            instance(each, asyncio.FutureCallGraph, "an entry of awaited_by")
        equal((type(graph.call_stack), type(graph.awaited_by)), (tuple, tuple), "types of call_stack and awaited_by")


@requirement("graph-12")
def test_the_stack_of_a_suspended_task_is_its_chain_of_coroutines(loop: AbstractEventLoop) -> None:
    gate = loop.create_future()
    task = loop.create_task(trunk(gate))
    drain(loop)
    seen = functions(graph_of(task))
    gate.set_result(None)
    drain(loop)
    equal(seen[:3], ["leaf", "branch", "trunk"], "the first functions in the call stack of a suspended task")


@requirement("graph-12")
def test_the_stack_of_a_task_that_is_done_is_empty(loop: AbstractEventLoop) -> None:
    task = loop.create_task(trunk(asyncio.sleep(0)))
    loop.run_until_complete(task)
    equal(functions(graph_of(task)), [], "functions in the call stack of a task that is done")


@requirement("graph-14")
def test_without_an_argument_the_current_task_is_captured(loop: AbstractEventLoop) -> None:
    def plain() -> Any:
        return asyncio.capture_call_graph()

    async def inner() -> Any:
        await asyncio.sleep(0)
        return plain()

    async def outer() -> Any:
        return await inner()

    task = loop.create_task(outer())
    graph = loop.run_until_complete(task)
    same(None if graph is None else graph.future, task, "future of the graph")
    equal(functions(graph)[:3], ["plain", "inner", "outer"], "the first functions in the call stack of that task")


@requirement("graph-17")
@pytest.mark.parametrize("state", ["suspended", "current"])
def test_a_stack_ends_with_the_coroutine_of_the_task(loop: AbstractEventLoop, state: str) -> None:
    async def look() -> list[str]:
        await gate
        return functions(asyncio.capture_call_graph())

    gate = loop.create_future()
    task = loop.create_task(trunk(look()))
    drain(loop)
    seen = functions(graph_of(task))
    gate.set_result(None)
    drain(loop)
    last = (seen if state == "suspended" else task.result())[-1]
    equal(last, "trunk", f"the last function in the call stack of a {state} task")


@requirement("graph-02")
@pytest.mark.parametrize(("function", "nothing"), [("capture_call_graph", None), ("format_call_graph", "")])
def test_a_callback_has_no_graph(loop: AbstractEventLoop, trace: Trace, function: str, nothing: object) -> None:
    loop.run_until_complete(asyncio.sleep(0))
    loop.call_soon(lambda: trace(getattr(asyncio, function)()))
    drain(loop)
    trace.expect(nothing)


@requirement("graph-06a")
@pytest.mark.parametrize("kinds", ["future by task", "task by future", "future by future"])
def test_an_edge_is_recorded(loop: AbstractEventLoop, kinds: str) -> None:
    with Gated(loop, asyncio.wait, 1) as it:
        made: list[Any] = [it.tasks[0] if kind == "task" else loop.create_future() for kind in kinds.split(" by ")]
        future, waiter = made
        asyncio.future_add_to_awaited_by(future, waiter)
        seen = waiters(future)
        asyncio.future_discard_from_awaited_by(future, waiter)
    contains(seen, waiter, "awaited_by after future_add_to_awaited_by()")


@requirement("graph-07")
def test_an_edge_is_taken_out(loop: AbstractEventLoop) -> None:
    future, first, second = (loop.create_future() for _ in range(3))
    for waiter in (first, second):
        asyncio.future_add_to_awaited_by(future, waiter)
    asyncio.future_discard_from_awaited_by(future, first)
    equal(waiters(future), [second], "awaited_by after future_discard_from_awaited_by() of one waiter of two")
    asyncio.future_discard_from_awaited_by(future, second)
    equal(waiters(future), [], "awaited_by after future_discard_from_awaited_by() of both waiters")


async def directly(tasks: list[Any]) -> None:
    for task in tasks:
        await task


async def by_wait_for(tasks: list[Any]) -> None:
    await asyncio.wait_for(tasks[0], 3600)


async def by_timeout(tasks: list[Any]) -> None:
    async with asyncio.timeout(3600):
        await tasks[0]


async def by_gather(tasks: list[Any]) -> None:
    await asyncio.gather(*tasks)


async def by_wait(tasks: list[Any]) -> None:
    await asyncio.wait(tasks)


async def by_shield(tasks: list[Any]) -> None:
    await asyncio.shield(tasks[0])


@requirement("graph-10")
@pytest.mark.parametrize("wait", [directly, by_wait_for, by_timeout, by_gather, by_wait, by_shield])
def test_whoever_waits_is_named(loop: AbstractEventLoop, wait: Callable[[list[Any]], Any]) -> None:
    with Gated(loop, wait, 2) as it:
        contains(waiters(it.tasks[0]), it.main, "awaited_by of a task that another one waits for")


@requirement("graph-10")
def test_a_task_group_waits_for_its_tasks(loop: AbstractEventLoop) -> None:
    gate = loop.create_future()
    tasks: list[Any] = []

    async def parent() -> None:
        async with asyncio.TaskGroup() as group:
            tasks.append(group.create_task(through(gate)))

    task = loop.create_task(parent())
    drain(loop)
    seen = waiters(tasks[0])
    gate.set_result(None)
    drain(loop)
    contains(seen, task, "awaited_by of a task of a group whose parent waits")


@requirement("graph-10")
def test_the_graph_leads_all_the_way_up(loop: AbstractEventLoop) -> None:
    gate = loop.create_future()
    middle = loop.create_task(branch(gate))
    top = loop.create_task(trunk(middle))
    drain(loop)
    way = []
    graph = graph_of(gate)
    while graph.awaited_by:
        (graph,) = graph.awaited_by
        way.append((graph.future, functions(graph)))
    gate.set_result(None)
    drain(loop)
    wanted = [(middle, ["leaf", "branch"]), (top, ["leaf", "branch", "trunk"])]
    equal(way, wanted, "the tasks from a future upwards, with the functions of their call stacks")


@requirement("graph-15")
@pytest.mark.parametrize("end", ["result", "exception", "cancel"])
def test_an_edge_ends_with_the_wait(loop: AbstractEventLoop, end: str) -> None:
    with Gated(loop, directly, 1) as it:
        if end == "cancel":
            it.main.cancel()
            drain(loop, 8)
        else:
            it.open(0, KeyError() if end == "exception" else None)
        equal((it.main.done(), waiters(it.tasks[0])), (True, []), "done() of the waiting task, and awaited_by")
        it.seen()


@requirement("graph-16")
def test_the_text_names_tasks_and_functions(loop: AbstractEventLoop) -> None:
    gate = loop.create_future()
    inner = loop.create_task(trunk(gate), name="the inner one")
    outer = loop.create_task(through(inner), name="the outer one")
    drain(loop)
    with allowed("format_call_graph() of a task of the loop"):
        text = asyncio.format_call_graph(inner)
    gate.set_result(None)
    loop.run_until_complete(outer)
    wanted = ["the inner one", "leaf", "branch", "trunk"]
    equal([each for each in wanted if each in text], wanted, f"what is named of {wanted} in the text {text!r}")
