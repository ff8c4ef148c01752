"""asyncio.gather(): what it needs of the loop's futures and tasks."""

from __future__ import annotations

import asyncio
import gc
from asyncio import AbstractEventLoop, CancelledError
from typing import Any

import pytest

from loopcert.conformance.kit import Contexts, Trace, check, drain, equal, requirement, same
from loopcert.conformance.kit.gates import Gated, through

KINDS = pytest.mark.parametrize("kind", ["coroutine", "task", "future"])


def behind(loop: AbstractEventLoop, gate: Any, kind: str) -> Any:
    """Make an awaitable of that kind that is done once the gate is open."""
    if kind == "future":
        return gate
    return loop.create_task(through(gate)) if kind == "task" else through(gate)


@requirement("aggregates-04")
@KINDS
def test_results_come_in_the_order_of_the_arguments(loop: AbstractEventLoop, kind: str) -> None:
    gates: list[asyncio.Future[str]] = [loop.create_future() for _ in range(3)]

    async def main() -> list[Any]:
        return await asyncio.gather(*(behind(loop, gate, kind) for gate in gates))

    task = loop.create_task(main())
    drain(loop)
    for number in (2, 0, 1):
        gates[number].set_result("abc"[number])
        drain(loop)
    equal(task.done() and task.result(), ["a", "b", "c"], "results of a gather whose arguments ended in another order")


@requirement("aggregates-04")
def test_a_gather_can_be_gathered(loop: AbstractEventLoop) -> None:
    async def give(value: int) -> int:
        await asyncio.sleep(0)
        return value

    async def main() -> Any:
        pairs = [asyncio.gather(give(number), give(number + 1)) for number in (1, 3)]
        return await asyncio.gather(*pairs, give(5))

    task = loop.create_task(main())
    drain(loop, 12)
    equal(task.done() and task.result(), [[1, 2], [3, 4], 5], "results of gathered gathers")


@requirement("aggregates-06a")
def test_the_first_exception_is_raised_at_once(loop: AbstractEventLoop) -> None:
    with Gated(loop, lambda tasks: asyncio.gather(*tasks)) as it:
        it.open(1, ValueError("first"))
        equal((it.seen(), it.state()), ("ValueError", ["pending", "done", "pending"]), "the gather and its tasks")


@requirement("aggregates-06b")
def test_the_others_go_on_after_an_exception(loop: AbstractEventLoop) -> None:
    with Gated(loop, lambda tasks: asyncio.gather(*tasks)) as it:
        it.open(1, ValueError("first"))
        it.open(0, "a")
        it.open(2, "c")
        seen = [each.cancelled() or each.result() for each in (it.tasks[0], it.tasks[2])]
        equal((it.seen(), seen), ("ValueError", ["a", "c"]), "the gather and the results of its other tasks")


@requirement("aggregates-07")
def test_exceptions_stand_among_the_results(loop: AbstractEventLoop) -> None:
    error = KeyError("second")
    with Gated(loop, lambda tasks: asyncio.gather(*tasks, return_exceptions=True)) as it:
        it.open(1, error)
        it.open(2, "c")
        it.open(0, "a")
        check(it.main.done(), "a gather whose tasks have all ended: saw it pending")
        first, second, third = it.main.result()
    same(second, error, "what stands in the place of the task that failed")
    equal((first, third), ("a", "c"), "the results beside it")


@requirement("aggregates-07")
def test_with_return_exceptions_all_are_waited_for(loop: AbstractEventLoop) -> None:
    with Gated(loop, lambda tasks: asyncio.gather(*tasks, return_exceptions=True), 2) as it:
        it.open(0, KeyError("first"))
        equal(it.seen(), "pending", "a gather of which one task failed and one runs")
        it.open(1)
        check(it.main.done(), "a gather whose tasks have all ended: saw it pending")


@requirement("aggregates-08")
@pytest.mark.parametrize("target", ["gather", "awaiter"])
def test_cancelling_cancels_whatever_runs(loop: AbstractEventLoop, target: str) -> None:
    gathers: list[asyncio.Future[Any]] = []

    def wait(tasks: list[Any]) -> asyncio.Future[Any]:
        gathers.append(asyncio.gather(*tasks))
        return gathers[0]

    with Gated(loop, wait, 4) as it:
        it.open(1, "b")
        (gathers[0] if target == "gather" else it.main).cancel()
        drain(loop, 8)
        wanted = ["cancelled", "done", "cancelled", "cancelled"]
        equal((it.state(), it.main.cancelled()), (wanted, True), "the tasks of a cancelled gather, and its awaiter")


