"""run_until_complete: what it runs, what it gives back, what it refuses."""

from __future__ import annotations

import asyncio
from asyncio import AbstractEventLoop
from collections.abc import Callable, Generator
from typing import Any

import pytest

from loopcert.conformance.kit import Trace, allowed, check, drain, equal, in_thread, instance, raises, requirement, same


class Odd(Exception):
    """An exception that no loop knows."""


class Awaitable:
    """Neither a future nor a coroutine object."""

    def __init__(self, inner: asyncio.Future[Any]) -> None:
        self.inner = inner

    def __await__(self) -> Generator[Any, None, Any]:
        return self.inner.__await__()


def later(loop: AbstractEventLoop, how: str, complete: Callable[[], object]) -> None:
    """Have ``complete`` called by the coming run."""
    if how == "callback":
        loop.call_soon(complete)
    elif how == "timer":
        loop.call_later(0.002, complete)
    else:
        loop.call_soon(in_thread, lambda: loop.call_soon_threadsafe(complete))


@pytest.mark.parametrize("how", ["callback", "timer", "thread"])
@requirement("running-01")
def test_result_of_a_future_completed_during_the_run(loop: AbstractEventLoop, how: str) -> None:
    future = loop.create_future()
    later(loop, how, lambda: future.set_result("value"))
    equal(loop.run_until_complete(future), "value", "run_until_complete(future)")


@pytest.mark.parametrize("value", [None, False, Odd("as a value"), asyncio.CancelledError()], ids=repr)
@requirement("running-01")
def test_any_result_comes_back_as_it_is(loop: AbstractEventLoop, value: object) -> None:
    async def answer() -> object:
        await asyncio.sleep(0)
        return value

    same(loop.run_until_complete(answer()), value, "run_until_complete(coroutine)")


@requirement("running-01")
def test_the_run_lasts_until_a_coroutine_with_many_suspensions_ends(loop: AbstractEventLoop) -> None:
    async def count(to: int) -> int:
        for turn in range(to):
            await asyncio.sleep(0.001 if turn % 5 == 0 else 0)
        return to

    equal(loop.run_until_complete(count(20)), 20, "run_until_complete(coroutine)")


@requirement("running-01")
def test_each_of_several_runs_gives_its_own_result(loop: AbstractEventLoop) -> None:
    async def answer(number: int) -> int:
        await asyncio.sleep(0)
        return number

    equal([loop.run_until_complete(answer(each)) for each in range(3)], [0, 1, 2], "results of three runs")


@pytest.mark.parametrize("how", ["callback", "timer", "thread"])
@requirement("running-02")
def test_exception_of_a_future_completed_during_the_run(loop: AbstractEventLoop, how: str) -> None:
    future, error = loop.create_future(), Odd("stored")
    later(loop, how, lambda: future.set_exception(error))
    with raises(Odd, "run_until_complete(future that fails)") as caught:
        loop.run_until_complete(future)
    same(caught.error, error, "the exception that run_until_complete raised")


@pytest.mark.parametrize("kind", [Odd, TimeoutError, StopAsyncIteration, GeneratorExit])
@requirement("running-02")
def test_exception_of_a_coroutine(loop: AbstractEventLoop, kind: type[BaseException]) -> None:
    async def fail() -> None:
        await asyncio.sleep(0)
        raise kind("raised")

    with raises(kind, "run_until_complete(coroutine that raises)") as caught:
        loop.run_until_complete(fail())
    equal(caught.error.args, ("raised",), "arguments of the exception that run_until_complete raised")


@requirement("running-02")
def test_cancelled_future_raises_cancelled_error(loop: AbstractEventLoop) -> None:
    future = loop.create_future()
    loop.call_soon(future.cancel)
    with raises(asyncio.CancelledError, "run_until_complete(future that is cancelled)"):
        loop.run_until_complete(future)


@requirement("running-03")
def test_coroutine_runs_as_a_task_of_this_loop(loop: AbstractEventLoop) -> None:
    async def current() -> tuple[object, AbstractEventLoop]:
        task = asyncio.current_task()
        return task, task.get_loop() if task else asyncio.get_running_loop()

    task, owner = loop.run_until_complete(current())
    instance(task, asyncio.Task, "current task of a coroutine given to run_until_complete")
    same(owner, loop, "loop of that task")


