"""asyncio.timeout(), timeout_at() and Timeout: the loop's timers interrupt one task, in time, and only once."""

from __future__ import annotations

import asyncio
import time
from asyncio import AbstractEventLoop, CancelledError
from collections.abc import Callable

import pytest

from loopcert.conformance.kit import Trace, check, equal, requirement
from loopcert.conformance.kit.settling import begun, outcomes, settled

SHORT = 0.02
LONG = 3600
TICK = time.get_clock_info("monotonic").resolution

Block = Callable[[AbstractEventLoop, float], asyncio.Timeout]


def by_timeout(_loop: AbstractEventLoop, delay: float) -> asyncio.Timeout:
    return asyncio.timeout(delay)


def by_timeout_at(loop: AbstractEventLoop, delay: float) -> asyncio.Timeout:
    return asyncio.timeout_at(loop.time() + delay)


def by_class(loop: AbstractEventLoop, delay: float) -> asyncio.Timeout:
    return asyncio.Timeout(loop.time() + delay)


each_block = pytest.mark.parametrize("block", [by_timeout, by_timeout_at, by_class])


async def too_early(loop: AbstractEventLoop, block: Block) -> float:
    """Wait until the block expires, and give the seconds by which that was before its deadline, if it was."""
    deadline = 0.0
    try:
        async with block(loop, SHORT) as timeout:
            deadline = timeout.when() or 0.0
            await loop.create_future()
    except TimeoutError:
        return deadline - TICK - loop.time()
    return LONG


def in_time(loop: AbstractEventLoop, block: Block) -> None:
    """Fail if the block expires before its deadline, by more than a tick of the clock."""
    early = loop.run_until_complete(too_early(loop, block))
    check(early <= 0, f"the block expired {early} seconds before its deadline; wanted that not to happen")


@requirement("taskgroup-16a")
def test_a_timeout_does_not_expire_early(loop: AbstractEventLoop) -> None:
    in_time(loop, by_timeout)


@requirement("taskgroup-20a")
def test_a_deadline_is_a_time_of_the_loop(loop: AbstractEventLoop) -> None:
    in_time(loop, by_class)


@requirement("taskgroup-24")
def test_timeout_at_does_not_expire_early(loop: AbstractEventLoop) -> None:
    in_time(loop, by_timeout_at)


@requirement("taskgroup-16a")
def test_a_timeout_cancels_its_own_task_alone(loop: AbstractEventLoop, trace: Trace) -> None:
    async def bystander() -> None:
        try:
            await gate
        except CancelledError:
            trace("bystander")

    async def main() -> None:
        try:
            async with asyncio.timeout(0):
                await loop.create_future()
        except TimeoutError:
            trace("timeout")

    gate = loop.create_future()
    tasks = begun(loop, bystander(), main())
    if not gate.done():
        gate.set_result(None)
    outcomes(loop, *tasks)
    trace.expect("timeout")


@requirement("taskgroup-16a")
def test_many_tasks_have_one_deadline(loop: AbstractEventLoop) -> None:
    async def waits(deadline: float) -> str:
        try:
            async with asyncio.timeout_at(deadline):
                await loop.create_future()
        except TimeoutError:
            return "expired"
        return "left"

    async def main() -> list[str]:
        deadline = loop.time() + SHORT
        return await asyncio.gather(*(waits(deadline) for _ in range(50)))

    equal(loop.run_until_complete(main()), ["expired"] * 50, "what became of fifty blocks with one deadline")


@requirement("taskgroup-16a")
def test_a_timeout_outlives_many_that_were_left(loop: AbstractEventLoop, trace: Trace) -> None:
    async def main() -> None:
        try:
            async with asyncio.timeout(SHORT):
                for _ in range(300):
                    async with asyncio.timeout(LONG):  # noqa: ASYNC100 - left at once, that is the point
                        pass
                await loop.create_future()
        except TimeoutError:
            trace("expired")

    loop.run_until_complete(main())
    trace.expect("expired")


@requirement("taskgroup-16b")
@each_block
@pytest.mark.parametrize("delay", [0, -1, 0.002])
def test_an_expired_block_raises_timeout_error(loop: AbstractEventLoop, block: Block, delay: float) -> None:
    async def main() -> str:
        try:
            async with block(loop, delay):
                try:
                    await loop.create_future()
                finally:
                    await asyncio.sleep(0)
        except BaseException as error:  # noqa: BLE001 - whatever comes is named
            return type(error).__name__
        return "nothing"

    equal(loop.run_until_complete(main()), "TimeoutError", "what left the block")


@requirement("taskgroup-18")
@pytest.mark.parametrize("delay", [0, 0.002])
def test_inside_the_block_it_is_a_cancelled_error(loop: AbstractEventLoop, delay: float) -> None:
    async def main() -> str:
        try:
            async with asyncio.timeout(delay):
                try:
                    await loop.create_future()
                except BaseException as error:
                    seen = type(error).__name__
                    raise
        except TimeoutError:
            return seen
        return "nothing"

    equal(loop.run_until_complete(main()), "CancelledError", "what was raised inside the block")


@requirement("taskgroup-19")
def test_the_inner_timeout_comes_first(loop: AbstractEventLoop, trace: Trace) -> None:
    async def main() -> None:
        async with asyncio.timeout(LONG) as outer:
            try:
                async with asyncio.timeout(SHORT):
                    await loop.create_future()
            except TimeoutError:
                trace("inner")
            await asyncio.sleep(0)
        trace("left", outer.expired())

    loop.run_until_complete(main())
    trace.expect("inner", ("left", False))


@requirement("taskgroup-19")
def test_the_outer_timeout_comes_first(loop: AbstractEventLoop, trace: Trace) -> None:
    async def main() -> None:
        try:
            async with asyncio.timeout(SHORT):
                async with asyncio.timeout(LONG) as inner:
                    try:
                        await loop.create_future()
                    finally:
                        trace("inner", inner.expired())
        except TimeoutError:
            trace("outer")

    loop.run_until_complete(main())
    trace.expect(("inner", False), "outer")


@requirement("taskgroup-19")
def test_timeouts_that_expire_together_leave_nothing_behind(loop: AbstractEventLoop, trace: Trace) -> None:
    async def main() -> None:
        try:
            async with asyncio.timeout(0), asyncio.timeout(0):
                await loop.create_future()
        except (TimeoutError, CancelledError) as error:
            trace(type(error).__name__, task.cancelling())
        await asyncio.sleep(0)
        trace("went on")

    task = loop.create_task(main())
    outcomes(loop, task)
    trace.expect(("TimeoutError", 0), "went on")


@requirement("taskgroup-20b")
@each_block
def test_a_deadline_in_the_past_interrupts_a_busy_task(loop: AbstractEventLoop, block: Block) -> None:
    async def main() -> int:
        turns = 0
        try:
            async with block(loop, -5):
                for _ in range(10):
                    await asyncio.sleep(0)
                    turns += 1
        except TimeoutError:
            return turns
        return turns

    turns = settled(loop, main())
    check(turns <= 1, f"the block was interrupted after {turns} iterations, wanted 1 at most")
