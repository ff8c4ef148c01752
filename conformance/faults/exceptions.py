"""Loops, Futures and Tasks that lose or change an exception on its way to the await."""

from __future__ import annotations

import asyncio
from typing import Any

from loopcert.conformance.faults import fault
from loopcert.reference import Future as ReferenceFuture
from loopcert.reference import Loop as ReferenceLoop
from loopcert.reference import Task as ReferenceTask
from loopcert.reference.future import FutureCore


class Caught(asyncio.CancelledError, Exception):
    """The CancelledError of the time when it was an Exception."""


class OrdinaryCancellation(FutureCore):
    """Raises the old kind when cancelled."""

    def make_cancelled_error(self) -> asyncio.CancelledError:
        return Caught()


class OrdinaryFuture(OrdinaryCancellation, ReferenceFuture[Any]):
    """A Future of that kind."""


class OrdinaryTask(OrdinaryCancellation, ReferenceTask[Any]):
    """A Task of that kind."""


@fault(breaks="exceptions-02")
class CancellationIsAnException(ReferenceLoop):
    """A cancellation can be caught as an Exception."""

    future_type = OrdinaryFuture
    task_type = OrdinaryTask


class Remaking(FutureCore):
    """Makes the exception anew, from its class and arguments."""

    def complete_exceptionally(self, error: BaseException) -> None:
        try:
            remade = type(error)(*error.args)
        except TypeError as failure:
            remade = failure
        super().complete_exceptionally(remade)


class RemakingFuture(Remaking, ReferenceFuture[Any]):
    """A Future that does so."""


class RemakingTask(Remaking, ReferenceTask[Any]):
    """A Task that does so."""


@fault(breaks="exceptions-12")
class RemakesExceptions(ReferenceLoop):
    """The exception at the await is a new one of the same class."""

    future_type = RemakingFuture
    task_type = RemakingTask


class HastyTask(ReferenceTask[Any]):
    """Closes its coroutine when the awaited future has failed, and takes the exception over."""

    def wakeup(self, future: Any) -> None:
        error = None if future.cancelled() else future.exception()
        if error is None or self.coroutine is None:
            super().wakeup(future)
        else:
            self.coroutine.close()
            self.ended()
            self.complete_exceptionally(error)


@fault(breaks="exceptions-13")
class ClosesInsteadOfThrowing(ReferenceLoop):
    """A coroutine does not get to see the exception of what it awaits."""

    task_type = HastyTask


class Alarming(FutureCore):
    """Tells its loop of every failure."""

    def complete_exceptionally(self, error: BaseException) -> None:
        super().complete_exceptionally(error)
        if isinstance(self.loop, EndsWithTheFirstFailure):
            self.loop.failure = error


class AlarmingFuture(Alarming, ReferenceFuture[Any]):
    """A Future that does so."""


class AlarmingTask(Alarming, ReferenceTask[Any]):
    """A Task that does so."""


@fault(breaks="exceptions-14")
class EndsWithTheFirstFailure(ReferenceLoop):
    """The exception of any Task or Future leaves the run."""

    future_type = AlarmingFuture
    task_type = AlarmingTask
    failure: BaseException | None = None

    def run_once(self) -> None:
        super().run_once()
        if self.failure is not None:
            error, self.failure = self.failure, None
            raise error


class Stripping(FutureCore):
    """Stores exceptions without their traceback."""

    def complete_exceptionally(self, error: BaseException) -> None:
        super().complete_exceptionally(error.with_traceback(None))


class StrippingFuture(Stripping, ReferenceFuture[Any]):
    """A Future that does so."""


class StrippingTask(Stripping, ReferenceTask[Any]):
    """A Task that does so."""


@fault(breaks="exceptions-15")
class ForgetsTheTraceback(ReferenceLoop):
    """The traceback of an exception begins at the await."""

    future_type = StrippingFuture
    task_type = StrippingTask


@fault(breaks="exceptions-16")
class GivesBackAnything(ReferenceLoop):
    """run_until_complete() gives back what it cannot await."""

    def run_until_complete(self, future: Any) -> Any:
        if not hasattr(future, "__await__"):
            return future
        return super().run_until_complete(future)


class LenientFuture(ReferenceFuture[Any]):
    """Ignores what comes too late."""

    def set_result(self, result: Any, /) -> None:
        if not self.done():
            super().set_result(result)

    def set_exception(self, exception: Any, /) -> None:
        if not self.done():
            super().set_exception(exception)


@fault(breaks="exceptions-17")
class IgnoresLateOutcomes(ReferenceLoop):
    """A second outcome is ignored without a word."""

    future_type = LenientFuture


class FickleFuture(ReferenceFuture[Any]):
    """Takes the last outcome, complaining."""

    def set_result(self, result: Any, /) -> None:
        late = self.done()
        self.error = None
        self.complete(result)
        if late:
            raise asyncio.InvalidStateError("done already")

    def set_exception(self, exception: Any, /) -> None:
        late = self.done()
        self.complete_exceptionally(exception)
        if late:
            raise asyncio.InvalidStateError("done already")


@fault(breaks="exceptions-17")
class TakesTheLastOutcome(ReferenceLoop):
    """A second outcome raises InvalidStateError and replaces the first one all the same."""

    future_type = FickleFuture
