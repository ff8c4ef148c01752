"""run() and Runner: results, exceptions, debug mode, and where they cannot be called."""

from __future__ import annotations

import asyncio
from asyncio import AbstractEventLoop
from collections.abc import Callable
from typing import Any

import pytest

from loopcert.conformance.kit import allowed, check, equal, instance, requirement, same
from loopcert.conformance.kit.runners import WAYS, NewLoop, ending, run, run_in_runner

ways = pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
outcomes = pytest.mark.parametrize("kind", [LookupError, SystemExit, KeyboardInterrupt, asyncio.CancelledError])


async def nothing() -> None:
    """Do nothing."""


@requirement("runner-01a")
@ways
def test_the_result_is_that_of_the_coroutine(loop: AbstractEventLoop, way: Callable[..., Any]) -> None:
    wanted = object()

    async def main() -> object:
        return wanted

    with allowed("running a coroutine on a loop of the factory"):
        same(way(main(), lambda: loop), wanted, "the result")


@requirement("runner-01a")
@ways
def test_tasks_timers_and_threads_work(loop: AbstractEventLoop, way: Callable[..., Any]) -> None:
    async def later(value: str) -> str:
        await asyncio.sleep(0.001)
        return await asyncio.to_thread(str.upper, value)

    async def main() -> list[str]:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(later(value)) for value in "ab"]
        return [task.result() for task in tasks] + list(await asyncio.gather(later("c"), later("d")))

    with allowed("running a coroutine on a loop of the factory"):
        equal(way(main(), lambda: loop), ["A", "B", "C", "D"], "the result")


@requirement("runner-20")
@outcomes
@ways
def test_what_the_coroutine_raises_comes_out(
    loop: AbstractEventLoop, way: Callable[..., Any], kind: type[BaseException]
) -> None:
    async def main() -> None:
        await asyncio.sleep(0)
        raise kind("raised by the test")

    equal(ending(lambda: way(main(), lambda: loop)), kind, "what came out of the run")


@requirement("runner-19")
def test_a_runner_takes_futures_and_tasks(loop: AbstractEventLoop) -> None:
    class Awaitable:
        def __await__(self) -> Any:
            return (yield from asyncio.sleep(0, "awaitable").__await__())

    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        take: Callable[[Any], Any] = runner.run
        future = runner.get_loop().create_future()
        loop.call_soon(future.set_result, "future")
        with allowed("Runner.run() of awaitables"):
            seen = [take(future), take(loop.create_task(asyncio.sleep(0, "task"))), take(Awaitable())]
    equal(seen, ["future", "task", "awaitable"], "what Runner.run() gave of three awaitables")


def nested(start: Callable[[Any], Any]) -> Any:
    """Return how ``start`` of a coroutine ends where a loop runs."""
    coroutine = nothing()
    try:
        return ending(lambda: start(coroutine))
    finally:
        coroutine.close()


async def inside(place: str, start: Callable[[Any], Any]) -> Any:
    """Return how ``start`` of a coroutine ends inside a coroutine or a callback."""
    if place == "coroutine":
        return nested(start)
    loop = asyncio.get_running_loop()
    seen = loop.create_future()
    loop.call_soon(lambda: seen.set_result(nested(start)))
    return await seen


places = pytest.mark.parametrize("place", ["coroutine", "callback"])


@requirement("runner-02")
@places
def test_run_is_refused_where_a_loop_runs(new_loop: NewLoop, place: str) -> None:
    seen = run(inside(place, lambda coroutine: run(coroutine, new_loop)), new_loop)
    equal(seen, RuntimeError, f"what asyncio.run() raised inside a {place}")


@requirement("runner-12")
@places
def test_another_runner_is_refused_where_a_loop_runs(new_loop: NewLoop, place: str) -> None:
    with asyncio.Runner(loop_factory=new_loop) as other:
        seen = run_in_runner(inside(place, other.run), new_loop)
        equal(seen, RuntimeError, f"what another Runner's run() raised inside a {place}")
        with allowed("Runner.run() after a refusal"):
            other.run(nothing())


@requirement("runner-12")
@places
def test_a_runner_is_refused_inside_its_own_run(new_loop: NewLoop, place: str) -> None:
    with asyncio.Runner(loop_factory=new_loop) as runner:
        seen = runner.run(inside(place, runner.run))
        equal(seen, RuntimeError, f"what the Runner's own run() raised inside a {place}")
        with allowed("Runner.run() after a refusal"):
            runner.run(nothing())


@requirement("runner-03b")
@pytest.mark.parametrize("kind", [None, LookupError, SystemExit, KeyboardInterrupt, asyncio.CancelledError])
def test_the_loop_is_closed_whatever_ended_the_run(loop: AbstractEventLoop, kind: type[BaseException] | None) -> None:
    async def main() -> None:
        if kind is not None:
            raise kind("raised by the test")

    ending(lambda: run(main(), lambda: loop))
    check(loop.is_closed(), "is_closed() after asyncio.run(): saw False, wanted True")


async def debug_mode() -> bool:
    """Return whether the running loop is in debug mode."""
    return asyncio.get_running_loop().get_debug()


@requirement("runner-06a")
@ways
@pytest.mark.parametrize("debug", [True, False])
def test_debug_decides(loop: AbstractEventLoop, way: Callable[..., Any], debug: bool) -> None:
    loop.set_debug(not debug)
    same(way(debug_mode(), lambda: loop, debug=debug), debug, f"get_debug() of a run with debug={debug}")


@requirement("runner-06b")
@ways
@pytest.mark.parametrize("debug", [True, False])
def test_no_debug_leaves_it_to_the_loop(loop: AbstractEventLoop, way: Callable[..., Any], debug: bool) -> None:
    loop.set_debug(debug)
    seen = way(debug_mode(), lambda: loop, debug=None)
    instance(seen, bool, "get_debug()")
    same(seen, debug, "get_debug() of a run with debug=None, as the factory had set it")
