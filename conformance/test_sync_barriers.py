"""Barrier: filling, opening, filling again, and being broken."""

from __future__ import annotations

import asyncio
from asyncio import AbstractEventLoop
from typing import Any

import pytest

from loopcert.conformance.kit import Trace, drain, equal, requirement
from loopcert.conformance.kit.settling import begun, outcomes, settled


@requirement("sync-24")
def test_a_cancelled_task_leaves_the_filling_barrier(loop: AbstractEventLoop) -> None:
    barrier = asyncio.Barrier(3)
    tasks = begun(loop, barrier.wait(), barrier.wait())
    counts = [barrier.n_waiting]
    tasks[0].cancel()
    drain(loop)
    counts.append(barrier.n_waiting)
    tasks += begun(loop, barrier.wait())
    counts.append(barrier.n_waiting)
    tasks += begun(loop, barrier.wait())
    outcomes(loop, *tasks)
    equal(
        (counts, tasks[0].cancelled()), ([2, 1, 2], True), "n_waiting, and cancelled() of the task that was cancelled"
    )


@requirement("sync-26a")
@pytest.mark.parametrize("waiting", [1, 3])
def test_reset_fails_the_tasks_that_wait(loop: AbstractEventLoop, waiting: int) -> None:
    barrier = asyncio.Barrier(4)
    tasks = begun(loop, *(barrier.wait() for _ in range(waiting)))
    settled(loop, barrier.reset())
    names = [type(each).__name__ for each in outcomes(loop, *tasks)]
    equal(names, ["BrokenBarrierError"] * waiting, "how the waits ended")


@requirement("sync-26b")
def test_a_reset_barrier_opens_again(loop: AbstractEventLoop) -> None:
    barrier = asyncio.Barrier(2)

    async def insist() -> int:
        try:
            return await barrier.wait()
        except asyncio.BrokenBarrierError:
            return 10 + await barrier.wait()

    tasks = begun(loop, insist())
    settled(loop, barrier.reset())
    tasks += begun(loop, barrier.wait())
    numbers = sorted(number % 10 for number in outcomes(loop, *tasks) if isinstance(number, int))
    equal((numbers, barrier.broken), ([0, 1], False), "numbers that the tasks got after the reset, and broken")


@requirement("sync-27")
def test_abort_fails_present_and_later_waits(loop: AbstractEventLoop) -> None:
    barrier = asyncio.Barrier(3)
    tasks = begun(loop, barrier.wait(), barrier.wait())
    settled(loop, barrier.abort())
    tasks += begun(loop, barrier.wait())
    names = [type(each).__name__ for each in outcomes(loop, *tasks)]
    equal(names, ["BrokenBarrierError"] * 3, "how the waits ended")


@requirement("sync-28a")
@pytest.mark.parametrize("parties", [2, 5])
def test_a_barrier_opens_again_and_again(loop: AbstractEventLoop, trace: Trace, parties: int) -> None:
    barrier = asyncio.Barrier(parties)

    async def walk() -> None:
        for turn in range(4):
            await barrier.wait()
            trace(turn)

    outcomes(loop, *[loop.create_task(walk()) for _ in range(parties)])
    trace.expect(*(turn for turn in range(4) for _ in range(parties)))


@requirement("sync-28b")
def test_async_with_waits_and_gives_the_number(loop: AbstractEventLoop) -> None:
    barrier = asyncio.Barrier(2)

    async def enter() -> Any:
        async with barrier as number:
            return number

    tasks = begun(loop, enter())
    waited = not tasks[0].done()
    tasks += begun(loop, enter())
    numbers = sorted(map(str, outcomes(loop, *tasks)))
    equal((waited, numbers), (True, ["0", "1"]), "waited for the second party, and the numbers")


@requirement("sync-32")
def test_n_waiting_counts_while_the_barrier_fills(loop: AbstractEventLoop) -> None:
    barrier = asyncio.Barrier(2)
    counts, tasks = [barrier.n_waiting], []
    for _ in range(5):
        tasks += begun(loop, barrier.wait())
        drain(loop)
        counts.append(barrier.n_waiting)
    tasks += begun(loop, barrier.wait())
    outcomes(loop, *tasks)
    equal(counts, [0, 1, 0, 1, 0, 1], "n_waiting, before and after each of five tasks came")
