"""The msg of cancel(): what rises in the coroutine, what the awaiter sees."""

from __future__ import annotations

import asyncio
from asyncio import AbstractEventLoop, CancelledError, Task
from collections.abc import Callable
from typing import Any

import pytest

from loopcert.conformance.kit import Trace, drain, equal, raises, requirement

Cancel = Callable[[Task[Any], Any], bool]
each_spelling = pytest.mark.parametrize(
    "cancel",
    [lambda task, msg: task.cancel(msg), lambda task, msg: task.cancel(msg=msg)],
    ids=["by position", "by keyword"],
)


async def waits(loop: AbstractEventLoop) -> None:
    await loop.create_future()


async def tells(task: Task[Any], trace: Trace) -> None:
    try:
        await task
    except CancelledError as error:
        trace(error.args)


@requirement("task-41")
@each_spelling
def test_the_msg_reaches_the_awaiter(loop: AbstractEventLoop, trace: Trace, cancel: Cancel) -> None:
    task = loop.create_task(waits(loop))
    loop.create_task(tells(task, trace))
    drain(loop)
    cancel(task, "why")
    drain(loop)
    trace.expect(("why",))


@requirement("task-41")
@pytest.mark.parametrize("msg", ["", "why", 0], ids=repr)
def test_any_msg_reaches_the_awaiter_of_a_task_not_started(loop: AbstractEventLoop, trace: Trace, msg: Any) -> None:
    task = loop.create_task(waits(loop))
    task.cancel(msg)
    loop.create_task(tells(task, trace))
    drain(loop)
    trace.expect((msg,))


@requirement("task-41")
def test_the_msg_reaches_who_awaits_after_the_end(loop: AbstractEventLoop, trace: Trace) -> None:
    task = loop.create_task(waits(loop))
    drain(loop)
    task.cancel("why")
    drain(loop)
    loop.run_until_complete(tells(task, trace))
    trace.expect(("why",))


@requirement("task-41")
def test_the_msg_reaches_the_awaiter_of_a_task_on_bare_yields(loop: AbstractEventLoop, trace: Trace) -> None:
    async def body() -> None:
        while True:  # noqa: ASYNC110 - the bare yield is the point
            await asyncio.sleep(0)

    task = loop.create_task(body())
    loop.create_task(tells(task, trace))
    drain(loop)
    task.cancel("why")
    drain(loop)
    trace.expect(("why",))


@requirement("task-41")
def test_the_msg_travels_up_a_chain_of_tasks(loop: AbstractEventLoop, trace: Trace) -> None:
    async def outer(inner: Task[Any]) -> None:
        await inner

    innermost = loop.create_task(waits(loop))
    middle = loop.create_task(outer(innermost))
    loop.create_task(tells(middle, trace))
    drain(loop)
    innermost.cancel("why")
    drain(loop, 8)
    trace.expect(("why",))


@requirement("task-41")
def test_the_msg_leaves_run_until_complete(loop: AbstractEventLoop) -> None:
    task = loop.create_task(waits(loop))
    loop.call_soon(task.cancel, "why")
    with raises(CancelledError, "run_until_complete() of a task that gets cancelled") as caught:
        loop.run_until_complete(task)
    equal(caught.error.args, ("why",), "arguments of the CancelledError that left run_until_complete()")


@requirement("task-308")
@each_spelling
@pytest.mark.parametrize("wait", ["on a future", "on a task", "on a bare yield", "before the await"])
def test_the_msg_rises_in_the_coroutine(loop: AbstractEventLoop, trace: Trace, cancel: Cancel, wait: str) -> None:
    async def body() -> None:
        try:
            match wait:
                case "on a future":
                    await loop.create_future()
                case "on a task":
                    await loop.create_task(waits(loop))
                case "on a bare yield":
                    while True:  # noqa: ASYNC110 - the bare yield is the point
                        await asyncio.sleep(0)
                case "before the await":
                    cancel(task, "why")
                    await loop.create_future()
        except CancelledError as error:
            trace(error.args)

    task = loop.create_task(body())
    drain(loop)
    cancel(task, "why")
    drain(loop)
    trace.expect(("why",))


@requirement("task-309")
@pytest.mark.parametrize("started", [True, False])
def test_without_a_msg_the_error_has_no_arguments(loop: AbstractEventLoop, trace: Trace, started: bool) -> None:
    task = loop.create_task(waits(loop))
    if started:
        drain(loop)
    task.cancel()
    loop.create_task(tells(task, trace))
    drain(loop)
    trace.expect(())


@requirement("task-310")
@pytest.mark.parametrize("read", ["result", "exception"])
@pytest.mark.parametrize("started", [True, False])
def test_result_and_exception_tell_the_msg(loop: AbstractEventLoop, read: str, started: bool) -> None:
    task = loop.create_task(waits(loop))
    if started:
        drain(loop)
    task.cancel("why")
    drain(loop)
    with raises(CancelledError, f"{read}() of a cancelled task") as caught:
        getattr(task, read)()
    equal(caught.error.args, ("why",), f"arguments of the CancelledError that {read}() raised")
