"""Ctrl-C while a Runner runs: the main task is cancelled, then KeyboardInterrupt comes out."""

from __future__ import annotations

import asyncio
import signal
from asyncio import AbstractEventLoop
from collections.abc import Callable
from typing import Any

import pytest

from loopcert.conformance.kit import Peer, Trace, allowed, check, equal, requirement, same
from loopcert.conformance.kit.runners import WAYS, NewLoop, ending, interrupt, interruptible, ticking

ways = pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)


async def interrupted(trace: Trace) -> None:
    """Send SIGINT from a callback, wait for ever, and clean up with an await when cancelled."""
    loop = asyncio.get_running_loop()
    loop.call_soon(interrupt)
    try:
        await loop.create_future()
    except asyncio.CancelledError:
        trace("cancelled")
        raise
    finally:
        await asyncio.sleep(0.001)
        trace("cleaned up")


@requirement("runner-15")
@ways
def test_the_main_task_cleans_up_before_the_interrupt(
    loop: AbstractEventLoop, way: Callable[..., Any], trace: Trace
) -> None:
    with interruptible():
        equal(ending(lambda: way(interrupted(trace), lambda: loop)), KeyboardInterrupt, "what came out of the run")
    trace.expect("cancelled", "cleaned up")


@requirement("runner-15")
def test_the_tasks_of_a_group_clean_up_as_well(loop: AbstractEventLoop, trace: Trace) -> None:
    async def child(name: str) -> None:
        try:
            await loop.create_future()
        finally:
            trace(name)

    async def main() -> None:
        try:
            async with asyncio.TaskGroup() as group:
                for name in "ab":
                    group.create_task(child(name))
                await asyncio.sleep(0)
                loop.call_soon(interrupt)
        finally:
            trace("main")

    with interruptible():
        equal(ending(lambda: WAYS["Runner"](main(), lambda: loop)), KeyboardInterrupt, "what came out of the run")
    equal(sorted(trace.seen[:2]) + trace.seen[2:], ["a", "b", "main"], "who cleaned up: the two children, then main")


@requirement("runner-15")
@ways
def test_a_signal_from_outside_interrupts_a_loop_that_waits(
    loop: AbstractEventLoop, way: Callable[..., Any], trace: Trace
) -> None:
    peers: list[Peer[None]] = []

    async def main() -> None:
        with ticking(loop):
            peers.append(Peer(interrupt))
            try:
                await loop.create_future()
            finally:
                trace("cancelled")

    with interruptible():
        equal(ending(lambda: way(main(), lambda: loop)), KeyboardInterrupt, "what came out of the run")
    peers[0].result()
    trace.expect("cancelled")


@requirement("runner-16")
def test_the_second_interrupt_raises_at_once(loop: AbstractEventLoop, trace: Trace) -> None:
    async def stubborn() -> None:
        loop.call_soon(interrupt)
        try:
            await loop.create_future()
        except asyncio.CancelledError:
            trace("cancelled, and goes on")
        loop.call_soon(interrupt)
        try:
            await loop.create_future()
        except asyncio.CancelledError:
            trace("cancelled at the end")

    with interruptible(), asyncio.Runner(loop_factory=lambda: loop) as runner:
        equal(ending(lambda: runner.run(stubborn())), KeyboardInterrupt, "what came out of Runner.run()")
        trace.expect("cancelled, and goes on")
    trace.expect("cancelled, and goes on", "cancelled at the end")


@requirement("runner-17")
@ways
@pytest.mark.parametrize("kind", [None, LookupError, KeyboardInterrupt])
def test_the_handler_is_there_during_the_run_and_gone_afterwards(
    loop: AbstractEventLoop, way: Callable[..., Any], kind: type[BaseException] | None
) -> None:
    seen: list[Any] = []

    async def main() -> None:
        seen.append(signal.getsignal(signal.SIGINT))
        await asyncio.sleep(0)
        seen.append(signal.getsignal(signal.SIGINT))
        if kind is not None:
            raise kind("raised by the test")

    default = signal.default_int_handler
    with interruptible():
        ending(lambda: way(main(), lambda: loop))
        after = signal.getsignal(signal.SIGINT)
    check(len(seen) == 2 and default not in seen, f"handlers of SIGINT during the run: saw {seen!r}, wanted another")
    same(after, default, "handler of SIGINT after the run")


@requirement("runner-23")
@ways
def test_a_main_task_that_swallows_the_interrupt_returns(loop: AbstractEventLoop, way: Callable[..., Any]) -> None:
    async def main() -> str:
        loop.call_soon(interrupt)
        try:
            await loop.create_future()
        except asyncio.CancelledError:
            await asyncio.sleep(0)
        return "swallowed"

    with interruptible():
        equal(ending(lambda: way(main(), lambda: loop)), "swallowed", "what came out of the run")


@requirement("runner-24")
def test_a_runner_runs_again_after_an_interrupt(new_loop: NewLoop, trace: Trace) -> None:
    with interruptible(), asyncio.Runner(loop_factory=new_loop) as runner:
        first = ending(lambda: runner.run(interrupted(trace)))
        with allowed("Runner.run() after one that was interrupted"):
            second = runner.run(asyncio.sleep(0.001, "second"))
        third = ending(lambda: runner.run(interrupted(trace)))
    equal((first, second, third), (KeyboardInterrupt, "second", KeyboardInterrupt), "what came out of three runs")


@requirement("runner-25")
@ways
def test_a_handler_of_the_user_stays(loop: AbstractEventLoop, way: Callable[..., Any], trace: Trace) -> None:
    def handler(_number: int, _frame: Any) -> None:
        trace("handler")

    async def main() -> Any:
        interrupt()
        await asyncio.sleep(0)
        return signal.getsignal(signal.SIGINT)

    with interruptible():
        signal.signal(signal.SIGINT, handler)
        during = ending(lambda: way(main(), lambda: loop))
        after = signal.getsignal(signal.SIGINT)
    equal((during, after), (handler, handler), "handlers of SIGINT during the run and afterwards")
    trace.expect("handler")
