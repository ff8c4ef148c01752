"""Task groups whose tasks all do well: what is waited for, and what may be added."""

from __future__ import annotations

import asyncio
import contextvars
from asyncio import AbstractEventLoop
from typing import Any

import pytest

from loopcert.conformance.kit import Trace, equal, requirement
from loopcert.conformance.kit.settling import begun, outcomes, settled

variable = contextvars.ContextVar("variable", default="unset")


@requirement("taskgroup-01")
@pytest.mark.parametrize("count", [1, 3, 50])
def test_leaving_waits_for_all_tasks(loop: AbstractEventLoop, count: int) -> None:
    ended: list[int] = []

    async def child(number: int) -> None:
        for _ in range(1 + number % 4):
            await asyncio.sleep(0)
        ended.append(number)

    async def main() -> int:
        async with asyncio.TaskGroup() as group:
            for number in range(count):
                group.create_task(child(number))
        return len(ended)

    equal(settled(loop, main()), count, f"tasks that had ended when a group of {count} was left")


@requirement("taskgroup-01")
def test_leaving_waits_while_others_wait_for_the_same(loop: AbstractEventLoop, trace: Trace) -> None:
    gate = loop.create_future()

    async def main(name: str) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(asyncio.wait([gate]))
        trace(name)

    tasks = begun(loop, main("a"), main("b"))
    trace("open")
    gate.set_result(None)
    outcomes(loop, *tasks)
    trace.expect("open", "a", "b")


@requirement("taskgroup-01")
def test_leaving_waits_for_groups_within_groups(loop: AbstractEventLoop, trace: Trace) -> None:
    async def child(depth: int) -> None:
        async with asyncio.TaskGroup() as group:
            if depth:
                group.create_task(child(depth - 1))
            await asyncio.sleep(0)
        trace(depth)

    settled(loop, child(4))
    trace.expect(0, 1, 2, 3, 4)


@requirement("taskgroup-02a")
def test_a_group_takes_a_name_and_a_context(loop: AbstractEventLoop) -> None:
    context = contextvars.copy_context()
    context.run(variable.set, "given")

    async def child() -> str:
        return variable.get()

    async def main() -> tuple[str, str]:
        async with asyncio.TaskGroup() as group:
            task = group.create_task(child(), name="child", context=context)
        return task.get_name(), task.result()

    equal(settled(loop, main()), ("child", "given"), "name of the child and what it saw in its context")


@requirement("taskgroup-02b")
def test_a_group_takes_eager_start(loop: AbstractEventLoop, trace: Trace) -> None:
    async def child() -> None:
        trace("child")

    async def main() -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(child(), eager_start=True)
            trace("created")

    settled(loop, main())
    trace.expect("child", "created")


@requirement("taskgroup-02b")
def test_a_group_passes_on_the_keywords_of_a_factory(loop: AbstractEventLoop) -> None:
    seen: list[dict[str, Any]] = []

    def factory(for_loop: AbstractEventLoop, coro: Any, *, label: str = "", **options: Any) -> asyncio.Task[Any]:
        seen.append({"label": label})
        return asyncio.Task(coro, loop=for_loop, **options)

    async def main() -> None:
        loop.set_task_factory(factory)
        async with asyncio.TaskGroup() as group:
            create: Any = group.create_task
            coroutine = asyncio.sleep(0)
            try:
                create(coroutine, label="red")
            except TypeError:
                coroutine.close()

    settled(loop, main())
    equal(seen, [{"label": "red"}], "what the task factory was given")


@requirement("taskgroup-04")
def test_tasks_add_tasks_while_the_group_is_left(loop: AbstractEventLoop, trace: Trace) -> None:
    async def main() -> None:
        async def child(depth: int) -> None:
            await asyncio.sleep(0)
            trace(depth)
            if depth:
                group.create_task(child(depth - 1))

        async with asyncio.TaskGroup() as group:
            group.create_task(child(4))
        trace("left")

    settled(loop, main())
    trace.expect(4, 3, 2, 1, 0, "left")


@requirement("taskgroup-04")
def test_a_callback_adds_a_task_while_the_group_is_left(loop: AbstractEventLoop, trace: Trace) -> None:
    group, gate = asyncio.TaskGroup(), loop.create_future()

    async def added() -> None:
        trace("added")

    async def main() -> None:
        async with group:
            group.create_task(asyncio.wait([gate]))
        trace("left")

    def add() -> None:
        group.create_task(added())
        gate.set_result(None)

    tasks = begun(loop, main())
    loop.call_soon(add)
    outcomes(loop, *tasks)
    trace.expect("added", "left")


@requirement("taskgroup-10")
@pytest.mark.parametrize("how", ["by another", "by itself"])
def test_a_cancelled_child_disturbs_nobody(loop: AbstractEventLoop, trace: Trace, how: str) -> None:
    async def child() -> None:
        if how == "by itself":
            raise asyncio.CancelledError
        await loop.create_future()

    async def sibling() -> None:
        for _ in range(6):
            await asyncio.sleep(0)
        trace("sibling")

    async def main() -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(sibling())
            task = group.create_task(child())
            await asyncio.sleep(0)
            task.cancel()
        trace("left")

    settled(loop, main())
    trace.expect("sibling", "left")