@requirement("aggregates-43")
@pytest.mark.parametrize("child", ["gives in", "goes on"])
def test_a_cancelled_gather_raises_in_spite_of_return_exceptions(loop: AbstractEventLoop, child: str) -> None:
    async def stay() -> str:
        try:
            await loop.create_future()
        except CancelledError:
            if child == "gives in":
                raise
        return "went on"

    async def main() -> Any:
        both.append(asyncio.gather(stay(), stay(), return_exceptions=True))
        return await both[0]

    both: list[asyncio.Future[Any]] = []
    task = loop.create_task(main())
    drain(loop)
    both[0].cancel()
    drain(loop, 8)
    seen = "pending" if not task.done() else "CancelledError" if task.cancelled() else task.exception() or task.result()
    equal(seen, "CancelledError", "what the awaiter of a cancelled gather(return_exceptions=True) gets")


@requirement("aggregates-09a")
def test_a_cancelled_child_raises_cancelled_error(loop: AbstractEventLoop, trace: Trace) -> None:
    async def wait(tasks: list[Any]) -> None:
        try:
            await asyncio.gather(*tasks)
        except (CancelledError, Exception) as error:  # noqa: BLE001 - all that can come out
            trace(type(error).__name__)
        task = asyncio.current_task()
        trace(task.cancelling() if task else None)

    with Gated(loop, wait) as it:
        it.tasks[1].cancel()
        drain(loop, 8)
        trace(it.state())
    trace.expect("CancelledError", 0, ["pending", "cancelled", "pending"])


@requirement("aggregates-09a")
def test_a_cancelled_child_stands_among_the_results(loop: AbstractEventLoop) -> None:
    with Gated(loop, lambda tasks: asyncio.gather(*tasks, return_exceptions=True), 2) as it:
        it.tasks[0].cancel()
        it.open(1, "b")
        seen = it.seen()
    equal([type(seen[0]).__name__, seen[1]], ["CancelledError", "b"], "results of a gather with a cancelled task")


@requirement("aggregates-09b")
def test_the_others_go_on_beside_a_cancelled_child(loop: AbstractEventLoop) -> None:
    with Gated(loop, lambda tasks: asyncio.gather(*tasks)) as it:
        it.tasks[1].cancel()
        drain(loop, 8)
        it.open(0, "a")
        it.open(2, "c")
        equal(it.state(), ["done", "cancelled", "done"], "the tasks of a gather of which one was cancelled")


@requirement("aggregates-11")
def test_gather_of_nothing_is_an_empty_list(loop: AbstractEventLoop) -> None:
    async def main() -> Any:
        return await asyncio.gather()

    task = loop.create_task(main())
    drain(loop)
    equal([task.result()] if task.done() else "pending", [[]], "result of gather() without arguments")


@requirement("aggregates-51")
@KINDS
def test_the_same_argument_twice(loop: AbstractEventLoop, kind: str) -> None:
    gate = loop.create_future()

    async def main() -> Any:
        argument = behind(loop, gate, kind)
        return await asyncio.gather(argument, argument)

    task = loop.create_task(main())
    drain(loop)
    gate.set_result("value")
    drain(loop)
    equal(task.done() and task.result(), ["value", "value"], "results of a gather of one awaitable, given twice")


@requirement("aggregates-52")
def test_all_begin_before_any_has_to_end(loop: AbstractEventLoop, trace: Trace) -> None:
    gate = loop.create_future()

    async def child(name: str) -> None:
        trace(name)
        await gate

    async def main() -> None:
        await asyncio.gather(*map(child, "abc"))
        trace("all done")

    task = loop.create_task(main())
    drain(loop)
    gate.set_result(None)
    trace("opened")
    loop.run_until_complete(task)
    trace.expect("a", "b", "c", "opened", "all done")


@requirement("aggregates-56")
def test_later_exceptions_are_not_reported(loop: AbstractEventLoop) -> None:
    contexts = Contexts(loop)

    async def fail(turns: int) -> None:
        for _ in range(turns):
            await asyncio.sleep(0)
        raise ValueError(turns)

    async def main() -> str:
        try:
            await asyncio.gather(fail(0), fail(1), fail(2))
        except ValueError as error:
            return str(error)
        return "nothing"

    first = loop.run_until_complete(main())
    drain(loop)
    gc.collect()
    equal(first, "0", "the exception that was raised")
    contexts.expect_silence()
