"""What a task raises: at its awaiters, out of the loop for KeyboardInterrupt and SystemExit."""

from __future__ import annotations

from asyncio import AbstractEventLoop, CancelledError
from typing import Any

import pytest

from loopcert.conformance.kit import Trace, check, drain, equal, raises, requirement, same

FATAL = (KeyboardInterrupt, SystemExit)
each_fatal = pytest.mark.parametrize("fatal", FATAL)


class Private(BaseException):
    """Neither an Exception nor one that asyncio treats specially."""


async def value() -> int:
    return 42


@requirement("task-329")
def test_the_exception_rises_in_every_awaiter(loop: AbstractEventLoop, trace: Trace) -> None:
    async def fails() -> None:
        await gate
        raise ValueError("from the task")

    async def awaiter() -> None:
        try:
            await task
        except ValueError as error:
            trace(str(error))

    gate = loop.create_future()
    task = loop.create_task(fails())
    for _ in range(3):
        loop.create_task(awaiter())
    drain(loop)
    gate.set_result(None)
    drain(loop)
    trace.expect(*["from the task"] * 3)


@requirement("task-329")
def test_the_exception_travels_up_a_chain_of_tasks(loop: AbstractEventLoop) -> None:
    error = ValueError("from the innermost")

    async def link(depth: int) -> None:
        if not depth:
            raise error
        await loop.create_task(link(depth - 1))

    with raises(ValueError, "run_until_complete() of a chain of tasks whose innermost fails") as caught:
        loop.run_until_complete(loop.create_task(link(4)))
    same(caught.error, error, "what came out of the chain")


@requirement("task-329")
def test_an_exception_caught_at_the_await_is_over(loop: AbstractEventLoop) -> None:
    async def fails() -> None:
        raise ValueError

    async def body() -> str:
        try:
            await loop.create_task(fails())
        except ValueError:
            return await loop.create_task(recovers())
        return "nothing rose"

    async def recovers() -> str:
        return "recovered"

    equal(loop.run_until_complete(body()), "recovered", "result of a task that caught the exception")


@requirement("task-330")
@pytest.mark.parametrize("thing", [42, "text", None, value], ids=["int", "str", "None", "function"])
def test_awaiting_what_is_not_awaitable_fails_there(loop: AbstractEventLoop, trace: Trace, thing: Any) -> None:
    async def body() -> None:
        trace("before")
        await thing
        trace("after")

    task = loop.create_task(body())
    drain(loop)
    check(task.done(), "a task that awaits what is not awaitable: saw it go on, wanted it to fail")
    with raises(TypeError, "result() of a task that awaits what is not awaitable"):
        task.result()
    trace.expect("before")


@requirement("task-315")
@each_fatal
def test_it_leaves_the_run_and_the_loop_can_run_again(loop: AbstractEventLoop, fatal: type[BaseException]) -> None:
    async def body() -> None:
        raise fatal("stop everything")

    task = loop.create_task(body())
    loop.call_later(0.01, loop.stop)  # for a loop that swallows it
    with raises(fatal, f"run_forever() while a task raises {fatal.__name__}"):
        loop.run_forever()
    task.exception()
    equal(loop.is_running(), False, "is_running() afterwards")
    equal(loop.run_until_complete(value()), 42, "result of a coroutine run afterwards")


@requirement("task-315")
@each_fatal
def test_it_leaves_the_run_as_the_answer_to_a_cancel(loop: AbstractEventLoop, fatal: type[BaseException]) -> None:
    async def body() -> None:
        try:
            await loop.create_future()
        except CancelledError:
            raise fatal("instead") from None

    task = loop.create_task(body())
    drain(loop)
    task.cancel()
    with raises(fatal, f"running the loop while a cancelled task raises {fatal.__name__}"):
        drain(loop)
    task.exception()


@requirement("task-316")
@each_fatal
@pytest.mark.parametrize("suspended", [False, True])
def test_the_task_holds_it(loop: AbstractEventLoop, fatal: type[BaseException], suspended: bool) -> None:
    error, gate = fatal("stop everything"), loop.create_future()

    async def body() -> None:
        if suspended:
            await gate
        raise error

    task = loop.create_task(body())
    loop.call_soon(gate.set_result, None)
    with raises(fatal, f"running the loop while a task raises {fatal.__name__}"):
        drain(loop)
    equal(task.done(), True, "done() of the task")
    same(task.exception(), error, "exception() of the task")


@requirement("task-317")
@pytest.mark.parametrize("kind", [Private, GeneratorExit])
def test_other_base_exceptions_end_their_task_alone(
    loop: AbstractEventLoop, trace: Trace, kind: type[BaseException]
) -> None:
    error = kind("only mine")

    async def body() -> None:
        raise error

    task = loop.create_task(body())
    loop.call_soon(trace, "the loop goes on")
    try:
        drain(loop)
    except kind:
        trace("left the run")
    trace.expect("the loop goes on")
    same(task.exception(), error, "exception() of the task")
