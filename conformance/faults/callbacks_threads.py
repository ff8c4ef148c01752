"""Loops that get call_soon_threadsafe wrong."""

from __future__ import annotations

import threading
from contextvars import Context, copy_context
from typing import Any

from loopcert.conformance.faults import fault
from loopcert.reference import Loop as ReferenceLoop
from loopcert.reference.handle import Handle


class Outside(ReferenceLoop):
    """Tells whether a call comes from another thread than the one that runs the loop."""

    def from_outside(self) -> bool:
        """Whether the loop runs, and in another thread."""
        return self.thread_id is not None and self.thread_id != threading.get_ident()


@fault(breaks="callbacks-10")
class ForgetsWhileIdle(ReferenceLoop):
    """What is handed in while the loop does not run is dropped."""

    def call_soon_threadsafe(self, callback: Any, *args: Any, context: Context | None = None) -> Handle:
        handle = super().call_soon_threadsafe(callback, *args, context=context)
        if not self.is_running():
            self.ready.remove(handle)
        return handle


@fault(breaks="callbacks-10")
class RefusesOtherThreads(Outside):
    """call_soon_threadsafe raises in another thread than the loop's, as call_soon does in debug mode."""

    def call_soon_threadsafe(self, callback: Any, *args: Any, context: Context | None = None) -> Handle:
        if self.from_outside():
            raise RuntimeError("Non-thread-safe operation invoked on an event loop other than the current one")
        return super().call_soon_threadsafe(callback, *args, context=context)


@fault(breaks="callbacks-10", shows="hang")
class BlocksOnAFullPipe(ReferenceLoop):
    """The wake-up byte is sent by a blocking socket, which nobody empties while the loop does not run."""

    def __init__(self) -> None:
        super().__init__()
        self.wakeup.merges = False
        self.wakeup.sender.setblocking(True)


@fault(breaks="callbacks-11", shows="hang")
class NeverWakes(ReferenceLoop):
    """A call from outside is queued, and the poll goes on."""

    def wake(self) -> None: ...


@fault(breaks="callbacks-11", shows="hang")
class WakesOnce(ReferenceLoop):
    """Only the first call from outside wakes the loop."""

    awake = False

    def wake(self) -> None:
        if not self.awake:
            self.awake = True
            super().wake()


@fault(breaks="callbacks-12")
class TakesCallsWhenClosed(ReferenceLoop):
    """A closed loop drops what other threads hand in and says nothing."""

    def call_soon_threadsafe(self, callback: Any, *args: Any, context: Context | None = None) -> Handle:
        if self.closed:
            return Handle(callback, args, self, context)
        return super().call_soon_threadsafe(callback, *args, context=context)


@fault(breaks="callbacks-13")
class DropsTheContext(ReferenceLoop):
    """call_soon_threadsafe ignores the context it is given."""

    def call_soon_threadsafe(self, callback: Any, *args: Any, context: Context | None = None) -> Handle:
        return super().call_soon_threadsafe(callback, *args)


@fault(breaks="callbacks-13")
class ContextOfTheLoop(ReferenceLoop):
    """Without context a call from outside runs in the context of the loop, not in that of the calling thread."""

    def __init__(self) -> None:
        super().__init__()
        self.context = copy_context()

    def call_soon_threadsafe(self, callback: Any, *args: Any, context: Context | None = None) -> Handle:
        own = self.context.copy() if context is None else context
        return super().call_soon_threadsafe(callback, *args, context=own)


@fault(breaks="callbacks-14", shows="hang")
class WakesForOthersOnly(Outside):
    """A call in the thread of the loop is not thought to need a wake-up, in a signal handler neither."""

    def __init__(self) -> None:
        super().__init__()
        self.wakeup.watch_signals = lambda: None  # type: ignore[method-assign]

    def wake(self) -> None:
        if self.from_outside():
            super().wake()


@fault(breaks="callbacks-37", shows="hang")
class LocksItselfOut(ReferenceLoop):
    """call_soon_threadsafe holds a lock that the same thread cannot take twice."""

    def __init__(self) -> None:
        super().__init__()
        self.lock = threading.Lock()

    def call_soon_threadsafe(self, callback: Any, *args: Any, context: Context | None = None) -> Handle:
        with self.lock:
            return super().call_soon_threadsafe(callback, *args, context=context)


@fault(breaks="callbacks-18")
class ChecksNoThread(ReferenceLoop):
    """Debug mode lets every thread call what only the loop's may."""

    def check_thread(self) -> None: ...


@fault(breaks="callbacks-18")
class BoundToItsMaker(ReferenceLoop):
    """Debug mode takes the thread that made the loop for the one that runs it."""

    def __init__(self) -> None:
        super().__init__()
        self.maker = threading.get_ident()

    def check_thread(self) -> None:
        if self.maker != threading.get_ident():
            raise RuntimeError("Non-thread-safe operation invoked on an event loop other than the current one")


@fault(breaks="callbacks-30")
class DropsArguments(ReferenceLoop):
    """call_soon_threadsafe forgets the arguments of functions."""

    def call_soon_threadsafe(self, callback: Any, *args: Any, context: Context | None = None) -> Handle:
        if hasattr(callback, "__code__"):
            args = ()
        return super().call_soon_threadsafe(callback, *args, context=context)
