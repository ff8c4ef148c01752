"""Faults of timers and tasks that asyncio.timeout() stumbles over."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from contextvars import Context
from typing import Any

from loopcert.conformance.faults import fault
from loopcert.conformance.faults.task_cancel import CancelIsContagious
from loopcert.conformance.faults.task_groups import UncancelDoesNothing
from loopcert.conformance.faults.timers import Setting
from loopcert.conformance.faults.timers_order import OrderOfSetting, PurgesTooMuch
from loopcert.reference import Loop, Task

Callback = Callable[..., Any]


class TimersAtOnce(Setting):
    """Timers run on the next iteration."""

    def set_timer(self, when: float, callback: Callback, args: tuple[Any, ...], context: Context | None) -> Any:
        return super().set_timer(min(when, self.time()), callback, args, context)


@fault(breaks="taskgroup-16a", wide="no timer waits")
class TimeoutsExpireEarly(TimersAtOnce):
    """timeout() expires at once."""


@fault(breaks="taskgroup-20a", wide="no timer waits")
class DeadlinesAreEarly(TimersAtOnce):
    """A Timeout expires long before its deadline."""


@fault(breaks="taskgroup-24", wide="no timer waits")
class TimeoutAtExpiresEarly(TimersAtOnce):
    """timeout_at() expires long before its time."""


@fault(breaks="taskgroup-16a")
class TimeoutsReachOthers(CancelIsContagious):
    """The cancel of a timeout reaches every task of the loop."""


@fault(breaks="taskgroup-16a", shows="hang")
class OneTimerADeadline(Setting):
    """A timer for the very time of another one is taken for it."""

    def set_timer(self, when: float, callback: Callback, args: tuple[Any, ...], context: Context | None) -> Any:
        for due, _, handle in self.timers:
            if due == when:
                return handle
        return super().set_timer(when, callback, args, context)


@fault(breaks="taskgroup-16a", shows="hang")
class LeftBlocksTakeOthersAlong(PurgesTooMuch):
    """When the timers of blocks that were left are cleared away, that of a block that waits goes with them."""


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
