"""Faults in what becomes of an exception that a task raises."""

from __future__ import annotations

from typing import Any

from loopcert.conformance.faults import fault
from loopcert.reference import Loop, Task

FATAL = (KeyboardInterrupt, SystemExit)


class _ContainsFatalTask(Task[Any]):
    def step(self, error: BaseException | None = None) -> None:
        try:
            super().step(error)
        except FATAL as fatal:
            self.loop.call_exception_handler({"message": "a task failed", "exception": fatal, "task": self})


@fault(breaks="task-315")
class FatalErrorsAreReported(Loop):
    """KeyboardInterrupt and SystemExit of a task go to the exception handler, and the loop goes on."""

    task_type = _ContainsFatalTask


@fault(breaks="task-315")
class FatalErrorsEmptyTheQueue(Loop):
    """What was ready when KeyboardInterrupt or SystemExit left the run is forgotten."""

    def run_forever(self) -> None:
        """Run, and forget the rest where an error leaves the run."""
        try:
            super().run_forever()
        except FATAL:
            self.ready.clear()
            raise


class _ForgetsFatalTask(Task[Any]):
    def complete_exceptionally(self, error: BaseException) -> None:
        if not isinstance(error, FATAL):
            super().complete_exceptionally(error)


@fault(breaks="task-316")
class FatalTasksNeverEnd(Loop):
    """A task that raised KeyboardInterrupt or SystemExit stays pending for ever."""

    task_type = _ForgetsFatalTask


class _ReplacesTask(Task[Any]):
    def complete_exceptionally(self, error: BaseException) -> None:
        plain = isinstance(error, (Exception, *FATAL))
        super().complete_exceptionally(error if plain else RuntimeError(repr(error)))


@fault(breaks="task-317")
class BaseExceptionsAreReplaced(Loop):
    """A BaseException that a coroutine raises becomes a RuntimeError."""

    task_type = _ReplacesTask


class _LeavesTask(Task[Any]):
    def complete_exceptionally(self, error: BaseException) -> None:
        super().complete_exceptionally(error)
        if not isinstance(error, Exception):
            raise KeyboardInterrupt from error


@fault(breaks="task-317")
class BaseExceptionsEndTheRun(Loop):
    """Every BaseException that a coroutine raises ends the run as KeyboardInterrupt."""

    task_type = _LeavesTask
