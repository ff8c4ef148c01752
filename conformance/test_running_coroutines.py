"""Coroutines on the loop: chains, suspension, who runs when; and the founding document's example."""

from __future__ import annotations

import asyncio
import contextlib
import io
import traceback
from asyncio import AbstractEventLoop
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import pytest

from loopcert.conformance.kit import Trace, allowed, check, drain, equal, requirement, same

LONG = 3000
"""More tasks in a chain than frames fit on the stack, should one wake the other by a call."""


def together(loop: AbstractEventLoop, *coroutines: Coroutine[Any, Any, object]) -> None:
    """Run a task for each coroutine, in that order, until all have ended."""
    loop.run_until_complete(asyncio.gather(*map(loop.create_task, coroutines)))


Link = Callable[[AbstractEventLoop, Awaitable[int]], Awaitable[int]]


async def add_one(inner: Awaitable[int]) -> int:
    """One link of a chain."""
    return await inner + 1


def coroutine_link(_loop: AbstractEventLoop, inner: Awaitable[int]) -> Awaitable[int]:
    """A coroutine awaits another directly."""
    return add_one(inner)


def task_link(loop: AbstractEventLoop, inner: Awaitable[int]) -> Awaitable[int]:
    """A task awaits another one."""
    return loop.create_task(add_one(inner))


def future_link(loop: AbstractEventLoop, inner: Awaitable[int]) -> Awaitable[int]:
    """A future is completed by the done callback of another."""
    outer = loop.create_future()

    def done(each: asyncio.Future[int]) -> None:
        try:
            outer.set_result(each.result() + 1)
        except Exception as error:  # noqa: BLE001  # it travels on
            outer.set_exception(error)

    asyncio.ensure_future(inner, loop=loop).add_done_callback(done)
    return outer


def chain(loop: AbstractEventLoop, link: Link, depth: int, end: Awaitable[int]) -> Awaitable[int]:
    """Put ``depth`` links before ``end``."""
    for _ in range(depth):
        end = link(loop, end)
    return end


def outcome(loop: AbstractEventLoop, first: Awaitable[int]) -> object:
    """Run the chain and return its value or exception: nobody wants to see a traceback of so many entries."""
    try:
        return loop.run_until_complete(first)
    except Exception as error:  # noqa: BLE001  # the test looks at it
        return error


CHAINS = [(coroutine_link, 1), (coroutine_link, 100), (task_link, 1), (task_link, LONG), (future_link, LONG)]


@pytest.mark.parametrize(("link", "depth"), CHAINS)
@requirement("running-47")
def test_a_value_travels_through_a_chain(loop: AbstractEventLoop, link: Link, depth: int) -> None:
    end = loop.create_future()
    first = chain(loop, link, depth, end)
    loop.call_soon(end.set_result, 0)
    equal(outcome(loop, first), depth, f"what came through a chain of {depth} awaits")


@pytest.mark.parametrize(("link", "depth"), CHAINS)
@requirement("running-47")
def test_an_exception_travels_through_a_chain(loop: AbstractEventLoop, link: Link, depth: int) -> None:
    end, error = loop.create_future(), LookupError("at the end of the chain")
    first = chain(loop, link, depth, end)
    loop.call_soon(end.set_exception, error)
    same(outcome(loop, first), error, f"what came through a chain of {depth} awaits")


@requirement("running-47")
def test_an_exception_caught_in_the_middle_ends_there(loop: AbstractEventLoop) -> None:
    async def fail() -> int:
        await asyncio.sleep(0)
        raise LookupError

    async def middle(inner: Awaitable[int]) -> int:
        try:
            return await inner
        except LookupError:
            return 10

    inner = chain(loop, task_link, 5, loop.create_task(fail()))
    equal(outcome(loop, chain(loop, task_link, 5, middle(inner))), 15, "what came through the chain")


async def remember(number: int, futures: list[asyncio.Future[str]], trace: Trace) -> tuple[int, list[str]]:
    """Keep local variables over several suspensions."""
    kept = [f"{number}"]
    for turn, future in enumerate(futures):
        local = f"{number}.{turn}"
        kept.append(await future)
        kept.append(local)
    trace(number)
    return number, kept


@requirement("running-48")
def test_local_variables_survive_suspension(loop: AbstractEventLoop, trace: Trace) -> None:
    futures = [[loop.create_future() for _ in range(3)] for _ in range(4)]
    tasks = [loop.create_task(remember(number, mine, trace)) for number, mine in enumerate(futures)]
    drain(loop)
    for turn in range(3):
        for number in (2, 0, 3, 1):
            loop.call_soon(futures[number][turn].set_result, f"value {number}.{turn}")
        drain(loop)
    wanted = [
        (number, [f"{number}", *(text for turn in range(3) for text in (f"value {number}.{turn}", f"{number}.{turn}"))])
        for number in range(4)
    ]
    equal([loop.run_until_complete(task) for task in tasks], wanted, "local variables of four tasks")


@requirement("running-48")
def test_the_coroutines_that_await_are_still_there(loop: AbstractEventLoop) -> None:
    async def inner() -> None:
        await asyncio.sleep(0)
        await asyncio.sleep(0.001)
        raise LookupError

    async def middle() -> None:
        await inner()

    async def outer() -> list[str]:
        try:
            await middle()
        except LookupError as error:
            return [frame.name for frame in traceback.extract_tb(error.__traceback__)]
        return []

    equal(loop.run_until_complete(outer()), ["outer", "middle", "inner"], "coroutines that the exception passed")


