"""Timeout blocks whose deadline moves, that are left in time, or that meet another cancel."""

from __future__ import annotations

import asyncio
from asyncio import AbstractEventLoop, CancelledError

import pytest

from loopcert.conformance.kit import Contexts, Trace, equal, requirement
from loopcert.conformance.kit.settling import outcomes, settled
from loopcert.conformance.test_taskgroup_timeouts import LONG, SHORT, Block, each_block


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
