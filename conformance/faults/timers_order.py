"""Loops that lose, repeat or reorder timers."""

from __future__ import annotations

import asyncio
import heapq
import math
from collections.abc import Callable
from contextvars import Context
from typing import Any

from loopcert.conformance.faults import fault
from loopcert.conformance.faults.timers import Setting
from loopcert.reference import Loop as ReferenceLoop

Callback = Callable[..., Any]


@fault(breaks="timers-26")
class OrderOfSetting(Setting):
    """No timer runs before one that was set earlier."""

    latest = 0.0

    def set_timer(self, when: float, callback: Callback, args: tuple[Any, ...], context: Context | None) -> Any:
        self.latest = max(when, self.latest)
        return super().set_timer(self.latest, callback, args, context)


@fault(breaks="timers-26", shows="hang")
class BehindTheFirst(OrderOfSetting):
    """No timer runs before the first one that was set."""

    def set_timer(self, when: float, callback: Callback, args: tuple[Any, ...], context: Context | None) -> Any:
        handle = super().set_timer(when, callback, args, context)
        self.latest = self.timers[0][0]
        return handle


@fault(breaks="timers-26")
class CoarseTicks(Setting):
    """Due times are rounded up to a tenth of a second, and within one the timer that was set last comes first."""

    number = 0

    def set_timer(self, when: float, callback: Callback, args: tuple[Any, ...], context: Context | None) -> Any:
        self.number += 1
        return super().set_timer(math.ceil(when * 10) / 10 - self.number * 1e-6, callback, args, context)


@fault(breaks="timers-26")
class LatestDueFirst(ReferenceLoop):
    """Of the timers that are due together the latest runs first."""

    def take_due_timers(self) -> None:
        before = len(self.ready)
        super().take_due_timers()
        due = [self.ready.pop() for _ in range(len(self.ready) - before)]
        self.ready.extend(due)


@fault(breaks="timers-26")
class ClearsAwayTheOrder(ReferenceLoop):
    """When many cancelled timers are cleared away, what is left is no heap any more."""

    def purge_timers(self) -> None:
        kept = [timer for timer in self.timers if not timer[2].is_cancelled]
        super().purge_timers()
        self.timers[:] = kept


@fault(breaks="timers-08")
class RepeatsOnTrue(Setting):
    """A timer whose callback returns True is set again, as in GLib."""

    def set_timer(self, when: float, callback: Callback, args: tuple[Any, ...], context: Context | None) -> Any:
        def run() -> None:
            if callback(*args) is True:
                self.set_timer(self.time(), callback, args, context)

        return super().set_timer(when, run, (), context)


@fault(breaks="timers-08")
class OneHundredAtMost(Setting):
    """There is room for a hundred timers, and no error when it is full."""

    def set_timer(self, when: float, callback: Callback, args: tuple[Any, ...], context: Context | None) -> Any:
        if len(self.timers) >= 100 and callback != self.stop:
            return asyncio.TimerHandle(when, callback, args, self, context)
        return super().set_timer(when, callback, args, context)


@fault(breaks="timers-08")
class MergesEqualTimers(Setting):
    """Two timers of one callback for one time are taken for one."""

    def set_timer(self, when: float, callback: Callback, args: tuple[Any, ...], context: Context | None) -> Any:
        self.known: dict[Any, Any] = getattr(self, "known", {})
        key = (when, callback)
        if key not in self.known:
            self.known[key] = super().set_timer(when, callback, args, context)
        return self.known[key]


@fault(breaks="timers-08")
class RunsAgain(Setting):
    """The timers of one run come up once more when the next one begins."""

    def set_timer(self, when: float, callback: Callback, args: tuple[Any, ...], context: Context | None) -> Any:
        def run() -> None:
            self.ran.append((callback, args))
            callback(*args)

        self.ran: list[Any] = getattr(self, "ran", [])
        return super().set_timer(when, run, (), context)

    def begin_run(self) -> None:
        for callback, args in getattr(self, "ran", []):
            self.call_soon(callback, *args)
        super().begin_run()


@fault(breaks="timers-08")
class ForgetsAtStop(ReferenceLoop):
    """The timers that are left when a run ends are dropped."""

    def end_run(self) -> None:
        self.timers.clear()
        super().end_run()


@fault(breaks="timers-08")
class LosesWhatIsDueAtStop(ReferenceLoop):
    """A due timer behind the callback that stops the loop is dropped."""

    def run_handle(self, handle: Any) -> None:
        if not (self.stopping and isinstance(handle, asyncio.TimerHandle)):
            super().run_handle(handle)


@fault(breaks="timers-08")
class LosesTheNextAfterAnError(ReferenceLoop):
    """A timer whose callback raises takes the next timer along."""

    def report_failed_handle(self, handle: Any, error: BaseException) -> None:
        if isinstance(handle, asyncio.TimerHandle) and len(self.timers) > 1:
            heapq.heappop(self.timers)
        super().report_failed_handle(handle, error)


@fault(breaks="timers-08")
class PurgesTooMuch(ReferenceLoop):
    """Clearing cancelled timers away clears the next pending one too."""

    def purge_timers(self) -> None:
        super().purge_timers()
        if len(self.timers) > 1:
            heapq.heappop(self.timers)


@fault(breaks="timers-08")
class CancelsAnother(ReferenceLoop):
    """Cancelling a timer that ran takes the next one out."""

    def _timer_handle_cancelled(self, handle: asyncio.TimerHandle) -> None:
        if all(timer[2] is not handle for timer in self.timers):
            heapq.heappop(self.timers)
        else:
            super()._timer_handle_cancelled(handle)


@fault(breaks="timers-08")
class TwiceFromATimer(Setting):
    """A timer set by a timer is set twice."""

    in_timer = False

    def run_handle(self, handle: Any) -> None:
        self.in_timer = isinstance(handle, asyncio.TimerHandle)
        super().run_handle(handle)
        self.in_timer = False

    def set_timer(self, when: float, callback: Callback, args: tuple[Any, ...], context: Context | None) -> Any:
        if self.in_timer:
            super().set_timer(when, callback, args, context)
        return super().set_timer(when, callback, args, context)


@fault(breaks="timers-32", shows="hang")
class TimersWhenIdle(ReferenceLoop):
    """Timers are looked at only when no callback is ready."""

    def take_due_timers(self) -> None:
        if not self.ready:
            super().take_due_timers()


@fault(breaks="timers-32", shows="hang")
class OverdueBeforeAll(TimersWhenIdle):
    """What is due at once counts as ready, and timers are looked at only when nothing is ready."""

    def call_later(self, delay: float, callback: Callback, *args: Any, context: Context | None = None) -> Any:
        if delay <= 0:
            return self.call_soon(callback, *args, context=context)
        return super().call_later(delay, callback, *args, context=context)
