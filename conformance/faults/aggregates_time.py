"""Loops that asyncio.sleep() and asyncio.wait_for() stumble over."""

from __future__ import annotations

from asyncio import CancelledError
from typing import Any

from loopcert.conformance.faults import fault
from loopcert.conformance.faults.aggregates_shield import Lossy
from loopcert.conformance.faults.aggregates_wait import TooEarly
from loopcert.conformance.faults.task_groups import UncancelDoesNothing, UnwantedTasksAreCancelled
from loopcert.conformance.faults.task_yield import BareYieldDoesNotYield
from loopcert.conformance.faults.timers import Setting
from loopcert.reference import Future, Loop, Task
from loopcert.reference.private import enter_task, leave_task


@fault(breaks="aggregates-01a", wide="every timer is early")
class SleepIsTooShort(TooEarly):
    """Timers are due at once."""


@fault(breaks="aggregates-01b")
class OneArgumentForTimers(Setting):
    """Every argument of a timer's callback after the first is None."""

    def set_timer(self, when: float, callback: Any, args: tuple[Any, ...], context: Any) -> Any:
        return super().set_timer(when, callback, (*args[:1], *(None for _ in args[1:])), context)


@fault(breaks="aggregates-02", wide="sleep(0) is a bare yield")
class SleepZeroDoesNotSuspend(BareYieldDoesNotYield):
    """After a bare yield the task goes on within the same step."""


@fault(breaks="aggregates-26", wide="every result is lost")
class WaitForLosesResults(Lossy):
    """Results get lost."""


@fault(breaks="aggregates-27", python=">=3.12")
class OwnCancelIsForeign(UncancelDoesNothing):
    """uncancel() lowers nothing, so wait_for() takes its own cancel for one from outside."""


@fault(breaks="aggregates-27", wide="every timer is early")
class WaitForIsTooShort(TooEarly):
    """The time of wait_for() is up at once."""


class AbruptTask(Task[Any]):
    """Does not wait until what it waited for has ended when it is cancelled."""

    passes_on = True

    def cancel(self, msg: Any | None = None) -> bool:
        """Interrupt the task in the next iteration, whatever becomes of the future."""
        waiter = self.waiter
        if self.done() or waiter is None:
            return super().cancel(msg)
        self.cancel_requests += 1
        waiter.remove_done_callback(self.wakeup)
        if self.passes_on:
            waiter.cancel(msg)
        self.waiter = None
        self.loop.call_soon(self.step, CancelledError(), context=self.context)
        return True


@fault(breaks="aggregates-28", python=">=3.12")
class DoesNotWaitForTheCancelled(Loop):
    """A cancelled task does not wait for the end of the task that it cancels."""

    task_type = AbruptTask


class InsistentTask(Task[Any]):
    """Throws a cancel into its coroutine twice."""

    again = False

    def advance(self, error: BaseException | None) -> None:
        """Throw the error, and once more at the next step."""
        if self.again and error is None:
            self.again = False
            error = CancelledError()
        elif isinstance(error, CancelledError) or self.must_cancel:
            self.again = True
        super().advance(error)


@fault(breaks="aggregates-28")
class CleanUpIsInterrupted(Loop):
    """A cancel is thrown again into the clean-up that follows it."""

    task_type = InsistentTask


@fault(breaks="aggregates-29")
class FailingCleanUpIsInterrupted(Loop):
    """A cancel is thrown again into the clean-up that follows it."""

    task_type = InsistentTask


class _StaysBehindTask(AbruptTask):
    passes_on = False


@fault(breaks="aggregates-30", python=">=3.12")
class CancelStaysHere(Loop):
    """cancel() interrupts the task itself and leaves what it waits for alone."""

    task_type = _StaysBehindTask


class _DeafFuture(Future[Any]):
    def cancel(self, msg: Any = None) -> bool:
        return False


class _DeafTask(Task[Any]):
    def cancel(self, msg: Any = None) -> bool:
        return False


@fault(breaks="aggregates-30", python="<3.12", wide="nothing can be cancelled")
class NobodyHearsACancel(Loop):
    """cancel() does nothing: there wait_for() calls it for what it waits for, and needs no passing on."""

    future_type = _DeafFuture
    task_type = _DeafTask


class StandIn:
    """Has what a task has, and is another object."""

    def __init__(self, task: Task[Any]) -> None:
        self.task = task

    def __getattr__(self, name: str) -> Any:
        """Ask the task."""
        return getattr(self.task, name)


class _RepresentedTask(Task[Any]):
    def step(self, error: BaseException | None = None) -> None:
        stand_in: Any = StandIn(self)
        enter_task(self.loop, stand_in)
        try:
            self.advance(error)
        finally:
            leave_task(self.loop, stand_in)


@fault(breaks="aggregates-44", python=">=3.12")
class CurrentTaskIsAnother(Loop):
    """The current task is an object that only stands for the task."""

    task_type = _RepresentedTask


class _FreshContextTask(Task[Any]):
    def advance(self, error: BaseException | None) -> None:
        self.context.copy().run(super().advance, error)


@fault(breaks="aggregates-44", python=">=3.12")
class EveryStepInACopy(Loop):
    """Each step of a task runs in a new copy of the context, and what it sets is kept from the next one."""

    task_type = _FreshContextTask


class _TooLateTask(Task[Any]):
    def cancel(self, msg: Any | None = None) -> bool:
        if self.waiter is not None and self.waiter.done():
            return False
        return super().cancel(msg)


@fault(breaks="aggregates-48", python=">=3.12")
class CancelComesTooLate(Loop):
    """A task whose future is done cannot be cancelled any more."""

    task_type = _TooLateTask


@fault(breaks="aggregates-55")
class ShieldOfNoUse(UnwantedTasksAreCancelled):
    """A task is cancelled as soon as one that waited for it no longer does."""
