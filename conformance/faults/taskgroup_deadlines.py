"""Faults of timers and tasks that timeout blocks stumble over when their deadline moves or has become void."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextvars import Context
from typing import Any

from loopcert.conformance.faults import fault
from loopcert.conformance.faults._waiting import DeafToCallbacks
from loopcert.conformance.faults.taskgroup_cancel import UncancelsAllTask
from loopcert.conformance.faults.taskgroup_timeouts import TimersAtOnce
from loopcert.conformance.faults.timers import Setting
from loopcert.conformance.faults.timers_order import OrderOfSetting
from loopcert.reference import Loop

Callback = Callable[..., Any]


class CancelledTimersRun(Setting):
    """cancel() of a timer's handle has no effect."""

    def set_timer(self, when: float, callback: Callback, args: tuple[Any, ...], context: Context | None) -> Any:
        super().set_timer(when, callback, args, context)
        return asyncio.TimerHandle(when, callback, args, self, context)


@fault(breaks="taskgroup-22", wide="timers that were cancelled run")
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
class ExpiresTooSoon(TimersAtOnce):
    """A block expires although it is left long before its deadline."""


@fault(breaks="taskgroup-25")
class TimeoutsTakeAllBack(Loop):
    """A block that takes its cancel back takes back that from outside too."""

    task_type = UncancelsAllTask


@fault(breaks="taskgroup-31", wide="timers that were cancelled run")
class LeftBlocksExpire(CancelledTimersRun):
    """The timer of a block that was left runs all the same."""
