"""Faults of a Task that timeout(), TaskGroup, shield() and wait() stumble over."""

from __future__ import annotations

from asyncio import CancelledError
from typing import Any

from loopcert.conformance.faults import fault
from loopcert.reference import Loop, Task


class _NeverUncancelledTask(Task[Any]):
    def uncancel(self) -> int:
        return self.cancel_requests


@fault(breaks="task-326")
class UncancelDoesNothing(Loop):
    """uncancel() lowers nothing, so a block takes its own cancel for one from outside."""

    task_type = _NeverUncancelledTask


class _ForgetsUncancelTask(Task[Any]):
    def uncancel(self) -> int:
        return max(0, self.cancel_requests - 1)


@fault(breaks="task-327")
class UncancelIsForgotten(Loop):
    """uncancel() tells the lower number and keeps the higher one."""

    task_type = _ForgetsUncancelTask


class _UnwantedTask(Task[Any]):
    def remove_done_callback(self, fn: Any, /) -> int:
        removed = super().remove_done_callback(fn)
        if removed:
            self.cancel()
        return removed


@fault(breaks="task-328")
class UnwantedTasksAreCancelled(Loop):
    """A task is cancelled as soon as one that waited for it no longer does."""

    task_type = _UnwantedTask


class _RisenIsSettledTask(Task[Any]):
    def wakeup(self, future: Any) -> None:
        if future.cancelled():
            self.cancel_requests = 0
        super().wakeup(future)

    def deliver_cancel(self, error: BaseException | None) -> BaseException | CancelledError:
        self.cancel_requests = 0
        return super().deliver_cancel(error)


@fault(breaks="task-332")
class RisenIsSettled(Loop):
    """A CancelledError that rises takes the request off the count, so nobody can tell whose it was."""

    task_type = _RisenIsSettledTask
