"""Tasks that go wrong on their way or at their end."""

import asyncio
import threading
from contextvars import Context, copy_context
from types import FunctionType, MethodType
from typing import Any

from loopcert.conformance.faults import fault
from loopcert.reference import Future, Loop, Task
from loopcert.reference.handle import Handle


def of_the_machinery(callback: object) -> bool:
    """Whether a callback is the step of a task or of the loop itself: most faults here spare those."""
    return isinstance(getattr(callback, "__self__", None), asyncio.Future | asyncio.AbstractEventLoop)


class IdleDropsFuture(Future[Any]):
    """Loses its callbacks when it is completed while the loop does not run."""

    def schedule_callbacks(self) -> None:
        if self.loop.is_running():
            super().schedule_callbacks()


@fault(breaks="task-14")
class LosesWakeUpsWhenIdle(Loop):
    """A task stays suspended for ever if its future is completed between two runs of the loop."""

    future_type = IdleDropsFuture


class AlwaysYieldingFuture(Future[Any]):
    """Suspends whoever awaits it, done or not."""

    def __await__(self) -> Any:
        self._asyncio_future_blocking = True
        yield self
        return self.result()


class PatientTask(Task[Any]):
    """Waits for a future that is done already."""

    def wait_for(self, future: Any) -> None:
        if future.done():
            future._asyncio_future_blocking = False  # noqa: SLF001 - documented by asyncio.isfuture()
        else:
            super().wait_for(future)


@fault(breaks="task-14")
class HangsOnDoneFutures(Loop):
    """Awaiting a future that is done suspends the task for ever."""

    future_type = AlwaysYieldingFuture
    task_type = PatientTask


class DirectFuture(Future[Any]):
    """Calls plain functions among its callbacks inside set_result()."""

    def schedule_callbacks(self) -> None:
        callbacks, self.callbacks = self.callbacks, []
        for callback, context in callbacks:
            if of_the_machinery(callback):
                self.loop.call_soon(callback, self, context=context)
            else:
                context.run(callback, self)


@fault(breaks="task-15")
class CallsDirectly(Loop):
    """Done callbacks of a future run in the midst of the step that completes it."""

    future_type = DirectFuture


@fault(breaks="task-15")
class RunsInTheThread(Loop):
    """A callable object handed over by another thread runs in that thread, beside whatever the loop does."""

    def call_soon_threadsafe(self, callback: Any, *args: Any, context: Context | None = None) -> Handle:
        if threading.get_ident() == self.thread_id or isinstance(callback, FunctionType | MethodType):
            return super().call_soon_threadsafe(callback, *args, context=context)
        (context or copy_context()).run(callback, *args)
        return super().call_soon_threadsafe(lambda: None)


class WithoutLoopTask(Task[Any]):
    """Lacks get_loop()."""

    def __getattribute__(self, name: str) -> Any:
        if name == "get_loop":
            raise AttributeError(name)
        return super().__getattribute__(name)


@fault(breaks="task-16")
class TasksWithoutGetLoop(Loop):
    """Tasks lack a method of Future."""

    task_type = WithoutLoopTask


class HomelessTask(Task[Any]):
    """Forgets its loop when it is done."""

    def get_loop(self) -> Any:
        return None if self.done() else super().get_loop()


@fault(breaks="task-16")
class GetLoopGivesNone(Loop):
    """get_loop() of a done task gives None."""

    task_type = HomelessTask


class OpenTask(Task[Any]):
    """Lets anybody decide its outcome."""

    def set_result(self, result: Any, /) -> None:
        self.complete(result)

    def set_exception(self, exception: Any, /) -> None:
        self.complete_exceptionally(exception)
        self.unretrieved = False


@fault(breaks="task-17")
class OutcomesFromOutside(Loop):
    """set_result() and set_exception() of a task work."""

    task_type = OpenTask


class DoneWhenSuspendedTask(Task[Any]):
    """Is done as soon as it waits for something."""

    def done(self) -> bool:
        return super().done() or self.waiter is not None


@fault(breaks="task-22")
class DoneTooEarly(Loop):
    """done() is true of a suspended task."""

    task_type = DoneWhenSuspendedTask


class DoneWhenReturnedTask(Task[Any]):
    """Is done after a normal return only."""

    def done(self) -> bool:
        return super().done() and not self.cancelled() and self.error is None


