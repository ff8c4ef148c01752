"""Faults in what is left of a cancelled task: late cancel() calls, awaiters, callbacks, all_tasks(), reports."""

from __future__ import annotations

from typing import Any

from loopcert.conformance.faults import fault
from loopcert.reference import Loop, Task
from loopcert.reference.future import CANCELLED, FINISHED


class _AlwaysTrueTask(Task[Any]):
    def cancel(self, msg: Any | None = None) -> bool:
        super().cancel(msg)
        return True


@fault(breaks="task-37a")
class CancelOfADoneTaskIsTrue(Loop):
    """cancel() of a done task returns True."""

    task_type = _AlwaysTrueTask


class _FlipsTask(Task[Any]):
    def cancel(self, msg: Any | None = None) -> bool:
        if self.done():
            self.state = FINISHED if self.state is CANCELLED else CANCELLED
            return False
        return super().cancel(msg)


@fault(breaks="task-300")
class LateCancelChangesTheOutcome(Loop):
    """cancel() of a done task makes it cancelled, and a cancelled one finished."""

    task_type = _FlipsTask


class _SilentTask(Task[Any]):
    def schedule_callbacks(self) -> None:
        if self.state is CANCELLED:
            self.callbacks = []
        super().schedule_callbacks()


@fault(breaks="task-318")
class CancelledTasksCallNobody(Loop):
    """The done callbacks of a cancelled task are dropped."""

    task_type = _SilentTask


class _TooEarlyTask(Task[Any]):
    def cancel(self, msg: Any | None = None) -> bool:
        asked = super().cancel(msg)
        if asked:
            self.schedule_callbacks()
        return asked


@fault(breaks="task-318")
class CallbacksComeAtTheRequest(Loop):
    """cancel() schedules the done callbacks before the coroutine has ended."""

    task_type = _TooEarlyTask


class _NoErrorTask(Task[Any]):
    def result(self) -> Any:
        return None if self.cancelled() else super().result()


@fault(breaks="task-319")
class AwaitersGetNone(Loop):
    """Awaiting a cancelled task gives None."""

    task_type = _NoErrorTask


class _TellsOnceTask(Task[Any]):
    told = False

    def result(self) -> Any:
        told, self.told = self.told, True
        return None if told and self.cancelled() else super().result()


@fault(breaks="task-23c")
class ResultRaisesOnce(Loop):
    """The second result() of a cancelled task is None."""

    task_type = _TellsOnceTask


class _ReturnsErrorTask(Task[Any]):
    def exception(self) -> BaseException | None:
        return self.make_cancelled_error() if self.cancelled() else super().exception()


@fault(breaks="task-24b")
class ExceptionReturnsTheCancelledError(Loop):
    """exception() of a cancelled task returns the CancelledError instead of raising it."""

    task_type = _ReturnsErrorTask


@fault(breaks="task-319")
class FirstAwaiterGetsTheError(Loop):
    """Only the first awaiter of a cancelled task gets CancelledError."""

    task_type = _TellsOnceTask


class _CountsAwaitedTask(Task[Any]):
    def wakeup(self, future: Any) -> None:
        self.cancel_requests += future.cancelled()
        super().wakeup(future)


@fault(breaks="task-320")
class AwaitedCancelCounts(Loop):
    """A cancelled task counts as a cancel request to whoever awaits it."""

    task_type = _CountsAwaitedTask


class _InsistsTask(Task[Any]):
    def cancel(self, msg: Any | None = None) -> bool:
        asked = super().cancel(msg)
        if asked:
            self.must_cancel, self.message = True, msg
        return asked


@fault(breaks="task-303")
class OuterTaskIsCancelledToo(Loop):
    """A task gets its CancelledError even if the awaited task suppressed the one handed on."""

    task_type = _InsistsTask


class _UnregistersTask(Task[Any]):
    def cancel(self, msg: Any | None = None) -> bool:
        self.ended()
        return super().cancel(msg)


@fault(breaks="task-322")
class AllTasksForgetsAtTheRequest(Loop):
    """A task that was asked to cancel leaves all_tasks() at once."""

    task_type = _UnregistersTask


class _ReportsTask(Task[Any]):
    def schedule_callbacks(self) -> None:
        self.unretrieved = self.unretrieved or self.state is CANCELLED
        super().schedule_callbacks()


@fault(breaks="task-324")
class CancelledTasksAreReported(Loop):
    """A cancelled task that nobody awaited is reported like one that failed."""

    task_type = _ReportsTask
