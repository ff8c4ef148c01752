"""Loops that asyncio.gather() stumbles over."""

from __future__ import annotations

import asyncio
from typing import Any

from loopcert.conformance.faults import fault
from loopcert.conformance.faults._families import FamilyTask
from loopcert.reference import Future, Loop, Task


class _LastResultTask(Task[Any]):
    def complete(self, value: Any) -> None:
        LATEST[:] = [value]
        super().complete(value)

    def result(self) -> Any:
        super().result()
        return LATEST[0]


class _LastResultFuture(Future[Any]):
    def complete(self, value: Any) -> None:
        LATEST[:] = [value]
        super().complete(value)

    def result(self) -> Any:
        super().result()
        return LATEST[0]


LATEST: list[Any] = []


@fault(breaks="aggregates-04", wide="every result that is not read at once is another's")
class OneResultForAll(Loop):
    """Results lie in one place, where the latest covers the earlier ones."""

    task_type = _LastResultTask
    future_type = _LastResultFuture


class SociableTask(FamilyTask):
    """Tells of its end when its siblings have ended, too."""

    def schedule_callbacks(self) -> None:
        """Tell for all, or leave it to the last one."""
        if not self.siblings():
            family: list[Any] = [self] if self.parent is None else self.parent.children
            for each in family:
                each.tell()

    def tell(self) -> None:
        """Tell of the own end."""
        super().schedule_callbacks()


@fault(breaks="aggregates-06a")
class SiblingsEndTogether(Loop):
    """The end of a task is told only when the other tasks of its maker have ended, too."""

    task_type = SociableTask


class _RuinousTask(FamilyTask):
    def complete_exceptionally(self, error: BaseException) -> None:
        super().complete_exceptionally(error)
        for each in self.siblings():
            each.cancel()


@fault(breaks="aggregates-06b")
class FailureTakesSiblingsAlong(Loop):
    """A task that fails has the other tasks of its maker cancelled."""

    task_type = _RuinousTask


class ErrorCopyingTask(Task[Any]):
    """Shows a copy of its error."""

    def exception(self) -> BaseException | None:
        """Make the copy."""
        error = super().exception()
        return None if error is None else type(error)(*error.args)


@fault(breaks="aggregates-07")
class ExceptionGivesACopy(Loop):
    """exception() gives a new exception of the same kind."""

    task_type = ErrorCopyingTask


class StammeringTask(Task[Any]):
    """Tells everybody twice that it is done."""

    def schedule_callbacks(self) -> None:
        """Have each callback called twice, but those of tasks."""
        self.callbacks[:] = [pair for pair in self.callbacks for _ in (1, 2)]
        super().schedule_callbacks()


@fault(breaks="aggregates-07", wide="whoever counts the ends of tasks counts wrong")
class GatherCountsTwice(Loop):
    """Done callbacks of a task are called twice."""

    task_type = StammeringTask


class _OneAtATimeTask(Task[Any]):
    def cancel(self, msg: Any | None = None) -> bool:
        if any(isinstance(each, _OneAtATimeTask) and each.cancelled_now() for each in asyncio.all_tasks(self.loop)):
            return False
        return super().cancel(msg)

    def cancelled_now(self) -> bool:
        return self.must_cancel or (self.waiter is not None and self.waiter.cancelled())


@fault(breaks="aggregates-08")
class OneCancelAtATime(Loop):
    """While one task is about to be cancelled, no other can be."""

    task_type = _OneAtATimeTask


class _SilentCancelTask(Task[Any]):
    def cancel(self, msg: Any | None = None) -> bool:
        super().cancel(msg)
        return False


@fault(breaks="aggregates-43")
class CancelTellsNothing(Loop):
    """cancel() of a task does what it should and returns False."""

    task_type = _SilentCancelTask


class FailingTask(Task[Any]):
    """Fails where it should be cancelled."""

    def cancelled(self) -> bool:
        """Say no."""
        return False

    def exception(self) -> BaseException | None:
        """Give an error of its own for the cancellation."""
        return RuntimeError("cancelled") if super().cancelled() else super().exception()


@fault(breaks="aggregates-09a")
class CancelledChildrenFail(Loop):
    """A cancelled task says that it failed with a RuntimeError."""

    task_type = FailingTask


class _InfectiousTask(FamilyTask):
    def schedule_callbacks(self) -> None:
        super().schedule_callbacks()
        if self.cancelled():
            for each in self.siblings():
                each.cancel()


@fault(breaks="aggregates-09b")
class CancelSpreads(Loop):
    """The cancellation of a task spreads to the other tasks of its maker."""

    task_type = _InfectiousTask


class _TruthOnlyFuture(Future[Any]):
    def complete(self, value: Any) -> None:
        super().complete(value or None)


@fault(breaks="aggregates-11")
class EmptyIsNone(Loop):
    """A future whose result is an empty container gives None."""

    future_type = _TruthOnlyFuture


class _ReadOnceTask(Task[Any]):
    def result(self) -> Any:
        value = super().result()
        self.value = None
        return value


class _ReadOnceFuture(Future[Any]):
    def result(self) -> Any:
        value = super().result()
        self.value = None
        return value


@fault(breaks="aggregates-51", wide="run_until_complete() and others read a result again")
class ResultsAreReadOnce(Loop):
    """result() gives the result once, and None afterwards."""

    task_type = _ReadOnceTask
    future_type = _ReadOnceFuture


class _QueueingTask(FamilyTask):
    def start(self) -> None:
        before = self.siblings()
        if before:
            before[-1].add_done_callback(lambda _: super(_QueueingTask, self).start())
        else:
            super().start()


@fault(breaks="aggregates-52", wide="tasks of one maker that wait for each other never end")
class OneTaskAfterTheOther(Loop):
    """A task begins when the one that its maker made before has ended."""

    task_type = _QueueingTask


class _UnforgivingTask(Task[Any]):
    def exception(self) -> BaseException | None:
        error = super().exception()
        self.unretrieved = error is not None
        return error


@fault(breaks="aggregates-56")
class OnlyResultRetrieves(Loop):
    """An exception that was read by exception() still counts as never retrieved."""

    task_type = _UnforgivingTask
