"""Tasks that take what they should refuse, and refuse what they should take."""

import asyncio
from typing import Any

from loopcert.conformance.faults import fault
from loopcert.conformance.faults.task_await import RefusesBareYields
from loopcert.reference import Loop, Task


class NoTypeErrorTask(Task[Any]):
    """Takes a TypeError for its own."""

    def complete_exceptionally(self, error: BaseException) -> None:
        if isinstance(error, TypeError):
            error = RuntimeError(f"not awaitable: {error}")
        super().complete_exceptionally(error)


@fault(breaks="task-206")
class NoTypeError(Loop):
    """A task that awaited what cannot be awaited fails with another exception than TypeError."""

    task_type = NoTypeErrorTask


@fault(breaks="task-206", wide="sleep(0) is a bare yield")
class NoSecondChance(RefusesBareYields):
    """A coroutine that caught the TypeError cannot sleep afterwards."""


class TakesAnythingTask(Task[Any]):
    """Waits for whatever comes out of the coroutine."""

    def suspend(self, yielded: Any) -> None:
        if getattr(yielded, "_asyncio_future_blocking", False):
            self.wait_for(yielded)
        elif yielded is None or not hasattr(yielded, "add_done_callback"):
            super().suspend(None)
        else:
            super().suspend(yielded)


@fault(breaks="task-76")
class WaitsForItself(Loop):
    """A task that awaits itself waits for ever."""

    task_type = TakesAnythingTask


@fault(breaks="task-77")
class WaitsForForeignFutures(Loop):
    """A task waits for the future of another loop."""

    task_type = TakesAnythingTask


@fault(breaks="task-78")
class TakesAnyYield(Loop):
    """Whatever is yielded counts as a bare yield."""

    task_type = TakesAnythingTask


class TakesUnawaitedTask(Task[Any]):
    """Waits for a future that was yielded without await."""

    def suspend(self, yielded: Any) -> None:
        if isinstance(yielded, asyncio.Future):
            self.wait_for(yielded)
        else:
            super().suspend(yielded)


@fault(breaks="task-78")
class TakesUnawaitedFutures(Loop):
    """A future yielded without await is waited for."""

    task_type = TakesUnawaitedTask


class RestlessTask(Task[Any]):
    """Goes on at once after a bare yield."""

    def suspend(self, yielded: Any) -> None:
        if yielded is None:
            self.advance(None)
        else:
            super().suspend(yielded)


@fault(breaks="task-59a", wide="sleep(0) is a bare yield")
class BareYieldDoesNotYield(Loop):
    """After a bare yield the task goes on within the same step."""

    task_type = RestlessTask


class OwnKindTask(Task[Any]):
    """Waits for instances of asyncio.Future only."""

    def suspend(self, yielded: Any) -> None:
        if yielded is None or isinstance(yielded, asyncio.Future):
            super().suspend(yielded)
        else:
            self.refuse("no Future")


@fault(breaks="task-59b")
class RefusesFutureLikes(Loop):
    """An object that is like a future and none of asyncio's classes is refused."""

    task_type = OwnKindTask
