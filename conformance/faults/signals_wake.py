"""Loops that sleep on at a signal, or that a signal disturbs at work."""

from __future__ import annotations

import signal
import threading
from types import FrameType
from typing import Any

from loopcert.conformance.faults import fault
from loopcert.reference import Loop as ReferenceLoop


class NoWakeupDescriptor(ReferenceLoop):
    """Does without signal.set_wakeup_fd()."""

    def __init__(self) -> None:
        super().__init__()
        self.wakeup.watch_signals = lambda: None  # type: ignore[method-assign]


@fault(breaks="signals-06", shows="hang")
class SleepsOn(NoWakeupDescriptor):
    """A signal puts the callback in the queue, and the poll goes on."""

    def signal_arrived(self, sig: int, _frame: FrameType | None) -> None:
        self.ready.append(self.signal_handles[sig])


@fault(breaks="signals-06", shows="hang")
class ReliesOnInterruption(NoWakeupDescriptor):
    """The loop is woken by its own system call being interrupted, which a signal to another thread does not do."""


@fault(breaks="signals-28", shows="hang")
class GivesUpAtSignals(ReferenceLoop):
    """What the kernel had ready when a signal came is dropped: the chunk just read, and the connection asked for."""

    interrupted = False

    def signal_arrived(self, sig: int, frame: FrameType | None) -> None:
        super().signal_arrived(sig, frame)
        self.interrupted = True

    def process_events(self, events: Any) -> None:
        if self.interrupted:
            events = [each for each in events if each[0].data is None]
        super().process_events(events)


@fault(breaks="signals-28")
class BreaksConnections(ReferenceLoop):
    """An interrupted system call is taken for a broken connection."""

    def signal_arrived(self, sig: int, frame: FrameType | None) -> None:
        super().signal_arrived(sig, frame)
        for transport in self.transports.values():
            if hasattr(transport, "abort"):
                transport.abort()


@fault(breaks="signals-28")
class RaisesInterruptedError(ReferenceLoop):
    """sock_recv() and sock_sendall() hand the interruption of a system call on to their caller."""

    interrupted = False

    def signal_arrived(self, sig: int, frame: FrameType | None) -> None:
        super().signal_arrived(sig, frame)
        self.interrupted = True

    async def sock_recv(self, sock: Any, nbytes: int) -> bytes:
        if self.interrupted:
            raise InterruptedError
        return await super().sock_recv(sock, nbytes)


@fault(breaks="signals-28")
class RefusesAfterSignals(ReferenceLoop):
    """connect() that a signal interrupts is not taken up again."""

    interrupted = False

    def signal_arrived(self, sig: int, frame: FrameType | None) -> None:
        super().signal_arrived(sig, frame)
        self.interrupted = True

    async def create_connection(self, *args: Any, **options: Any) -> Any:
        if self.interrupted:
            raise InterruptedError
        return await super().create_connection(*args, **options)


@fault(breaks="signals-29")
class TakesSignalsForTimeouts(ReferenceLoop):
    """A poll that a signal ended is taken for one whose time was up: the next timer fires."""

    def signal_arrived(self, sig: int, frame: FrameType | None) -> None:
        super().signal_arrived(sig, frame)
        if self.timers:
            when, number, handle = self.timers[0]
            self.timers[0] = (min(when, self.time()), number, handle)


@fault(breaks="signals-27", shows="hang")
class BlocksSignals(ReferenceLoop):
    """Signals are blocked while the loop polls."""

    def poll(self, timeout: float | None) -> Any:
        main = threading.current_thread() is threading.main_thread()
        before = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals() if main else ())
        try:
            return super().poll(timeout)
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
