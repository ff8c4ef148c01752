"""Loops on which `async with` and `async for` go wrong."""

from __future__ import annotations

from typing import Any

from loopcert.conformance.faults import fault
from loopcert.conformance.faults.aggregates_shield import CancelWaitsForTheFuture, Lossy
from loopcert.conformance.faults.aggregates_time import CleanUpIsInterrupted
from loopcert.conformance.faults.task_yield import BareYieldDoesNotYield
from loopcert.reference import Future, Loop


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


@fault(breaks="syntax-20", wide="sleep(0) is a bare yield")
class UnwindingDoesNotYield(BareYieldDoesNotYield):
    """After a bare yield the task goes on within the same step."""


@fault(breaks="syntax-20", wide="every result is lost")
class ManagedValueIsLost(Lossy):
    """What a future is completed with gets lost."""
