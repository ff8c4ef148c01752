"""Broken waiting, of which the faults of locks, queues and task groups are made: none of these is a fault by itself."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Generator
from contextvars import Context
from typing import Any

from loopcert.conformance.faults.future_await import AwaitDoesNotWait
from loopcert.conformance.faults.running_primitives import LosesWakeups, SharesFutures
from loopcert.conformance.faults.timers import Setting
from loopcert.reference import Future, Loop, Task

__all__ = [
    "AwaitDoesNotWait",
    "CancelledFuturesDeny",
    "DeafToCallbacks",
    "DeafToItself",
    "DeafToTasks",
    "LosesLaterWakeups",
    "LosesWakeups",
    "NoTimers",
    "RecyclesFutures",
    "SharesFutures",
    "WaitsOnce",
]


class RecyclesFutures(Loop):
    """Gives a future that was used again to the next who asks for one, with the outcome that it had."""

    used: asyncio.Future[Any] | None = None

    def create_future(self) -> asyncio.Future[Any]:
        if self.used is None or not self.used.done():
            self.used = super().create_future()
        return self.used


class _WaitsOnceTask(Task[Any]):
    waits = 0


class _WaitsOnceFuture(Future[Any]):
    def __await__(self) -> Generator[Any, None, Any]:
        task = asyncio.current_task()
        if self.done() or not isinstance(task, _WaitsOnceTask):
            return (yield from super().__await__())
        task.waits += 1
        if task.waits > 1:
            return None
        return (yield from super().__await__())


class WaitsOnce(Loop):
    """A task that waited for a future does not wait for another one: the await gives None at once."""

    future_type = _WaitsOnceFuture
    task_type = _WaitsOnceTask


class _TiredTask(Task[Any]):
    woken = 0

    def wakeup(self, future: Any) -> None:
        self.woken += 1
        if self.woken <= 1:
            super().wakeup(future)


class LosesLaterWakeups(Loop):
    """A task is woken by the first future that it waits for, and by none after it."""

    task_type = _TiredTask


class _DenyingFuture(Future[Any]):
    def cancelled(self) -> bool:
        return False


class CancelledFuturesDeny(Loop):
    """cancelled() of a future is False, whatever became of it."""

    future_type = _DenyingFuture


class _DeafToCallbacksTask(Task[Any]):
    def cancel(self, msg: Any | None = None) -> bool:
        if asyncio.current_task(self.loop) is None and not self.done():
            return True
        return super().cancel(msg)


class DeafToCallbacks(Loop):
    """cancel() of a task does nothing where no task calls it, but a callback or code outside the loop."""

    task_type = _DeafToCallbacksTask


class _DeafToTasksTask(Task[Any]):
    def cancel(self, msg: Any | None = None) -> bool:
        if asyncio.current_task(self.loop) not in (None, self) and not self.done():
            return True
        return super().cancel(msg)


class DeafToTasks(Loop):
    """cancel() of a task does nothing where another task calls it."""

    task_type = _DeafToTasksTask


class _DeafToItselfTask(Task[Any]):
    def cancel(self, msg: Any | None = None) -> bool:
        return True if asyncio.current_task(self.loop) is self else super().cancel(msg)


class DeafToItself(Loop):
    """cancel() of a task does nothing where the task itself calls it."""

    task_type = _DeafToItselfTask


class NoTimers(Setting):
    """Gives a handle to whoever sets a timer, and no timer."""

    def set_timer(
        self, when: float, callback: Callable[..., Any], args: tuple[Any, ...], context: Context | None
    ) -> Any:
        return asyncio.TimerHandle(when, callback, args, self, context)
