"""What the conformance suite cannot see of the reference's Future and Task."""

import asyncio
import gc
import sys
import traceback
import weakref
from collections.abc import Iterator
from typing import Any

import pytest

from loopcert.reference import Future, Loop, Task, new_event_loop


@pytest.fixture
def loop() -> Iterator[Loop]:
    made = new_event_loop()
    yield made
    made.close()


def test_they_are_what_isinstance_promises() -> None:
    assert issubclass(Future, asyncio.Future)
    assert issubclass(Task, asyncio.Task) and issubclass(Task, asyncio.Future)


def test_a_failed_task_goes_as_soon_as_nobody_wants_it(loop: Loop) -> None:
    async def fail() -> None:
        await asyncio.sleep(0)
        raise ValueError

    async def main() -> bool:
        task = asyncio.ensure_future(fail())
        await asyncio.wait([task])
        gone = weakref.ref(task)
        assert isinstance(task.exception(), ValueError)
        del task
        return gone() is None

    gc.disable()
    try:
        assert loop.run_until_complete(main())
    finally:
        gc.enable()


def test_readers_of_an_error_do_not_lengthen_its_traceback(loop: Loop) -> None:
    future = loop.create_future()
    future.set_exception(ValueError())

    async def length() -> int:
        try:
            await future
        except ValueError as error:
            return len(traceback.extract_tb(error.__traceback__))
        return 0

    assert loop.run_until_complete(length()) == loop.run_until_complete(length())


def test_an_error_of_a_task_begins_in_its_coroutine(loop: Loop) -> None:
    async def fail() -> None:
        raise ValueError

    task = loop.create_task(fail())
    with pytest.raises(ValueError):
        loop.run_until_complete(task)
    assert [frame.f_code.co_name for frame in task.get_stack()][-1] == "fail"
    assert "advance" not in [frame.f_code.co_name for frame in task.get_stack()]


def test_the_private_names_tell_the_truth(loop: Loop) -> None:
    async def main() -> None:
        waited = loop.create_future()
        task: Any = asyncio.ensure_future(waiting(waited))  # Any: typeshed knows none of these names
        await asyncio.sleep(0)
        assert task._fut_waiter is waited and task._state == "PENDING" and task._loop is loop
        assert len(waited._callbacks) == 1
        task.cancel("why")
        await asyncio.wait([task])
        assert task._state == "CANCELLED" and task._fut_waiter is None and not task._must_cancel

    async def waiting(future: "asyncio.Future[None]") -> None:
        await future

    loop.run_until_complete(main())


def test_repr_of_tasks_that_wait_for_each_other_ends(loop: Loop) -> None:
    async def main() -> str:
        task = asyncio.ensure_future(asyncio.sleep(0.001))
        other = asyncio.ensure_future(asyncio.wait([task]))
        await asyncio.sleep(0)
        text = repr(task) + repr(other)
        await other
        return text

    text = loop.run_until_complete(main())
    assert "wait_for=<Future pending" in text and "name='Task-" in text


@pytest.mark.skipif(sys.version_info < (3, 14), reason="the call graph came with 3.14")
def test_the_call_graph_names_who_waits(loop: Loop) -> None:
    async def child() -> list[str]:
        graph = asyncio.capture_call_graph()
        assert graph is not None
        waiters = [waiter.future for waiter in graph.awaited_by]
        return [waiter.get_name() for waiter in waiters if isinstance(waiter, asyncio.Task)]

    async def main() -> list[str]:
        return await asyncio.ensure_future(child())

    assert loop.run_until_complete(loop.create_task(main(), name="parent")) == ["parent"]
