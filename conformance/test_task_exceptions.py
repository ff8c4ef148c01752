"""BaseExceptions that a task raises: KeyboardInterrupt and SystemExit leave the loop, others end their task."""

from __future__ import annotations

from asyncio import AbstractEventLoop, CancelledError

import pytest

from loopcert.conformance.kit import Trace, drain, equal, raises, requirement, same

FATAL = (KeyboardInterrupt, SystemExit)
each_fatal = pytest.mark.parametrize("fatal", FATAL)


class Private(BaseException):
    """Neither an Exception nor one that asyncio treats specially."""


async def value() -> int:
    return 42


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
def test_the_others_go_on_in_the_next_run(loop: AbstractEventLoop, trace: Trace, fatal: type[BaseException]) -> None:
    gate = loop.create_future()

    async def raises_it() -> None:
        gate.set_result("went on")
        raise fatal("stop everything")

    async def waits() -> None:
        trace(await gate)

    loop.create_task(waits())
    drain(loop)
    task = loop.create_task(raises_it())
    starting = loop.create_task(value())
    loop.call_later(0.01, loop.stop)  # for a loop that swallows it
    with raises(fatal, f"run_forever() while a task raises {fatal.__name__}"):
        loop.run_forever()
    task.exception()
    drain(loop)
    trace("started" if starting.done() else "lost")
    trace.expect("went on", "started")


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
