"""Loops that make tasks badly."""

import asyncio
from contextvars import Context
from types import CoroutineType
from typing import Any

from loopcert.conformance.faults import fault
from loopcert.reference import Loop, Task
from loopcert.reference.handle import Handle


class StartsAtOnceTask(Task[Any]):
    """Runs its first step in the constructor."""

    def start(self) -> None:
        self.context.run(self.advance, None)


@fault(breaks="task-01a")
class StartsAtOnce(Loop):
    """create_task() runs the first step of the coroutine before it returns."""

    task_type = StartsAtOnceTask


class NoneReturnedTask(Task[Any]):
    """Has None as its result, whatever the coroutine returned."""

    def returned(self, value: Any) -> None:
        super().returned(None if value is not None else value)


@fault(breaks="task-01b")
class LosesTheResult(Loop):
    """The value that the coroutine returned is lost."""

    task_type = NoneReturnedTask


class OrphanTask(Task[Any]):
    """Is not scheduled where another task makes it."""

    def start(self) -> None:
        if asyncio.current_task(self.loop) is None:
            super().start()


@fault(breaks="task-01b", wide="gather(), wait() and task groups make tasks within a task")
class StartsNoTaskOfATask(Loop):
    """A task made in a step of another task never starts."""

    task_type = OrphanTask


class CrowdedTask(Task[Any]):
    """Is not scheduled when much is queued."""

    def start(self) -> None:
        if len(self.loop.ready) < 50:  # type: ignore[attr-defined]  # of our own Loop
            super().start()


@fault(breaks="task-01b")
class StartsFewTasks(Loop):
    """Tasks made while fifty callbacks are queued never start."""

    task_type = CrowdedTask


@fault(breaks="task-01b")
class NoTasksInDebugMode(Loop):
    """In debug mode create_task() passes on one keyword too many."""

    def create_task(self, coro: Any, **options: Any) -> Any:
        if self.get_debug() and options:
            coro.close()
            raise TypeError("create_task() got an unexpected keyword argument")
        return super().create_task(coro, **options)


@fault(breaks="task-222")
class NativeCoroutinesOnly(Loop):
    """Only coroutines of `async def` are taken."""

    def create_task(self, coro: Any, **options: Any) -> Any:
        if not isinstance(coro, CoroutineType):
            raise TypeError(f"a coroutine was expected, got {coro!r}")
        return super().create_task(coro, **options)


class Lookalike:
    """Has what a task has; but nothing says that it is one."""

    def __init__(self, real: Any) -> None:
        self.real = real

    def __getattr__(self, name: str) -> Any:
        if name == "_asyncio_future_blocking":
            raise AttributeError(name)
        return getattr(self.real, name)

    def __await__(self) -> Any:
        return self.real.__await__()


@fault(breaks="task-72")
class GivesALookalike(Loop):
    """create_task() gives an object that behaves like a task and is none."""

    def create_task(self, coro: Any, **options: Any) -> Any:
        return Lookalike(super().create_task(coro, **options))


@fault(breaks="task-211")
class GivesNoFuture(GivesALookalike):
    """What create_task() gives is unknown to asyncio.isfuture()."""


@fault(breaks="task-74")
class AcceptsWhenClosed(Loop):
    """create_task() of a closed loop gives a future that is never done."""

    def create_task(self, coro: Any, **options: Any) -> Any:
        if self.closed:
            coro.close()
            return self.create_future()
        return super().create_task(coro, **options)


@fault(breaks="task-200")
class WrapsAnything(Loop):
    """create_task() makes a task of whatever it gets."""

    def create_task(self, coro: Any, **options: Any) -> Any:
        async def wrapped() -> Any:
            return coro

        return super().create_task(coro if asyncio.iscoroutine(coro) else wrapped(), **options)


class JumpsTheQueueTask(Task[Any]):
    """Starts before all that was scheduled earlier."""

    def start(self) -> None:
        super().start()
        self.loop.ready.rotate(1)  # type: ignore[attr-defined]  # of our own Loop


@fault(breaks="task-203")
class NewestTaskFirst(Loop):
    """The task made last starts first."""

    task_type = JumpsTheQueueTask


class UnnamableTask(Task[Any]):
    """Keeps the name that it was made with."""

    def set_name(self, value: object, /) -> None:
        pass


@fault(breaks="task-205")
class ForgetsTheName(Loop):
    """create_task() drops the name, and nobody can set it afterwards, as asyncio.create_task() does up to 3.12."""

    task_type = UnnamableTask

    def create_task(self, coro: Any, **options: Any) -> Any:
        options.pop("name", None)
        return super().create_task(coro, **options)


@fault(breaks="task-205")
class RefusesAContext(Loop):
    """create_task() does not know the keyword context, as before Python 3.11."""

    def create_task(self, coro: Any, **options: Any) -> Any:
        if "context" in options:
            coro.close()
            raise TypeError("create_task() got an unexpected keyword argument 'context'")
        return super().create_task(coro, **options)


class HomelessTask(Task[Any]):
    """Forgets its loop when it is done."""

    def get_loop(self) -> Any:
        return None if self.done() else super().get_loop()


@fault(breaks="task-205")
class ForgetsTheLoop(Loop):
    """get_loop() of a done task gives None."""

    task_type = HomelessTask


@fault(breaks="task-65")
class LosesForeignSteps(Loop):
    """Steps of asyncio's own Task, which are no Python functions, never run."""

    def call_soon(self, callback: Any, *args: Any, context: Context | None = None) -> Handle:
        handle = super().call_soon(callback, *args, context=context)
        if type(callback).__name__ == "TaskStepMethWrapper":
            handle.cancel()
        return handle
