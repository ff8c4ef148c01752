"""Context variables in callbacks: the copy taken when one is scheduled, and the context that is given."""

from __future__ import annotations

import asyncio
from asyncio import AbstractEventLoop, Handle
from collections.abc import Callable
from contextvars import Context, ContextVar
from typing import Any

import pytest

from loopcert.conformance.kit import Contexts, Trace, allowed, drain, equal, in_thread, requirement, same

VARIABLE: ContextVar[str] = ContextVar("VARIABLE", default="unset")
SCHEDULE = {
    "call_soon": lambda loop, *args, **options: loop.call_soon(*args, **options),
    "call_soon_threadsafe": lambda loop, *args, **options: loop.call_soon_threadsafe(*args, **options),
    "call_later": lambda loop, *args, **options: loop.call_later(0.001, *args, **options),
    "call_later-0": lambda loop, *args, **options: loop.call_later(0, *args, **options),
    "call_at": lambda loop, *args, **options: loop.call_at(loop.time() + 0.001, *args, **options),
}
Schedule = Callable[..., Handle]
each_call = pytest.mark.parametrize("schedule", SCHEDULE.values(), ids=SCHEDULE)


@pytest.fixture(autouse=True)
def _outside() -> None:
    VARIABLE.set("outside")


def settle(loop: AbstractEventLoop) -> None:
    """Run until everything scheduled so far, timers of a millisecond included, has run."""
    loop.call_later(0.006, loop.stop)
    loop.run_forever()


def note(trace: Trace) -> None:
    """Record the value of the variable."""
    trace(VARIABLE.get())


def change(trace: Trace, value: str) -> None:
    """Record the value of the variable and set another one."""
    trace(VARIABLE.get())
    VARIABLE.set(value)


@requirement("contextvars-04")
@each_call
def test_a_callback_sees_the_values_of_the_call(loop: AbstractEventLoop, schedule: Schedule, trace: Trace) -> None:
    VARIABLE.set("at the call")
    schedule(loop, note, trace)
    VARIABLE.set("later")
    settle(loop)
    trace.expect("at the call")


@requirement("contextvars-04")
@each_call
def test_a_callback_set_by_a_callback_inherits_its_values(
    loop: AbstractEventLoop, schedule: Schedule, trace: Trace
) -> None:
    def first() -> None:
        VARIABLE.set("of the first")
        schedule(loop, note, trace)
        VARIABLE.set("later")
        loop.call_later(0.006, loop.stop)

    loop.call_soon(first)
    loop.run_forever()
    trace.expect("of the first")


@requirement("contextvars-04")
@each_call
def test_a_callback_set_by_a_task_sees_its_values(loop: AbstractEventLoop, schedule: Schedule, trace: Trace) -> None:
    async def main() -> None:
        await asyncio.sleep(0)
        VARIABLE.set("of the task")
        schedule(loop, note, trace)
        VARIABLE.set("later")
        await asyncio.sleep(0.006)

    loop.run_until_complete(main())
    trace.expect("of the task")


@requirement("contextvars-04")
def test_a_callback_from_a_thread_sees_the_values_of_the_thread(loop: AbstractEventLoop, trace: Trace) -> None:
    def from_thread() -> None:
        VARIABLE.set("of the thread")
        loop.call_soon_threadsafe(note, trace)
        VARIABLE.set("later")

    in_thread(from_thread)
    drain(loop)
    trace.expect("of the thread")


@requirement("contextvars-05")
@each_call
def test_a_callback_changes_nothing_for_the_running_thread(
    loop: AbstractEventLoop, schedule: Schedule, trace: Trace
) -> None:
    schedule(loop, change, trace, "inside")
    settle(loop)
    equal(VARIABLE.get(), "outside", "the variable in the thread after the run")


@requirement("contextvars-05")
@each_call
def test_callbacks_do_not_see_what_each_other_set(loop: AbstractEventLoop, schedule: Schedule, trace: Trace) -> None:
    for number in range(3):
        schedule(loop, change, trace, f"set by {number}")
    settle(loop)
    trace.expect("outside", "outside", "outside")


