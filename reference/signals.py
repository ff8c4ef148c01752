"""Unix signals: a callback of the loop for a signal of the process."""

import os
import selectors
import signal
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any

from .handle import Call, Handle, Ts
from .scheduler import Scheduler

# What signal.getsignal() gives: a handler, SIG_DFL or SIG_IGN, or None for one that Python did not install
Disposition = Callable[[int, FrameType | None], Any] | int | None

UNCATCHABLE = frozenset(getattr(signal, name) for name in ("SIGKILL", "SIGSTOP") if hasattr(signal, name))


class Signals(Scheduler):
    """The part of a loop that turns signals into callbacks.

    The interpreter runs signal handlers in the main thread, between any two instructions. Ours only puts a handle in
    the queue and wakes the loop, in whatever thread that one runs.
    """

    has_signals = os.name == "posix"

    def __init__(self, selector: selectors.BaseSelector | None = None) -> None:
        super().__init__(selector)
        self.signal_handles: dict[int, Handle] = {}
        self.previous_handlers: dict[int, Disposition] = {}
        # asyncio.Runner has a handler of its own there during a run, and takes it away only if it still finds it: so
        # what stands there when ours is installed may be what must not come back.
        self.first_interrupt_handler: Disposition = signal.getsignal(signal.SIGINT)

    def add_signal_handler(self, sig: int, callback: Call[*Ts], *args: *Ts) -> None:
        """Have the loop call `callback(*args)` at every signal `sig`, in place of whatever did (signals-01a to 07).

        Raises:
            ValueError: there is no such signal, or none can catch it.
            RuntimeError: the caller is not in the main thread, or the loop is closed.
            TypeError: `callback` is a coroutine or a coroutine function.
        """
        self.check_signal(sig)
        if sig in UNCATCHABLE:
            raise ValueError(f"signal {sig} cannot be caught")
        self.check_callback(callback, "add_signal_handler")
        self.check_closed()
        self.check_main_thread()
        handle = Handle(callback, args, self, None)
        old = self.signal_handles.get(sig)
        if old is None:
            self.install_handler(sig)
        else:
            old.cancel()
        self.signal_handles[sig] = handle

    def remove_signal_handler(self, sig: int) -> bool:
        """Bring the default behaviour of `sig` back; tell whether there was a handler (signals-08, 09, 12).

        Raises:
            ValueError: there is no such signal.
        """
        self.check_signal(sig)
        handle = self.signal_handles.get(sig)
        if handle is None:
            return False
        self.set_disposition(sig, signal.default_int_handler if sig == signal.SIGINT else signal.SIG_DFL)
        del self.signal_handles[sig], self.previous_handlers[sig]
        handle.cancel()
        return True

    def check_signal(self, sig: int) -> None:
        """Refuse what is no signal of this platform (signals-04a, 10, 12)."""
        if not self.has_signals:
            raise NotImplementedError("this platform has no signals that a loop could handle")
        if sig not in signal.valid_signals():
            raise ValueError(f"there is no signal {sig}")

    def check_main_thread(self) -> None:
        """Refuse other threads: the interpreter lets them set no handlers (signals-05)."""
        if threading.current_thread() is not threading.main_thread():
            raise RuntimeError("signal handlers can be set in the main thread only")

    def install_handler(self, sig: int) -> None:
        """Take a signal over, and remember who had it."""
        previous = self.first_interrupt_handler if sig == signal.SIGINT else signal.getsignal(sig)
        self.set_disposition(sig, self.signal_arrived)
        self.previous_handlers[sig] = previous

    def set_disposition(self, sig: int, handler: Disposition) -> None:
        """Tell the interpreter what a signal is to do (signals-09, 19)."""
        self.check_main_thread()
        try:
            signal.signal(sig, handler)
        except (ValueError, OSError) as error:
            raise RuntimeError(f"the handler of signal {sig} cannot be set: {error}") from error

    def signal_arrived(self, sig: int, _frame: FrameType | None) -> None:
        """Put the callback of a signal in the queue; the interpreter calls this (signals-01a, 06)."""
        handle = self.signal_handles.get(sig)
        if handle is not None:
            self.ready.append(handle)
            self.wake()

    def close_signals(self) -> None:
        """Give every signal that is still ours back to whoever had it (signals-13, running-45)."""
        if threading.current_thread() is threading.main_thread():
            for sig, previous in self.previous_handlers.items():
                if previous is not None and signal.getsignal(sig) == self.signal_arrived:
                    signal.signal(sig, previous)
        self.signal_handles.clear()
        self.previous_handlers.clear()
