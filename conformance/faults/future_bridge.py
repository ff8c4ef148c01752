"""Broken loops under ensure_future() and wrap_future()."""

import asyncio
import inspect
from contextvars import Context
from typing import Any

from loopcert.conformance.faults import fault
from loopcert.conformance.faults.future_state import FuturesAndTasksUnknown
from loopcert.reference import Future, Loop, Task


@fault(breaks="future-50", wide="nobody can cancel or name a bare coroutine")
class TaskIsTheCoroutine(Loop):
    """create_task() schedules the coroutine and gives the coroutine object back, as if it were a Future."""

    def create_task(self, coro: Any, **options: Any) -> Any:
        super().create_task(coro, **options)
        return coro


@fault(breaks="future-02")
class EnsureFutureWrapsFutures(FuturesAndTasksUnknown):
    """ensure_future() does not know the loop's futures and Tasks, and wraps them."""


class _Eager(Task[Any]):
    def start(self) -> None:
        if self.loop.is_running():
            self.start_eagerly()
        else:
            super().start()


@fault(breaks="future-03")
class EnsureFutureRunsAtOnce(Loop):
    """A coroutine runs inside ensure_future(), where it ought to be scheduled."""

    task_type = _Eager


class _NeverStarts(Task[Any]):
    def start(self) -> None:
        """Leave it at that."""


@fault(breaks="future-03", wide="whoever waits for a Task waits for ever")
class EnsureFutureSchedulesNothing(Loop):
    """ensure_future() makes a Task that is never run."""

    task_type = _NeverStarts


@fault(breaks="future-03", wide="nobody can cancel or name what is no Task")
class EnsureFutureGivesNoTask(Loop):
    """What create_task() makes of a coroutine is a future and no Task."""

    def create_task(self, coro: Any, **options: Any) -> Any:
        future = self.create_future()

        def copy(task: asyncio.Task[Any]) -> None:
            future.set_result(task.result())

        super().create_task(coro, **options).add_done_callback(copy)
        return future


@fault(breaks="future-04", wide="every coroutine that asyncio makes itself is refused with it")
class WrappedAwaitableRefused(Loop):
    """create_task() refuses the coroutine into which ensure_future() puts an awaitable."""

    def create_task(self, coro: Any, **options: Any) -> Any:
        code = coro.cr_code if inspect.iscoroutine(coro) else coro.gi_code
        if code.co_filename == asyncio.ensure_future.__code__.co_filename:
            coro.close()
            raise TypeError("a coroutine was expected")
        return super().create_task(coro, **options)


class _LosesCalls(Loop):
    def call_soon_threadsafe(self, callback: Any, *args: Any, context: Context | None = None) -> Any:
        handle = super().call_soon_threadsafe(callback, *args, context=context)
        if not self.is_running():
            handle.cancel()
        return handle


@fault(breaks="future-08")
class WrappedOutcomeLost(_LosesCalls):
    """What a concurrent future hands over is lost while the loop does not run."""


@fault(breaks="future-61")
class WrappedCancelLost(_LosesCalls):
    """The cancelling of a concurrent future is lost while the loop does not run."""


@fault(breaks="future-08", shows="hang")
class WrappedOutcomeWakesNobody(Loop):
    """What another thread hands over does not wake the loop."""

    def call_soon_threadsafe(self, callback: Any, *args: Any, context: Context | None = None) -> Any:
        return self.call_soon(callback, *args, context=context)


@fault(breaks="future-63", shows="hang")
class FutureOfAThreadWakesNobody(WrappedOutcomeWakesNobody):
    """A future that another thread has completed does not wake the loop."""


@fault(breaks="future-63", wide="executors hand their results over in the same way")
class ThreadCompletesItself(Loop):
    """call_soon_threadsafe() of a future's method calls it in the other thread."""

    def call_soon_threadsafe(self, callback: Any, *args: Any, context: Context | None = None) -> Any:
        if asyncio.isfuture(getattr(callback, "__self__", None)):
            callback(*args)
        return super().call_soon_threadsafe(id, None, context=context)


@fault(breaks="future-47")
class WrappedForTheRunningLoop(Loop):
    """A future made while a loop runs belongs to that one."""

    def create_future(self) -> Any:
        try:
            return self.future_type(loop=asyncio.get_running_loop())
        except RuntimeError:
            return super().create_future()


class _CancelsInSilence(Future[Any]):
    def complete_cancelled(self, message: Any) -> None:
        self.callbacks = []
        super().complete_cancelled(message)


@fault(breaks="future-45")
class CancelTellsNobody(Loop):
    """Cancelling a future drops its done callbacks."""

    future_type = _CancelsInSilence
