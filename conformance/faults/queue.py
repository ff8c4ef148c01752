"""Faults of waiting that the users of a Queue notice."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import Context
from typing import Any

from loopcert.conformance.faults import fault
from loopcert.conformance.faults._waiting import (
    AwaitDoesNotWait,
    DeafToTasks,
    LosesWakeups,
    NoTimers,
    RecyclesFutures,
)
from loopcert.conformance.faults.task_cancel import CancelFromThreadWakesNobody
from loopcert.conformance.faults.task_groups import UncancelDoesNothing
from loopcert.reference import Loop


@fault(breaks="queue-01a", wide="no Future wakes anybody")
class ConsumersAreForgotten(LosesWakeups):
    """A task that waits for an item never learns that there is one."""


@fault(breaks="queue-02a", shows="hang")
class PutDoesNotWait(AwaitDoesNotWait):
    """put() on a full queue does not wait, and spins or fails."""


@fault(breaks="queue-02a", wide="no Future wakes anybody")
class PuttersAreForgotten(LosesWakeups):
    """A slot that is free is told to a task that never hears of it."""


@fault(breaks="queue-03a", wide="no Future wakes anybody")
class GettersAreForgotten(LosesWakeups):
    """An item that is put is told to a task that never hears of it."""


@fault(breaks="queue-07", wide="no Future wakes anybody")
class JoinIsForgotten(LosesWakeups):
    """A task that waits in join() never learns that all is done."""


@fault(breaks="queue-07", wide="no Future is waited for")
class JoinDoesNotWait(AwaitDoesNotWait):
    """join() returns while items are unfinished."""


@fault(breaks="queue-07", wide="Futures are used again")
class JoinWaitsOnce(RecyclesFutures):
    """A second join() gets the future of the first one, which is done."""


@fault(breaks="queue-20", python=">=3.12")
class GivingUpIsCancellation(UncancelDoesNothing):
    """A task that gave up get() or put() cannot take its own cancel back: CancelledError in place of TimeoutError."""


@fault(breaks="queue-20", shows="hang", python="<3.12")
class GivesUpNever(NoTimers):
    """A task that waits for a queue with a timeout waits for ever."""


@fault(breaks="queue-21", wide="no Task can cancel another")
class WorkersAreDeaf(DeafToTasks):
    """A worker that waits for an item cannot be cancelled by the task that made it."""


@fault(breaks="queue-22", shows="hang")
class ItemsFromThreadsWakeNobody(CancelFromThreadWakesNobody):
    """An item from a thread is queued, and the loop sleeps on."""


@fault(breaks="queue-22")
class NewestOfThreadsFirst(Loop):
    """What threads hand over runs before all that is queued, newest first."""

    def call_soon_threadsafe(self, callback: Callable[..., Any], *args: Any, context: Context | None = None) -> Any:
        handle = super().call_soon_threadsafe(callback, *args, context=context)
        self.ready.rotate(1)
        return handle
