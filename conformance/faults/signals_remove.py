"""Loops that get adding twice, removing and closing wrong, or get into the way of each other."""

from __future__ import annotations

import signal
from types import FrameType
from typing import Any, ClassVar

from loopcert.conformance.faults import fault
from loopcert.reference import Loop as ReferenceLoop


@fault(breaks="signals-03", shows="hang")
class KeepsTheFirst(ReferenceLoop):
    """A second callback for a signal is ignored."""

    def add_signal_handler(self, sig: int, callback: Any, *args: Any) -> None:
        if sig not in self.signal_handles:
            super().add_signal_handler(sig, callback, *args)


@fault(breaks="signals-03")
class CallsAll(ReferenceLoop):
    """A second callback for a signal is called after the first, not in its place."""

    def add_signal_handler(self, sig: int, callback: Any, *args: Any) -> None:
        old = self.signal_handles.get(sig)
        before = (old.callback, old.args) if old is not None else None

        def both() -> None:
            if before is not None and before[0] is not None:
                before[0](*before[1] or ())
            callback(*args)

        super().add_signal_handler(sig, both)


@fault(breaks="signals-19")
class CallsTheProgramToo(ReferenceLoop):
    """A handler that signal.signal() had set is executed as well, and SIGINT raises KeyboardInterrupt as ever."""

    def signal_arrived(self, sig: int, frame: FrameType | None) -> None:
        super().signal_arrived(sig, frame)
        previous = self.previous_handlers[sig]
        if callable(previous):
            previous(sig, frame)


@fault(breaks="signals-08")
class SaysNothing(ReferenceLoop):
    """remove_signal_handler() returns None."""

    def remove_signal_handler(self, sig: int) -> bool:
        super().remove_signal_handler(sig)
        return None  # type: ignore[return-value]


@fault(breaks="signals-08")
class AlwaysSaysTrue(ReferenceLoop):
    """remove_signal_handler() says that it removed something where there was nothing."""

    def remove_signal_handler(self, sig: int) -> bool:
        return super().remove_signal_handler(sig) or True


@fault(breaks="signals-08")
class RemovesDuringARunOnly(ReferenceLoop):
    """While the loop does not run there is nothing to remove for it."""

    def remove_signal_handler(self, sig: int) -> bool:
        return self.is_running() and super().remove_signal_handler(sig)


@fault(breaks="signals-21")
class KeepsCalling(ReferenceLoop):
    """remove_signal_handler() says True and removes nothing."""

    def remove_signal_handler(self, sig: int) -> bool:
        self.check_signal(sig)
        return sig in self.signal_handles


@fault(breaks="signals-21", shows="hang")
class RemovesForEver(ReferenceLoop):
    """A signal whose callback was removed has none ever after."""

    def __init__(self) -> None:
        super().__init__()
        self.removed: set[int] = set()

    def remove_signal_handler(self, sig: int) -> bool:
        self.removed.add(sig)
        return super().remove_signal_handler(sig)

    def signal_arrived(self, sig: int, frame: FrameType | None) -> None:
        if sig not in self.removed:
            super().signal_arrived(sig, frame)


@fault(breaks="signals-21", shows="hang")
class RemovesAll(ReferenceLoop):
    """Removing one callback removes those of all signals."""

    def remove_signal_handler(self, sig: int) -> bool:
        had = super().remove_signal_handler(sig)
        self.signal_handles.clear()
        return had


@fault(breaks="signals-22")
class CallsWhatIsGone(ReferenceLoop):
    """What was in the queue when its callback was removed or replaced is called all the same."""

    def signal_arrived(self, sig: int, _frame: FrameType | None) -> None:
        handle = self.signal_handles[sig]
        if handle.callback is not None:
            self.call_soon_threadsafe(handle.callback, *handle.args or ())


class LeavesItsHandler(ReferenceLoop):
    """Leaves the handlers of the process as they are; a signal that has no callback is ignored."""

    def signal_arrived(self, sig: int, frame: FrameType | None) -> None:
        if sig in self.signal_handles:
            super().signal_arrived(sig, frame)


@fault(breaks="signals-09")
class IgnoresAfterRemoval(LeavesItsHandler):
    """A signal whose callback was removed is ignored from then on."""

    def remove_signal_handler(self, sig: int) -> bool:
        self.check_signal(sig)
        handle = self.signal_handles.pop(sig, None)
        if handle is not None:
            handle.cancel()
        return handle is not None


@fault(breaks="signals-34")
class ResetsWhatIsNotItsOwn(ReferenceLoop):
    """Removing a callback that is not there sets the signal to its default action."""

    def remove_signal_handler(self, sig: int) -> bool:
        self.check_signal(sig)
        if sig not in self.signal_handles:
            self.set_disposition(sig, signal.SIG_DFL)
        return super().remove_signal_handler(sig)


@fault(breaks="signals-13")
class StaysAfterClosing(ReferenceLoop):
    """close() leaves the handlers in place."""

    def close_signals(self) -> None: ...


@fault(breaks="signals-13")
class CallsAfterClosing(ReferenceLoop):
    """close() leaves the handlers in place, and they call where there is no loop to do so."""

    def close_signals(self) -> None: ...

    def signal_arrived(self, sig: int, frame: FrameType | None) -> None:
        handle = self.signal_handles[sig]
        if self.closed and handle.callback is not None:
            handle.callback(*handle.args or ())
        else:
            super().signal_arrived(sig, frame)


@fault(breaks="signals-30", python=">=3.12")
class WakesItsParent(ReferenceLoop):
    """The number of a signal is read from the wake-up descriptor, which a forked child has too."""

    def __init__(self) -> None:
        super().__init__()
        self.wakeup.merges = False

    def signal_arrived(self, sig: int, _frame: FrameType | None) -> None:
        self.wakeup.sender.send(bytes([sig]))

    def woken(self, data: bytes) -> None:
        self.ready.extend(self.signal_handles[each] for each in set(data) & self.signal_handles.keys())


@fault(breaks="signals-31", shows="hang")
class OneLoopForSignals(ReferenceLoop):
    """The first loop of the process that has a callback gets all signals for ever."""

    first: ReferenceLoop | None = None

    def install_handler(self, sig: int) -> None:
        super().install_handler(sig)
        OneLoopForSignals.first = OneLoopForSignals.first or self

    def signal_arrived(self, sig: int, frame: FrameType | None) -> None:
        if self.first is self:
            super().signal_arrived(sig, frame)


@fault(breaks="signals-31", shows="hang")
class ForgetsOthers(ReferenceLoop):
    """Closing a loop takes the signals away from all loops."""

    loops: ClassVar[list[ReferenceLoop]] = []

    def install_handler(self, sig: int) -> None:
        super().install_handler(sig)
        self.loops.append(self)

    def close_signals(self) -> None:
        super().close_signals()
        for loop in self.loops:
            loop.signal_handles.clear()