@requirement("running-03")
def test_task_of_a_coroutine_can_be_cancelled_from_outside(loop: AbstractEventLoop, trace: Trace) -> None:
    async def wait() -> None:
        try:
            await asyncio.sleep(3600)
        finally:
            trace("left")

    async def cancel_the_other() -> None:
        await asyncio.sleep(0)
        others = asyncio.all_tasks() - {asyncio.current_task()}
        if not others:
            loop.stop()
        for task in others:
            task.cancel()

    canceller = loop.create_task(cancel_the_other())
    with raises(asyncio.CancelledError, "run_until_complete(coroutine whose task is cancelled)"):
        loop.run_until_complete(wait())
    check(canceller.done(), "the cancelling task: saw it pending, wanted it done")
    trace.expect("left")


@requirement("running-04")
def test_result_of_a_future_that_is_done(loop: AbstractEventLoop) -> None:
    future = loop.create_future()
    future.set_result("value")
    equal(loop.run_until_complete(future), "value", "run_until_complete(done future)")
    equal(loop.run_until_complete(future), "value", "run_until_complete(done future), again")


@requirement("running-04")
def test_exception_of_a_future_that_is_done(loop: AbstractEventLoop) -> None:
    future = loop.create_future()
    future.set_exception(Odd("stored"))
    with raises(Odd, "run_until_complete(failed future)"):
        loop.run_until_complete(future)


@requirement("running-04")
def test_cancellation_of_a_future_that_is_done(loop: AbstractEventLoop) -> None:
    future = loop.create_future()
    future.cancel()
    with raises(asyncio.CancelledError, "run_until_complete(cancelled future)"):
        loop.run_until_complete(future)


@requirement("running-04")
def test_task_that_ended_in_an_earlier_run(loop: AbstractEventLoop) -> None:
    async def answer() -> str:
        return "value"

    task = loop.create_task(answer())
    drain(loop)
    equal(loop.run_until_complete(task), "value", "run_until_complete(task that ended in the run before)")


@pytest.mark.parametrize("inside", ["callback", "task"])
@requirement("running-05")
def test_refused_while_the_loop_runs(loop: AbstractEventLoop, inside: str) -> None:
    errors: list[BaseException | None] = []
    done = loop.create_future()
    done.set_result(None)

    def nested() -> None:
        try:
            loop.run_until_complete(done)
        except Exception as error:  # noqa: BLE001  # any: the type is not documented
            errors.append(error)
        else:
            errors.append(None)

    async def nesting() -> None:
        nested()

    if inside == "callback":
        loop.call_soon(nested)
        drain(loop)
    else:
        loop.run_until_complete(nesting())
    equal(len(errors), 1, "number of nested calls that returned or raised")
    instance(errors[0], Exception, "outcome of run_until_complete in a run of the same loop")


@requirement("running-38")
def test_any_awaitable_object(loop: AbstractEventLoop) -> None:
    future = loop.create_future()
    loop.call_soon(future.set_result, "value")
    with allowed("run_until_complete(object with __await__)"):
        result = loop.run_until_complete(Awaitable(future))
    equal(result, "value", "run_until_complete(object with __await__)")


@requirement("running-39")
def test_future_of_another_loop_is_refused(new_loop: Callable[[], AbstractEventLoop]) -> None:
    loop, other = new_loop(), new_loop()
    future = other.create_future()
    future.set_result("value")
    with raises(ValueError, "run_until_complete(future of another loop)"):
        loop.run_until_complete(future)


@requirement("running-41")
def test_stop_before_the_future_is_done(loop: AbstractEventLoop) -> None:
    loop.call_soon(loop.stop)
    with raises(RuntimeError, "run_until_complete(future that is pending when stop() is called)"):
        loop.run_until_complete(loop.create_future())


@requirement("running-52")
def test_other_work_does_not_hold_the_run(loop: AbstractEventLoop) -> None:
    async def answer() -> str:
        await asyncio.sleep(0)
        return "value"

    waiting = loop.create_task(asyncio.sleep(3600))
    loop.call_later(3600, print)
    pending = loop.create_future()
    equal(loop.run_until_complete(answer()), "value", "run_until_complete(coroutine) with other work pending")
    equal((waiting.done(), pending.done()), (False, False), "whether the other task and future are done")
    waiting.cancel()
    drain(loop)


@requirement("running-52")
def test_a_callback_that_comes_again_and_again_does_not_hold_the_run(loop: AbstractEventLoop) -> None:
    future = loop.create_future()
    turns = 0

    def again() -> None:
        nonlocal turns
        turns += 1
        if turns == 5:
            future.set_result("value")
        loop.call_soon(again)

    again()
    equal(loop.run_until_complete(future), "value", "run_until_complete(future) with a callback always ready")
