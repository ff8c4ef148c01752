"""Loops that run callbacks in the wrong context."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextvars import Context, ContextVar, copy_context
from typing import Any, Final

from loopcert.conformance.faults import fault
from loopcert.conformance.faults.executor import Executing
from loopcert.reference import Loop as ReferenceLoop

Callback = Callable[..., Any]
MISSING: Final[Any] = object()


def of_a_future(callback: Callback, args: tuple[Any, ...]) -> bool:
    """Say whether a Task or a Future schedules this for itself: most faults leave these alone."""
    return isinstance(getattr(callback, "__self__", None), asyncio.Future) or bool(args and asyncio.isfuture(args[0]))


def given(context: Context | None) -> Context:
    """Give the context, or a copy of the current one where there is none; an empty Context is false."""
    return copy_context() if context is None else context


class Choosing(ReferenceLoop):
    """The reference, with one place that decides the context of every callback; a fault overrides it."""

    def choose(self, context: Context | None) -> Context | None:
        """Give the context to use for a callback."""
        return context

    def chosen(self, callback: Callback, args: tuple[Any, ...], context: Context | None) -> Context | None:
        """Give the context to use, also for what Tasks and Futures schedule."""
        if context is MISSING:
            context = None if of_a_future(callback, args) else self.choose(MISSING)
            return None if context is MISSING else context
        return context if of_a_future(callback, args) else self.choose(context)

    def call_soon(self, callback: Callback, *args: Any, context: Any = MISSING) -> Any:
        """Schedule a callback."""
        return super().call_soon(callback, *args, context=self.chosen(callback, args, context))

    def call_soon_threadsafe(self, callback: Callback, *args: Any, context: Any = MISSING) -> Any:
        """Schedule a callback from another thread."""
        return super().call_soon_threadsafe(callback, *args, context=self.chosen(callback, args, context))

    def call_later(self, delay: float, callback: Callback, *args: Any, context: Any = MISSING) -> Any:
        """Set a timer by its delay."""
        return self.call_at(self.time() + delay, callback, *args, context=context)

    def call_at(self, when: float, callback: Callback, *args: Any, context: Any = MISSING) -> Any:
        """Set a timer by its due time."""
        return super().call_at(when, callback, *args, context=self.chosen(callback, args, context))


@fault(breaks="contextvars-04")
class ContextOfTheLoop(Choosing):
    """A callback sees the variables as they were when the loop was made."""

    def __init__(self) -> None:
        super().__init__()
        self.context = copy_context()

    def choose(self, context: Context | None) -> Context | None:
        return self.context.copy() if context in (None, MISSING) else context


@fault(breaks="contextvars-05")
class OneContext(Choosing):
    """All callbacks without a context of their own run in one, which the loop keeps."""

    shared: Context | None = None

    def choose(self, context: Context | None) -> Context | None:
        if context not in (None, MISSING):
            return context
        self.shared = copy_context() if self.shared is None else self.shared
        return self.shared


@fault(breaks="contextvars-05")
class LeaksIntoTheThread(Choosing):
    """What a callback sets is set in the thread that runs the loop as well."""

    def __init__(self) -> None:
        super().__init__()
        self.leaked: list[tuple[ContextVar[Any], Any]] = []

    def leaking(self, callback: Callback, args: tuple[Any, ...]) -> Callback:
        """Wrap a callback so that its changes are noted."""

        def run(*args: Any) -> None:
            before = copy_context()
            callback(*args)
            self.leaked += [pair for pair in copy_context().items() if before.get(pair[0]) is not pair[1]]

        return callback if of_a_future(callback, args) else run

    def run_handle(self, handle: Any) -> None:
        super().run_handle(handle)
        while self.leaked:
            variable, value = self.leaked.pop()
            variable.set(value)

    def call_soon(self, callback: Callback, *args: Any, context: Any = None) -> Any:
        return super().call_soon(self.leaking(callback, args), *args, context=context)

    def call_soon_threadsafe(self, callback: Callback, *args: Any, context: Any = None) -> Any:
        return super().call_soon_threadsafe(self.leaking(callback, args), *args, context=context)

    def call_at(self, when: float, callback: Callback, *args: Any, context: Any = None) -> Any:
        return super().call_at(when, self.leaking(callback, args), *args, context=context)


@fault(breaks="contextvars-05")
class ContextOfTheTask(Choosing):
    """A callback that a task schedules runs inside the context of the task, no copy of it."""

    def choose(self, context: Context | None) -> Context | None:
        task: Any = asyncio.current_task(self) if self.is_running() else None
        return context if task is None or context not in (None, MISSING) else task.context


@fault(breaks="contextvars-06")
class IgnoresContext(Choosing):
    """The context given is dropped."""

    def choose(self, context: Context | None) -> Context | None:
        del context
        return None


@fault(breaks="contextvars-06")
class CopiesContext(Choosing):
    """The context given is copied."""

    def choose(self, context: Context | None) -> Context | None:
        return context if context in (None, MISSING) else context.copy()


@fault(breaks="contextvars-07")
class NoneIsEmpty(Choosing):
    """None is taken for an empty context."""

    def choose(self, context: Context | None) -> Context | None:
        return Context() if context is None else context


@fault(breaks="contextvars-14")
class ContextInside(Choosing):
    """A handle has a context of its own, and the callback runs in another one inside it."""

    def call_soon(self, callback: Callback, *args: Any, context: Any = None) -> Any:
        if of_a_future(callback, args):
            return super().call_soon(callback, *args, context=context)
        return super().call_soon(given(context).run, callback, *args)

    def call_soon_threadsafe(self, callback: Callback, *args: Any, context: Any = None) -> Any:
        return super().call_soon_threadsafe(given(context).run, callback, *args)

    def call_at(self, when: float, callback: Callback, *args: Any, context: Any = None) -> Any:
        return super().call_at(when, given(context).run, callback, *args)

    def call_later(self, delay: float, callback: Callback, *args: Any, context: Any = None) -> Any:
        return self.call_at(self.time() + delay, callback, *args, context=context)


@fault(breaks="contextvars-15")
class CarriesContext(Executing):
    """A function in an executor runs in a copy of the caller's context."""

    def run_in_executor(self, executor: Any, func: Callback, *args: Any) -> Any:
        return super().run_in_executor(executor, copy_context().run, func, *args)


@fault(breaks="contextvars-17")
class ThreadsHaveNoContext(Choosing):
    """A callback from another thread runs in an empty context."""

    def call_soon_threadsafe(self, callback: Callback, *args: Any, context: Any = None) -> Any:
        return super().call_soon_threadsafe(callback, *args, context=Context() if context is None else context)
