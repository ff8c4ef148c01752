"""Faults of cancel() in one state or another: not started, waiting, about to go on, eager."""

from __future__ import annotations

import asyncio
import inspect
from asyncio import CancelledError
from typing import Any

from loopcert.conformance.faults import fault
from loopcert.reference import Loop, Task
from loopcert.reference.future import CANCELLED, FINISHED


class _EndsFinishedTask(Task[Any]):
    def schedule_callbacks(self) -> None:
        if self.state is CANCELLED:
            self.state = FINISHED
        super().schedule_callbacks()


@fault(breaks="task-42")
class CancelledTasksAreFinished(Loop):
    """A task whose coroutine let CancelledError through ends with the result None."""

    task_type = _EndsFinishedTask


class _OnlyFuturesTask(Task[Any]):
    def cancel(self, msg: Any | None = None) -> bool:
        asked = super().cancel(msg)
        self.must_cancel = False
        return asked


@fault(breaks="task-42")
class OnlyWaitersAreCancelled(Loop):
    """cancel() reaches the awaited future, and nothing happens where there is none."""

    task_type = _OnlyFuturesTask


class _RepeatIsFalseTask(Task[Any]):
    def cancel(self, msg: Any | None = None) -> bool:
        repeated = self.cancel_requests > 0
        return super().cancel(msg) and not repeated


@fault(breaks="task-37b")
class RepeatedCancelIsFalse(Loop):
    """cancel() of a task that was asked before returns False."""

    task_type = _RepeatIsFalseTask


class _NoAnswerTask(Task[Any]):
    def cancel(self, msg: Any | None = None) -> bool:
        super().cancel(msg)
        return False


@fault(breaks="task-37b")
class CancelIsAlwaysFalse(Loop):
    """cancel() returns False whatever it did."""

    task_type = _NoAnswerTask


class _AtOnceTask(Task[Any]):
    def cancel(self, msg: Any | None = None) -> bool:
        if self.done() or asyncio.current_task() is not None:
            return super().cancel(msg)
        self.cancel_requests += 1
        self.step(CancelledError() if msg is None else CancelledError(msg))
        return True


@fault(breaks="task-38")
class CancelThrowsAtOnce(Loop):
    """cancel() called by a callback throws CancelledError into the coroutine before it returns."""

    task_type = _AtOnceTask


class _EntersFirstTask(Task[Any]):
    def advance(self, error: BaseException | None) -> None:
        if not self.must_cancel or inspect.getcoroutinestate(self.get_coro()) != inspect.CORO_CREATED:
            super().advance(error)
            return
        self.must_cancel = False
        super().advance(None)
        self.cancel(self.message)


@fault(breaks="task-301")
class CancelledBodyIsEntered(Loop):
    """A task cancelled before it started runs its first step, and is interrupted where it suspends."""

    task_type = _EntersFirstTask


class _TooLateTask(Task[Any]):
    def cancel(self, msg: Any | None = None) -> bool:
        if self.waiter is not None and self.waiter.done():
            self.cancel_requests += 1
            return True
        return super().cancel(msg)


@fault(breaks="task-302")
class CancelComesTooLate(Loop):
    """cancel() is lost once the awaited future is done."""

    task_type = _TooLateTask


class _LetsGoTask(Task[Any]):
    """Leaves the awaited object alone and only stops waiting for it."""

    def cancel(self, msg: Any | None = None) -> bool:
        if self.done() or self.waiter is None or not self.lets_go_of(self.waiter):
            return super().cancel(msg)
        if self.waiter.remove_done_callback(self.wakeup):
            self.loop.call_soon(self.step, context=self.context)
        self.cancel_requests += 1
        self.must_cancel, self.message = True, msg
        return True

    def lets_go_of(self, waiter: Any) -> bool:
        return not isinstance(waiter, asyncio.Task)


@fault(breaks="task-39")
class AwaitedFutureSurvives(Loop):
    """Cancelling a task leaves the future it awaits pending."""

    task_type = _LetsGoTask


class _LetsGoOfAllTask(_LetsGoTask):
    def lets_go_of(self, waiter: Any) -> bool:
        return not waiter.done()


@fault(breaks="task-69")
class ChainSurvives(Loop):
    """Cancelling a task cancels neither the tasks nor the futures it waits on."""

    task_type = _LetsGoOfAllTask


class _EagerIsDeafTask(Task[Any]):
    eager = False

    def start_eagerly(self) -> None:
        self.eager = True
        super().start_eagerly()
        self.eager = False

    def cancel(self, msg: Any | None = None) -> bool:
        return True if self.eager else super().cancel(msg)


@fault(breaks="task-314")
class EagerTasksAreDeaf(Loop):
    """cancel() during the eager first step is lost."""

    task_type = _EagerIsDeafTask
