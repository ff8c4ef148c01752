"""asyncio.wait(): what it needs of the loop's futures, tasks and timers."""

from __future__ import annotations

import asyncio
import time
from asyncio import ALL_COMPLETED, FIRST_COMPLETED, FIRST_EXCEPTION, AbstractEventLoop
from typing import Any

import pytest

from loopcert.conformance.kit import allowed, check, drain, equal, instance, requirement
from loopcert.conformance.kit.gates import Gated, through

SHORT = 0.02
TICK = time.get_clock_info("monotonic").resolution


@requirement("aggregates-17")
def test_wait_gives_the_set_of_the_done_and_of_the_pending(loop: AbstractEventLoop) -> None:
    with Gated(loop, lambda tasks: asyncio.wait(tasks, return_when=FIRST_COMPLETED)) as it:
        it.open(1)
        check(it.main.done(), "wait(return_when=FIRST_COMPLETED) with one task done: saw it pending")
        done, pending = it.main.result()
        instance(done, set, "the first result")
        instance(pending, set, "the second result")
        equal((done, pending), ({it.tasks[1]}, {it.tasks[0], it.tasks[2]}), "what wait() gave")


@requirement("aggregates-20a")
def test_wait_returns_when_its_time_is_up(loop: AbstractEventLoop) -> None:
    async def main() -> Any:
        tasks = [loop.create_task(through(gate)), done]
        began = loop.time()
        with allowed("a wait() whose time is up"):
            ended, pending = await asyncio.wait(tasks, timeout=SHORT)
        return ended == {done}, pending == {tasks[0]}, loop.time() - began

    gate = loop.create_future()
    done = loop.create_future()
    done.set_result(None)
    *sets, lasted = loop.run_until_complete(main())
    gate.set_result(None)
    drain(loop)
    equal(sets, [True, True], "whether what was done and what was not came back as such")
    check(lasted >= SHORT - TICK, f"seconds that wait(timeout={SHORT}) lasted: saw {lasted}")


@requirement("aggregates-20b")
def test_a_timeout_leaves_the_tasks_alone(loop: AbstractEventLoop) -> None:
    with Gated(loop, lambda tasks: asyncio.wait(tasks, timeout=SHORT)) as it:
        loop.run_until_complete(asyncio.wait([it.main]))
        for number in range(3):
            it.open(number, number)
        seen = [each.cancelled() or each.result() for each in it.tasks]
        equal(seen, [0, 1, 2], "results of the tasks that a wait() did not wait for any longer")


@requirement("aggregates-21")
@pytest.mark.parametrize("end", ["result", "exception", "cancel"])
def test_first_completed(loop: AbstractEventLoop, end: str) -> None:
    with Gated(loop, lambda tasks: asyncio.wait(tasks, return_when=FIRST_COMPLETED)) as it:
        if end == "cancel":
            it.tasks[1].cancel()
            drain(loop, 8)
        else:
            it.open(1, ValueError() if end == "exception" else None)
        seen = (it.main.done(), [each.done() for each in it.tasks])
        equal(seen, (True, [False, True, False]), "whether wait(return_when=FIRST_COMPLETED) returned, and its tasks")
        it.tasks[1].cancelled() or it.tasks[1].exception()


@requirement("aggregates-21")
@pytest.mark.parametrize("end", ["result", "exception", "cancel"])
def test_first_completed_of_futures(loop: AbstractEventLoop, end: str) -> None:
    futures: list[asyncio.Future[None]] = [loop.create_future() for _ in range(3)]
    waiting = loop.create_task(asyncio.wait(futures, return_when=FIRST_COMPLETED))
    drain(loop)
    match end:
        case "result":
            futures[2].set_result(None)
        case "exception":
            futures[2].set_exception(ValueError())
        case _:
            futures[2].cancel()
    drain(loop)
    seen = waiting.result() if waiting.done() else "pending"
    equal(seen, ({futures[2]}, set(futures[:2])), "what wait(return_when=FIRST_COMPLETED) gave for futures")
    for future in futures:
        future.cancelled() or not future.done() or future.exception()


@requirement("aggregates-22a")
def test_first_exception(loop: AbstractEventLoop) -> None:
    with Gated(loop, lambda tasks: asyncio.wait(tasks, return_when=FIRST_EXCEPTION)) as it:
        it.open(0, "fine")
        equal(it.seen(), "pending", "wait(return_when=FIRST_EXCEPTION) after a result")
        it.open(1, ValueError())
        seen = (it.main.done(), it.state())
        equal(seen, (True, ["done", "done", "pending"]), "whether wait(return_when=FIRST_EXCEPTION) returned")
        it.tasks[1].exception()


@requirement("aggregates-22b")
def test_first_exception_without_any(loop: AbstractEventLoop) -> None:
    with Gated(loop, lambda tasks: asyncio.wait(tasks, return_when=FIRST_EXCEPTION)) as it:
        it.open(0, "a")
        it.open(2, "c")
        equal(it.seen(), "pending", "wait(return_when=FIRST_EXCEPTION) after two results of three")
        it.open(1, "b")
        equal(it.main.done() and it.main.result(), (set(it.tasks), set()), "what wait() gave at the end")


@requirement("aggregates-23")
@pytest.mark.parametrize("options", [{}, {"return_when": ALL_COMPLETED}, {"timeout": 3600}], ids=str)
def test_wait_waits_for_all(loop: AbstractEventLoop, options: dict[str, Any]) -> None:
    with Gated(loop, lambda tasks: asyncio.wait(tasks, **options)) as it:
        it.open(2)
        it.open(0, ValueError())
        equal(it.seen(), "pending", "wait() with one task of three undone")
        it.tasks[1].cancel()
        drain(loop)
        equal(it.main.done() and it.main.result(), (set(it.tasks), set()), "what wait() gave at the end")
        it.tasks[0].exception()


@requirement("aggregates-23")
def test_wait_for_what_is_done(loop: AbstractEventLoop) -> None:
    done = loop.create_future()
    done.set_result(None)
    waiting = loop.create_task(asyncio.wait([done]))
    drain(loop)
    equal(waiting.done() and waiting.result(), ({done}, set()), "wait() for a future that is done already")


@requirement("aggregates-25")
def test_a_cancelled_one_does_not_end_first_exception(loop: AbstractEventLoop) -> None:
    with Gated(loop, lambda tasks: asyncio.wait(tasks, return_when=FIRST_EXCEPTION)) as it:
        it.tasks[1].cancel()
        drain(loop, 8)
        seen = (it.seen(), it.state())
        wanted = ("pending", ["pending", "cancelled", "pending"])
        equal(seen, wanted, "wait(return_when=FIRST_EXCEPTION) after a cancellation, and its tasks")
