"""Faults of cancelling a task: what the coroutine may do with the error, and how often it rises."""

from __future__ import annotations

import asyncio
import concurrent.futures
from asyncio import CancelledError
from typing import Any

from loopcert.conformance.faults import fault
from loopcert.reference import Future, Loop, Task


class _SticksTask(Task[Any]):
    def advance(self, error: BaseException | None) -> None:
        self.must_cancel = self.must_cancel or self.cancel_requests > 0
        super().advance(error)


@fault(breaks="task-40a")
class CancelSticks(Loop):
    """A cancelled coroutine gets CancelledError at every step until it gives in."""

    task_type = _SticksTask


class _CountDecidesTask(Task[Any]):
    def returned(self, value: Any) -> None:
        self.must_cancel = self.must_cancel or self.cancel_requests > 0
        super().returned(value)


@fault(breaks="task-40b")
class RequestDecidesTheOutcome(Loop):
    """A task that was asked to cancel ends cancelled, whatever its coroutine returned."""

    task_type = _CountDecidesTask


class _CancelHidesErrorsTask(Task[Any]):
    def complete_exceptionally(self, error: BaseException) -> None:
        if self.cancel_requests:
            self.complete_cancelled(None)
        else:
            super().complete_exceptionally(error)


@fault(breaks="task-304")
class CancelHidesErrors(Loop):
    """A task that was asked to cancel and failed ends cancelled; its exception is lost."""

    task_type = _CancelHidesErrorsTask


class _AbandonsTask(Task[Any]):
    def suspend(self, yielded: Any) -> None:
        if self.cancel_requests:
            self.ended()
            self.complete_cancelled(None)
        else:
            super().suspend(yielded)


@fault(breaks="task-305")
class CleanUpIsAbandoned(Loop):
    """A cancelled task is over as soon as its clean-up suspends."""

    task_type = _AbandonsTask


class _OnceTask(Task[Any]):
    def cancel(self, msg: Any | None = None) -> bool:
        return True if self.cancel_requests and not self.done() else super().cancel(msg)


@fault(breaks="task-306")
class CancelWorksOnce(Loop):
    """Only the first cancel() of a task does anything."""

    task_type = _OnceTask


class _EveryCancelRisesTask(Task[Any]):
    owed = 0

    def cancel(self, msg: Any | None = None) -> bool:
        asked = super().cancel(msg)
        self.owed += asked
        return asked

    def advance(self, error: BaseException | None) -> None:
        if self.owed:
            self.owed -= 1
            self.must_cancel = True
        super().advance(error)


@fault(breaks="task-307")
class EveryCancelRises(Loop):
    """Two cancel() calls before the next step raise two errors, one a step."""

    task_type = _EveryCancelRisesTask


class CancelledException(CancelledError, Exception):
    """A CancelledError that `except Exception` catches."""


class _ExceptionFuture(Future[Any]):
    def make_cancelled_error(self) -> CancelledError:
        return CancelledException()


class _ExceptionTask(Task[Any]):
    def make_cancelled_error(self) -> CancelledError:
        return CancelledException()


@fault(breaks="task-323")
class CancelledErrorIsAnException(Loop):
    """CancelledError is raised as a class that derives from Exception as well."""

    future_type = _ExceptionFuture
    task_type = _ExceptionTask


class _ThreadsErrorTask(Task[Any]):
    def deliver_cancel(self, error: BaseException | None) -> BaseException:
        super().deliver_cancel(error)
        return concurrent.futures.CancelledError()


@fault(breaks="task-323")
class CancelledErrorOfThreads(Loop):
    """concurrent.futures.CancelledError is thrown into a coroutine."""

    task_type = _ThreadsErrorTask


class _RaisesAtOnceTask(Task[Any]):
    def cancel(self, msg: Any | None = None) -> bool:
        if asyncio.current_task() is self:
            raise CancelledError(msg)
        return super().cancel(msg)


@fault(breaks="task-325")
class SelfCancelRaisesAtOnce(Loop):
    """cancel() called by the task itself raises CancelledError out of the call."""

    task_type = _RaisesAtOnceTask


class _IgnoresItselfTask(Task[Any]):
    def cancel(self, msg: Any | None = None) -> bool:
        return True if asyncio.current_task() is self else super().cancel(msg)


@fault(breaks="task-325")
class SelfCancelIsIgnored(Loop):
    """cancel() called by the task itself does nothing."""

    task_type = _IgnoresItselfTask


class _ContagiousTask(Task[Any]):
    def cancel(self, msg: Any | None = None) -> bool:
        for task in asyncio.all_tasks(self.loop) - {self}:
            Task.cancel(task, msg)  # type: ignore[arg-type]  # every task of this loop is one of these
        return super().cancel(msg)


@fault(breaks="task-331")
class CancelIsContagious(Loop):
    """cancel() reaches every task of the loop."""

    task_type = _ContagiousTask


@fault(breaks="task-313", shows="hang")
class CancelFromThreadWakesNobody(Loop):
    """call_soon_threadsafe() queues the callback and leaves the loop asleep."""

    def wake(self) -> None:
        """Let it sleep."""
