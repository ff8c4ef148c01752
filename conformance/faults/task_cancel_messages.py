"""Faults of the msg of cancel()."""

from __future__ import annotations

from asyncio import CancelledError
from typing import Any

from loopcert.conformance.faults import fault
from loopcert.reference import Loop, Task
from loopcert.reference.future import CANCELLED


class _ForgetsAtTheEndTask(Task[Any]):
    def schedule_callbacks(self) -> None:
        if self.state is CANCELLED:
            self.message = self.cancel_error = None
        super().schedule_callbacks()


@fault(breaks="task-41")
class MsgIsLostAtTheAwaiter(Loop):
    """The awaiter of a cancelled task gets a CancelledError without the msg."""

    task_type = _ForgetsAtTheEndTask


class _NoParameterTask(Task[Any]):
    def cancel(self) -> bool:
        return super().cancel()


@fault(breaks="task-41", raises="TypeError")
class CancelTakesNoMsg(Loop):
    """cancel() takes no argument."""

    task_type = _NoParameterTask


class _TextOnlyTask(Task[Any]):
    def cancel(self, msg: Any | None = None) -> bool:
        return super().cancel(str(msg) if msg else None)


@fault(breaks="task-41")
class MsgIsATextOrNothing(Loop):
    """A msg that is false counts as none."""

    task_type = _TextOnlyTask


class _DropsTask(Task[Any]):
    def cancel(self, msg: Any | None = None) -> bool:
        return super().cancel()


@fault(breaks="task-308")
class MsgIsDropped(Loop):
    """cancel() drops its msg."""

    task_type = _DropsTask


class _NoneTask(Task[Any]):
    def make_cancelled_error(self) -> CancelledError:
        error = super().make_cancelled_error()
        return error if error.args else CancelledError(None)


@fault(breaks="task-309")
class NoMsgIsNone(Loop):
    """Without a msg the CancelledError of a task has the argument None."""

    task_type = _NoneTask


class _TellsAwaitersOnlyTask(Task[Any]):
    def result(self) -> Any:
        if self.cancelled():
            raise CancelledError
        return super().result()

    def exception(self) -> BaseException | None:
        if self.cancelled():
            raise CancelledError
        return super().exception()


@fault(breaks="task-310")
class ResultForgetsTheMsg(Loop):
    """result() and exception() of a cancelled task raise a bare CancelledError."""

    task_type = _TellsAwaitersOnlyTask
