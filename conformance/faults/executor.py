"""Loops that have functions run in the wrong place, or lose what comes back."""

from __future__ import annotations

import asyncio
import concurrent.futures
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from loopcert.conformance.faults import fault
from loopcert.reference import Future
from loopcert.reference import Loop as ReferenceLoop

Callback = Callable[..., Any]


class Executing(ReferenceLoop):
    """The reference, with a run_in_executor() of simpler types for faults to override."""

    def run_in_executor(self, executor: Any, func: Callback, *args: Any) -> Any:
        """Run a function in an executor."""
        return super().run_in_executor(executor, func, *args)


class Chaining(Executing):
    """A loop that makes the future of a function by hand; a fault overrides how the outcome gets across."""

    made_future: type[asyncio.Future[Any]] = Future

    def run_in_executor(self, executor: Any, func: Callback, *args: Any) -> Any:
        """Run a function in an executor."""
        if executor is None:
            executor = self.get_default_executor()
        job = executor.submit(func, *args)
        future = self.made_future(loop=self)
        job.add_done_callback(lambda done: self.across(future, done))
        future.add_done_callback(lambda done: done.cancelled() and job.cancel())
        return future

    def across(self, future: asyncio.Future[Any], job: concurrent.futures.Future[Any]) -> None:
        """Take the outcome over, called in the thread of the executor."""
        if not self.closed:
            self.call_soon_threadsafe(self.finish, future, job)

    def finish(self, future: asyncio.Future[Any], job: concurrent.futures.Future[Any]) -> None:
        """Take the outcome over, called in the thread of the loop."""
        if future.done():
            return
        error = job.exception()
        if error is None:
            future.set_result(job.result())
        else:
            future.set_exception(error)


@fault(breaks="executor-01")
class ReturnsACoroutine(ReferenceLoop):
    """run_in_executor() is a coroutine function."""

    async def run_in_executor(self, executor: Any, func: Callback, *args: Any) -> Any:
        return await super().run_in_executor(executor, func, *args)


@fault(breaks="executor-01")
class LosesFalseResults(Chaining):
    """A result that is false or an exception is taken for an error or for none."""

    def finish(self, future: asyncio.Future[Any], job: concurrent.futures.Future[Any]) -> None:
        value = None if job.exception() else job.result()
        if isinstance(value, Exception):
            future.set_exception(value)
        elif not future.done() and not job.exception():
            future.set_result(value or 0)
        else:
            super().finish(future, job)


@fault(breaks="executor-01")
class CopiesResults(Chaining):
    """The result is another object that looks the same."""

    def finish(self, future: asyncio.Future[Any], job: concurrent.futures.Future[Any]) -> None:
        if not job.exception() and type(job.result()) is object:
            future.set_result(object())
        else:
            super().finish(future, job)


@fault(breaks="executor-02")
class WrapsErrors(Chaining):
    """An exception of the function arrives as the cause of a RuntimeError."""

    def finish(self, future: asyncio.Future[Any], job: concurrent.futures.Future[Any]) -> None:
        if error := job.exception():
            future.set_exception(RuntimeError(str(error)))
        else:
            super().finish(future, job)


@fault(breaks="executor-40", shows="hang")
class StumblesOverStopIteration(Chaining):
    """A StopIteration never gets across."""

    def finish(self, future: asyncio.Future[Any], job: concurrent.futures.Future[Any]) -> None:
        if isinstance(job.exception(), StopIteration):
            raise TypeError("StopIteration interacts badly with generators")
        super().finish(future, job)


@fault(breaks="executor-05")
class PacksArguments(Executing):
    """The function gets one argument, the tuple of all."""

    def run_in_executor(self, executor: Any, func: Callback, *args: Any) -> Any:
        return super().run_in_executor(executor, func, args)


@fault(breaks="executor-06")
class AlwaysTheDefault(Executing):
    """Whatever executor is given, the default one is used."""

    def run_in_executor(self, executor: Any, func: Callback, *args: Any) -> Any:
        del executor
        return super().run_in_executor(None, func, *args)


@fault(breaks="executor-06")
class OnlyThreadPools(Executing):
    """An executor that is no pool of threads is refused."""

    def run_in_executor(self, executor: Any, func: Callback, *args: Any) -> Any:
        if executor is not None and not isinstance(executor, ThreadPoolExecutor):
            raise TypeError("a ThreadPoolExecutor is required")
        return super().run_in_executor(executor, func, *args)


