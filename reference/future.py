"""The Future: a result that will be there later, and the callbacks that wait for it."""

import asyncio
import sys
from asyncio import CancelledError, InvalidStateError
from collections.abc import Callable, Generator
from contextvars import Context, copy_context
from types import TracebackType
from typing import Any, Final, TypeVar

from .handle import creation_stack
from .private import FutureNames
from .reports import report

_T = TypeVar("_T")

PENDING: Final = "PENDING"
CANCELLED: Final = "CANCELLED"
FINISHED: Final = "FINISHED"

FUTURE_SLOTS: Final = (
    "loop", "state", "value", "error", "trace", "callbacks", "message", "cancel_error", "unretrieved",
    "source_traceback", "_asyncio_future_blocking",
)  # fmt: skip

BaseFuture: Final = asyncio.Future  # under its own name: some libraries put another class in asyncio.Future's place


class FutureCore(FutureNames):
    """All that a Future does; a Task does it too.

    It is kept apart from the class `Future` because a Task has to be an instance of `asyncio.Task`, which derives from
    `asyncio.Future`: two C layouts, of which a class can extend only one with slots of its own.
    """

    value: Any
    error: BaseException | None
    callbacks: list[tuple[Callable[..., object], Context]]
    message: Any  # for the CancelledError
    source_traceback: Any
    cancel_error: CancelledError | None
    trace: TracebackType | None
    _asyncio_future_blocking: bool  # documented by asyncio.isfuture(); True from the yield to its receipt by the Task

    def __init__(self, *, loop: asyncio.AbstractEventLoop) -> None:
        if sys.version_info >= (3, 14):
            # The call graph (future_add_to_awaited_by) is kept in the fields of the C base class.
            BaseFuture.__init__(self, loop=loop)  # type: ignore[arg-type]  # only ever mixed into one
        self.loop = loop
        self.state = PENDING
        self.callbacks = []
        self.value = self.error = self.message = self.cancel_error = self.trace = self.source_traceback = None
        self.unretrieved = self._asyncio_future_blocking = False
        if loop.get_debug():
            self.source_traceback = creation_stack()

    def get_loop(self) -> asyncio.AbstractEventLoop:
        """Give the loop that this future is bound to (future-37)."""
        return self.loop

    def done(self) -> bool:
        """Tell whether there is a result, an exception or a cancellation (future-24)."""
        return self.state is not PENDING

    def cancelled(self) -> bool:
        """Tell whether the future was cancelled (future-25)."""
        return self.state is CANCELLED

    def result(self) -> Any:
        """Give the result or raise the exception (future-16 to 19).

        Raises:
            CancelledError: the future was cancelled.
            InvalidStateError: it is not done yet.
        """
        if self.state is FINISHED:
            self.unretrieved = False
            if self.error is not None:
                raise self.error.with_traceback(self.trace)  # as it came: readers do not add to each other's
            return self.value
        if self.state is CANCELLED:
            raise self.make_cancelled_error()
        raise InvalidStateError("Result is not set.")

    def exception(self) -> BaseException | None:
        """Give the exception, or None after a result (future-35 to 36b); raises as result() does."""
        if self.state is FINISHED:
            self.unretrieved = False
            return self.error
        if self.state is CANCELLED:
            raise self.make_cancelled_error()
        raise InvalidStateError("Exception is not set.")

    def cancel(self, msg: Any | None = None) -> bool:
        """Cancel, with `msg` for the CancelledError of whoever waits; False when already done (future-32 to 34)."""
        self.unretrieved = False  # whoever gives up on a future does not want to hear of its error either
        if self.state is not PENDING:
            return False
        self.complete_cancelled(msg)
        return True

    def add_done_callback(self, fn: Callable[[Any], object], /, *, context: Context | None = None) -> None:
        """Have the loop call `fn(self)` once done, in `context` or a copy of the current one (future-26 to 28)."""
        if self.state is not PENDING:
            self.loop.call_soon(fn, self, context=context)
        else:
            self.callbacks.append((fn, copy_context() if context is None else context))

    def remove_done_callback(self, fn: Callable[[Any], object], /) -> int:
        """Take back every callback equal to `fn`, and give their number (future-30, 31)."""
        kept = [pair for pair in self.callbacks if pair[0] != fn]
        removed = len(self.callbacks) - len(kept)
        if removed:
            self.callbacks[:] = kept
        return removed

    def __await__(self) -> Generator[Any, None, Any]:
        """Suspend the awaiting Task until done, then give the result (future-09)."""
        if self.state is PENDING:
            self._asyncio_future_blocking = True
            yield self
        return self.result()

    __iter__ = __await__  # for generator-based awaitables, which say `yield from future`

    # The ways to end. Each sets the state and hands the callbacks to the loop, never running one itself (future-46).

    def complete(self, value: Any) -> None:
        """End with a result."""
        self.value = value
        self.state = FINISHED
        self.schedule_callbacks()

    def complete_exceptionally(self, error: BaseException) -> None:
        """End with an exception, which somebody is now expected to retrieve."""
        self.trace = error.__traceback__
        self.error = error
        self.state = FINISHED
        self.unretrieved = True
        self.schedule_callbacks()

    def complete_cancelled(self, message: Any) -> None:
        """End as cancelled."""
        self.message = message
        self.state = CANCELLED
        self.schedule_callbacks()

    def schedule_callbacks(self) -> None:
        """Hand every done callback to the loop, in the order they were added (future-29)."""
        callbacks = self.callbacks
        if callbacks:
            self.callbacks = []
            call_soon = self.loop.call_soon
            for fn, context in callbacks:
                call_soon(fn, self, context=context)

    def make_cancelled_error(self) -> CancelledError:
        """Make the error for a reader: the one that ended the Task the first time, else a new one with the message."""
        error = self.cancel_error
        if error is not None:
            self.cancel_error = None  # a second reader must not extend the first one's traceback
            return error
        return CancelledError() if self.message is None else CancelledError(self.message)

    def __del__(self) -> None:
        # An instance whose __init__ failed has no such attribute.
        if getattr(self, "unretrieved", False):
            self.report_unretrieved()

    def report_unretrieved(self) -> None:
        """Tell the loop's exception handler of an error that nobody looked at (errors-26a, 26b)."""
        message = f"{type(self).__name__} exception was never retrieved"
        report(self.loop, message, exception=self.error, future=self, source_traceback=self.source_traceback)

    def __repr__(self) -> str:
        return f"<{' '.join([type(self).__name__, *self.describe()])}>"

    def describe(self) -> list[str]:
        """Give the parts of repr()."""
        parts = [self.state.lower()]
        if self.state is FINISHED:
            parts.append(f"result={self.value!r}" if self.error is None else f"exception={self.error!r}")
        if self.callbacks:
            parts.append(f"cb=[{', '.join(name_of(fn) for fn, _ in self.callbacks)}]")
        if self.source_traceback:
            frame = self.source_traceback[-1]
            parts.append(f"created at {frame.filename}:{frame.lineno}")
        return parts


