"""Tasks about which asyncio gives wrong answers."""

import asyncio
import inspect
import sys
from types import FrameType
from typing import Any

from loopcert.conformance.faults import fault
from loopcert.reference import Loop, Task
from loopcert.reference.private import enter_task, leave_task, register_task, set_running_loop, unregister_task


class CoroutineLosingTask(Task[Any]):
    """Forgets its coroutine at its end."""

    def get_coro(self) -> Any:
        return None if self.done() else super().get_coro()


@fault(breaks="task-32a")
class GetCoroOfTheDone(Loop):
    """get_coro() of a done task is None."""

    task_type = CoroutineLosingTask


class UnknownTask(Task[Any]):
    """Does not say that it runs."""

    def step(self, error: BaseException | None = None) -> None:
        self.advance(error)


@fault(breaks="task-49a", wide="timeouts and task groups ask for the current task")
class NoCurrentTask(Loop):
    """Tasks do not tell asyncio when they run."""

    task_type = UnknownTask


class LingeringTask(Task[Any]):
    """Stays the current one until another takes over."""

    def step(self, error: BaseException | None = None) -> None:
        previous = asyncio.current_task(self.loop)
        if previous is not None:
            leave_task(self.loop, previous)
        enter_task(self.loop, self)
        self.advance(error)


@fault(breaks="task-49b")
class CurrentTaskLingers(Loop):
    """After its step a task still is the current one."""

    task_type = LingeringTask


@fault(breaks="task-49b", wide="the thread keeps a running loop")
class NeverLeft(CurrentTaskLingers):
    """After the run the last task is the current one of a loop that asyncio believes to run."""

    def end_run(self) -> None:
        super().end_run()
        set_running_loop(self)


class LateTask(Task[Any]):
    """Is unknown to asyncio until its first step."""

    def start(self) -> None:
        unregister_task(self)
        super().start()

    def step(self, error: BaseException | None = None) -> None:
        register_task(self)
        super().step(error)


@fault(breaks="task-51")
class KnownFromTheFirstStep(Loop):
    """A task that has not started is missing in all_tasks()."""

    task_type = LateTask


class ImmortalTask(Task[Any]):
    """Tells nobody of its end unless it returned."""

    def ended(self) -> None:
        pass

    def done(self) -> bool:
        return super().done() and not self.cancelled() and self.error is None


@fault(breaks="task-52")
class DoneTasksStay(Loop):
    """Tasks that failed or were cancelled stay in asyncio's books."""

    task_type = ImmortalTask


FIRST: list[Loop] = []


class StrayTask(Task[Any]):
    """Says that it belongs to the first loop of all."""

    def get_loop(self) -> Any:
        return FIRST[0]


@fault(breaks="task-52")
class AllTasksOfOneLoop(Loop):
    """Tasks of every loop pass for tasks of the first one."""

    task_type = StrayTask

    def __init__(self) -> None:
        super().__init__()
        FIRST.append(self)


class EdgelessTask(Task[Any]):
    """Does not say what it waits for."""

    def wait_for(self, future: Any) -> None:
        super().wait_for(future)
        if sys.version_info >= (3, 14):
            asyncio.future_discard_from_awaited_by(future, self)


@fault(breaks="task-73")
class NotInTheCallGraph(Loop):
    """A waiting task is missing in awaited_by."""

    task_type = EdgelessTask


class ClingingTask(Task[Any]):
    """Does not say that it went on."""

    def wakeup(self, future: Any) -> None:
        super().wakeup(future)
        if sys.version_info >= (3, 14):
            asyncio.future_add_to_awaited_by(future, self)


@fault(breaks="task-73")
class StaysInTheCallGraph(Loop):
    """A task that went on stays in awaited_by."""

    task_type = ClingingTask


class DeepStackTask(Task[Any]):
    """Shows the frames of the coroutines that it awaits."""

    def get_stack(self, *, limit: int | None = None) -> list[FrameType]:
        frames = super().get_stack(limit=limit)
        inner: Any = getattr(self.coroutine, "cr_await", None)
        while not self.done() and getattr(inner, "cr_frame", None) is not None:
            frames.append(inner.cr_frame)
            inner = inner.cr_await
        return frames


@fault(breaks="task-26")
class WholeStack(Loop):
    """get_stack() of a suspended task gives a frame for every coroutine in the chain."""

    task_type = DeepStackTask


class StackAfterTheEndTask(Task[Any]):
    """Has a stack when it is done."""

    def get_stack(self, *, limit: int | None = None) -> list[FrameType]:
        return super().get_stack(limit=limit) or [frame for frame in [inspect.currentframe()] if frame]


@fault(breaks="task-27")
class StackOfTheEnded(Loop):
    """get_stack() of a task that returned or was cancelled is not empty."""

    task_type = StackAfterTheEndTask


class NoTracebackTask(Task[Any]):
    """Has no stack when it failed."""

    def get_stack(self, *, limit: int | None = None) -> list[FrameType]:
        return [] if self.done() else super().get_stack(limit=limit)


@fault(breaks="task-28")
class NoStackOfTheFailed(Loop):
    """get_stack() of a failed task is empty."""

    task_type = NoTracebackTask


class NewestFirstTask(Task[Any]):
    """Turns its stack around."""

    def get_stack(self, *, limit: int | None = None) -> list[FrameType]:
        return super().get_stack(limit=limit)[::-1]


@fault(breaks="task-29")
class NewestFrameFirst(Loop):
    """get_stack() gives the newest frame first."""

    task_type = NewestFirstTask


class NewestKeptTask(Task[Any]):
    """Cuts the oldest frames off."""

    def get_stack(self, *, limit: int | None = None) -> list[FrameType]:
        frames = super().get_stack()
        return frames if limit is None else frames[-limit:]


@fault(breaks="task-30a")
class NewestFramesKept(Loop):
    """get_stack(limit=n) of a failed task keeps the newest frames."""

    task_type = NewestKeptTask


class StderrTask(Task[Any]):
    """Prints to stderr, whatever file it is given."""

    def print_stack(self, *, limit: int | None = None, file: Any = None) -> None:
        super().print_stack(limit=limit, file=file and sys.stderr)


@fault(breaks="task-31")
class PrintsToStderr(Loop):
    """print_stack() ignores its file."""

    task_type = StderrTask


class UnlimitedTask(Task[Any]):
    """Prints all frames."""

    def print_stack(self, *, limit: int | None = None, file: Any = None) -> None:
        super().print_stack(file=file)


@fault(breaks="task-221")
class PrintsAllFrames(Loop):
    """print_stack() ignores its limit."""

    task_type = UnlimitedTask
