"""Loops that asyncio.as_completed() stumbles over."""

from __future__ import annotations

from typing import Any

from loopcert.conformance.faults import fault
from loopcert.conformance.faults._families import FamilyTask
from loopcert.conformance.faults.aggregates_time import StandIn
from loopcert.conformance.faults.aggregates_wait import TooEarly
from loopcert.conformance.faults.task_create import GivesALookalike
from loopcert.conformance.faults.task_groups import UnwantedTasksAreCancelled
from loopcert.reference import Future, Loop, Task


@fault(breaks="aggregates-32b", wide="every callback comes out of turn")
class NewestCompletedFirst(Loop):
    """What became ready last runs first."""

    def run_ready(self) -> None:
        for _ in range(len(self.ready)):
            self.run_handle(self.ready.pop())


class _RepresentedTask(Task[Any]):
    def schedule_callbacks(self) -> None:
        tell_another(self)


class _RepresentedFuture(Future[Any]):
    def schedule_callbacks(self) -> None:
        tell_another(self)


def tell_another(future: Any) -> None:
    """Call the done callbacks, but those that wake a task, with an object that stands for the future."""
    callbacks, future.callbacks = future.callbacks, []
    for callback, context in callbacks:
        wakes = isinstance(getattr(callback, "__self__", None), Task | Loop)
        future.loop.call_soon(callback, future if wakes else StandIn(future), context=context)


@fault(breaks="aggregates-33", python=">=3.13")
class CallbacksGetAnother(Loop):
    """A done callback is called with an object that only stands for the future."""

    task_type = _RepresentedTask
    future_type = _RepresentedFuture


@fault(breaks="aggregates-42", python=">=3.13")
class CompletedLookalikes(GivesALookalike):
    """create_task() gives an object that behaves like a task and is none."""


@fault(breaks="aggregates-34", wide="every timer is early")
class CompletedIsTooShort(TooEarly):
    """The time of as_completed() is up at once."""


@fault(breaks="aggregates-58", wide="every timer is early", python=">=3.13")
class AsyncCompletedIsTooShort(TooEarly):
    """The time of as_completed() is up at once."""


@fault(breaks="aggregates-41")
class TimeoutOfTheIterationCancels(UnwantedTasksAreCancelled):
    """A task is cancelled as soon as one that waited for it no longer does."""


class _ParentalTask(FamilyTask):
    def cancel(self, msg: Any | None = None) -> bool:
        for each in self.children:
            each.cancel(msg)
        return super().cancel(msg)


@fault(breaks="aggregates-41")
class CancelReachesChildren(Loop):
    """Cancelling a task cancels the tasks that it made."""

    task_type = _ParentalTask
