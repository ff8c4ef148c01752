"""Context variables in tasks, done callbacks and threads."""

from __future__ import annotations

import asyncio
from asyncio import AbstractEventLoop, Future
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import Context, ContextVar
from typing import Any

import pytest

from loopcert.conformance.kit import Trace, allowed, check, drain, equal, in_thread, requirement

VARIABLE: ContextVar[str] = ContextVar("VARIABLE", default="unset")


@pytest.fixture(autouse=True)
def _outside() -> None:
    VARIABLE.set("outside")


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    """A pool of one thread, started here so that no later context is the one it was started in."""
    with ThreadPoolExecutor(1) as executor:
        executor.submit(VARIABLE.get).result()
        yield executor


async def change(value: str, trace: Trace) -> None:
    """Record the variable, set it, and record it again a turn later."""
    trace(VARIABLE.get())
    VARIABLE.set(value)
    await asyncio.sleep(0)
    trace(VARIABLE.get())


async def later(value: str) -> str:
    """Wait one turn in a task of its own."""
    VARIABLE.set(value)
    await asyncio.sleep(0)
    return value


def resolved(loop: AbstractEventLoop) -> Future[None]:
    """Give a future that is ended by a callback with another value in its context."""
    future = loop.create_future()
    other = Context()
    other.run(VARIABLE.set, "of the callback")
    loop.call_soon(future.set_result, None, context=other)
    return future


WAITS: dict[str, Callable[[AbstractEventLoop], Awaitable[Any]]] = {
    "sleep(0)": lambda _loop: asyncio.sleep(0),
    "sleep": lambda _loop: asyncio.sleep(0.001),
    "future": resolved,
    "task": lambda loop: loop.create_task(later("of the other task")),
    "gather": lambda _loop: asyncio.gather(later("of one"), later("of another")),
    "wait_for": lambda loop: asyncio.wait_for(loop.create_task(later("of the other task")), 60),
}
each_wait = pytest.mark.parametrize("wait", WAITS.values(), ids=WAITS)


@requirement("contextvars-03")
def test_a_task_changes_nothing_for_the_thread(loop: AbstractEventLoop, trace: Trace) -> None:
    loop.run_until_complete(change("inside", trace))
    equal(VARIABLE.get(), "outside", "the variable in the thread after the run")


@requirement("contextvars-03")
def test_a_task_changes_nothing_for_the_task_that_made_it(loop: AbstractEventLoop, trace: Trace) -> None:
    async def main() -> str:
        VARIABLE.set("of the creator")
        await loop.create_task(change("of the child", trace))
        return VARIABLE.get()

    equal(loop.run_until_complete(main()), "of the creator", "the variable in the creator")


@requirement("contextvars-03")
def test_interleaved_tasks_do_not_see_each_other(loop: AbstractEventLoop, trace: Trace) -> None:
    async def main() -> None:
        await asyncio.gather(*(change(name, trace) for name in "abc"))

    loop.run_until_complete(main())
    trace.expect_unordered("outside", "outside", "outside", "a", "b", "c")


@requirement("contextvars-08")
@pytest.mark.parametrize("done", [False, True], ids=["pending", "done"])
def test_a_done_callback_sees_the_values_of_its_adding(loop: AbstractEventLoop, done: bool, trace: Trace) -> None:
    future = loop.create_future()
    if done:
        future.set_result(None)
    VARIABLE.set("at the adding")
    future.add_done_callback(lambda _: trace(VARIABLE.get()))
    VARIABLE.set("later")
    if not done:
        future.set_result(None)
    drain(loop)
    trace.expect("at the adding")


@requirement("contextvars-08")
@pytest.mark.parametrize("end", ["set_result", "set_exception", "cancel"])
def test_a_done_callback_does_not_see_the_values_of_who_ends_the_future(
    loop: AbstractEventLoop, end: str, trace: Trace
) -> None:
    future = loop.create_future()
    future.add_done_callback(lambda done: trace(VARIABLE.get(), done.cancelled() or done.exception() is not None))
    argument = {"set_result": (None,), "set_exception": (ValueError(),), "cancel": ()}[end]
    ender = Context()
    ender.run(VARIABLE.set, "of the ender")
    loop.call_soon(getattr(future, end), *argument, context=ender)
    drain(loop)
    trace.expect(("outside", end != "set_result"))


@requirement("contextvars-08")
def test_a_done_callback_of_a_task_does_not_see_its_values(loop: AbstractEventLoop, trace: Trace) -> None:
    task = loop.create_task(later("of the task"))
    task.add_done_callback(lambda _: trace(VARIABLE.get()))
    drain(loop)
    trace.expect("outside")


@requirement("contextvars-09")
@pytest.mark.parametrize("done", [False, True], ids=["pending", "done"])
def test_a_done_callback_runs_inside_the_given_context(loop: AbstractEventLoop, done: bool, trace: Trace) -> None:
    future, context = loop.create_future(), Context()
    if done:
        future.set_result(None)

    def change(_: object) -> None:
        trace(VARIABLE.get())
        VARIABLE.set("changed")

    future.add_done_callback(change, context=context)
    context.run(VARIABLE.set, "after the adding")
    if not done:
        future.set_result(None)
    drain(loop)
    equal((trace.seen, context[VARIABLE]), (["after the adding"], "changed"), "the variable in the callback, and in c")


