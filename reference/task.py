"""The Task: a Future that runs a coroutine, one step an iteration of the loop."""

import asyncio
import itertools
import sys
from asyncio import CancelledError
from collections.abc import Coroutine
from contextvars import Context, copy_context
from types import CoroutineType, FrameType
from typing import Any, Final, TextIO, TypeVar

from .future import FUTURE_SLOTS, PENDING, FutureCore
from .private import TaskNames, enter_task, leave_task, loop_of, register_task, swap_current_task, unregister_task
from .reports import report
from .stack import frames_of, place_of, write_frames

_T_co = TypeVar("_T_co", covariant=True)

_numbers = itertools.count(1)

TASK_SLOTS: Final = ("coroutine", "context", "name", "waiter", "must_cancel", "cancel_requests", "_log_destroy_pending")


class Task(TaskNames, FutureCore, asyncio.Task[_T_co]):
    """A coroutine on its way; what `loop.create_task()` gives.

    Arguments:
        coro: the coroutine object.
        loop: the loop that runs it.
        name: any object, kept as str; None means a generated name (task-34, 35).
        context: the context of every step; None means a copy of the current one (task-03, 04a).
        eager_start: run the first step now, if the loop is running (task-19); 3.12 and later in asyncio.

    It derives from asyncio.Task for isinstance() (task-72); all behaviour is its own and FutureCore's.
    """

    __slots__ = FUTURE_SLOTS + TASK_SLOTS

    coroutine: Coroutine[Any, Any, _T_co] | None
    context: Context
    name: str
    waiter: Any  # the future that it waits for
    _log_destroy_pending: bool  # gather() and run_until_complete() set it to False on Tasks they answer for

    def __init__(
        self, coro: Coroutine[Any, Any, _T_co], *,
        loop: asyncio.AbstractEventLoop, name: Any = None, context: Context | None = None, eager_start: bool = False
    ) -> None:  # fmt: skip
        self._log_destroy_pending = False  # until there is something to run: __del__ reads it
        FutureCore.__init__(self, loop=loop)
        if type(coro) is not CoroutineType and not asyncio.iscoroutine(coro):
            raise TypeError(f"a coroutine was expected, got {coro!r}")
        self.coroutine = coro
        self.context = copy_context() if context is None else context
        self.name = f"Task-{next(_numbers)}" if name is None else str(name)
        self.waiter = None
        self.must_cancel = False
        self.cancel_requests = 0
        self._log_destroy_pending = True
        register_task(self)
        if eager_start and self.loop.is_running():
            self.start_eagerly()
        else:
            self.start()

    # Running the coroutine.

    def start(self) -> None:
        """Schedule the first step."""
        self.loop.call_soon(self.step, context=self.context)

    def start_eagerly(self) -> None:
        """Run the first step now, inside whatever step is under way (task-20a)."""
        previous = swap_current_task(self.loop, self)
        try:
            self.context.run(self.advance, None)
        finally:
            swap_current_task(self.loop, previous)
            if self.state is not PENDING:
                self.coroutine = None

    def step(self, error: BaseException | None = None) -> None:
        """Run the coroutine up to its next suspension, throwing `error` into it if there is one."""
        loop = self.loop
        enter_task(loop, self)
        try:
            self.advance(error)
        finally:
            leave_task(loop, self)
            del self, error  # the traceback of a stored error keeps this frame, which must not keep the Task

    def advance(self, error: BaseException | None) -> None:
        """Do what step() promises, as the current Task."""
        if self.must_cancel:
            error = self.deliver_cancel(error)
        self.waiter = None
        coroutine = self.coroutine
        assert coroutine is not None
        try:
            yielded = coroutine.send(None) if error is None else coroutine.throw(error)
        except StopIteration as stop:
            self.returned(stop.value)
        except CancelledError as cancel:
            self.cancel_error = cancel
            self.ended()
            FutureCore.complete_cancelled(self, self.message)
        except (KeyboardInterrupt, SystemExit) as fatal:
            self.ended()
            self.complete_exceptionally(fatal)
            raise
        except BaseException as failure:  # noqa: BLE001  # it becomes the Task's outcome
            self.ended()
            if failure.__traceback__ is not None:
                failure.__traceback__ = failure.__traceback__.tb_next  # begin in the coroutine, not here
            self.complete_exceptionally(failure)
        else:
            self.suspend(yielded)
        finally:
            del self, error, coroutine  # as in step()

    def deliver_cancel(self, error: BaseException | None) -> BaseException:
        """Turn a requested cancel into the error that goes into the coroutine now."""
        self.must_cancel = False
        return error if isinstance(error, CancelledError) else self.make_cancelled_error()

    def returned(self, value: Any) -> None:
        """End with the coroutine's value, unless a cancel came during its last step (task-79)."""
        self.ended()
        if self.must_cancel:
            self.must_cancel = False
            self.complete_cancelled(self.message)
        else:
            self.complete(value)

    def ended(self) -> None:
        """Leave asyncio's books: the coroutine has run to its end."""
        unregister_task(self)

    def suspend(self, yielded: Any) -> None:
        """Arrange for the next step, according to what came out of the coroutine."""
        blocking = getattr(yielded, "_asyncio_future_blocking", None)
        if blocking is None:
            if yielded is None:  # a bare yield, as in sleep(0): go on in the next iteration (task-59a)
                self.loop.call_soon(self.step, context=self.context)
            else:
                self.refuse(f"Task got bad yield: {yielded!r}")
        elif not blocking:
            self.refuse(f"yield was used instead of yield from in task {self!r} with {yielded!r}")
        elif yielded is self:
            self.refuse(f"Task cannot await on itself: {self!r}")
        elif loop_of(yielded) is not self.loop:
            self.refuse(f"Task {self!r} got Future {yielded!r} attached to a different loop")
        else:
            self.wait_for(yielded)

    def wait_for(self, future: Any) -> None:
        """Wait for a future-like object, or cancel it at once if a cancel came during the step that awaited it."""
        future._asyncio_future_blocking = False  # noqa: SLF001  # documented by asyncio.isfuture()
        self.waiter = future
        if sys.version_info >= (3, 14):
            asyncio.future_add_to_awaited_by(future, self)
        future.add_done_callback(self.wakeup, context=self.context)
        if self.must_cancel and future.cancel(msg=self.message):
            self.must_cancel = False

    def wakeup(self, future: Any) -> None:
        """Go on: the awaited future is done. An error is thrown into the coroutine; a result it fetches itself."""
        if sys.version_info >= (3, 14):
            asyncio.future_discard_from_awaited_by(future, self)
        try:
            future.result()
        except BaseException as error:  # noqa: BLE001  # the coroutine decides what becomes of it
            self.step(error)
        else:
            self.step()
        finally:
            del self, future  # as in step()

    def refuse(self, reason: str) -> None:
        """Throw a RuntimeError into a coroutine that yielded what no Task can wait for (task-76 to 78)."""
        self.loop.call_soon(self.step, RuntimeError(reason), context=self.context)

    # Cancelling.

    def cancel(self, msg: Any | None = None) -> bool:
        """Ask for a CancelledError(msg) inside the coroutine; False when already done (task-37a to 38).

        The future that the Task waits for is cancelled at once and brings the error along (task-39).
        """
        self.unretrieved = False
        if self.state is not PENDING:
            return False
        self.cancel_requests += 1
        if self.waiter is not None and self.waiter.cancel(msg=msg):
            return True
        self.must_cancel = True
        self.message = msg
        return True

    def cancelling(self) -> int:
        """Give the number of cancel() calls less that of uncancel() calls (task-43)."""
        return self.cancel_requests

    def uncancel(self) -> int:
        """Take one cancel() back and give the number that remains.

        At zero a cancel that was not yet thrown into the coroutine is withdrawn (task-47; asyncio since 3.13).
        """
        if self.cancel_requests > 0:
            self.cancel_requests -= 1
            if self.cancel_requests == 0:
                self.must_cancel = False
        return self.cancel_requests

    # What is known about the Task.

    def get_coro(self) -> Any:
        """Give the coroutine; None after an eager start that completed (task-32a, 32b)."""
        return self.coroutine

    def get_context(self) -> Context:
        """Give the context that the steps run in (task-33)."""
        return self.context

    def get_name(self) -> str:
        """Give the name."""
        return self.name

    def set_name(self, value: object, /) -> None:
        """Set the name to str(value) (task-35)."""
        self.name = str(value)

    def set_result(self, result: Any, /) -> None:  # noqa: ARG002
        """Refuse: only the coroutine decides (task-17)."""
        raise RuntimeError("Task does not support set_result operation")

    def set_exception(self, exception: Any, /) -> None:  # noqa: ARG002
        """Refuse: only the coroutine decides (task-17)."""
        raise RuntimeError("Task does not support set_exception operation")

    def get_stack(self, *, limit: int | None = None) -> list[FrameType]:
        """Give the frame a suspended coroutine stands in, or those of a failed one's traceback, oldest first.

        `limit` keeps the newest frames of a stack and the oldest of a traceback (task-26 to 30b).
        """
        return frames_of(self.coroutine, self.error, limit)

    def print_stack(self, *, limit: int | None = None, file: TextIO | None = None) -> None:
        """Print what get_stack() gives to `file`; None means sys.stdout (task-31)."""
        write_frames(repr(self), self.get_stack(limit=limit), self.error, sys.stdout if file is None else file)

    def describe(self) -> list[str]:
        """Give the parts of repr()."""
        state, *rest = super().describe()
        parts = [state, f"name={self.name!r}", f"coro=<{place_of(self.coroutine)}>"]
        if self.waiter is not None:
            parts.append(f"wait_for={self.waiter!r}")
        return parts + rest

    def __del__(self) -> None:
        # An instance whose __init__ failed has no state.
        if getattr(self, "_log_destroy_pending", False) and self.state is PENDING:
            self.report_destroyed()
        super().__del__()

    def report_destroyed(self) -> None:
        """Tell the loop's exception handler of a Task that was collected before its end."""
        report(self.loop, "Task was destroyed but it is pending!", task=self, source_traceback=self.source_traceback)
