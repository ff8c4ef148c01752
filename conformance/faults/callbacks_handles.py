"""Loops whose handles do not keep their word."""

from __future__ import annotations

import threading
from contextvars import Context
from typing import Any, ClassVar

from loopcert.conformance.faults import fault
from loopcert.reference import Loop as ReferenceLoop
from loopcert.reference.handle import Handle, TimerHandle


class OwnHandles(ReferenceLoop):
    """Gives its handles classes of its own; they have the layout of the reference's."""

    handle_type: ClassVar[type[Handle]] = Handle
    timer_type: ClassVar[type[TimerHandle]] = TimerHandle

    def call_soon(self, callback: Any, *args: Any, context: Context | None = None) -> Handle:
        handle = super().call_soon(callback, *args, context=context)
        handle.__class__ = self.handle_type
        return handle

    def call_soon_threadsafe(self, callback: Any, *args: Any, context: Context | None = None) -> Handle:
        handle = super().call_soon_threadsafe(callback, *args, context=context)
        handle.__class__ = self.handle_type
        return handle

    def call_at(self, when: float, callback: Any, *args: Any, context: Context | None = None) -> TimerHandle:
        handle = super().call_at(when, callback, *args, context=context)
        handle.__class__ = self.timer_type
        return handle


class Uncancellable(Handle):
    """Remembers that it was cancelled, and runs."""

    __slots__ = ()

    def cancel(self) -> None:
        self.is_cancelled = True


@fault(breaks="callbacks-19")
class IgnoresCancel(OwnHandles):
    """A cancelled call_soon callback runs."""

    handle_type = Uncancellable


class Finished(TimerHandle):
    """A handle that has run or was cancelled, and will not hear of it again."""

    __slots__ = ()

    def cancel(self) -> None:
        raise RuntimeError("the callback has run or was cancelled")


class FinishedSoon(Handle):
    """The same for a handle without a due time."""

    __slots__ = ()

    def cancel(self) -> None:
        raise RuntimeError("the callback has run or was cancelled")


class Once(Handle):
    """Can be cancelled once."""

    __slots__ = ()

    def cancel(self) -> None:
        super().cancel()
        self.__class__ = FinishedSoon  # type: ignore[assignment]


class OnceTimer(TimerHandle):
    """Can be cancelled once."""

    __slots__ = ()

    def cancel(self) -> None:
        super().cancel()
        self.__class__ = Finished  # type: ignore[assignment]


@fault(breaks="callbacks-20")
class CancelsOnce(OwnHandles):
    """cancel() raises where the callback has run or was cancelled before."""

    handle_type = Once
    timer_type = OnceTimer

    def run_handle(self, handle: Handle) -> None:
        if isinstance(handle, Once | OnceTimer):
            handle.__class__ = Finished if isinstance(handle, TimerHandle) else FinishedSoon  # type: ignore[assignment]
        super().run_handle(handle)


class NeverCancelled(Handle):
    """Does not tell that it was cancelled."""

    __slots__ = ()

    def cancelled(self) -> bool:
        return False


class NeverCancelledTimer(NeverCancelled, TimerHandle):
    """The same with a due time."""

    __slots__ = ()


@fault(breaks="callbacks-21")
class KeepsQuiet(OwnHandles):
    """cancelled() is always False."""

    handle_type = NeverCancelled
    timer_type = NeverCancelledTimer


@fault(breaks="callbacks-21")
class CancelsWhatHasRun(ReferenceLoop):
    """A handle counts as cancelled once its callback has run."""

    def run_handle(self, handle: Handle) -> None:
        super().run_handle(handle)
        handle.cancel()


class CopiedContext(Handle):
    """Shows a copy of its context."""

    __slots__ = ()

    def get_context(self) -> Context:
        return self.context.copy()


class CopiedContextTimer(CopiedContext, TimerHandle):
    """The same with a due time."""

    __slots__ = ()


@fault(breaks="callbacks-22")
class ShowsACopy(OwnHandles):
    """get_context() gives a copy of the context in which the callback runs."""

    handle_type = CopiedContext
    timer_type = CopiedContextTimer


class Milliseconds(TimerHandle):
    """Counts in thousandths."""

    __slots__ = ()

    def when(self) -> float:
        return super().when() * 1000


@fault(breaks="callbacks-24")
class SaysMilliseconds(OwnHandles):
    """when() is in milliseconds."""

    timer_type = Milliseconds


@fault(breaks="callbacks-25")
class HandlesForWatchers(ReferenceLoop):
    """Watching a descriptor or a signal gives a handle."""

    def add_reader(self, fd: Any, callback: Any, *args: Any) -> Any:
        super().add_reader(fd, callback, *args)
        return Handle(callback, args, self, None)

    def add_writer(self, fd: Any, callback: Any, *args: Any) -> Any:
        super().add_writer(fd, callback, *args)
        return Handle(callback, args, self, None)

    def add_signal_handler(self, sig: int, callback: Any, *args: Any) -> Any:
        return Handle(callback, args, self, None)

    def remove_signal_handler(self, sig: int) -> bool:
        return True


class Ticket:
    """Cancels a call, and is no asyncio.Handle."""

    def __init__(self, handle: Handle) -> None:
        self.cancel = handle.cancel
        self.cancelled = handle.cancelled


@fault(breaks="callbacks-27")
class GivesTickets(ReferenceLoop):
    """Handles are of a class of the loop's own."""

    def call_soon(self, callback: Any, *args: Any, context: Context | None = None) -> Any:
        return Ticket(super().call_soon(callback, *args, context=context))

    def call_soon_threadsafe(self, callback: Any, *args: Any, context: Context | None = None) -> Any:
        return Ticket(super().call_soon_threadsafe(callback, *args, context=context))


class Hoarder(Handle):
    """Keeps callback and arguments when cancelled."""

    __slots__ = ()

    def cancel(self) -> None:
        kept = self.callback, self.args
        super().cancel()
        self.callback, self.args = kept


class HoarderTimer(Hoarder, TimerHandle):
    """The same with a due time."""

    __slots__ = ()


@fault(breaks="callbacks-28")
class Hoards(OwnHandles):
    """A cancelled handle keeps its callback and arguments alive."""

    handle_type = Hoarder
    timer_type = HoarderTimer

    def run_handle(self, handle: Handle) -> None:
        if not handle.is_cancelled:
            super().run_handle(handle)


class Loyal(Handle):
    """Lets only the thread of its loop cancel it."""

    __slots__ = ()

    def cancel(self) -> None:
        if getattr(self.loop, "thread_id", None) in {None, threading.get_ident()}:
            super().cancel()


@fault(breaks="callbacks-32")
class HearsItsOwnThreadOnly(OwnHandles):
    """A cancel() in another thread than the loop's is ignored."""

    handle_type = Loyal