@requirement("contextvars-10")
@each_wait
def test_what_a_task_sets_outlives_a_wait(
    loop: AbstractEventLoop, wait: Callable[[AbstractEventLoop], Awaitable[Any]]
) -> None:
    async def main() -> str:
        VARIABLE.set("of the task")
        await wait(loop)
        return VARIABLE.get()

    equal(loop.run_until_complete(main()), "of the task", "the variable after the wait")


@requirement("contextvars-10")
@each_wait
def test_a_token_is_good_after_a_wait(
    loop: AbstractEventLoop, wait: Callable[[AbstractEventLoop], Awaitable[Any]]
) -> None:
    """A token serves only in the context it was made in."""

    async def main() -> str:
        token = VARIABLE.set("of the task")
        await wait(loop)
        with allowed("reset() of a token made before a wait"):
            VARIABLE.reset(token)
        return VARIABLE.get()

    equal(loop.run_until_complete(main()), "outside", "the variable after the reset")


@requirement("contextvars-10")
def test_a_cancelled_task_cleans_up_in_its_context(loop: AbstractEventLoop, trace: Trace) -> None:
    async def main() -> None:
        VARIABLE.set("of the task")
        try:
            await loop.create_future()
        finally:
            trace(VARIABLE.get())

    task = loop.create_task(main())
    drain(loop)
    Context().run(task.cancel)
    drain(loop)
    trace.expect("of the task")


@requirement("contextvars-11")
def test_a_task_sees_the_values_of_its_creation(loop: AbstractEventLoop, trace: Trace) -> None:
    VARIABLE.set("at the creation")
    task = loop.create_task(change("inside", trace))
    VARIABLE.set("later")
    loop.run_until_complete(task)
    trace.expect("at the creation", "inside")


@requirement("contextvars-11")
def test_a_task_made_by_a_task_sees_the_values_of_its_creation(loop: AbstractEventLoop, trace: Trace) -> None:
    async def main() -> None:
        VARIABLE.set("at the creation")
        task = loop.create_task(change("inside", trace))
        VARIABLE.set("later")
        await task

    loop.run_until_complete(main())
    trace.expect("at the creation", "inside")


@requirement("contextvars-12")
def test_tasks_share_the_given_context(loop: AbstractEventLoop, trace: Trace) -> None:
    context = Context()
    for name in "ab":
        loop.create_task(change(name, trace), context=context)
    drain(loop)
    trace.expect_unordered("unset", "a", "b", "b")


@requirement("contextvars-12")
def test_the_given_context_keeps_what_a_task_set(loop: AbstractEventLoop, trace: Trace) -> None:
    context = Context()
    loop.run_until_complete(loop.create_task(change("inside", trace), context=context))
    equal((context.get(VARIABLE), VARIABLE.get()), ("inside", "outside"), "the variable in c, and in the thread")


@requirement("contextvars-13")
def test_an_eager_step_leaves_its_creator_alone(loop: AbstractEventLoop, trace: Trace) -> None:
    async def main() -> str:
        VARIABLE.set("of the creator")
        task: Awaitable[None] = loop.create_task(change("of the child", trace), eager_start=True)
        seen = VARIABLE.get()
        await task
        return seen

    equal(loop.run_until_complete(main()), "of the creator", "the variable in the creator after the eager step")


@requirement("contextvars-13")
def test_what_an_eager_step_sets_outlives_its_wait(loop: AbstractEventLoop, trace: Trace) -> None:
    async def main() -> None:
        VARIABLE.set("of the creator")
        await loop.create_task(change("of the child", trace), eager_start=True)

    loop.run_until_complete(main())
    trace.expect("of the creator", "of the child")


@requirement("contextvars-15")
def test_an_executor_does_not_see_the_values_of_the_caller(loop: AbstractEventLoop, pool: ThreadPoolExecutor) -> None:
    async def main() -> str:
        VARIABLE.set("of the caller")
        return await loop.run_in_executor(pool, VARIABLE.get)

    seen = loop.run_until_complete(main())
    check(seen != "of the caller", f"the variable in the executor: saw {seen!r}, wanted that of the executor's thread")


@requirement("contextvars-16")
def test_to_thread_carries_the_values_of_the_task(loop: AbstractEventLoop, pool: ThreadPoolExecutor) -> None:
    async def main() -> list[str]:
        VARIABLE.set("before the wait")
        await asyncio.sleep(0)
        seen = [await asyncio.to_thread(VARIABLE.get)]
        VARIABLE.set("after the wait")
        return [*seen, await asyncio.to_thread(VARIABLE.get)]

    loop.set_default_executor(pool)
    equal(loop.run_until_complete(main()), ["before the wait", "after the wait"], "the variable in the thread")


@requirement("contextvars-17")
def test_a_submitted_coroutine_sees_the_values_of_the_thread(loop: AbstractEventLoop, trace: Trace) -> None:
    def submit() -> None:
        VARIABLE.set("of the thread")
        asyncio.run_coroutine_threadsafe(change("inside", trace), loop)

    in_thread(submit)
    drain(loop)
    trace.expect("of the thread", "inside")
