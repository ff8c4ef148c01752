"""Loops whose callbacks interrupt each other or run in threads of their own."""

from __future__ import annotations

import heapq
import select
import signal
import threading
from contextvars import Context
from typing import Any

from loopcert.conformance.faults import fault
from loopcert.reference import Loop as ReferenceLoop
from loopcert.reference.handle import Handle, TimerHandle


@fault(breaks="running-31", wide="a task begins inside the step of another")
class NestsCallbacks(ReferenceLoop):
    """What a callback schedules runs at once, inside it."""

    depth = 0

    def run_handle(self, handle: Handle) -> None:
        self.depth += 1
        try:
            super().run_handle(handle)
        finally:
            self.depth -= 1

    def call_soon(self, callback: Any, *args: Any, context: Context | None = None) -> Handle:
        handle = super().call_soon(callback, *args, context=context)
        if self.depth and threading.get_ident() == self.thread_id:
            self.ready.remove(handle)
            self.run_handle(handle)
        return handle


@fault(breaks="running-31")
class NestsTimers(ReferenceLoop):
    """A timer that is due when it is scheduled runs at once."""

    def call_at(self, when: float, callback: Any, *args: Any, context: Context | None = None) -> TimerHandle:
        due = when <= self.time()
        handle = super().call_at(when, callback, *args, context=context)
        if due and self.is_running():
            self.run_handle(handle)
            handle.cancel()
        return handle


@fault(breaks="running-31")
class TimersInterrupt(ReferenceLoop):
    """Whoever asks for the time has the timers that are due run before the answer."""

    serving = False

    def time(self) -> float:
        now = super().time()
        if self.is_running() and not self.serving:
            self.serving = True
            while self.timers and self.timers[0][0] <= now:
                handle = heapq.heappop(self.timers)[2]
                handle.in_heap = False
                self.run_handle(handle)
            self.serving = False
        return now


class TimersInThreads(ReferenceLoop):
    """Has timers wait and run in threads of their own."""

    def call_at(self, when: float, callback: Any, *args: Any, context: Context | None = None) -> TimerHandle:
        handle = super().call_at(when, self.wake, context=context)
        copy = Handle(callback, args, self, context)

        def fire() -> None:
            if not handle.is_cancelled:
                self.run_handle(copy)
                self.wake()

        timer = threading.Timer(max(0, when - self.time()), fire)
        timer.daemon = True
        timer.start()
        return handle


@fault(breaks="running-33", wide="every timer is moved and runs beside the loop")
class TimersRunElsewhere(TimersInThreads):
    """Timers run in threads of their own."""


@fault(breaks="running-32", wide="executors and futures of other threads come in by the same door")
class ThreadsInterrupt(ReferenceLoop):
    """call_soon_threadsafe runs the callback at once, in the thread that calls."""

    def call_soon_threadsafe(self, callback: Any, *args: Any, context: Context | None = None) -> Handle:
        self.check_closed()
        handle = Handle(callback, args, self, context)
        self.run_handle(handle)
        self.wake()
        return handle


@fault(breaks="running-32")
class PollsInsideCallbacks(ReferenceLoop):
    """Scheduling a callback is taken as an occasion to serve descriptors."""

    watchers: dict[int, Any]

    def add_reader(self, fd: Any, callback: Any, *args: Any) -> None:
        super().add_reader(fd, callback, *args)
        self.watchers = {fd.fileno(): callback}

    def add_writer(self, fd: Any, callback: Any, *args: Any) -> None:
        super().add_writer(fd, callback, *args)
        self.watchers = {fd.fileno(): callback}

    def call_soon(self, callback: Any, *args: Any, context: Context | None = None) -> Handle:
        handle = super().call_soon(callback, *args, context=context)
        watchers, self.watchers = getattr(self, "watchers", {}), {}
        for number, watcher in watchers.items():
            if any(select.select([number], [number], [], 0)):
                watcher()
        return handle


@fault(breaks="running-32")
class SignalsInterrupt(ReferenceLoop):
    """A signal callback runs where the interpreter delivers the signal."""

    def add_signal_handler(self, sig: int, callback: Any, *args: Any) -> None:
        signal.signal(sig, lambda _number, _frame: callback(*args))

    def remove_signal_handler(self, sig: int) -> bool:
        signal.signal(sig, signal.SIG_DFL)
        return True