@requirement("contextvars-05")
@each_call
def test_a_callback_changes_nothing_for_the_task_that_set_it(
    loop: AbstractEventLoop, schedule: Schedule, trace: Trace
) -> None:
    async def main() -> str:
        VARIABLE.set("of the task")
        schedule(loop, change, trace, "of the callback")
        await asyncio.sleep(0.006)
        return VARIABLE.get()

    equal(loop.run_until_complete(main()), "of the task", "the variable in the task after its callback set it")


@requirement("contextvars-06")
@each_call
def test_a_callback_runs_inside_the_given_context(loop: AbstractEventLoop, schedule: Schedule, trace: Trace) -> None:
    context = Context()
    context.run(VARIABLE.set, "given")
    schedule(loop, change, trace, "changed", context=context)
    settle(loop)
    equal((trace.seen, context[VARIABLE]), (["given"], "changed"), "the variable in the callback, and in c afterwards")


@requirement("contextvars-06")
@each_call
def test_changes_of_the_given_context_reach_the_callback(
    loop: AbstractEventLoop, schedule: Schedule, trace: Trace
) -> None:
    context = Context()
    schedule(loop, note, trace, context=context)
    context.run(VARIABLE.set, "after the call")
    settle(loop)
    trace.expect("after the call")


@requirement("contextvars-06")
@each_call
def test_callbacks_share_the_given_context(loop: AbstractEventLoop, schedule: Schedule, trace: Trace) -> None:
    context = Context()
    for number in range(3):
        schedule(loop, change, trace, f"set by {number}", context=context)
    settle(loop)
    left = list(trace.seen)
    equal((left[0], len(set(left))), ("unset", 3), f"the first value and the number of different ones among {left}")


@requirement("contextvars-06")
@each_call
def test_the_given_context_serves_again_after_an_error(
    loop: AbstractEventLoop, schedule: Schedule, trace: Trace
) -> None:
    def fail() -> None:
        VARIABLE.set("before the error")
        raise ValueError

    context, _reports = Context(), Contexts(loop)
    schedule(loop, fail, context=context)
    settle(loop)
    schedule(loop, note, trace, context=context)
    settle(loop)
    trace.expect("before the error")


@requirement("contextvars-06")
@each_call
def test_the_given_context_leaves_the_thread_alone(loop: AbstractEventLoop, schedule: Schedule, trace: Trace) -> None:
    schedule(loop, change, trace, "inside", context=Context())
    settle(loop)
    equal((trace.seen, VARIABLE.get()), (["unset"], "outside"), "the variable in the callback, and in the thread")


@requirement("contextvars-07")
@each_call
def test_context_none_is_the_current_context(loop: AbstractEventLoop, schedule: Schedule, trace: Trace) -> None:
    schedule(loop, note, trace, context=None)
    settle(loop)
    trace.expect("outside")


def context_of(handle: Any) -> Context:
    """Give the context of a handle (a method since Python 3.12)."""
    with allowed("get_context() of a handle"):
        context: Context = handle.get_context()
    return context


@requirement("contextvars-14")
@each_call
def test_a_handle_gives_the_context_it_was_given(loop: AbstractEventLoop, schedule: Schedule) -> None:
    context = Context()
    handle = schedule(loop, lambda: None, context=context)
    same(context_of(handle), context, "get_context() of a handle with context=c")


@requirement("contextvars-14")
@each_call
def test_a_handle_gives_the_copy_its_callback_runs_in(
    loop: AbstractEventLoop, schedule: Schedule, trace: Trace
) -> None:
    handle = schedule(loop, change, trace, "inside")
    context = context_of(handle)
    before = context.get(VARIABLE)
    settle(loop)
    equal((before, context.get(VARIABLE)), ("outside", "inside"), "the handle's context before and after the callback")
