"""Faults of tasks that a task group stumbles over although nothing fails in it."""

from __future__ import annotations

import asyncio
from asyncio import CancelledError
from collections.abc import Coroutine
from typing import Any

from loopcert.conformance.faults import fault
from loopcert.reference import Loop, Task


class _TellsTooEarlyTask(Task[Any]):
    def suspend(self, yielded: Any) -> None:
        super().suspend(yielded)
        self.schedule_callbacks()

    def exception(self) -> BaseException | None:
        return super().exception() if self.done() else None


@fault(breaks="taskgroup-01", wide="done callbacks run before a Task is done")
class GroupsLeaveTooEarly(Loop):
    """A task calls its done callbacks when it suspends for the first time."""

    task_type = _TellsTooEarlyTask


class _TellsNobodyTask(Task[Any]):
    def complete(self, value: Any) -> None:
        self.callbacks = []
        super().complete(value)


@fault(breaks="taskgroup-01", wide="no Task tells anybody that it is done")
class GroupsAreNeverLeft(Loop):
    """A task that returns calls none of its done callbacks."""

    task_type = _TellsNobodyTask


class _NamelessTask(Task[Any]):
    def get_name(self) -> str:
        return "Task"


@fault(breaks="taskgroup-02a")
class ChildrenHaveNoNames(Loop):
    """get_name() of a task gives the same for all of them."""

    task_type = _NamelessTask


@fault(breaks="taskgroup-02b", python=">=3.14")
class OldKeywordsOnly(Loop):
    """create_task() has the keywords of Python 3.13, and drops all others."""

    def create_task(self, coro: Coroutine[Any, Any, Any], *, name: Any = None, context: Any = None, **_: Any) -> Any:
        return super().create_task(coro, name=name, context=context)


class _ThirdGenerationTask(Task[Any]):
    generation = 0

    def start(self) -> None:
        maker = asyncio.current_task(self.loop)
        self.generation = maker.generation + 1 if isinstance(maker, _ThirdGenerationTask) else 0
        if self.generation < 3:
            super().start()


@fault(breaks="taskgroup-04")
class GrandchildrenNeverStart(Loop):
    """A task made by a task that was made by a task of a task never starts."""

    task_type = _ThirdGenerationTask


class _MadeByTasksTask(Task[Any]):
    def start(self) -> None:
        if asyncio.current_task(self.loop) is not None or not self.loop.is_running():
            super().start()


@fault(breaks="taskgroup-04")
class CallbacksStartNoTasks(Loop):
    """A task made by a callback never starts."""

    task_type = _MadeByTasksTask


class CancelledHaveFailedTask(Task[Any]):
    """Takes its cancellation for a failure."""

    def cancelled(self) -> bool:
        return False

    def exception(self) -> BaseException | None:
        return CancelledError() if super().cancelled() else super().exception()


@fault(breaks="taskgroup-10", wide="no Task is ever cancelled()")
class CancelledChildrenHaveFailed(Loop):
    """A cancelled task says that it was not, and gives CancelledError as its exception."""

    task_type = CancelledHaveFailedTask
