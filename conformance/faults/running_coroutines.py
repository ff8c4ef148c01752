"""Loops whose Futures and Tasks lose values, frames or the order in which tasks take turns."""

from __future__ import annotations

from typing import Any

from loopcert.conformance.faults import fault
from loopcert.reference import Future, Task
from loopcert.reference import Loop as ReferenceLoop


class ValuelessFuture(Future[Any]):
    """Forgets its value."""

    def complete(self, value: Any) -> None:
        super().complete(None)


class ValuelessTask(Task[Any]):
    """Forgets its value."""

    def complete(self, value: Any) -> None:
        super().complete(None)


@fault(breaks="running-47", wide="no value comes through any task")
class LosesValues(ReferenceLoop):
    """Values do not travel through Futures and Tasks."""

    future_type = ValuelessFuture
    task_type = ValuelessTask


class FaultlessFuture(Future[Any]):
    """Forgets its exception."""

    def complete_exceptionally(self, error: BaseException) -> None:
        self.complete(None)


class FaultlessTask(Task[Any]):
    """Forgets its exception."""

    def complete_exceptionally(self, error: BaseException) -> None:
        self.complete(None)


@fault(breaks="running-47", wide="no exception comes out of any task")
class LosesExceptions(ReferenceLoop):
    """Exceptions do not travel through Futures and Tasks."""

    future_type = FaultlessFuture
    task_type = FaultlessTask


class DirectFuture(Future[Any]):
    """Calls its done callbacks in place of scheduling them."""

    def schedule_callbacks(self) -> None:
        callbacks, self.callbacks = self.callbacks, []
        for fn, context in callbacks:
            context.run(fn, self)


class DirectTask(Task[Any]):
    """Calls its done callbacks in place of scheduling them, and takes a step inside that of another task."""

    def schedule_callbacks(self) -> None:
        callbacks, self.callbacks = self.callbacks, []
        for fn, context in callbacks:
            context.copy().run(fn, self)

    def step(self, error: BaseException | None = None) -> None:
        self.advance(error)


class WakesDirectly(ReferenceLoop):
    """Has those who wait for a Future or Task called by whoever completes it."""

    future_type = DirectFuture
    task_type = DirectTask


@fault(breaks="running-47", shows="hang", wide="nothing that waits for a Future is scheduled")
class RecursesAlongChains(WakesDirectly):
    """The end of a chain wakes its beginning by as many nested calls as it has links."""


@fault(breaks="running-49", wide="nothing that waits for a Future is scheduled")
class WakesInTheMiddle(WakesDirectly):
    """A task goes on inside the step of the one that woke it."""


class ForwardTask(Task[Any]):
    """Takes its first step when it is made, inside that of another task; 3.11 has no eager start to ask for."""

    def start(self) -> None:
        if self.loop.is_running():
            self.context.run(self.advance, None)
        else:
            super().start()


@fault(breaks="running-49")
class StartsTasksAtOnce(ReferenceLoop):
    """create_task takes the first step of the task, asked or not."""

    task_type = ForwardTask


class ShortBreathed(Task[Any]):
    """Takes two steps and gives up at the third."""

    __slots__ = ("steps",)

    def step(self, error: BaseException | None = None) -> None:
        self.steps = getattr(self, "steps", 0) + 1
        if self.steps < 3:
            super().step(error)
        else:
            self.ended()
            self.coroutine = None
            self.complete(None)


@fault(breaks="running-48", wide="every task that suspends more than twice")
class LosesCoroutines(ReferenceLoop):
    """A coroutine that was suspended twice is dropped with all that it had in hand."""

    task_type = ShortBreathed


class Blocking(Task[Any]):
    """Waits for a future by waiting."""

    def wait_for(self, future: Any) -> None:
        while not future.done():
            pass
        super().wait_for(future)


@fault(breaks="running-50", shows="hang")
class AwaitBlocksTheLoop(ReferenceLoop):
    """An await suspends the loop together with the task."""

    task_type = Blocking


class ImpatientFuture(Future[Any]):
    """Wakes whoever waits for it, done or not."""

    def add_done_callback(self, fn: Any, /, *, context: Any = None) -> None:
        self.loop.call_soon(fn, self, context=context)


class Impatient(Task[Any]):
    """Resumes without a result, and takes None for it."""

    def wakeup(self, future: Any) -> None:
        if not future.done():
            future.set_result(None)
        super().wakeup(future)


@fault(breaks="running-50", raises="InvalidStateError", wide="no task ever waits for a future")
class ResumesWithoutAResult(ReferenceLoop):
    """A task that waits for a future resumes in the next turn, whether there is a result or not."""

    future_type = ImpatientFuture
    task_type = Impatient


class Pushing(Task[Any]):
    """Goes to the head of the queue."""

    def start(self) -> None:
        super().start()
        ready = self.loop.ready  # type: ignore[attr-defined]  # it is the reference's loop
        ready.appendleft(ready.pop())


@fault(breaks="running-51")
class StartsTheNewestTaskFirst(ReferenceLoop):
    """Of several new tasks the newest takes its first step first."""

    task_type = Pushing
