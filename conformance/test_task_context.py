"""The context of a task: given or copied, the same in every step."""

import asyncio
from asyncio import AbstractEventLoop
from collections.abc import Awaitable, Callable
from contextvars import Context, ContextVar
from typing import Any

import pytest

from loopcert.conformance.kit import Trace, allowed, check, drain, equal, requirement, same

COLOUR: ContextVar[str] = ContextVar("loopcert-task-colour", default="none")


async def see() -> str:
    return COLOUR.get()


async def paint(colour: str) -> None:
    COLOUR.set(colour)


def painted(colour: str) -> Context:
    """A new context in which the variable has that value."""
    context = Context()
    context.run(COLOUR.set, colour)
    return context


@requirement("task-03")
def test_the_coroutine_sees_the_given_context(loop: AbstractEventLoop) -> None:
    with allowed("create_task(context=...)"):
        task = loop.create_task(see(), context=painted("red"))
    drain(loop)
    equal(task.result(), "red", "value of the variable within the task")


@requirement("task-03")
def test_what_the_coroutine_sets_is_seen_in_the_given_context(loop: AbstractEventLoop) -> None:
    context = painted("red")
    with allowed("create_task(context=...)"):
        task = loop.create_task(paint("blue"), context=context)
    drain(loop)
    equal((task.done(), context[COLOUR]), (True, "blue"), "done() and the variable in the context given")


@requirement("task-03")
def test_two_tasks_can_share_a_context(loop: AbstractEventLoop) -> None:
    context = painted("red")
    with allowed("create_task(context=...)"):
        tasks = [loop.create_task(paint("blue"), context=context), loop.create_task(see(), context=context)]
    drain(loop)
    check(all(task.done() for task in tasks), "two tasks in one context are not done after some iterations")
    equal(context[COLOUR], "blue", "the variable in the context that both tasks share")


@requirement("task-04a")
@pytest.mark.parametrize("options", [{}, {"context": None}], ids=["omitted", "none"])
def test_the_context_is_copied_when_the_task_is_made(loop: AbstractEventLoop, options: dict[str, Any]) -> None:
    def make() -> "asyncio.Task[str]":
        COLOUR.set("when made")
        task = loop.create_task(see(), **options)
        COLOUR.set("later")
        return task

    task = Context().run(make)
    drain(loop)
    equal(task.result(), "when made", "value of the variable within the task")


@requirement("task-04a")
def test_a_task_made_in_a_task_starts_with_its_context(loop: AbstractEventLoop) -> None:
    async def creator() -> str:
        COLOUR.set("of the creator")
        task = loop.create_task(see())
        COLOUR.set("later")
        return await task

    equal(loop.run_until_complete(creator()), "of the creator", "value of the variable within the inner task")


@requirement("task-04b")
def test_the_creator_does_not_see_what_its_task_sets(loop: AbstractEventLoop) -> None:
    async def creator() -> str:
        COLOUR.set("of the creator")
        await loop.create_task(paint("of the task"))
        return COLOUR.get()

    equal(loop.run_until_complete(creator()), "of the creator", "value of the variable in the creator")


@requirement("task-04b")
def test_siblings_do_not_see_what_a_task_sets(loop: AbstractEventLoop) -> None:
    tasks = [loop.create_task(paint("of one task")), loop.create_task(see())]
    drain(loop)
    equal(tasks[1].result(), "none", "value of the variable in another task")


def bare_yield(_loop: AbstractEventLoop) -> Awaitable[Any]:
    return asyncio.sleep(0)


def future_set_elsewhere(loop: AbstractEventLoop) -> Awaitable[Any]:
    future = loop.create_future()
    loop.call_soon(future.set_result, None, context=painted("of the callback"))
    return future


def other_task(loop: AbstractEventLoop) -> Awaitable[Any]:
    return loop.create_task(paint("of the other task"), context=painted("of another task"))


def failed_future(loop: AbstractEventLoop) -> Awaitable[Any]:
    future = loop.create_future()
    loop.call_soon(future.set_exception, ValueError("of the future"), context=painted("of the callback"))
    return future


@requirement("task-18")
@pytest.mark.parametrize("suspension", [bare_yield, future_set_elsewhere, other_task, failed_future])
def test_the_step_after_a_suspension_runs_in_the_context(
    loop: AbstractEventLoop, suspension: Callable[[AbstractEventLoop], Awaitable[Any]]
) -> None:
    context, seen = painted("given"), []

    async def body() -> None:
        for number in range(2):
            seen.append(COLOUR.get())
            COLOUR.set(f"step {number}")
            try:
                await suspension(loop)
            except ValueError:
                seen.append("failed")
        COLOUR.set(f"{COLOUR.get()}, last step")

    task = loop.create_task(body(), context=context)
    drain(loop, turns=12)
    check(task.done(), "the task is still not done after some iterations")
    equal([each for each in seen if each != "failed"], ["given", "step 0"], "values seen in each step")
    equal(context[COLOUR], "step 1, last step", "the variable in the context of the task, after its last step")


@requirement("task-33")
def test_get_context_gives_the_context_given(loop: AbstractEventLoop) -> None:
    context = Context()
    task = loop.create_task(see(), context=context)
    same(task.get_context(), context, "get_context()")
    drain(loop)
    same(task.get_context(), context, "get_context() of a done task")


@requirement("task-33")
def test_get_context_gives_the_copy_that_the_task_runs_in(loop: AbstractEventLoop) -> None:
    task = loop.create_task(paint("by the task"))
    drain(loop)
    colour: str | None = task.get_context().get(COLOUR)
    equal(colour, "by the task", "the variable in get_context(), set by the task")


@requirement("task-214")
def test_a_done_callback_runs_in_the_context_given(loop: AbstractEventLoop, trace: Trace) -> None:
    def callback(_task: object) -> None:
        trace(COLOUR.get())
        COLOUR.set("by the callback")

    context = painted("of the callback")
    task = loop.create_task(see(), context=painted("of the task"))
    task.add_done_callback(callback, context=context)
    drain(loop)
    trace.expect("of the callback")
    equal(context[COLOUR], "by the callback", "the variable in the context given to add_done_callback()")
