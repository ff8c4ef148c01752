"""Loops on which something else surfaces than what was awaited."""

from __future__ import annotations

from asyncio import CancelledError
from typing import Any

from loopcert.conformance.faults import fault
from loopcert.reference import Future, Loop, Task


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
