"""Faults of cancel() and uncancel() that a task group stumbles over."""

from __future__ import annotations

from typing import Any

from loopcert.conformance.faults import fault
from loopcert.conformance.faults._waiting import DeafToCallbacks, DeafToItself, DeafToTasks
from loopcert.conformance.faults.task_cancel import CancelledErrorOfThreads, CancelWorksOnce
from loopcert.conformance.faults.task_groups import UncancelDoesNothing
from loopcert.conformance.faults.task_uncancel import WithdrawnForGood
from loopcert.reference import Loop, Task


@fault(breaks="taskgroup-12", python=">=3.13")
class OneGroupCancels(CancelWorksOnce):
    """The cancel of the second group is lost, since the first one's was not answered yet."""


@fault(breaks="taskgroup-13", python=">=3.13")
class RepeatedCancelIsLost(WithdrawnForGood):
    """A task that the group has uncancelled cannot be cancelled again."""


@fault(breaks="taskgroup-13", python=">=3.13")
class OwnCancelIsLost(DeafToItself):
    """A task cannot cancel itself, as the group does when it passes a cancel on."""


class UncancelsAllTask(Task[Any]):
    """Takes all requests back at once."""

    def uncancel(self) -> int:
        self.cancel_requests = min(1, self.cancel_requests)
        return super().uncancel()


@fault(breaks="taskgroup-14")
class OneUncancelTakesAll(Loop):
    """uncancel() takes all requests back, also those of others."""

    task_type = UncancelsAllTask


@fault(breaks="taskgroup-29")
class BodiesFailByCancel(CancelledErrorOfThreads):
    """A busy body is interrupted by concurrent.futures.CancelledError, which is a failure."""


@fault(breaks="taskgroup-15a", wide="no callback can cancel a Task", python=">=3.15")
class ChildrenAreDeafToCallbacks(DeafToCallbacks):
    """A callback that cancels a group reaches none of its tasks."""


@fault(breaks="taskgroup-15a", wide="no Task can cancel another", python=">=3.15")
class ChildrenAreDeafToTasks(DeafToTasks):
    """A task that cancels a group reaches none of the others."""


@fault(breaks="taskgroup-15b", python=">=3.15")
class CancelledGroupsRaise(UncancelDoesNothing):
    """A group cannot take its cancel of the body back, and CancelledError leaves it."""


@fault(breaks="taskgroup-26", python=">=3.15")
class EnteredAllTheSame(DeafToItself):
    """A task cannot cancel itself, as it does when it enters a group that was cancelled before."""
