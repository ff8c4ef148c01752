"""The surroundings of an eager first step: current task, context, name, custom constructors, an idle loop."""

import asyncio
from asyncio import AbstractEventLoop
from collections.abc import Coroutine
from contextvars import Context, ContextVar
from typing import Any

from loopcert.conformance.kit import Trace, allowed, check, contains, drain, equal, inside, requirement
from loopcert.conformance.test_task_eager import EACH_WAY, Make, constructor, factory, making, steps

COLOUR: ContextVar[str] = ContextVar("loopcert-eager-colour", default="none")


@requirement("task-204")
@EACH_WAY
def test_current_task_is_the_eager_task_in_its_first_step(loop: AbstractEventLoop, make: Make) -> None:
    current: list[Any] = []

    async def child() -> None:
        current.append(asyncio.current_task())
        await asyncio.sleep(0)
        current.append(asyncio.current_task())

    async def creator() -> "asyncio.Task[Any]":
        task = make(loop, child())
        current.append(asyncio.current_task())
        await task
        return task

    outer = loop.create_task(creator())
    drain(loop, turns=8)
    inner = outer.result()
    equal(
        current, [inner, outer, inner], "current_task() in the first step, in the creator after it, in the second step"
    )


@requirement("task-204")
@EACH_WAY
def test_current_task_is_none_after_an_eager_start_in_a_callback(
    loop: AbstractEventLoop, trace: Trace, make: Make
) -> None:
    async def child() -> None:
        trace("first step")

    def body() -> None:
        make(loop, child())
        trace("current task", asyncio.current_task())

    inside(loop, body)
    trace.expect("first step", ("current task", None))


@requirement("task-218")
@EACH_WAY
def test_the_first_step_runs_in_the_context_given(loop: AbstractEventLoop, trace: Trace, make: Make) -> None:
    context = Context()
    context.run(COLOUR.set, "given")

    async def paint() -> None:
        trace(COLOUR.get())
        COLOUR.set("by the task")

    def body() -> None:
        make(loop, paint(), context=context)
        trace("made")

    inside(loop, body)
    trace.expect("given", "made")
    equal(context[COLOUR], "by the task", "the variable in the context given")


@requirement("task-218")
@EACH_WAY
def test_the_first_step_does_not_paint_its_creator(loop: AbstractEventLoop, trace: Trace, make: Make) -> None:
    async def paint() -> None:
        trace(COLOUR.get())
        COLOUR.set("by the task")

    def body() -> None:
        COLOUR.set("of the creator")
        make(loop, paint())
        trace("creator", COLOUR.get())

    inside(loop, body)
    trace.expect("of the creator", ("creator", "of the creator"))


@requirement("task-75")
@EACH_WAY
def test_all_tasks_holds_a_task_in_its_first_step(loop: AbstractEventLoop, trace: Trace, make: Make) -> None:
    async def child() -> None:
        trace(asyncio.all_tasks())

    def body() -> None:
        task = make(loop, child())
        trace(task)

    inside(loop, body)
    check(isinstance(trace.seen[0], set), "the first step did not run while the task was made, wanted it to")
    contains(trace.seen[0], trace.seen[1], "all_tasks() in the eager first step")


@requirement("task-337")
@EACH_WAY
def test_all_tasks_holds_an_eager_task_that_suspended(loop: AbstractEventLoop, trace: Trace, make: Make) -> None:
    async def child() -> None:
        trace("first step")
        await asyncio.sleep(3600)

    def body() -> "asyncio.Task[Any]":
        task = make(loop, child())
        trace("made", task in asyncio.all_tasks())
        return task

    task = inside(loop, body)
    trace("waiting", task in asyncio.all_tasks(loop))
    task.cancel()
    drain(loop)
    trace("ended", task in asyncio.all_tasks(loop))
    trace.expect("first step", ("made", True), ("waiting", True), ("ended", False))


@requirement("task-58")
def test_a_custom_constructor_makes_eager_tasks(loop: AbstractEventLoop, trace: Trace) -> None:
    made: list[tuple[object, dict[str, Any]]] = []

    def construct(coroutine: Any, **options: Any) -> "asyncio.Task[Any]":
        made.append((coroutine, options))
        return asyncio.Task(coroutine, **options)

    def custom(loop: AbstractEventLoop, coroutine: Coroutine[Any, Any, Any]) -> "asyncio.Task[Any]":
        loop.set_task_factory(asyncio.create_eager_task_factory(construct))
        with allowed("create_task() with a factory of create_eager_task_factory()"):
            return loop.create_task(coroutine)

    making(loop, trace, custom, pause=True)
    trace.expect("first step", ("made", False), "second step")
    equal([options.get("loop") for _, options in made], [loop], "loop that reached the custom constructor")


@requirement("task-220")
def test_the_eager_factory_gets_name_and_context(loop: AbstractEventLoop) -> None:
    context = Context()

    async def paint() -> None:
        COLOUR.set("by the task")

    task = inside(loop, lambda: factory(loop, paint(), name="given", context=context))
    equal(
        (task.get_name(), context.get(COLOUR)), ("given", "by the task"), "name, and the variable in the context given"
    )


@requirement("task-21")
def test_on_an_idle_loop_an_eager_task_is_scheduled(loop: AbstractEventLoop, trace: Trace) -> None:
    task = constructor(loop, steps(trace, pause=True))
    trace("made", task.done())
    drain(loop)
    trace.expect(("made", False), "first step", "second step")


@requirement("task-21")
def test_run_until_complete_works_under_the_eager_factory(loop: AbstractEventLoop, trace: Trace) -> None:
    loop.set_task_factory(asyncio.eager_task_factory)
    with allowed("run_until_complete(coroutine) with the eager task factory"):
        value = loop.run_until_complete(steps(trace, pause=True))
    equal(value, "value", "what run_until_complete() gave")
