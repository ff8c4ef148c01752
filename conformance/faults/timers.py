"""Loops that take, give back or hand on the wrong thing when a timer is set or cancelled."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextvars import Context
from typing import Any

from loopcert.conformance.faults import fault
from loopcert.reference import Loop as ReferenceLoop

Callback = Callable[..., Any]


class Setting(ReferenceLoop):
    """The reference, with one place for both ways to set a timer; a fault overrides it."""

    def set_timer(self, when: float, callback: Callback, args: tuple[Any, ...], context: Context | None) -> Any:
        """Set a timer for ``when`` on the loop's clock."""
        return ReferenceLoop.call_at(self, when, callback, *args, context=context)

    def call_later(self, delay: float, callback: Callback, *args: Any, context: Context | None = None) -> Any:
        """Set a timer by its delay."""
        return self.set_timer(self.time() + delay, callback, args, context)

    def call_at(self, when: float, callback: Callback, *args: Any, context: Context | None = None) -> Any:
        """Set a timer by its due time."""
        return self.set_timer(when, callback, args, context)


@fault(breaks="timers-03")
class OnlyFloats(Setting):
    """Delays and times that are ints are refused."""

    def call_later(self, delay: float, callback: Callback, *args: Any, context: Context | None = None) -> Any:
        if isinstance(delay, int):
            raise TypeError("a float is required")
        return super().call_later(delay, callback, *args, context=context)

    def call_at(self, when: float, callback: Callback, *args: Any, context: Context | None = None) -> Any:
        if isinstance(when, int):
            raise TypeError("a float is required")
        return super().call_at(when, callback, *args, context=context)


@fault(breaks="timers-03")
class LongOnesAreInts(Setting):
    """From a minute on, delays and times have to be ints."""

    def call_later(self, delay: float, callback: Callback, *args: Any, context: Context | None = None) -> Any:
        if delay > 60 and not isinstance(delay, int):
            raise TypeError("an int is required")
        return super().call_later(delay, callback, *args, context=context)

    def call_at(self, when: float, callback: Callback, *args: Any, context: Context | None = None) -> Any:
        if when > self.time() + 60 and not isinstance(when, int):
            raise TypeError("an int is required")
        return super().call_at(when, callback, *args, context=context)


class OwnTimer:
    """A handle that does all that a timer's handle does and is none."""

    def __init__(self, handle: asyncio.TimerHandle) -> None:
        self.cancel = handle.cancel
        self.cancelled = handle.cancelled
        self.when = handle.when


@fault(breaks="timers-07")
class OwnHandles(Setting):
    """Timers have handles of a class of their own."""

    def set_timer(self, when: float, callback: Callback, args: tuple[Any, ...], context: Context | None) -> Any:
        return OwnTimer(super().set_timer(when, callback, args, context))


@fault(breaks="timers-07")
class PlainHandlesWhenDue(Setting):
    """A timer that is due already is handed to call_soon(), and its handle has no when()."""

    def set_timer(self, when: float, callback: Callback, args: tuple[Any, ...], context: Context | None) -> Any:
        if when <= self.time():
            return self.call_soon(callback, *args, context=context)
        return super().set_timer(when, callback, args, context)


@fault(breaks="timers-10", wide="asyncio.sleep() gives its timer two arguments")
class DropsArguments(Setting):
    """The callback of a timer gets its first argument only."""

    def set_timer(self, when: float, callback: Callback, args: tuple[Any, ...], context: Context | None) -> Any:
        return super().set_timer(when, callback, args[:1], context)


@fault(breaks="timers-10", wide="asyncio.sleep() gives its timer two arguments")
class PacksArguments(Setting):
    """The callback of a timer gets its arguments as one tuple."""

    def set_timer(self, when: float, callback: Callback, args: tuple[Any, ...], context: Context | None) -> Any:
        return super().set_timer(when, callback, (args,) if args else (), context)


@fault(breaks="timers-11")
class IgnoresContext(Setting):
    """The context given for a timer is dropped."""

    def set_timer(self, when: float, callback: Callback, args: tuple[Any, ...], context: Context | None) -> Any:
        return super().set_timer(when, callback, args, None)


@fault(breaks="timers-11")
class CopiesContext(Setting):
    """The callback of a timer runs in a copy of the context given."""

    def set_timer(self, when: float, callback: Callback, args: tuple[Any, ...], context: Context | None) -> Any:
        return super().set_timer(when, callback, args, context and context.copy())


@fault(breaks="timers-12")
class OneDayAtMost(Setting):
    """A timer more than a day ahead is refused."""

    def set_timer(self, when: float, callback: Callback, args: tuple[Any, ...], context: Context | None) -> Any:
        if when - self.time() > 86400:
            raise OverflowError("timeout too large")
        return super().set_timer(when, callback, args, context)


