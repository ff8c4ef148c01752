"""Faults of waiting that the users of Event and Condition notice."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import Context
from typing import Any

from loopcert.conformance.faults import fault
from loopcert.conformance.faults._waiting import (
    AwaitDoesNotWait,
    LosesLaterWakeups,
    LosesWakeups,
    RecyclesFutures,
    SharesFutures,
    WaitsOnce,
)
from loopcert.conformance.faults.task_cancel import CancelFromThreadWakesNobody
from loopcert.reference import Loop


@fault(breaks="sync-06b", wide="no Future is waited for")
class EventDoesNotWait(AwaitDoesNotWait):
    """wait() for an Event that is not set returns at once."""


@fault(breaks="sync-06b", wide="no Future wakes anybody")
class EventWakesNobody(LosesWakeups):
    """Those who wait for an Event never learn that it was set."""


@fault(breaks="sync-08", wide="Futures are used again")
class EventStaysSet(RecyclesFutures):
    """A wait after clear() gets the future of the wait before, which is done."""


@fault(breaks="sync-37", shows="hang")
class ThreadWakesNobody(CancelFromThreadWakesNobody):
    """set() from a thread is queued, and the loop sleeps on."""


@fault(breaks="sync-37")
class ThreadSpeaksToNobody(Loop):
    """What a thread hands to a loop that does not run is dropped."""

    def call_soon_threadsafe(self, callback: Callable[..., Any], *args: Any, context: Context | None = None) -> Any:
        handle = super().call_soon_threadsafe(callback, *args, context=context)
        if not self.is_running():
            handle.cancel()
        return handle


@fault(breaks="sync-10b", wide="Futures are shared")
class ConditionsShareWaiters(SharesFutures):
    """The waiters of two conditions are given one future."""


@fault(breaks="sync-12a", wide="no Future is waited for")
class ConditionDoesNotWait(AwaitDoesNotWait):
    """wait() of a Condition takes its lock back before anybody else can have it."""


@fault(breaks="sync-12b", wide="a Task waits for one Future only")
class ConditionReturnsUnlocked(WaitsOnce):
    """A notified task does not wait for the lock any more."""


@fault(breaks="sync-14", wide="a Task is woken once")
class ConditionWakesOnce(LosesLaterWakeups):
    """A task that was notified in vain is not notified again."""


@fault(breaks="sync-15a", wide="Futures are shared")
class NotifiesTooMany(SharesFutures):
    """Whoever is notified has the future of all the others."""


@fault(breaks="sync-15a", wide="no Future wakes anybody")
class NotifiesNobody(LosesWakeups):
    """Those who are notified never learn of it."""


@fault(breaks="sync-30", wide="no Future is waited for")
class ConditionTakesAHeldLock(AwaitDoesNotWait):
    """acquire() of a Condition returns while another one holds the lock."""
