"""Loops that asyncio.wait() stumbles over."""

from __future__ import annotations

import asyncio
from typing import Any

from loopcert.conformance.faults import fault
from loopcert.conformance.faults.aggregates_gather import FailingTask, SociableTask, StammeringTask
from loopcert.conformance.faults.future_callbacks import LateCallbackLost
from loopcert.conformance.faults.task_groups import UnwantedTasksAreCancelled
from loopcert.conformance.faults.timers import Setting
from loopcert.reference import Future, Loop, Task


class _ComparingTask(Task[Any]):
    def __eq__(self, other: object) -> bool:
        return isinstance(other, _ComparingTask) and self.state == other.state and self.value == other.value

    def __hash__(self) -> int:
        return hash(type(self))


@fault(breaks="aggregates-17", wide="asyncio keeps tasks in sets")
class TasksCompareByState(Loop):
    """Two tasks are equal as long as both are pending, or have equal results."""

    task_type = _ComparingTask


@fault(breaks="aggregates-20a")
class TimersFail(Setting):
    """A future that a timer is to complete gets TimeoutError."""

    def set_timer(self, when: float, callback: Any, args: tuple[Any, ...], context: Any) -> Any:
        def fail() -> None:
            if not args[0].done():
                args[0].set_exception(TimeoutError())

        if args and asyncio.isfuture(args[0]):
            return super().set_timer(when, fail, (), context)
        return super().set_timer(when, callback, args, context)


class TooEarly(Setting):
    """Timers are due at once."""

    def set_timer(self, when: float, callback: Any, args: tuple[Any, ...], context: Any) -> Any:
        """Forget the time."""
        del when
        return super().set_timer(self.time(), callback, args, context)


@fault(breaks="aggregates-20a", wide="every timer is early")
class WaitIsTooShort(TooEarly):
    """The time of wait() is up at once."""


@fault(breaks="aggregates-20b")
class TimeoutCancels(UnwantedTasksAreCancelled):
    """A task is cancelled as soon as one that waited for it no longer does."""


@fault(breaks="aggregates-21")
class FirstWaitsForAll(Loop):
    """The end of a task is told only when the other tasks of its maker have ended, too."""

    task_type = SociableTask


class _ForTasksOnlyFuture(Future[Any]):
    def schedule_callbacks(self) -> None:
        self.callbacks[:] = [pair for pair in self.callbacks if isinstance(getattr(pair[0], "__self__", None), Task)]
        super().schedule_callbacks()


@fault(breaks="aggregates-21", wide="whoever is no task is not told")
class OnlyTasksAreTold(Loop):
    """The end of a future wakes tasks and calls nobody else."""

    future_type = _ForTasksOnlyFuture


@fault(breaks="aggregates-22a")
class FirstExceptionWaitsForAll(Loop):
    """The failure of a task is told only when the other tasks of its maker have ended, too."""

    task_type = SociableTask


class _OneFieldTask(Task[Any]):
    def exception(self) -> Any:
        return super().exception() or self.value


@fault(breaks="aggregates-22b")
class ExceptionGivesTheResult(Loop):
    """exception() of a task that succeeded gives its result."""

    task_type = _OneFieldTask


@fault(breaks="aggregates-23", wide="whoever counts the ends of tasks counts wrong")
class WaitCountsTwice(Loop):
    """Done callbacks of a task are called twice."""

    task_type = StammeringTask


@fault(breaks="aggregates-23")
class LateCallbacksLost(LateCallbackLost):
    """A callback added to a done future is never called."""


@fault(breaks="aggregates-25")
class CancelledIsAnException(Loop):
    """A cancelled task says that it failed with a RuntimeError."""

    task_type = FailingTask
