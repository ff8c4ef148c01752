"""Loops that get call_soon wrong: when, how often, in which order and in which context callbacks run."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Callable
from contextvars import Context, copy_context
from functools import partial
from types import FunctionType, MethodType
from typing import Any

from loopcert.conformance.faults import fault
from loopcert.reference import Loop as ReferenceLoop
from loopcert.reference.handle import Handle


def of_a_future(callback: object) -> bool:
    """Whether a callback is the step of a Task or another of asyncio's own: most faults here spare those."""
    return isinstance(getattr(callback, "__self__", None), asyncio.Future | asyncio.AbstractEventLoop)


@fault(breaks="callbacks-01")
class RunsAtOnce(ReferenceLoop):
    """call_soon runs a plain function inside the call."""

    def call_soon(self, callback: Any, *args: Any, context: Context | None = None) -> Handle:
        if of_a_future(callback):
            return super().call_soon(callback, *args, context=context)
        handle = Handle(callback, args, self, context)
        self.run_handle(handle)
        return handle


@fault(breaks="callbacks-01", shows="hang")
class PollsFirst(ReferenceLoop):
    """A loop with a timer polls until it is due, although callbacks are ready."""

    def poll_timeout(self) -> float | None:
        return max(0.0, self.timers[0][0] - self.time()) if self.timers else super().poll_timeout()


@fault(breaks="callbacks-02", wide="a callback that takes no argument cannot be called")
class FillsInAnArgument(ReferenceLoop):
    """A function registered without arguments gets None as one."""

    def call_soon(self, callback: Any, *args: Any, context: Context | None = None) -> Handle:
        if not args and isinstance(callback, FunctionType):
            args = (None,)
        return super().call_soon(callback, *args, context=context)


@fault(breaks="callbacks-02")
class ZeroIsNone(ReferenceLoop):
    """A zero as first argument reaches the callback as None."""

    def call_soon(self, callback: Any, *args: Any, context: Context | None = None) -> Handle:
        if isinstance(callback, FunctionType) and 0 in args[:1]:
            args = (None, *args[1:])
        return super().call_soon(callback, *args, context=context)


@fault(breaks="callbacks-02")
class CopiesArguments(ReferenceLoop):
    """The callback gets copies of mutable arguments."""

    def call_soon(self, callback: Any, *args: Any, context: Context | None = None) -> Handle:
        args = tuple(copy.copy(each) if isinstance(each, list) else each for each in args)
        return super().call_soon(callback, *args, context=context)


@fault(breaks="callbacks-03")
class NewestFirst(ReferenceLoop):
    """Callbacks run last in, first out."""

    def call_soon(self, callback: Any, *args: Any, context: Context | None = None) -> Handle:
        handle = super().call_soon(callback, *args, context=context)
        self.ready.rotate(1)
        return handle


@fault(breaks="callbacks-04")
class MergesEqual(ReferenceLoop):
    """A callback equal to the one before it in the queue is not queued again."""

    def call_soon(self, callback: Any, *args: Any, context: Context | None = None) -> Handle:
        if self.ready and (self.ready[-1].callback, self.ready[-1].args) == (callback, args):
            return self.ready[-1]
        return super().call_soon(callback, *args, context=context)


@fault(breaks="callbacks-04")
class RepeatsTheFirst(ReferenceLoop):
    """The first callback that ever ran is run again in the next run of the loop."""

    first: Handle | None = None

    def run_handle(self, handle: Handle) -> None:
        self.first = self.first or handle
        super().run_handle(handle)

    def begin_run(self) -> None:
        if self.first is not None:
            self.ready.appendleft(self.first)
        super().begin_run()


@fault(breaks="callbacks-04")
class RepeatsOnTrue(ReferenceLoop):
    """A callback of call_soon that returns True is run again in the next iteration, as an idle source of GLib."""

    def call_soon(self, callback: Any, *args: Any, context: Context | None = None) -> Handle:
        def run(*given: Any) -> None:
            if callback(*given) is True:
                self.call_soon(callback, *given, context=context)

        return super().call_soon(run, *args, context=context)


@fault(breaks="callbacks-04")
class Retries(ReferenceLoop):
    """A callback that raised is run once more."""

    def report_failed_handle(self, handle: Handle, error: BaseException) -> None:
        super().report_failed_handle(handle, error)
        again, handle.callback = handle.callback, None
        if again is not None:
            self.call_soon(again, *(handle.args or ()))


@fault(breaks="callbacks-38")
class FunctionsOnly(ReferenceLoop):
    """call_soon takes functions and methods alone."""

    def call_soon(self, callback: Any, *args: Any, context: Context | None = None) -> Handle:
        if not isinstance(callback, FunctionType | MethodType) and not of_a_future(callback):
            raise TypeError("a function was expected")
        return super().call_soon(callback, *args, context=context)


