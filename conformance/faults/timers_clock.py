"""Loops whose clock is wrong, or whose timers do not follow it."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextvars import Context
from typing import Any

from loopcert.conformance.faults import fault
from loopcert.conformance.faults.timers import Setting
from loopcert.reference import Loop as ReferenceLoop

Callback = Callable[..., Any]


@fault(breaks="timers-01", wide="a clock of whole seconds makes every timer late")
class WholeSeconds(ReferenceLoop):
    """loop.time() is an int."""

    def time(self) -> float:
        return int(super().time())


@fault(breaks="timers-02")
class Trembles(ReferenceLoop):
    """Every other reading of the clock is a little behind."""

    readings = 0

    def time(self) -> float:
        self.readings += 1
        return super().time() - 0.0005 * (self.readings % 2)


@fault(breaks="timers-02")
class SetBack(ReferenceLoop):
    """The clock is set back by 30 ms whenever a timer comes up, as a wall clock may be."""

    behind = 0.0

    def time(self) -> float:
        return super().time() - self.behind

    def take_due_timers(self) -> None:
        before = len(self.timers)
        super().take_due_timers()
        self.behind += 0.03 * (len(self.timers) < before)


@fault(breaks="timers-05")
class TenthOfTheDelay(ReferenceLoop):
    """A delay is cut to a tenth."""

    def call_later(self, delay: float, callback: Callback, *args: Any, context: Context | None = None) -> Any:
        return self.call_at(self.time() + delay / 10, callback, *args, context=context)


@fault(breaks="timers-05")
class NoDelay(ReferenceLoop):
    """A delay of more than a second is taken for none, as after an overflow."""

    def call_later(self, delay: float, callback: Callback, *args: Any, context: Context | None = None) -> Any:
        return super().call_later(delay if delay < 1 else 0, callback, *args, context=context)


@fault(breaks="timers-05")
class ReckonsFromTheIteration(ReferenceLoop):
    """A delay counts from the beginning of the iteration in which it was asked for."""

    present = 0.0

    def run_once(self) -> None:
        super().run_once()
        self.present = self.time()

    def run_ready(self) -> None:
        self.present = self.time()
        super().run_ready()

    def call_later(self, delay: float, callback: Callback, *args: Any, context: Context | None = None) -> Any:
        return self.call_at((self.present or self.time()) + delay, callback, *args, context=context)


@fault(breaks="timers-05")
class HurriedByThreads(ReferenceLoop):
    """Being woken by a thread is taken for the end of the wait for a timer."""

    hurried = False

    def woken(self, data: bytes) -> None:
        self.hurried = True
        super().woken(data)

    def time(self) -> float:
        return super().time() + 3600 * self.hurried

    def take_due_timers(self) -> None:
        super().take_due_timers()
        self.hurried = False


@fault(breaks="timers-06")
class AlmostDue(Setting):
    """A timer runs 12 ms early."""

    def set_timer(self, when: float, callback: Callback, args: tuple[Any, ...], context: Context | None) -> Any:
        return super().set_timer(when - 0.012, callback, args, context)


@fault(breaks="timers-06")
class EarlyWhileAwake(ReferenceLoop):
    """A poll that waits ends in time, but whatever comes up within 12 ms counts as due."""

    def take_due_timers(self) -> None:
        self.clock_resolution = 0.012
        super().take_due_timers()


class OwnCallAt(ReferenceLoop):
    """The reference, with a call_at() that a fault may break without breaking call_later()."""

    def call_later(self, delay: float, callback: Callback, *args: Any, context: Context | None = None) -> Any:
        return ReferenceLoop.call_at(self, self.time() + delay, callback, *args, context=context)


@fault(breaks="timers-13")
class WallClock(OwnCallAt):
    """call_at() takes its time for one on the clock of the day."""

    def call_at(self, when: float, callback: Callback, *args: Any, context: Context | None = None) -> Any:
        return super().call_at(when - time.time() + self.time(), callback, *args, context=context)


@fault(breaks="timers-13")
class RelativeToTheLastReading(OwnCallAt):
    """call_at() makes a delay of its time by the clock of the last timer that was set."""

    reading = 0.0

    def call_at(self, when: float, callback: Callback, *args: Any, context: Context | None = None) -> Any:
        self.reading = self.reading or self.time()
        return super().call_at(self.time() + when - self.reading, callback, *args, context=context)


@fault(breaks="timers-14")
class TwiceTheDelay(ReferenceLoop):
    """call_later() doubles the delay."""

    def call_later(self, delay: float, callback: Callback, *args: Any, context: Context | None = None) -> Any:
        return self.call_at(self.time() + delay * 2, callback, *args, context=context)


@fault(breaks="timers-14")
class NoTimeForNoDelay(ReferenceLoop):
    """With no delay the due time is the beginning of time."""

    def call_later(self, delay: float, callback: Callback, *args: Any, context: Context | None = None) -> Any:
        return self.call_at(self.time() + delay if delay else 0.0, callback, *args, context=context)


@fault(breaks="timers-15b")
class TenMillisecondsMore(OwnCallAt):
    """call_at() adds 10 ms to be safe."""

    def call_at(self, when: float, callback: Callback, *args: Any, context: Context | None = None) -> Any:
        return super().call_at(when + 0.01, callback, *args, context=context)


@fault(breaks="timers-25", wide="whoever waits inside a callback for the clock waits for ever")
class StandsStill(ReferenceLoop):
    """The clock is read once an iteration."""

    present = 0.0

    def time(self) -> float:
        return self.present or super().time()

    def run_once(self) -> None:
        self.present = super().time()
        super().run_once()

    def take_due_timers(self) -> None:
        self.present = super().time()
        super().take_due_timers()


@fault(breaks="timers-30")
class SlowClock(ReferenceLoop):
    """The clock counts in units of four seconds."""

    def time(self) -> float:
        return super().time() / 4