@fault(breaks="timers-12")
class PollsForOneDayAtMost(ReferenceLoop):
    """Waiting for a timer more than a day ahead fails."""

    def poll_timeout(self) -> float | None:
        if self.timers and self.timers[0][0] - self.time() > 86400:
            raise OverflowError("timeout too large")
        return super().poll_timeout()


@fault(breaks="timers-12")
class WrapsMilliseconds(Setting):
    """Delays are milliseconds in 32 bits and begin anew when these are full."""

    def set_timer(self, when: float, callback: Callback, args: tuple[Any, ...], context: Context | None) -> Any:
        milliseconds = (when - self.time()) * 1000
        wrapped = (milliseconds + 2**31) % 2**32 - 2**31
        return super().set_timer(self.time() + wrapped / 1000, callback, args, context)


@fault(breaks="timers-19")
class CannotCancel(Setting):
    """The handle that is returned cancels nothing."""

    def set_timer(self, when: float, callback: Callback, args: tuple[Any, ...], context: Context | None) -> Any:
        super().set_timer(when, callback, args, context)
        return asyncio.TimerHandle(when, callback, args, self, context)

    def _timer_handle_cancelled(self, handle: asyncio.TimerHandle) -> None:
        pass


@fault(breaks="timers-19")
class CannotCancelWhenDue(Setting):
    """A due timer goes through call_soon(), out of the reach of its handle."""

    def set_timer(self, when: float, callback: Callback, args: tuple[Any, ...], context: Context | None) -> Any:
        return super().set_timer(when, self.call_soon, (callback, *args), context)


@fault(breaks="timers-21")
class NegativeRefused(Setting):
    """A due time in the past is an error."""

    def set_timer(self, when: float, callback: Callback, args: tuple[Any, ...], context: Context | None) -> Any:
        if when < self.time():
            raise ValueError("a delay must not be negative")
        return super().set_timer(when, callback, args, context)


@fault(breaks="timers-21")
class OverdueForgotten(Setting):
    """A timer that is due already never enters the queue."""

    def set_timer(self, when: float, callback: Callback, args: tuple[Any, ...], context: Context | None) -> Any:
        if when <= self.time() and callback != self.stop:
            return asyncio.TimerHandle(when, callback, args, self, context)
        return super().set_timer(when, callback, args, context)


@fault(breaks="timers-27")
class PositionalContext(Setting):
    """A Context at the end of the arguments is taken for the context of the callback."""

    def set_timer(self, when: float, callback: Callback, args: tuple[Any, ...], context: Context | None) -> Any:
        if args and isinstance(args[-1], Context):
            args, context = args[:-1], args[-1]
        return super().set_timer(when, callback, args, context)


@fault(breaks="timers-28")
class RunsInside(Setting):
    """A timer that is due almost at once runs before the call that sets it returns."""

    def set_timer(self, when: float, callback: Callback, args: tuple[Any, ...], context: Context | None) -> Any:
        if when < self.time() + 0.0015 and callback != self.stop:
            time.sleep(max(0, when - self.time()))
            callback(*args)
            return asyncio.TimerHandle(when, callback, args, self, context)
        return super().set_timer(when, callback, args, context)


class Forgetful(asyncio.TimerHandle):
    """A handle that cancels its timer and does not know it."""

    real: asyncio.TimerHandle

    def cancel(self) -> None:
        """Cancel the timer."""
        self.real.cancel()

    def cancelled(self) -> bool:
        """Say no."""
        return False


@fault(breaks="timers-29")
class ForgetsCancelling(Setting):
    """cancelled() of a timer's handle is always False."""

    def set_timer(self, when: float, callback: Callback, args: tuple[Any, ...], context: Context | None) -> Any:
        handle = Forgetful(when, callback, args, self, context)
        handle.real = super().set_timer(when, callback, args, context)
        return handle


@fault(breaks="timers-29")
class CancelledByRunning(Setting):
    """The handle of a timer that ran says that it was cancelled."""

    def set_timer(self, when: float, callback: Callback, args: tuple[Any, ...], context: Context | None) -> Any:
        def run() -> None:
            handle.cancel()
            callback(*args)

        handle = super().set_timer(when, run, (), context)
        return handle


@fault(breaks="timers-31", shows="hang")
class LosesTimersOfThreads(Setting):
    """A timer that a callback from call_soon_threadsafe() sets is lost."""

    from_thread = False

    def call_soon_threadsafe(self, callback: Callback, *args: Any, context: Context | None = None) -> Any:
        def run() -> None:
            self.from_thread = True
            try:
                callback(*args)
            finally:
                self.from_thread = False

        return super().call_soon_threadsafe(run, context=context)

    def set_timer(self, when: float, callback: Callback, args: tuple[Any, ...], context: Context | None) -> Any:
        if self.from_thread:
            return asyncio.TimerHandle(when, callback, args, self, context)
        return super().set_timer(when, callback, args, context)