@fault(breaks="callbacks-38")
class ForgetsSelf(ReferenceLoop):
    """A bound method is called without the object it is bound to."""

    def call_soon(self, callback: Any, *args: Any, context: Context | None = None) -> Handle:
        if isinstance(callback, MethodType) and not of_a_future(callback):
            callback = callback.__func__
        return super().call_soon(callback, *args, context=context)


@fault(breaks="callbacks-38")
class UnpacksPartials(ReferenceLoop):
    """A functools.partial is unpacked into function and arguments, and its keywords are lost."""

    def call_soon(self, callback: Any, *args: Any, context: Context | None = None) -> Handle:
        if isinstance(callback, partial):
            callback, args = callback.func, callback.args + args
        return super().call_soon(callback, *args, context=context)


@fault(breaks="callbacks-40", shows="hang")
class EmptiesTheQueue(ReferenceLoop):
    """An iteration goes on until no callback is left, those included that were registered meanwhile."""

    def run_ready(self) -> None:
        while self.ready:
            super().run_ready()


@fault(breaks="callbacks-09")
class ForwardsKeywords(ReferenceLoop):
    """Unknown keywords of the scheduling methods become keywords of the callback."""

    def call_soon(self, callback: Any, *args: Any, context: Context | None = None, **more: Any) -> Handle:
        return super().call_soon(with_keywords(callback, more), *args, context=context)

    def call_soon_threadsafe(self, callback: Any, *args: Any, context: Context | None = None, **more: Any) -> Handle:
        return super().call_soon_threadsafe(with_keywords(callback, more), *args, context=context)

    def call_at(self, when: float, callback: Any, *args: Any, context: Context | None = None, **more: Any) -> Any:
        return super().call_at(when, with_keywords(callback, more), *args, context=context)

    def call_later(self, delay: float, callback: Any, *args: Any, context: Context | None = None, **more: Any) -> Any:
        return super().call_later(delay, with_keywords(callback, more), *args, context=context)


def with_keywords(callback: Callable[..., object], keywords: dict[str, Any]) -> Callable[..., object]:
    """Bind keywords to a callback, if there are any."""
    return partial(callback, **keywords) if keywords else callback


@fault(breaks="callbacks-33")
class TakesCoroutines(ReferenceLoop):
    """Debug mode does not look at what it is given as a callback."""

    def check_callback(self, callback: object, method: str) -> None: ...


@fault(breaks="callbacks-06")
class CopiesTheContext(ReferenceLoop):
    """A callback runs in a copy of the context given."""

    def call_soon(self, callback: Any, *args: Any, context: Context | None = None) -> Handle:
        if context is not None and not of_a_future(callback):
            context = context.copy()
        return super().call_soon(callback, *args, context=context)


class Here:
    """Stands in for a Context; ``copies`` says whether what runs in it leaves traces in the current context."""

    def __init__(self, copies: bool) -> None:
        self.copies = copies

    def run(self, callback: Callable[..., object], *args: object) -> object:
        """Do as Context.run() does, in the context of the caller."""
        return copy_context().run(callback, *args) if self.copies else callback(*args)


@fault(breaks="callbacks-07a")
class ContextOfTheRun(ReferenceLoop):
    """A callback without context runs in a copy of the context in which the loop runs."""

    def call_soon(self, callback: Any, *args: Any, context: Context | None = None) -> Handle:
        stand_in: Any = Here(copies=True) if context is None else context
        return super().call_soon(callback, *args, context=stand_in)


@fault(breaks="callbacks-07b")
class OneContextForAll(ReferenceLoop):
    """Callbacks without context run in the context of the loop's caller itself."""

    def call_soon(self, callback: Any, *args: Any, context: Context | None = None) -> Handle:
        stand_in: Any = Here(copies=False) if context is None else context
        return super().call_soon(callback, *args, context=stand_in)


@fault(breaks="callbacks-08")
class FindsContextAmongArguments(ReferenceLoop):
    """A Context at the end of the positional arguments is taken for the context."""

    def call_soon(self, callback: Any, *args: Any, context: Context | None = None) -> Handle:
        if args and isinstance(args[-1], Context):
            args, context = args[:-1], args[-1]
        return super().call_soon(callback, *args, context=context)

    def call_soon_threadsafe(self, callback: Any, *args: Any, context: Context | None = None) -> Handle:
        if args and isinstance(args[-1], Context):
            args, context = args[:-1], args[-1]
        return super().call_soon_threadsafe(callback, *args, context=context)
