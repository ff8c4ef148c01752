"""asyncio.timeout(), timeout_at() and Timeout: the loop's timers interrupt one task, in time, and only once."""

from __future__ import annotations

import asyncio
import time
from asyncio import AbstractEventLoop, CancelledError
from collections.abc import Callable

import pytest

from loopcert.conformance.kit import Contexts, Trace, check, equal, requirement
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


@requirement("taskgroup-22")
@pytest.mark.parametrize("to", [None, LONG])
def test_a_deadline_is_lifted_or_put_off(loop: AbstractEventLoop, to: float | None) -> None:
    errors = Contexts(loop)

    async def main() -> str:
        later = loop.create_future()
        try:
            async with asyncio.timeout(SHORT) as timeout:
                deadline = timeout.when() or 0
                timeout.reschedule(None if to is None else loop.time() + to)
                loop.call_at(deadline + 0.001, later.set_result, "undisturbed")
                result: str = await later
                return result
        except TimeoutError:
            return "expired"

    equal(loop.run_until_complete(main()), "undisturbed", "what became of the block after its first deadline")
    errors.expect_silence()


@requirement("taskgroup-22")
def test_a_deadline_is_advanced(loop: AbstractEventLoop, trace: Trace) -> None:
    async def main() -> None:
        try:
            async with asyncio.timeout(LONG) as timeout:
                timeout.reschedule(loop.time() + SHORT)
                await loop.create_future()
        except TimeoutError:
            trace("expired")

    loop.run_until_complete(main())
    trace.expect("expired")


@requirement("taskgroup-22")
def test_a_callback_sets_a_deadline_in_the_past(loop: AbstractEventLoop, trace: Trace) -> None:
    async def main() -> None:
        try:
            async with asyncio.timeout(None) as timeout:
                loop.call_soon(lambda: timeout.reschedule(loop.time() - 1))
                await loop.create_future()
        except TimeoutError:
            trace("expired")

    settled(loop, main())
    trace.expect("expired")


@requirement("taskgroup-23")
def test_expired_after_the_timeout_fired(loop: AbstractEventLoop) -> None:
    async def main() -> list[bool]:
        seen = []
        try:
            async with asyncio.timeout(0) as timeout:
                seen.append(timeout.expired())
                await loop.create_future()
        except TimeoutError:
            seen.append(timeout.expired())
        return seen

    equal(settled(loop, main()), [False, True], "expired() in the block and after it")


@requirement("taskgroup-23")
@each_block
def test_not_expired_when_left_in_time(loop: AbstractEventLoop, block: Block) -> None:
    async def main() -> bool:
        async with block(loop, LONG) as timeout:
            for _ in range(5):
                await asyncio.sleep(0)
        return timeout.expired()

    equal(settled(loop, main()), False, "expired() of a block that was left in time")


@requirement("taskgroup-25")
def test_a_cancel_from_outside_beats_the_timeout(loop: AbstractEventLoop, trace: Trace) -> None:
    async def main() -> None:
        try:
            async with asyncio.timeout(None) as timeout:
                loop.call_soon(meet, timeout)
                await loop.create_future()
        except (TimeoutError, CancelledError) as error:
            trace(type(error).__name__)

    def meet(timeout: asyncio.Timeout) -> None:
        timeout.reschedule(loop.time() - 1)
        task.cancel()

    task = loop.create_task(main())
    outcomes(loop, task)
    trace.expect("CancelledError")


@requirement("taskgroup-31")
@each_block
def test_a_block_left_in_time_interrupts_nothing(loop: AbstractEventLoop, block: Block) -> None:
    errors = Contexts(loop)

    async def main() -> str:
        later = loop.create_future()
        async with block(loop, SHORT) as timeout:
            deadline = timeout.when() or 0
        loop.call_at(deadline + 0.001, later.set_result, "undisturbed")
        result: str = await later
        return result

    equal(loop.run_until_complete(main()), "undisturbed", "what became of the task at the deadline")
    errors.expect_silence()