class InThisThread(Executing):
    """A loop that calls the function itself, where it should have it called."""

    def run_in_executor(self, executor: Any, func: Callback, *args: Any) -> Any:
        """Call the function now."""
        del executor
        future: concurrent.futures.Future[Any] = concurrent.futures.Future()
        try:
            future.set_result(func(*args))
        except BaseException as error:  # noqa: BLE001 - as an executor does
            future.set_exception(error)
        return asyncio.wrap_future(future, loop=self)


@fault(breaks="executor-19")
class CallsTheFunction(InThisThread):
    """The function runs in the thread of the loop."""


@fault(breaks="executor-19", shows="hang")
class WaitsForTheFunction(Executing):
    """The loop waits until the function is done."""

    def run_in_executor(self, executor: Any, func: Callback, *args: Any) -> Any:
        job = (executor or self.get_default_executor()).submit(func, *args)
        concurrent.futures.wait([job])
        return asyncio.wrap_future(job, loop=self)


@fault(breaks="executor-20")
class CannotCancel(Chaining):
    """Cancelling the future does not reach the executor."""

    def run_in_executor(self, executor: Any, func: Callback, *args: Any) -> Any:
        return asyncio.shield(super().run_in_executor(executor, func, *args))


@fault(breaks="executor-26")
class SubmitsWhenRunning(Executing):
    """The function is submitted by a callback of the loop, too late where that does not run yet."""

    def run_in_executor(self, executor: Any, func: Callback, *args: Any) -> Any:
        future = self.create_future()

        def submit() -> None:
            try:
                job = super(SubmitsWhenRunning, self).run_in_executor(executor, func, *args)
            except RuntimeError as error:
                future.set_exception(error)
            else:
                job.add_done_callback(partial(self.take_over, future))

        self.call_soon(submit)
        return future

    def take_over(self, future: Any, job: Any) -> None:
        """Give one future the outcome of another."""
        if future.done():
            return
        if error := job.exception():
            future.set_exception(error)
        else:
            future.set_result(job.result())


class HastyFuture(Future[Any]):
    """It runs its callbacks itself, in whatever thread it is ended."""

    def schedule_callbacks(self) -> None:
        """Run every callback."""
        callbacks, self.callbacks = self.callbacks, []
        for callback, context in callbacks:
            context.run(callback, self)


@fault(breaks="executor-27")
class EndsInTheExecutor(Chaining):
    """The future ends, and its callbacks run, in the thread of the executor."""

    made_future = HastyFuture

    def across(self, future: asyncio.Future[Any], job: concurrent.futures.Future[Any]) -> None:
        self.finish(future, job)


@fault(breaks="executor-27", shows="hang")
class DoesNotWake(Chaining):
    """The outcome waits in the queue until something else wakes the loop."""

    def across(self, future: asyncio.Future[Any], job: concurrent.futures.Future[Any]) -> None:
        self.call_soon(self.finish, future, job)


@fault(breaks="executor-28")
class StumblesOverCancelled(Chaining):
    """The outcome of a function whose future was cancelled is set all the same, which fails."""

    def finish(self, future: asyncio.Future[Any], job: concurrent.futures.Future[Any]) -> None:
        future.set_result(job.result()) if not job.exception() else super().finish(future, job)


@fault(breaks="executor-29")
class FallsBack(Executing):
    """Where an executor refuses, the default one is used."""

    def run_in_executor(self, executor: Any, func: Callback, *args: Any) -> Any:
        try:
            return super().run_in_executor(executor, func, *args)
        except RuntimeError:
            return super().run_in_executor(None, func, *args)


@fault(breaks="executor-47")
class MergesCallbacks(ReferenceLoop):
    """A callback from another thread is taken for one that still waits, if the function is the same."""

    def __init__(self) -> None:
        super().__init__()
        self.waiting: list[Any] = []

    def call_soon_threadsafe(self, callback: Callback, *args: Any, context: Any = None) -> Any:
        def run() -> None:
            self.waiting.remove(callback)
            callback(*args)

        if callback in self.waiting:
            return asyncio.Handle(callback, args, self, context)
        self.waiting.append(callback)
        return super().call_soon_threadsafe(run, context=context)
