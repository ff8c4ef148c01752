"""Faults of waiting that the users of Lock and Semaphore notice."""

from __future__ import annotations

from loopcert.conformance.faults import fault
from loopcert.conformance.faults._waiting import AwaitDoesNotWait, CancelledFuturesDeny, LosesWakeups, NoTimers
from loopcert.conformance.faults.task_groups import UncancelDoesNothing


@fault(breaks="sync-02", wide="no Future is waited for")
class LockDoesNotWait(AwaitDoesNotWait):
    """acquire() of a held Lock takes it all the same, since awaiting a future does not wait."""


@fault(breaks="sync-02", wide="no Future wakes anybody")
class LockWakesNobody(LosesWakeups):
    """A Lock that is released tells its waiter, and the waiter is never told."""


@fault(breaks="sync-36", wide="no Future wakes anybody")
class BlocksWakeNobody(LosesWakeups):
    """Whoever leaves the block of a Lock leaves the next one waiting."""


@fault(breaks="sync-19b", wide="no Future is waited for")
class SemaphoreDoesNotWait(AwaitDoesNotWait):
    """acquire() of a Semaphore at zero returns at once."""


@fault(breaks="sync-19b", wide="no Future wakes anybody")
class SemaphoreWakesNobody(LosesWakeups):
    """A Semaphore that is released lets nobody in."""


@fault(breaks="sync-21", wide="no future is ever cancelled()")
class CancelledWaitersStay(CancelledFuturesDeny):
    """The cancelled waiter of a Semaphore still looks like one who waits."""


@fault(breaks="sync-21", wide="no Future wakes anybody")
class PromisedToNobody(LosesWakeups):
    """A Semaphore stays promised to a waiter that is never told."""


@fault(breaks="sync-38", python=">=3.12")
class GivingUpIsCancellation(UncancelDoesNothing):
    """A task that gave up waiting cannot take its own cancel back: CancelledError comes in place of TimeoutError."""


@fault(breaks="sync-38", shows="hang", python="<3.12")
class GivesUpNever(NoTimers):
    """A task that waits for a primitive with a timeout waits for ever."""
