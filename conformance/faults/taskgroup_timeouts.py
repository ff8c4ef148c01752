"""Faults of timers and tasks that asyncio.timeout() stumbles over."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from contextvars import Context
from typing import Any

from loopcert.conformance.faults import fault
from loopcert.conformance.faults._waiting import DeafToCallbacks
from loopcert.conformance.faults.task_cancel import CancelIsContagious
from loopcert.conformance.faults.task_groups import UncancelDoesNothing
from loopcert.conformance.faults.taskgroup_cancel import UncancelsAllTask
from loopcert.conformance.faults.timers import Setting
from loopcert.conformance.faults.timers_order import OrderOfSetting
from loopcert.reference import Loop, Task

Callback = Callable[..., Any]


class _AtOnce(Setting):
    """Timers run on the next iteration."""

    def set_timer(self, when: float, callback: Callback, args: tuple[Any, ...], context: Context | None) -> Any:
        return super().set_timer(min(when, self.time()), callback, args, context)


@fault(breaks="taskgroup-16a", wide="no timer waits")
class TimeoutsExpireEarly(_AtOnce):
    """timeout() expires at once."""


@fault(breaks="taskgroup-20a", wide="no timer waits")
class DeadlinesAreEarly(_AtOnce):
    """A Timeout expires long before its deadline."""


@fault(breaks="taskgroup-24", wide="no timer waits")
class TimeoutAtExpiresEarly(_AtOnce):
    """timeout_at() expires long before its time."""


@fault(breaks="taskgroup-16a")
class TimeoutsReachOthers(CancelIsContagious):
    """The cancel of a timeout reaches every task of the loop."""


@fault(breaks="taskgroup-16b")
class TimeoutsAreCancellations(UncancelDoesNothing):
    """A block cannot take its cancel back, and CancelledError leaves it."""


class _ImpatientTask(Task[Any]):
    def advance(self, error: BaseException | None) -> None:
        cancelled = isinstance(error, asyncio.CancelledError) and self.cancel_requests
        super().advance(TimeoutError() if cancelled else error)


@fault(breaks="taskgroup-18", wide="every cancellation that comes through a Future is a TimeoutError")
class CancelsAreTimeouts(Loop):
    """A task that is cancelled while it waits for a future gets TimeoutError."""

    task_type = _ImpatientTask


@fault(breaks="taskgroup-19", shows="hang")
class InnerTimersAreLate(OrderOfSetting):
    """The timer of an inner block does not run before that of the outer one."""


@fault(breaks="taskgroup-19", shows="hang")
class InnerTimersReplaceOuter(Setting):
    """There is one timer: whoever sets one takes the place of the last."""

    last: Any = None

    def set_timer(self, when: float, callback: Callback, args: tuple[Any, ...], context: Context | None) -> Any:
        if self.last is not None:
            self.last.cancel()
        self.last = super().set_timer(when, callback, args, context)
        return self.last


@fault(breaks="taskgroup-19")
class NestedTimeoutsAreCancellations(UncancelDoesNothing):
    """Of two blocks that expire together neither can take its cancel back."""


@fault(breaks="taskgroup-20b")
class TasksComeFirst(Loop):
    """Callbacks wait as long as there is a task that can go on."""

    def run_ready(self) -> None:
        steps = [handle for handle in self.ready if isinstance(getattr(handle.callback, "__self__", None), Task)]
        if not steps:
            super().run_ready()
            return
        others = [handle for handle in self.ready if handle not in steps]
        self.ready = deque(steps)
        super().run_ready()
        self.ready.extendleft(reversed(others))


class CancelledTimersRun(Setting):
    """cancel() of a timer's handle has no effect."""

    def set_timer(self, when: float, callback: Callback, args: tuple[Any, ...], context: Context | None) -> Any:
        super().set_timer(when, callback, args, context)
        return asyncio.TimerHandle(when, callback, args, self, context)


@fault(breaks="taskgroup-22")
class OldDeadlinesStay(CancelledTimersRun):
    """A deadline that was moved or lifted comes all the same."""


@fault(breaks="taskgroup-22", shows="hang")
class NewDeadlinesAreLate(OrderOfSetting):
    """A deadline that was advanced does not come before the old one."""


@fault(breaks="taskgroup-22", wide="no callback can cancel a Task")
class RescheduledInVain(DeafToCallbacks):
    """The callback of a timeout cannot cancel the task."""


@fault(breaks="taskgroup-23", wide="no callback can cancel a Task")
class ExpiresInVain(DeafToCallbacks):
    """The callback of a timeout cannot cancel the task, whose block is never left."""


@fault(breaks="taskgroup-23", wide="no timer waits")
class ExpiresTooSoon(_AtOnce):
    """A block expires although it is left long before its deadline."""


class _UncancelsAll(Loop):
    task_type = UncancelsAllTask


@fault(breaks="taskgroup-25")
class TimeoutsTakeAllBack(_UncancelsAll):
    """A block that takes its cancel back takes back that from outside too."""


@fault(breaks="taskgroup-31")
class LeftBlocksExpire(CancelledTimersRun):
    """The timer of a block that was left runs all the same."""
