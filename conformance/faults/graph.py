"""Loops that spoil the call graph."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Generator
from typing import Any

from loopcert.conformance.faults import fault
from loopcert.conformance.faults.aggregates_time import CurrentTaskIsAnother
from loopcert.conformance.faults.task_inspect import CurrentTaskLingers, NoCurrentTask, NotInTheCallGraph
from loopcert.reference import Loop, Task


class FutureLike:
    """Does what a future does and derives from none of asyncio's classes."""

    _asyncio_future_blocking = False

    def __init__(self, real: Any) -> None:
        self.real = real

    def __getattr__(self, name: str) -> Any:
        """Ask the real one."""
        return getattr(self.real, name)

    def __await__(self) -> Generator[Any, None, Any]:
        """Wait as the real one does."""
        return self.real.__await__()  # type: ignore[no-any-return]


class OfItsOwnKind(Loop):
    """Futures and tasks are of a kind that asyncio does not know."""

    def create_future(self) -> Any:
        """Make a future."""
        return FutureLike(super().create_future())

    def create_task(self, coro: Any, **options: Any) -> Any:
        """Make a task."""
        return FutureLike(super().create_task(coro, **options))


@fault(breaks="graph-01", python=">=3.14")
class NoGraphOfForeignKinds(OfItsOwnKind):
    """Futures and tasks are of a kind that capture_call_graph() refuses."""


@fault(breaks="graph-06a", python=">=3.14")
class NoEdgesOfForeignKinds(OfItsOwnKind):
    """Futures and tasks are of a kind that future_add_to_awaited_by() ignores."""


@fault(breaks="graph-07", python=">=3.14")
class NothingToTakeOut(OfItsOwnKind):
    """Futures are of a kind that future_discard_from_awaited_by() ignores."""


async def wrapper(coro: Any) -> Any:
    """Await a coroutine."""
    return await coro


@fault(breaks="graph-17", python=">=3.14")
class WrapsCoroutines(Loop):
    """A task runs its coroutine inside one of its own, which shows up in every call stack."""

    def create_task(self, coro: Any, **options: Any) -> Any:
        return super().create_task(wrapper(coro), **options)


class _SecretiveTask(Task[Any]):
    def get_coro(self) -> Any:
        return None


@fault(breaks="graph-12", python=">=3.14")
class CoroutineIsASecret(Loop):
    """get_coro() gives None."""

    task_type = _SecretiveTask


class _KeepsFramesTask(Task[Any]):
    def __init__(self, coro: Any, **options: Any) -> None:
        self.given = coro
        super().__init__(coro, **options)

    def get_coro(self) -> Any:
        return _Finished(self.given) if self.done() else self.given


class _Finished:
    """A coroutine that has ended and still shows a frame."""

    cr_await = None

    def __init__(self, coro: Any) -> None:
        self.coro = coro
        self.cr_frame = sys._getframe()  # noqa: SLF001  # any frame will do


@fault(breaks="graph-12", python=">=3.14")
class FramesOfTheDone(Loop):
    """A task that is done still shows where it stood."""

    task_type = _KeepsFramesTask


@fault(breaks="graph-14", wide="timeouts and task groups ask for the current task", python=">=3.14")
class NoTaskToCapture(NoCurrentTask):
    """While a coroutine runs as a task, no task is the current one."""


@fault(breaks="graph-02", python=">=3.14")
class CallbacksHaveATask(CurrentTaskLingers):
    """After its step a task still is the current one."""


@fault(breaks="graph-10", python=">=3.14")
class WaitersAreNotNamed(NotInTheCallGraph):
    """A waiting task is missing in awaited_by."""


@fault(breaks="graph-10", python=">=3.14")
class AggregatesNameAnother(CurrentTaskIsAnother):
    """The current task is an object that only stands for the task, and no future of asyncio's."""


class _ClingingTask(Task[Any]):
    def ended(self) -> None:
        super().ended()
        if self.last is not None:
            asyncio.future_add_to_awaited_by(self.last, self)

    last: Any = None

    def wait_for(self, future: Any) -> None:
        super().wait_for(future)
        self.last = future


@fault(breaks="graph-15", python=">=3.14")
class LastEdgeStays(Loop):
    """A task that has ended is still said to await what it awaited last."""

    task_type = _ClingingTask


class _MisnamedTask(Task[Any]):
    def get_name(self) -> str:
        return f"a {type(self).__name__}"


@fault(breaks="graph-16", python=">=3.14")
class NamesDoNotShow(Loop):
    """get_name() gives the kind of the task."""

    task_type = _MisnamedTask
