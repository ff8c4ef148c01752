"""Faults of tasks that a task group stumbles over when something fails in it."""

from __future__ import annotations

import asyncio
from typing import Any

from loopcert.conformance.faults import fault
from loopcert.conformance.faults._waiting import DeafToCallbacks, DeafToTasks
from loopcert.conformance.faults.task_cancel import CancelHidesErrors, CleanUpIsAbandoned
from loopcert.conformance.faults.taskgroup import CancelledHaveFailedTask
from loopcert.reference import Loop, Task


@fault(breaks="taskgroup-05a", wide="no callback can cancel a Task")
class SiblingsAreDeaf(DeafToCallbacks):
    """A group that learns of a failure, in a done callback, can cancel nobody."""


@fault(breaks="taskgroup-05a")
class SiblingsDoNotCleanUp(CleanUpIsAbandoned):
    """A sibling that is cancelled is over where its clean-up awaits."""


class _FailsInSilenceTask(Task[Any]):
    def complete_exceptionally(self, error: BaseException) -> None:
        self.callbacks = []
        super().complete_exceptionally(error)


@fault(breaks="taskgroup-05b", wide="no Task tells anybody that it failed")
class FailuresAreNotTold(Loop):
    """A task that fails calls none of its done callbacks."""

    task_type = _FailsInSilenceTask


class _DeafRootTask(Task[Any]):
    """Cannot be cancelled by callbacks if no task made it."""

    is_root = False

    def start(self) -> None:
        self.is_root = asyncio.current_task(self.loop) is None
        super().start()

    def cancel(self, msg: Any | None = None) -> bool:
        if self.is_root and asyncio.current_task(self.loop) is None and not self.done():
            return True
        return super().cancel(msg)


@fault(breaks="taskgroup-06a")
class BodiesAreDeaf(Loop):
    """A task that no other task made cannot be cancelled by a callback, and so not by its group."""

    task_type = _DeafRootTask


class _CopiesFailuresTask(Task[Any]):
    def exception(self) -> BaseException | None:
        error = super().exception()
        return error if error is None else type(error)(*error.args)


@fault(breaks="taskgroup-07")
class FailuresAreCopied(Loop):
    """exception() of a task gives a copy of the error at each call."""

    task_type = _CopiesFailuresTask


@fault(breaks="taskgroup-07")
class LateFailuresAreLost(CancelHidesErrors):
    """A task that fails while it is being cancelled counts as cancelled."""


@fault(breaks="taskgroup-08a", wide="no Task can cancel another")
class ExitsCancelNobody(DeafToTasks):
    """A body that is left by an exit can cancel none of its children."""


class _LostExitTask(Task[Any]):
    def complete_exceptionally(self, error: BaseException) -> None:
        if isinstance(error, Exception):
            super().complete_exceptionally(error)


@fault(breaks="taskgroup-08b")
class ExitsLeaveNoOutcome(Loop):
    """A task out of which KeyboardInterrupt or SystemExit comes stays pending for ever."""

    task_type = _LostExitTask


class _DeafAtFirstTask(Task[Any]):
    entered = False

    def advance(self, error: BaseException | None) -> None:
        self.entered = True
        super().advance(error)

    def cancel(self, msg: Any | None = None) -> bool:
        return super().cancel(msg) if self.entered or self.done() else True


@fault(breaks="taskgroup-09")
class NewChildrenAreDeaf(Loop):
    """A task that has not started cannot be cancelled."""

    task_type = _DeafAtFirstTask


@fault(breaks="taskgroup-09")
class FailuresOfChildrenAreLost(CancelHidesErrors):
    """The failure of a child that the body's failure cancelled is lost."""


@fault(breaks="taskgroup-28", wide="no Task is ever cancelled()", python=">=3.15")
class CancelledChildrenHideTheExit(Loop):
    """The children that a GeneratorExit cancelled count as failures."""

    task_type = CancelledHaveFailedTask
