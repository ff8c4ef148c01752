"""Loops on which tasks that wait for a lock or queue come out in the wrong order or cannot be cancelled."""

from __future__ import annotations

from typing import Any

from loopcert.conformance.faults import fault
from loopcert.reference import Future, Task
from loopcert.reference import Loop as ReferenceLoop


class PushingFuture(Future[Any]):
    """Puts its done callbacks at the head of the queue."""

    def schedule_callbacks(self) -> None:
        count = len(self.callbacks)
        super().schedule_callbacks()
        self.loop.ready.rotate(count)  # type: ignore[attr-defined]  # it is the reference's loop


@fault(breaks="running-62")
class WakesNewestFirst(ReferenceLoop):
    """Of several Futures completed in a row the last one's waiters go on first."""

    future_type = PushingFuture


class Stubborn(Task[Any]):
    """Says yes to cancel() and waits on."""

    def cancel(self, msg: Any | None = None) -> bool:
        return not self.done()


@fault(breaks="running-63", wide="no task can be cancelled")
class CannotCancelWaiters(ReferenceLoop):
    """A task that waits is not reached by cancel()."""

    task_type = Stubborn


class LateForCancel(Task[Any]):
    """Has no ear for cancel() between being woken and going on."""

    def cancel(self, msg: Any | None = None) -> bool:
        if self.waiter is not None and self.waiter.done():
            return False
        return super().cancel(msg)


@fault(breaks="running-64")
class IgnoresCancelOnceChosen(ReferenceLoop):
    """A task that was woken cannot be cancelled until it has gone on."""

    task_type = LateForCancel