@fault(breaks="task-22")
class NeverDoneWhenFailed(Loop):
    """done() stays false of a task that failed or was cancelled."""

    task_type = DoneWhenReturnedTask


class ReturnedLostTask(Task[Any]):
    """Exchanges what its coroutine returned."""

    def returned(self, value: Any) -> None:
        super().returned("nothing" if value is None else None)


@fault(breaks="task-23a")
class ResultExchanged(Loop):
    """The result is None instead of the value, and a text where nothing was returned."""

    task_type = ReturnedLostTask


class WrappingTask(Task[Any]):
    """Holds an exception of its own in place of the one that was raised."""

    def complete_exceptionally(self, error: BaseException) -> None:
        super().complete_exceptionally(RuntimeError(f"a task failed: {error}"))


@fault(breaks="task-23b")
class WrapsErrors(Loop):
    """The exception of a coroutine is replaced by a RuntimeError."""

    task_type = WrappingTask


class StoppingTask(Task[Any]):
    """Stops the loop when it fails."""

    def complete_exceptionally(self, error: BaseException) -> None:
        super().complete_exceptionally(error)
        self.loop.stop()


@fault(breaks="task-23b")
class FailureStopsTheLoop(Loop):
    """The failure of one task ends the run."""

    task_type = StoppingTask


class NoneWhilePendingTask(Task[Any]):
    """Has no objection to being asked too early."""

    def result(self) -> Any:
        return super().result() if self.done() else None

    def exception(self) -> Any:
        return super().exception() if self.done() else None


@fault(breaks="task-23d")
class ResultOfThePending(Loop):
    """result() of an undone task is None."""

    task_type = NoneWhilePendingTask


@fault(breaks="task-24c")
class ExceptionOfThePending(Loop):
    """exception() of an undone task is None."""

    task_type = NoneWhilePendingTask


@fault(breaks="task-24a")
class ExceptionReplaced(WrapsErrors):
    """exception() is another object than the one that was raised."""


class TakesErrorsForFailuresTask(Task[Any]):
    """Takes a returned exception for a raised one."""

    def returned(self, value: Any) -> None:
        if isinstance(value, BaseException):
            self.ended()
            self.complete_exceptionally(value)
        else:
            super().returned(value)


@fault(breaks="task-24a")
class ReturnedExceptionFails(Loop):
    """A coroutine that returns an exception object fails with it."""

    task_type = TakesErrorsForFailuresTask


class ResultToCallbacksTask(Task[Any]):
    """Gives done callbacks its result."""

    def schedule_callbacks(self) -> None:
        callbacks, self.callbacks = self.callbacks, []
        for callback, context in callbacks:
            self.loop.call_soon(callback, self if of_the_machinery(callback) else self.value, context=context)


@fault(breaks="task-25", wide="gather(), wait() and shield() rest on done callbacks")
class CallbackGetsTheResult(Loop):
    """A done callback is called with the result in place of the task."""

    task_type = ResultToCallbacksTask


class ImpatientTask(Task[Any]):
    """Calls done callbacks inside add_done_callback() when it is done, or nearly."""

    def add_done_callback(self, fn: Any, /, *, context: Any = None) -> None:
        if not of_the_machinery(fn) and (self.done() or asyncio.current_task(self.loop) is self):
            fn(self)
        else:
            super().add_done_callback(fn, context=context)


@fault(breaks="task-25")
class CallbackInsideAdd(Loop):
    """A done callback added late runs inside add_done_callback()."""

    task_type = ImpatientTask


class RemovesOneTask(Task[Any]):
    """Removes one registration of a done callback."""

    def remove_done_callback(self, fn: Any, /) -> int:
        for pair in self.callbacks:
            if pair[0] == fn:
                self.callbacks.remove(pair)
                return 1
        return 0


@fault(breaks="task-68")
class RemovesOneCallback(Loop):
    """remove_done_callback() of a task leaves further registrations in place."""

    task_type = RemovesOneTask


class PlainTask(Task[Any]):
    """Has no type parameter."""

    def __class_getitem__(cls, item: Any) -> Any:
        raise TypeError(f"{cls.__name__} takes no parameter {item}")


@fault(breaks="task-213")
class NotGeneric(Loop):
    """The class of tasks cannot be subscripted."""

    task_type = PlainTask
