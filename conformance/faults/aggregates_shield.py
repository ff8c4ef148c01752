"""Loops that asyncio.shield() stumbles over."""

from __future__ import annotations

from typing import Any

from loopcert.conformance.faults import fault
from loopcert.conformance.faults.aggregates_gather import ErrorCopyingTask, FailingTask
from loopcert.conformance.faults.task_inspect import NoCurrentTask
from loopcert.reference import Future, Loop, Task


class _PatientTask(Task[Any]):
    def cancel(self, msg: Any | None = None) -> bool:
        if self.done():
            return False
        self.cancel_requests += 1
        self.must_cancel = True
        self.message = msg
        return True


@fault(breaks="aggregates-13")
class CancelWaitsForTheFuture(Loop):
    """A cancelled task is not interrupted before the future that it waits for is done."""

    task_type = _PatientTask


@fault(breaks="aggregates-14")
class CancelledInnerFails(Loop):
    """A task that was cancelled says that it failed with a RuntimeError."""

    task_type = FailingTask


@fault(breaks="aggregates-15", wide="timeouts and task groups ask for the current task")
class ShieldedUnderNoName(NoCurrentTask):
    """While a shielded coroutine runs, no task is the current one."""


@fault(breaks="aggregates-49", python=">=3.14")
class DeafForFutures(Loop):
    """Errors of futures are not reported."""

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        if "future" not in context:
            super().call_exception_handler(context)


class _LossyTask(Task[Any]):
    def result(self) -> Any:
        super().result()


class _LossyFuture(Future[Any]):
    def result(self) -> Any:
        super().result()


class Lossy(Loop):
    """No future and no task has a result but None."""

    task_type = _LossyTask
    future_type = _LossyFuture


@fault(breaks="aggregates-53", wide="every result is lost")
class ShieldLosesResults(Lossy):
    """Results get lost."""


@fault(breaks="aggregates-53")
class ShieldRaisesACopy(Loop):
    """exception() gives a new exception of the same kind."""

    task_type = ErrorCopyingTask
