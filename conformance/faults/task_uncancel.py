"""Faults of cancelling() and uncancel()."""

from __future__ import annotations

from typing import Any

from loopcert.conformance.faults import fault
from loopcert.reference import Loop, Task
from loopcert.reference.future import CANCELLED, FINISHED


class _OneTooManyTask(Task[Any]):
    def cancelling(self) -> int:
        return super().cancelling() + 1


@fault(breaks="task-43")
class CountsOneTooMany(Loop):
    """cancelling() is one more than there were requests."""

    task_type = _OneTooManyTask


class _FlagTask(Task[Any]):
    def cancelling(self) -> int:
        return min(1, super().cancelling())


@fault(breaks="task-43")
class CountIsAFlag(Loop):
    """cancelling() is never more than 1."""

    task_type = _FlagTask


class _CountIsTheStateTask(Task[Any]):
    def cancelled(self) -> bool:
        return self.cancel_requests > 0 or super().cancelled()


@fault(breaks="task-44")
class RequestedIsCancelled(Loop):
    """cancelled() is true from the request on."""

    task_type = _CountIsTheStateTask


class _TellsBeforeTask(Task[Any]):
    def uncancel(self) -> int:
        before = self.cancel_requests
        super().uncancel()
        return before


@fault(breaks="task-45a")
class UncancelTellsWhatWas(Loop):
    """uncancel() returns the number of requests before it took one off."""

    task_type = _TellsBeforeTask


class _NegativeTask(Task[Any]):
    def uncancel(self) -> int:
        self.cancel_requests -= 1
        if self.cancel_requests == 0:
            self.must_cancel = False
        return self.cancel_requests


@fault(breaks="task-45b")
class CountGoesNegative(Loop):
    """uncancel() with no request left counts below zero."""

    task_type = _NegativeTask


class _RevivedTask(Task[Any]):
    def uncancel(self) -> int:
        if self.state is CANCELLED:
            self.state = FINISHED
        return super().uncancel()


@fault(breaks="task-46")
class UncancelRevives(Loop):
    """uncancel() turns a cancelled task into a finished one."""

    task_type = _RevivedTask


class _NeverWithdrawsTask(Task[Any]):
    def uncancel(self) -> int:
        pending = self.must_cancel
        left = super().uncancel()
        self.must_cancel = pending
        return left


@fault(breaks="task-47")
class NothingIsWithdrawn(Loop):
    """uncancel() counts, and the error rises all the same, as it did up to Python 3.12."""

    task_type = _NeverWithdrawsTask


class _WithdrawsAllTask(Task[Any]):
    def uncancel(self) -> int:
        self.must_cancel = False
        return super().uncancel()


@fault(breaks="task-47")
class OneUncancelWithdrawsAll(Loop):
    """uncancel() withdraws the error although other requests are left."""

    task_type = _WithdrawsAllTask


class _ForGoodTask(Task[Any]):
    withdrawn = False

    def uncancel(self) -> int:
        self.withdrawn = True
        return super().uncancel()

    def cancel(self, msg: Any | None = None) -> bool:
        return True if self.withdrawn else super().cancel(msg)


@fault(breaks="task-312")
class WithdrawnForGood(Loop):
    """After an uncancel() further cancel() calls do nothing."""

    task_type = _ForGoodTask
