"""Loops that break what asyncio builds between threads and the loop."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from functools import partial
from typing import Any

from loopcert.conformance.faults import fault
from loopcert.conformance.faults.executor import Executing, InThisThread
from loopcert.reference import Loop as ReferenceLoop
from loopcert.reference import Task

Callback = Callable[..., Any]


@fault(breaks="executor-36")
class StripsPartials(Executing):
    """Of a functools.partial only the function at its end is called, without its arguments."""

    def run_in_executor(self, executor: Any, func: Callback, *args: Any) -> Any:
        while isinstance(func, partial):
            func = func.args[0] if func.args else func.func
        return super().run_in_executor(executor, func, *args)


@fault(breaks="executor-36")
class CallsTheFunction(InThisThread):
    """The function runs in the thread of the loop."""


@fault(breaks="executor-37", shows="hang")
class BlocksTheLoop(InThisThread):
    """The loop waits for the function."""


@fault(breaks="executor-38")
class HidesErrors(Executing):
    """A function that raises is said to have returned None."""

    def run_in_executor(self, executor: Any, func: Callback, *args: Any) -> Any:
        def run() -> Any:
            try:
                return func(*args)
            except Exception:  # noqa: BLE001 - hiding all of them is the fault
                return None

        return super().run_in_executor(executor, run)


@fault(breaks="executor-39")
class ThreadsOfItsOwn(ReferenceLoop):
    """An executor of None is always the one that the loop makes."""

    def set_default_executor(self, executor: Any) -> None:
        del executor


class OtherTasksForThreads(ReferenceLoop):
    """A loop that makes tasks of another type for coroutines that come from other threads."""

    other_type: type[Task[Any]] = Task
    from_thread = False

    def call_soon_threadsafe(self, callback: Callback, *args: Any, context: Any = None) -> Any:
        """Schedule a callback from another thread."""

        def run() -> None:
            self.from_thread = True
            try:
                callback(*args)
            finally:
                self.from_thread = False

        return super().call_soon_threadsafe(run, context=context)

    def create_task(self, coro: Any, **options: Any) -> Any:
        """Make a task."""
        if self.from_thread:
            return self.other_type(coro, loop=self, **options)
        return super().create_task(coro, **options)


class Mute(Task[Any]):
    """A task that loses its result."""

    def result(self) -> Any:
        """Give nothing."""
        super().result()


@fault(breaks="executor-41")
class LosesResults(OtherTasksForThreads):
    """The result of a submitted coroutine is lost."""

    other_type = Mute


class Cheerful(Task[Any]):
    """A task that never fails."""

    def complete_exceptionally(self, error: BaseException) -> None:
        """End with nothing."""
        self.complete(None)


@fault(breaks="executor-42")
class LosesErrors(OtherTasksForThreads):
    """The exception of a submitted coroutine is lost."""

    other_type = Cheerful


class Stubborn(Task[Any]):
    """A task that others cannot cancel."""

    def cancel(self, msg: Any | None = None) -> bool:
        """Do nothing."""
        del msg
        return False


@fault(breaks="executor-43")
class CannotBeCancelled(OtherTasksForThreads):
    """Cancelling the future of a submitted coroutine does not reach its task."""

    other_type = Stubborn


class Failing(Task[Any]):
    """A task that fails where it should be cancelled."""

    def cancelled(self) -> bool:
        """Say no."""
        return False

    def exception(self) -> BaseException | None:
        """Give another error than CancelledError."""
        return RuntimeError("cancelled") if super().cancelled() else super().exception()


@fault(breaks="executor-44")
class CancelledIsFailed(OtherTasksForThreads):
    """A submitted coroutine that is cancelled counts as failed."""

    other_type = Failing


class Threaded(Task[Any]):
    """A task that has its coroutine begin in a thread of its own."""

    def start(self) -> None:
        """Run the coroutine as far as it comes at once, then go on in the loop."""
        coroutine: Any = self.coroutine
        thread = threading.Thread(target=coroutine.send, args=(None,))
        thread.start()
        thread.join()
        super().start()


@fault(breaks="executor-45")
class BeginsInAThread(OtherTasksForThreads):
    """A submitted coroutine begins in another thread."""

    other_type = Threaded


@fault(breaks="executor-46", shows="hang")
class WaitsForFunctions(InThisThread):
    """The loop does nothing else while a function runs."""


@fault(breaks="executor-41", shows="hang")
class DoesNotWake(ReferenceLoop):
    """A coroutine submitted to a loop that waits lies there until something else wakes it."""

    def call_soon_threadsafe(self, callback: Callback, *args: Any, context: Any = None) -> Any:
        own = isinstance(getattr(callback, "__self__", None), asyncio.AbstractEventLoop)
        schedule = super().call_soon_threadsafe if own or not self.is_running() else self.call_soon
        return schedule(callback, *args, context=context)
