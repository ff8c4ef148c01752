"""Loops on which `async with` and `async for` go wrong."""

from __future__ import annotations

from asyncio import CancelledError
from typing import Any

from loopcert.conformance.faults import fault
from loopcert.conformance.faults.aggregates_shield import CancelWaitsForTheFuture, Lossy
from loopcert.conformance.faults.aggregates_time import CleanUpIsInterrupted
from loopcert.conformance.faults.task_yield import BareYieldDoesNotYield
from loopcert.reference import Future, Loop, Task


@fault(breaks="syntax-07", wide="sleep(0) is a bare yield")
class EnteringDoesNotYield(BareYieldDoesNotYield):
    """After a bare yield the task goes on within the same step."""


@fault(breaks="syntax-08", wide="every result is lost")
class DecisionIsLost(Lossy):
    """What a future is completed with gets lost."""


class _YesFuture(Future[Any]):
    def result(self) -> Any:
        return super().result() is not None


@fault(breaks="syntax-08", wide="every result is exchanged")
class DecisionIsYes(Loop):
    """A future that was completed with anything gives True."""

    future_type = _YesFuture


@fault(breaks="syntax-09")
class ExitIsInterrupted(CleanUpIsInterrupted):
    """A cancel is thrown again into the __aexit__() that follows it."""


@fault(breaks="syntax-10")
class EnteringCannotBeCancelled(CancelWaitsForTheFuture):
    """A cancelled task is not interrupted before the future that it waits for is done."""


@fault(breaks="syntax-11", wide="every result is lost")
class ItemsAreLost(Lossy):
    """What a future is completed with gets lost."""


@fault(breaks="syntax-11", wide="sleep(0) is a bare yield")
class ItemsWithoutABreak(BareYieldDoesNotYield):
    """After a bare yield the task goes on within the same step."""


class _CopyingFuture(Future[Any]):
    def result(self) -> Any:
        try:
            return super().result()
        except Exception as error:  # noqa: BLE001 - exchanging all of them is the fault
            raise type(error)(*error.args) from None


@fault(breaks="syntax-12")
class AnotherErrorSurfaces(Loop):
    """Where a future is awaited, a new exception of the same kind is raised."""

    future_type = _CopyingFuture


class _FinalTask(Task[Any]):
    def advance(self, error: BaseException | None) -> None:
        cancelled = isinstance(error, CancelledError) or self.must_cancel
        super().advance(error)
        if cancelled and not self.done():
            self.ended()
            self.complete_cancelled(None)

    def step(self, error: BaseException | None = None) -> None:
        if not self.done():
            super().step(error)


@fault(breaks="syntax-12")
class CancelIsFinal(Loop):
    """A task that was interrupted by a cancel ends as cancelled, whether it caught the error or not."""

    task_type = _FinalTask


@fault(breaks="syntax-20", wide="sleep(0) is a bare yield")
class UnwindingDoesNotYield(BareYieldDoesNotYield):
    """After a bare yield the task goes on within the same step."""


@fault(breaks="syntax-20", wide="every result is lost")
class ManagedValueIsLost(Lossy):
    """What a future is completed with gets lost."""
