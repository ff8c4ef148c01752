"""The tasks that gather(), shield() and as_completed() make of coroutines: whose, by whom, in which context, when."""

from __future__ import annotations

import asyncio
from asyncio import AbstractEventLoop
from contextvars import ContextVar
from typing import Any

import pytest

from loopcert.conformance.kit import Trace, differs, instance, requirement


@requirement("aggregates-05")
def test_a_coroutine_is_gathered_as_a_task(loop: AbstractEventLoop) -> None:
    async def child() -> Any:
        return asyncio.current_task()

    async def main() -> Any:
        return asyncio.current_task(), await asyncio.gather(child(), child())

    caller, (first, second) = loop.run_until_complete(main())
    instance(first, asyncio.Task, "the current task of a gathered coroutine")
    differs(first, caller, "the current task of a gathered coroutine, beside the one that called gather()")
    differs(first, second, "the current tasks of two gathered coroutines")


async def as_completed(child: Any) -> None:
    for each in asyncio.as_completed([child]):
        await each


@requirement("aggregates-59")
@pytest.mark.parametrize("wrap", [asyncio.gather, asyncio.shield, as_completed], ids=lambda each: each.__name__)
def test_the_task_factory_makes_the_tasks(loop: AbstractEventLoop, trace: Trace, wrap: Any) -> None:
    async def child() -> None:
        await asyncio.sleep(0)

    async def main() -> None:
        loop.set_task_factory(factory)
        await wrap(coroutine)

    def factory(loop: AbstractEventLoop, given: Any, **options: Any) -> Any:
        trace(given is coroutine)
        return asyncio.Task(given, loop=loop, **options)

    coroutine = child()
    loop.run_until_complete(main())
    trace.expect(True)


@requirement("aggregates-60")
@pytest.mark.parametrize("wrap", [asyncio.gather, asyncio.shield, as_completed], ids=lambda each: each.__name__)
def test_a_coroutine_gets_a_copy_of_the_context(loop: AbstractEventLoop, trace: Trace, wrap: Any) -> None:
    variable: ContextVar[str] = ContextVar("variable")

    async def child() -> None:
        trace(variable.get("unset"))
        variable.set("changed")
        await asyncio.sleep(0)
        trace(variable.get())

    async def main() -> None:
        variable.set("given")
        await wrap(child())
        trace(variable.get())

    loop.run_until_complete(main())
    trace.expect("given", "changed", "given")


@requirement("aggregates-57")
def test_eager_tasks_are_gathered(loop: AbstractEventLoop, trace: Trace) -> None:
    async def child(name: str, turns: int) -> str:
        trace(name)
        for _ in range(turns):
            await asyncio.sleep(0)
        return name

    async def main() -> Any:
        gathered = asyncio.gather(child("a", 0), child("b", 2), child("c", 0))
        trace("gathered")
        return await gathered

    loop.set_task_factory(asyncio.eager_task_factory)
    trace(loop.run_until_complete(main()))
    trace.expect("a", "b", "c", "gathered", ["a", "b", "c"])


@requirement("aggregates-57")
def test_eager_tasks_that_are_all_done_are_gathered(loop: AbstractEventLoop, trace: Trace) -> None:
    async def child(name: str) -> str:
        trace(name)
        return name

    async def main() -> Any:
        gathered = asyncio.gather(*map(child, "ab"))
        trace("gathered")
        return await gathered

    loop.set_task_factory(asyncio.eager_task_factory)
    trace(loop.run_until_complete(main()))
    trace.expect("a", "b", "gathered", ["a", "b"])
