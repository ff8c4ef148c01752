"""Broken futures: done callbacks."""

import asyncio
from collections.abc import Callable
from contextvars import Context, copy_context
from typing import Any

from loopcert.conformance.faults import fault
from loopcert.reference import Future, Loop, Task


def is_done_callback(callback: Any, args: tuple[Any, ...]) -> bool:
    """Say whether call_soon() was asked for the done callback of a future, and not to wake a Task."""
    return len(args) == 1 and asyncio.isfuture(args[0]) and not isinstance(getattr(callback, "__self__", None), Task)


class _GivesTheOutcomeToo(Future[Any]):
    def add_done_callback(self, fn: Callable[..., object], /, *, context: Context | None = None) -> None:
        ours = isinstance(getattr(fn, "__self__", None), (Task, Loop))
        super().add_done_callback(fn if ours else lambda future: fn(future, None), context=context)


@fault(breaks="future-26", wide="every done callback that takes one argument fails")
class CallbackGetsTwoArguments(Loop):
    """A done callback gets a second argument after the future."""

    future_type = _GivesTheOutcomeToo


class _CallsAtOnce(Loop):
    def call_soon(self, callback: Any, *args: Any, context: Context | None = None) -> Any:
        if not is_done_callback(callback, args):
            return super().call_soon(callback, *args, context=context)
        (context or copy_context()).run(callback, *args)
        handle = super().call_soon(callback, *args)
        handle.cancel()
        return handle


@fault(breaks="future-27")
class LateCallbackCalledAtOnce(_CallsAtOnce):
    """A done callback given to call_soon() is called inside it."""


@fault(breaks="future-46")
class CallbackCalledWhileCompleting(_CallsAtOnce):
    """A future that becomes done calls its callbacks itself, as that of concurrent.futures does."""


class _LateIsTooLate(Future[Any]):
    def add_done_callback(self, fn: Callable[[Any], object], /, *, context: Context | None = None) -> None:
        if not self.done():
            super().add_done_callback(fn, context=context)


@fault(breaks="future-27")
class LateCallbackLost(Loop):
    """A callback added to a done future is never called."""

    future_type = _LateIsTooLate


@fault(breaks="future-28")
class CallbackContextDropped(Loop):
    """Done callbacks run in an empty context of their own."""

    def call_soon(self, callback: Any, *args: Any, context: Context | None = None) -> Any:
        if is_done_callback(callback, args):
            context = Context()
        return super().call_soon(callback, *args, context=context)


class _ContextOfCompletion(Future[Any]):
    def schedule_callbacks(self) -> None:
        self.callbacks = [(fn, copy_context()) for fn, _ in self.callbacks]
        super().schedule_callbacks()


@fault(breaks="future-28")
class CallbackContextOfCompletion(Loop):
    """Done callbacks run in the context that was current when the future became done."""

    future_type = _ContextOfCompletion


class _ContextByPosition(Future[Any]):
    def add_done_callback(self, fn: Callable[[Any], object], context: Context | None = None) -> None:
        super().add_done_callback(fn, context=context)


@fault(breaks="future-44")
class ContextTakenByPosition(Loop):
    """add_done_callback() takes the context by position."""

    future_type = _ContextByPosition


class _NewestFirst(Future[Any]):
    def schedule_callbacks(self) -> None:
        self.callbacks.reverse()
        super().schedule_callbacks()


@fault(breaks="future-29")
class NewestCallbackFirst(Loop):
    """Done callbacks run last in, first out."""

    future_type = _NewestFirst


class _KeepsASet(Future[Any]):
    def add_done_callback(self, fn: Callable[[Any], object], /, *, context: Context | None = None) -> None:
        if all(known != fn for known, _ in self.callbacks):
            super().add_done_callback(fn, context=context)


@fault(breaks="future-52")
class CallbackAddedOnce(Loop):
    """A done callback that was added twice runs once."""

    future_type = _KeepsASet


class _NeverClears(Future[Any]):
    def schedule_callbacks(self) -> None:
        callbacks = list(self.callbacks)
        super().schedule_callbacks()
        self.callbacks = callbacks

    def add_done_callback(self, fn: Callable[[Any], object], /, *, context: Context | None = None) -> None:
        if not self.done():
            super().add_done_callback(fn, context=context)
            return
        self.callbacks.append((fn, context or copy_context()))
        self.schedule_callbacks()


@fault(breaks="future-52")
class LateCallbackRepeatsAll(Loop):
    """A callback added to a done future makes the earlier ones run again."""

    future_type = _NeverClears


class _RunsInOneGo(Future[Any]):
    def schedule_callbacks(self) -> None:
        callbacks, self.callbacks = self.callbacks, []
        if callbacks:
            self.loop.call_soon(self.run_all, callbacks)

    def run_all(self, callbacks: list[tuple[Any, Context]]) -> None:
        """Call one after the other."""
        for fn, context in callbacks:
            context.run(fn, self)


@fault(breaks="future-53")
class FailureStopsTheOtherCallbacks(Loop):
    """Done callbacks run in one go, which the first failing one ends."""

    future_type = _RunsInOneGo


class _RemovesOne(Future[Any]):
    def remove_done_callback(self, fn: Callable[[Any], object], /) -> int:
        for pair in self.callbacks:
            if pair[0] == fn:
                self.callbacks.remove(pair)
                return 1
        return 0


@fault(breaks="future-30")
class RemoveTakesOne(Loop):
    """remove_done_callback() removes the first registration only."""

    future_type = _RemovesOne


class _CountsOnly(Future[Any]):
    def remove_done_callback(self, fn: Callable[[Any], object], /) -> int:
        return sum(known == fn for known, _ in self.callbacks)


@fault(breaks="future-30")
class RemoveOnlyCounts(Loop):
    """remove_done_callback() counts, and removes nothing."""

    future_type = _CountsOnly


class _RemovesInSilence(Future[Any]):
    def remove_done_callback(self, fn: Callable[[Any], object], /) -> Any:
        super().remove_done_callback(fn)


@fault(breaks="future-30")
class RemoveGivesNothing(Loop):
    """remove_done_callback() gives None."""

    future_type = _RemovesInSilence


class _LooksAtIdentity(Future[Any]):
    def remove_done_callback(self, fn: Callable[[Any], object], /) -> int:
        kept = [pair for pair in self.callbacks if pair[0] is not fn]
        removed = len(self.callbacks) - len(kept)
        self.callbacks[:] = kept
        return removed


@fault(breaks="future-31")
class RemoveLooksAtIdentity(Loop):
    """remove_done_callback() compares by identity."""

    future_type = _LooksAtIdentity
