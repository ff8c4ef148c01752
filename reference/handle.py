"""The Handle: a callback that waits for its turn, and can be called off.

These are asyncio's own Handle and TimerHandle, as the documents ask (callbacks-27, timers-07); cancel(), when() and the
rest are theirs. What is added are names without an underscore for the fields that the scheduler reads: the very same
slots, so that running a callback costs no method call.
"""

import asyncio
import inspect
import traceback
from collections.abc import Callable
from contextvars import Context, copy_context
from typing import Any, Final, TypeVarTuple

Ts = TypeVarTuple("Ts")
Call = Callable[[*Ts], object]  # called with arguments of these types

NO_MORE_SLOTS: Final[tuple[str, ...]] = ()

_fields = vars(asyncio.Handle)
_timer_fields = vars(asyncio.TimerHandle)


class Handle(asyncio.Handle):
    """A callback in the queue of the loop, or about to be put there.

    Arguments:
        callback: what to call.
        args: its positional arguments.
        loop: whose callback it is.
        context: what to run it in; None means a copy of the current context.
    """

    __slots__ = NO_MORE_SLOTS

    callback: Callable[..., object] | None = _fields["_callback"]  # None once cancelled
    args: tuple[Any, ...] | None = _fields["_args"]  # None once cancelled
    context: Context = _fields["_context"]
    loop: Any = _fields["_loop"]
    is_cancelled: bool = _fields["_cancelled"]
    source_traceback: traceback.StackSummary | None = _fields["_source_traceback"]
    cached_repr: str | None = _fields["_repr"]

    def __init__(
        self, callback: Callable[..., object], args: tuple[Any, ...], loop: Any, context: Context | None
    ) -> None:
        self.callback = callback
        self.args = args
        self.loop = loop
        self.context = copy_context() if context is None else context
        self.is_cancelled = False
        self.cached_repr = None
        self.source_traceback = creation_stack() if loop.debug else None


class TimerHandle(Handle, asyncio.TimerHandle):
    """A callback with a due time: `due` in seconds on the clock of the loop."""

    __slots__ = NO_MORE_SLOTS

    due: float = _timer_fields["_when"]
    in_heap: bool = _timer_fields["_scheduled"]  # while it is, cancel() tells the loop (`_timer_handle_cancelled`)

    def __init__(self, due: float, *args: Any) -> None:
        super().__init__(*args)
        self.due = due
        self.in_heap = True


def creation_stack() -> traceback.StackSummary:
    """Give the stack down to the line outside this package that made a handle, a Future or a Task."""
    frame = inspect.currentframe()
    while frame is not None and frame.f_globals.get("__package__") == __package__:
        frame = frame.f_back
    return traceback.extract_stack(frame)
