"""Tasks between which values and exceptions do not travel as they should."""

from typing import Any

from loopcert.conformance.faults import fault
from loopcert.conformance.faults.task_create import GivesALookalike
from loopcert.conformance.faults.task_run import WrapsErrors
from loopcert.reference import Future, Loop, Task


class ValueLostTask(Task[Any]):
    """Loses the value of its coroutine."""

    def returned(self, value: Any) -> None:
        super().returned(None if value is not None else value)


@fault(breaks="task-207")
class ValueLostInTheChain(Loop):
    """A value does not get past a task."""

    task_type = ValueLostTask


@fault(breaks="task-207")
class ErrorReplacedInTheChain(WrapsErrors):
    """An exception does not get past a task unchanged."""


@fault(breaks="task-208")
class AwaitGivesNothing(ValueLostInTheChain):
    """What is awaited comes to nothing."""


class TupleTask(Task[Any]):
    """Wraps what it gives to those who await it."""

    def __await__(self) -> Any:
        return ((yield from super().__await__()),)


@fault(breaks="task-208")
class AwaitOfATaskGivesATuple(Loop):
    """Awaiting a task reads otherwise than awaiting its coroutine."""

    task_type = TupleTask


class WrappingFuture(Future[Any]):
    """Wraps its exception."""

    def complete_exceptionally(self, error: BaseException) -> None:
        super().complete_exceptionally(RuntimeError(f"a future failed: {error}"))


@fault(breaks="task-208")
class AwaitOfAFutureWraps(Loop):
    """Awaiting a future raises another exception than the one that was set."""

    future_type = WrappingFuture


@fault(breaks="task-208")
class AwaitOfATaskWraps(WrapsErrors):
    """Awaiting a task raises another exception than its coroutine raised."""


@fault(breaks="task-209")
class TasksAreNoFutures(GivesALookalike):
    """What create_task() gives is no Future."""


class OneAwaiterTask(Task[Any]):
    """Does not queue up behind another awaiter."""

    def wait_for(self, future: Any) -> None:
        if isinstance(future, Task) and future.callbacks:
            future._asyncio_future_blocking = False  # noqa: SLF001 - documented by asyncio.isfuture()
        else:
            super().wait_for(future)


@fault(breaks="task-209")
class OneAwaiterOnly(Loop):
    """The second task that awaits a task waits for ever."""

    task_type = OneAwaiterTask


class OnceTask(Task[Any]):
    """Suspends whoever awaits it, and resumes nobody who came late."""

    def __await__(self) -> Any:
        self._asyncio_future_blocking = True
        yield self
        return self.result()

    def wait_for(self, future: Any) -> None:
        if future.done():
            future._asyncio_future_blocking = False  # noqa: SLF001 - documented by asyncio.isfuture()
        else:
            super().wait_for(future)


@fault(breaks="task-209")
class NoAwaitWhenDone(Loop):
    """Awaiting a done task suspends for ever."""

    task_type = OnceTask


class NoBareYieldTask(Task[Any]):
    """Refuses a bare yield."""

    def suspend(self, yielded: Any) -> None:
        if yielded is None:
            self.refuse("nothing was yielded")
        else:
            super().suspend(yielded)


@fault(breaks="task-210", wide="sleep(0) is a bare yield")
class RefusesBareYields(Loop):
    """A bare yield out of an __await__() that is a generator is refused."""

    task_type = NoBareYieldTask
