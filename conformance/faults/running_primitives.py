"""Loops on which asyncio's locks and queues lose their waiters, or let in too many."""

from __future__ import annotations

import asyncio
from typing import Any

from loopcert.conformance.faults import fault
from loopcert.reference import Future
from loopcert.reference import Loop as ReferenceLoop


class LossyFuture(Future[Any]):
    """Loses the wake-up of whoever waits for it."""

    def complete(self, value: Any) -> None:
        self.callbacks = []
        super().complete(value)


class LosesWakeups(ReferenceLoop):
    """Never tells those who wait for one of its futures."""

    future_type = LossyFuture


@fault(breaks="running-59", wide="no Future wakes anybody")
class LosesEventWakeups(LosesWakeups):
    """Tasks that wait for an Event, Condition or Barrier are forgotten."""


@fault(breaks="running-61", wide="no Future wakes anybody")
class LosesQueueWakeups(LosesWakeups):
    """Tasks that wait for a Queue are forgotten."""


class VagueFuture(Future[Any]):
    """Takes whatever is done for cancelled."""

    def cancelled(self) -> bool:
        return self.done()


@fault(breaks="running-58", wide="whoever asks a done Future is told that it was cancelled")
class LetsOthersOvertake(ReferenceLoop):
    """A waiter of a Lock that was chosen looks like a cancelled one, and is overtaken."""

    future_type = VagueFuture


class SharesFutures(ReferenceLoop):
    """Gives the same pending Future to all who ask."""

    shared: asyncio.Future[Any] | None = None

    def create_future(self) -> asyncio.Future[Any]:
        if self.shared is None or self.shared.done():
            self.shared = super().create_future()
        return self.shared


@fault(breaks="running-58", wide="Futures are shared")
class LetsAllIntoALock(SharesFutures):
    """A release of a Lock wakes all of its waiters."""


@fault(breaks="running-60", wide="Futures are shared")
class LetsAllIntoASemaphore(SharesFutures):
    """A release of a Semaphore wakes all of its waiters."""


@fault(breaks="running-59", wide="Futures are shared")
class LetsAllIntoACondition(SharesFutures):
    """Those notified by a Condition hold its lock together."""