def name_of(fn: Callable[..., object]) -> str:
    """Name a callback without the repr() of its owner, which may lead back here: futures and tasks refer in circles."""
    name = getattr(fn, "__qualname__", type(fn).__name__)
    code = getattr(fn, "__code__", None)
    return f"{name}()" if code is None else f"{name}() at {code.co_filename}:{code.co_firstlineno}"


class Future(FutureCore, asyncio.Future[_T]):
    """A result that is not there yet; what `loop.create_future()` gives.

    It derives from asyncio.Future for isinstance() and for the call graph of 3.14; all behaviour is FutureCore's.
    """

    __slots__ = FUTURE_SLOTS

    def set_result(self, result: _T, /) -> None:
        """End with a result (future-20).

        Raises:
            InvalidStateError: the future is already done (future-21).
        """
        if self.state is not PENDING:
            raise InvalidStateError(f"{self.state}: {self!r}")
        self.complete(result)

    def set_exception(self, exception: type | BaseException, /) -> None:
        """End with an exception, given as an instance or a class (future-22).

        A StopIteration cannot travel through an await and is replaced by a RuntimeError caused by it (future-48).

        Raises:
            InvalidStateError: the future is already done (future-23).
        """
        if self.state is not PENDING:
            raise InvalidStateError(f"{self.state}: {self!r}")
        error = exception() if isinstance(exception, type) else exception
        if isinstance(error, StopIteration):
            replacement = RuntimeError("StopIteration cannot be raised into a Future: await would take it for a result")
            replacement.__cause__ = replacement.__context__ = error
            error = replacement
        self.complete_exceptionally(error)
