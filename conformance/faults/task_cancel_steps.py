"""Faults in the steps of a task around a cancellation."""

from __future__ import annotations

import asyncio
import inspect
from asyncio import CancelledError
from typing import Any

from loopcert.conformance.faults import fault
from loopcert.reference import Loop, Task
from loopcert.reference.future import CANCELLED, FINISHED
from loopcert.reference.private import swap_current_task


class _ContextOfTheCallerTask(Task[Any]):
    def cancel(self, msg: Any | None = None) -> bool:
        if self.done() or asyncio.current_task(self.loop) is self:
            return super().cancel(msg)
        if self.waiter is not None:
            self.waiter.remove_done_callback(self.wakeup)
        self.cancel_requests += 1
        self.loop.call_soon(self.throw, CancelledError() if msg is None else CancelledError(msg))
        return True

    def throw(self, error: CancelledError) -> None:
        if not self.done():
            self.step(error)


@fault(breaks="task-333")
class CancelRunsInTheCallersContext(Loop):
    """The error rises in the context of whoever called cancel()."""

    task_type = _ContextOfTheCallerTask


class _NobodyTask(Task[Any]):
    def advance(self, error: BaseException | None) -> None:
        if not self.cancel_requests:
            super().advance(error)
            return
        swap_current_task(self.loop, None)
        try:
            super().advance(error)
        finally:
            swap_current_task(self.loop, self)


@fault(breaks="task-334")
class CancelledTasksAreNobody(Loop):
    """current_task() is None during the steps of a task that was asked to cancel."""

    task_type = _NobodyTask


class _LeftOpenTask(Task[Any]):
    def step(self, error: BaseException | None = None) -> None:
        if self.must_cancel and inspect.getcoroutinestate(self.get_coro()) == inspect.CORO_CREATED:
            self.ended()
            self.complete_cancelled(self.message)
        else:
            super().step(error)


@fault(breaks="task-335")
class CoroutineIsLeftOpen(Loop):
    """A task cancelled before it started ends cancelled and never touches its coroutine."""

    task_type = _LeftOpenTask


class _EagerTask(Task[Any]):
    eager = False

    def start_eagerly(self) -> None:
        super().start_eagerly()
        self.eager = True

    def cancel(self, msg: Any | None = None) -> bool:
        return super().cancel(None if self.eager else msg) or self.eager


@fault(breaks="task-336")
class EagerTasksAreCancelledDifferently(Loop):
    """cancel() of a task that started eagerly is always True and drops its msg."""

    task_type = _EagerTask


class _ReturnWinsTask(Task[Any]):
    def returned(self, value: Any) -> None:
        self.must_cancel = False
        super().returned(value)


@fault(breaks="task-79")
class ReturnWins(Loop):
    """A coroutine that returns with a cancel pending ends with its result."""

    task_type = _ReturnWinsTask


class _OnlyOnRequestTask(Task[Any]):
    def schedule_callbacks(self) -> None:
        if self.state is CANCELLED and not self.cancel_requests:
            self.state, self.error = FINISHED, self.cancel_error
        super().schedule_callbacks()


@fault(breaks="task-311")
class CancelledOnRequestOnly(Loop):
    """A CancelledError that nobody asked for makes a failed task."""

    task_type = _OnlyOnRequestTask


class _StaleWakeupTask(Task[Any]):
    def cancel(self, msg: Any | None = None) -> bool:
        if self.done():
            return False
        self.cancel_requests += 1
        self.loop.call_soon(self.throw, CancelledError() if msg is None else CancelledError(msg), context=self.context)
        return True

    def throw(self, error: CancelledError) -> None:
        if not self.done():
            self.step(error)


@fault(breaks="task-321")
class StaleWakeup(Loop):
    """cancel() schedules a step with the error, and the wakeup by the awaited future stays as well."""

    task_type = _StaleWakeupTask
