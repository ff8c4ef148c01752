"""Loops that call the callback of a signal at the wrong time, in the wrong place or with the wrong arguments."""

from __future__ import annotations

import signal
import threading
from contextvars import copy_context
from functools import partial
from types import FrameType, FunctionType
from typing import Any

from loopcert.conformance.faults import fault
from loopcert.reference import Loop as ReferenceLoop


@fault(breaks="signals-01a")
class CallsInTheHandler(ReferenceLoop):
    """The callback is called by the signal handler, in the middle of whatever runs."""

    def signal_arrived(self, sig: int, _frame: FrameType | None) -> None:
        self.run_handle(self.signal_handles[sig])


@fault(breaks="signals-01a")
class CallsInAThread(ReferenceLoop):
    """The callback is called in a thread of its own."""

    def signal_arrived(self, sig: int, _frame: FrameType | None) -> None:
        handle = self.signal_handles[sig]
        threading.Thread(target=lambda: copy_context().run(self.run_handle, handle)).start()


@fault(breaks="signals-01b", shows="hang")
class CallsFromOutside(ReferenceLoop):
    """The callback is called while the loop sleeps, by another thread, and nothing that it schedules ends the sleep."""

    def signal_arrived(self, sig: int, _frame: FrameType | None) -> None:
        threading.Timer(0.01, self.run_handle, [self.signal_handles[sig]]).start()


@fault(breaks="signals-02")
class CopiesArguments(ReferenceLoop):
    """The callback gets other objects than those that were handed in."""

    def add_signal_handler(self, sig: int, callback: Any, *args: Any) -> None:
        super().add_signal_handler(sig, callback, *map(repr, args))


@fault(breaks="signals-02")
class TellsTheSignal(ReferenceLoop):
    """The callback gets the number of the signal first, as a handler of signal.signal() does."""

    def add_signal_handler(self, sig: int, callback: Any, *args: Any) -> None:
        super().add_signal_handler(sig, lambda: callback(sig, *args))


@fault(breaks="signals-15")
class TakesPartialsApart(ReferenceLoop):
    """A partial is called with its positional arguments alone."""

    def add_signal_handler(self, sig: int, callback: Any, *args: Any) -> None:
        if isinstance(callback, partial):
            args = (*callback.args, *args)
            callback = partial(callback.func, **dict.fromkeys(callback.keywords))
        super().add_signal_handler(sig, callback, *args)


@fault(breaks="signals-15", shows="hang")
class WantsPlainFunctions(ReferenceLoop):
    """Methods, lambdas and objects that can be called are taken for something else, and never called."""

    def add_signal_handler(self, sig: int, callback: Any, *args: Any) -> None:
        plain = isinstance(callback, FunctionType) and callback.__name__ != "<lambda>"
        super().add_signal_handler(sig, callback if plain else int, *args if plain else ())


@fault(breaks="signals-16", shows="hang")
class CallsOnce(ReferenceLoop):
    """Only the first signal calls the callback, as where a handler has to be set again each time."""

    def signal_arrived(self, sig: int, frame: FrameType | None) -> None:
        super().signal_arrived(sig, frame)
        signal.signal(sig, signal.SIG_IGN)


@fault(breaks="signals-16")
class CallsTwice(ReferenceLoop):
    """A signal is noticed by the handler and by the wake-up, and the callback is called for both."""

    def signal_arrived(self, sig: int, frame: FrameType | None) -> None:
        super().signal_arrived(sig, frame)
        super().signal_arrived(sig, frame)


@fault(breaks="signals-17", shows="hang")
class RemembersOneSignal(ReferenceLoop):
    """Of several signals that arrive before the loop has looked only the last one counts."""

    pending = 0

    def signal_arrived(self, sig: int, _frame: FrameType | None) -> None:
        self.pending = sig
        self.wake()

    def woken(self, data: bytes) -> None:
        if self.pending in self.signal_handles:
            self.ready.append(self.signal_handles[self.pending])
        self.pending = 0


@fault(breaks="signals-17")
class OneCallbackForAll(ReferenceLoop):
    """There is one callback for all signals: the last one that was added."""

    def signal_arrived(self, sig: int, _frame: FrameType | None) -> None:
        super().signal_arrived(max(self.signal_handles, key=list(self.signal_handles).index), _frame)


@fault(breaks="signals-17")
class KnowsFewSignals(ReferenceLoop):
    """Only the signals that end a program can be handled."""

    def check_signal(self, sig: int) -> None:
        super().check_signal(sig)
        if sig not in {signal.SIGHUP, signal.SIGTERM}:
            raise ValueError(f"signal {sig} is not for loops")


@fault(breaks="signals-17")
class KeepsSomeForItself(ReferenceLoop):
    """The signals that end a program belong to the loop, which refuses them."""

    def check_signal(self, sig: int) -> None:
        super().check_signal(sig)
        if sig in {signal.SIGHUP, signal.SIGTERM}:
            raise RuntimeError(f"signal {sig} belongs to the loop")


@fault(breaks="signals-18", shows="hang")
class DeafOutsideARun(ReferenceLoop):
    """A signal that comes while the loop does not run is dropped."""

    def signal_arrived(self, sig: int, frame: FrameType | None) -> None:
        if self.is_running():
            super().signal_arrived(sig, frame)


@fault(breaks="signals-18", shows="hang")
class WaitsForTheNextSignal(ReferenceLoop):
    """A signal from outside a run is remembered, but served together with the next one only."""

    def __init__(self) -> None:
        super().__init__()
        self.missed: list[int] = []

    def signal_arrived(self, sig: int, frame: FrameType | None) -> None:
        if not self.is_running():
            self.missed.append(sig)
            return
        for each in (*self.missed, sig):
            super().signal_arrived(each, frame)
        self.missed.clear()


@fault(breaks="signals-20", shows="hang")
class FixedAtTheFirstRun(ReferenceLoop):
    """Handlers count only if they were added before the first run."""

    begun = False

    def begin_run(self) -> None:
        super().begin_run()
        self.begun = True

    def install_handler(self, sig: int) -> None:
        if not self.begun:
            super().install_handler(sig)


@fault(breaks="signals-20", shows="hang")
class OnlyDuringARun(ReferenceLoop):
    """Handlers that were added before the loop runs are forgotten when it starts."""

    def begin_run(self) -> None:
        super().begin_run()
        self.signal_handles.clear()


@fault(breaks="signals-23")
class SharesTheContext(ReferenceLoop):
    """The callback is called in the context of whoever runs the loop."""

    def signal_arrived(self, sig: int, _frame: FrameType | None) -> None:
        handle = self.signal_handles[sig]
        self.call_soon_threadsafe(handle.callback, *handle.args or ())  # type: ignore[arg-type]


@fault(breaks="signals-23")
class SharesTheCallersContext(ReferenceLoop):
    """The callback is called in the caller's context itself: what is set there afterwards is seen."""

    def add_signal_handler(self, sig: int, callback: Any, *args: Any) -> None:
        super().add_signal_handler(sig, callback, *args)
        flavours = [each for each in copy_context() if each.name == "FLAVOUR"]
        self.signal_handles[sig].context.run(lambda: [each.set("after the call") for each in flavours])
