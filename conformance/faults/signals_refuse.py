"""Loops that take what they should refuse, or refuse it the wrong way."""

from __future__ import annotations

import signal
import threading
from typing import Any

from loopcert.conformance.faults import fault
from loopcert.reference import Loop as ReferenceLoop
from loopcert.reference.handle import Handle


@fault(breaks="signals-04a")
class TakesAnyNumber(ReferenceLoop):
    """A number that is no signal is taken and never heard of again."""

    def check_signal(self, sig: int) -> None: ...

    def install_handler(self, sig: int) -> None:
        if sig in signal.valid_signals():
            super().install_handler(sig)


@fault(breaks="signals-04a")
class HandsErrorsOn(ReferenceLoop):
    """A number that is no signal gives whatever error the system call gives."""

    def check_signal(self, sig: int) -> None:
        if sig not in signal.valid_signals():
            raise OSError(22, "Invalid argument")


@fault(breaks="signals-08")
class RefusedAndNoted(ReferenceLoop):
    """A callback that was refused is noted all the same, and found by remove_signal_handler()."""

    def add_signal_handler(self, sig: int, callback: Any, *args: Any) -> None:
        try:
            super().add_signal_handler(sig, callback, *args)
        except (TypeError, RuntimeError):
            self.previous_handlers.setdefault(sig, signal.getsignal(sig))
            self.signal_handles.setdefault(sig, Handle(callback, args, self, None))
            raise


@fault(breaks="signals-04b")
class PretendsToCatch(ReferenceLoop):
    """A callback for SIGKILL is taken, and nothing is said."""

    def add_signal_handler(self, sig: int, callback: Any, *args: Any) -> None:
        if sig not in {signal.SIGKILL, signal.SIGSTOP}:
            super().add_signal_handler(sig, callback, *args)


@fault(breaks="signals-05")
class ErrorOfTheModule(ReferenceLoop):
    """Outside the main thread it is the ValueError of signal.signal() that comes out."""

    def check_main_thread(self) -> None:
        if threading.current_thread() is not threading.main_thread():
            raise ValueError("signal only works in main thread")


@fault(breaks="signals-05")
class ForgetsTheThread(ReferenceLoop):
    """Outside the main thread nothing is set up, and nothing is said."""

    def check_main_thread(self) -> None: ...

    def set_disposition(self, sig: int, handler: Any) -> None:
        if threading.current_thread() is threading.main_thread():
            super().set_disposition(sig, handler)


@fault(breaks="signals-32")
class RemovesBeforeItLooks(ReferenceLoop):
    """A refused callback leaves the signal with its default action."""

    def add_signal_handler(self, sig: int, callback: Any, *args: Any) -> None:
        try:
            super().add_signal_handler(sig, callback, *args)
        except Exception:
            self.call_soon_threadsafe(signal.signal, sig, signal.SIG_DFL)
            raise


@fault(breaks="signals-32", shows="hang")
class LosesTheCallback(ReferenceLoop):
    """A refused callback takes the earlier one with it."""

    def add_signal_handler(self, sig: int, callback: Any, *args: Any) -> None:
        try:
            super().add_signal_handler(sig, callback, *args)
        except Exception:
            self.signal_handles.pop(sig, None)
            raise


@fault(breaks="signals-33")
class TakesCallbacksWhenClosed(ReferenceLoop):
    """A closed loop takes a callback and says nothing."""

    def add_signal_handler(self, sig: int, callback: Any, *args: Any) -> None:
        if not self.closed:
            super().add_signal_handler(sig, callback, *args)


@fault(breaks="signals-07")
class TakesCoroutines(ReferenceLoop):
    """A coroutine is taken for a callback, and calling it does nothing."""

    def check_callback(self, callback: Any, method: str) -> None:
        if method != "add_signal_handler":
            super().check_callback(callback, method)


@fault(breaks="signals-12")
class RemovesAnyNumber(ReferenceLoop):
    """remove_signal_handler() says False to a number that is no signal."""

    def remove_signal_handler(self, sig: int) -> bool:
        return sig in self.signal_handles and super().remove_signal_handler(sig)


@fault(breaks="signals-12")
class RemovesTheUncatchable(ReferenceLoop):
    """remove_signal_handler() says True to SIGKILL."""

    def remove_signal_handler(self, sig: int) -> bool:
        return super().remove_signal_handler(sig) or sig in {signal.SIGKILL, signal.SIGSTOP}
