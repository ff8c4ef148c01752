"""Task groups and cancellation: requests of others are kept apart from the group's own, and none is lost."""

from __future__ import annotations

import asyncio
from asyncio import AbstractEventLoop, CancelledError
from typing import Any

import pytest

from loopcert.conformance.kit import Trace, drain, equal, requirement
from loopcert.conformance.kit.settling import begun, outcomes, settled


async def fails() -> None:
    raise ValueError("child")


@requirement("taskgroup-12")
@pytest.mark.parametrize("first", ["outer", "inner"])
def test_nested_groups_both_raise(loop: AbstractEventLoop, trace: Trace, first: str) -> None:
    gate = loop.create_future()

    async def fails_too() -> None:
        await gate
        raise ValueError("child")

    async def main() -> None:
        try:
            async with asyncio.TaskGroup() as outer:
                if first == "outer":
                    outer.create_task(fails_too())
                try:
                    async with asyncio.TaskGroup() as inner:
                        inner.create_task(fails_too())
                        await asyncio.sleep(0)
                        if first == "inner":
                            outer.create_task(fails_too())
                        await loop.create_future()
                except* ValueError:
                    trace("inner")
                await loop.create_future()
        except* ValueError:
            trace("outer")

    tasks = begun(loop, main())
    gate.set_result(None)
    outcomes(loop, *tasks)
    trace.expect("inner", "outer")


@requirement("taskgroup-13")
def test_a_cancel_that_met_a_failure_is_not_lost(loop: AbstractEventLoop, trace: Trace) -> None:
    async def fails_when_cancelled() -> None:
        try:
            await loop.create_future()
        finally:
            raise ValueError("child")

    async def main() -> None:
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(fails_when_cancelled())
                await loop.create_future()
        except* ValueError:
            trace("group")
        try:
            await asyncio.sleep(0)
            trace("not interrupted")
        except CancelledError:
            trace("interrupted")
            raise

    tasks = begun(loop, main())
    tasks[0].cancel()
    outcomes(loop, *tasks)
    trace(tasks[0].cancelled())
    trace.expect("group", "interrupted", True)


@requirement("taskgroup-14")
def test_a_failing_group_keeps_the_count(loop: AbstractEventLoop, trace: Trace) -> None:
    async def main() -> None:
        try:
            await loop.create_future()
        except CancelledError:
            trace(task.cancelling())
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(fails())
                await loop.create_future()
        except* ValueError:
            trace("group", task.cancelling())

    (task,) = begun(loop, main())
    task.cancel()
    outcomes(loop, task)
    trace.expect(1, ("group", 1))


@requirement("taskgroup-29")
def test_a_cancelled_body_is_no_member(loop: AbstractEventLoop) -> None:
    async def fails_when_cancelled() -> None:
        try:
            await loop.create_future()
        finally:
            raise ValueError("child")

    async def main() -> list[str]:
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(fails_when_cancelled())
                while True:  # noqa: ASYNC110 - a body that is busy and waits for nothing
                    await asyncio.sleep(0)
        except BaseExceptionGroup as caught:
            members.extend(type(each).__name__ for each in caught.exceptions)
        return members

    members: list[str] = []
    (task,) = begun(loop, main())
    task.cancel()
    outcomes(loop, task)
    equal(members, ["ValueError"], "members of the group after the body was cancelled and a child failed")


@requirement("taskgroup-15a")
@pytest.mark.parametrize("caller", ["body", "child", "callback"])
def test_cancel_reaches_the_children(loop: AbstractEventLoop, trace: Trace, caller: str) -> None:
    group: Any = asyncio.TaskGroup()  # the stubs of 3.15 have no cancel() yet

    async def child(name: str) -> None:
        try:
            await loop.create_future()
        except CancelledError:
            trace(name)
            raise

    async def calls() -> None:
        group.cancel()

    async def main() -> None:
        async with group:
            group.create_task(child("a"))
            group.create_task(child("b"))
            await asyncio.sleep(0)
            match caller:
                case "body":
                    group.cancel()
                case "child":
                    group.create_task(calls())
                case "callback":
                    loop.call_soon(group.cancel)
        trace("left")

    settled(loop, main())
    equal((sorted(trace.seen[:-1]), trace.seen[-1:]), (["a", "b"], ["left"]), "children interrupted, and the end")


@requirement("taskgroup-15b")
@pytest.mark.parametrize("caller", ["body", "child", "callback"])
def test_cancel_interrupts_the_body_and_goes_no_further(loop: AbstractEventLoop, trace: Trace, caller: str) -> None:
    group: Any = asyncio.TaskGroup()  # the stubs of 3.15 have no cancel() yet

    async def calls() -> None:
        group.cancel()

    async def main() -> None:
        async with group:
            match caller:
                case "body":
                    group.cancel()
                case "child":
                    group.create_task(calls())
                case "callback":
                    loop.call_soon(group.cancel)
            try:
                await loop.create_future()
            except CancelledError:
                trace("interrupted")
                raise
        await asyncio.sleep(0)
        trace("went on", task.cancelling())

    task = loop.create_task(main())
    outcomes(loop, task)
    trace(task.cancelled())
    trace.expect("interrupted", ("went on", 0), False)


@requirement("taskgroup-26")
def test_a_group_cancelled_before_entry_ends_at_once(loop: AbstractEventLoop, trace: Trace) -> None:
    group: Any = asyncio.TaskGroup()  # the stubs of 3.15 have no cancel() yet

    async def main() -> None:
        async with group:
            await loop.create_future()
            trace("not interrupted")
        trace("left")

    drain(loop)
    group.cancel()
    settled(loop, main())
    trace.expect("left")