@requirement("running-48")
def test_blocks_left_open_by_a_suspension_are_closed_in_order(loop: AbstractEventLoop, trace: Trace) -> None:
    async def inner() -> None:
        try:
            await asyncio.sleep(0)
        finally:
            trace("inner")
            await asyncio.sleep(0)

    async def outer() -> None:
        with contextlib.ExitStack() as stack:
            stack.callback(trace, "outer")
            await inner()
            trace("resumed")

    loop.run_until_complete(outer())
    trace.expect("inner", "resumed", "outer")


@requirement("running-49")
def test_a_new_task_waits_until_its_maker_suspends(loop: AbstractEventLoop, trace: Trace) -> None:
    async def child() -> None:
        trace("child")

    async def maker() -> None:
        task = asyncio.create_task(child())
        trace("maker goes on")
        await task

    loop.run_until_complete(maker())
    trace.expect("maker goes on", "child")


@pytest.mark.parametrize("deed", ["set_result", "set_exception", "cancel", "cancel the task", "event", "put"])
@requirement("running-49")
def test_a_task_that_is_woken_waits_until_the_waker_suspends(loop: AbstractEventLoop, trace: Trace, deed: str) -> None:
    future, event, queue = loop.create_future(), asyncio.Event(), asyncio.Queue[str]()
    awaited: dict[str, Callable[[], Awaitable[object]]] = {"event": event.wait, "put": queue.get}

    async def sleeper() -> None:
        with contextlib.suppress(LookupError, asyncio.CancelledError):
            await (awaited[deed]() if deed in awaited else future)
        trace("sleeper")

    async def waker() -> None:
        deeds: dict[str, Callable[[], object]] = {
            "set_result": lambda: future.set_result(None),
            "set_exception": lambda: future.set_exception(LookupError()),
            "cancel": future.cancel,
            "cancel the task": task.cancel,
            "event": event.set,
            "put": lambda: queue.put_nowait("item"),
        }
        with allowed(deed):
            deeds[deed]()
        trace("waker goes on")
        await task

    task = loop.create_task(sleeper())
    loop.run_until_complete(waker())
    trace.expect("waker goes on", "sleeper")


@requirement("running-50")
def test_others_go_on_while_a_task_waits(loop: AbstractEventLoop, trace: Trace) -> None:
    async def wait(future: asyncio.Future[str]) -> None:
        trace("waits")
        trace(await future)

    async def work(future: asyncio.Future[str]) -> None:
        for step in range(3):
            trace(step)
            await asyncio.sleep(0.001)
        loop.call_soon(trace, "callback")
        await asyncio.sleep(0)
        future.set_result("result")

    future = loop.create_future()
    together(loop, wait(future), work(future))
    trace.expect("waits", 0, 1, 2, "callback", "result")


@requirement("running-50")
def test_each_task_resumes_when_its_own_result_is_there(loop: AbstractEventLoop, trace: Trace) -> None:
    async def wait(name: str, future: asyncio.Future[int]) -> None:
        trace(name, await future)

    futures = {name: loop.create_future() for name in "abc"}
    tasks = [loop.create_task(wait(name, future)) for name, future in futures.items()]
    for number, name in enumerate("cab"):
        drain(loop)
        futures[name].set_result(number)
    loop.run_until_complete(asyncio.gather(*tasks))
    trace.expect(("c", 0), ("a", 1), ("b", 2))


@requirement("running-50")
def test_a_task_stays_suspended_while_its_result_is_missing(loop: AbstractEventLoop, trace: Trace) -> None:
    async def wait(future: asyncio.Future[str]) -> None:
        trace(await future)

    future = loop.create_future()
    task = loop.create_task(wait(future))
    drain(loop, turns=10)
    check(not task.done(), "a task whose future is pending: saw it done")
    trace("before the result")
    future.set_result("result")
    loop.run_until_complete(task)
    trace.expect("before the result", "result")


async def hello_world() -> str:
    """The first coroutine of the example, with a shorter sleep."""
    print("Hello World!")
    await asyncio.sleep(0.003)
    print("Bye World!")
    return "Hello World"


async def hello_lfzyx() -> str:
    """The second coroutine of the example."""
    print("Hello lfzyx!")
    print("Bye lfzyx!")
    return "lfzyx"


@requirement("running-51")
def test_the_example_of_the_founding_document(loop: AbstractEventLoop) -> None:
    asyncio.set_event_loop(loop)  # get_event_loop() made one when the example was written
    with contextlib.redirect_stdout(io.StringIO()) as out:
        both = asyncio.gather(asyncio.ensure_future(hello_world()), asyncio.ensure_future(hello_lfzyx()))
        both.add_done_callback(lambda done: print("Callback: ", done.result()))
        loop.run_until_complete(both)
        loop.close()
    wanted = ["Hello World!", "Hello lfzyx!", "Bye lfzyx!", "Bye World!", "Callback:  ['Hello World', 'lfzyx']"]
    equal(out.getvalue().splitlines(), wanted, "lines printed")
