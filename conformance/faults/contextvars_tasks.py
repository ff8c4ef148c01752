"""Loops whose Futures and Tasks lose or share contexts."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextvars import Context, copy_context
from functools import partial
from typing import Any

from loopcert.conformance.faults import fault
from loopcert.conformance.faults.executor import Executing
from loopcert.reference import Future, Task
from loopcert.reference import Loop as ReferenceLoop

Callback = Callable[..., Any]


@fault(breaks="contextvars-03")
class OneContextForTasks(ReferenceLoop):
    """All tasks without a context of their own run in one."""

    shared: Context | None = None

    def create_task(self, coro: Any, *, context: Context | None = None, **options: Any) -> Any:
        self.shared = copy_context() if self.shared is None else self.shared
        return super().create_task(coro, context=self.shared if context is None else context, **options)


@fault(breaks="contextvars-03")
class LeaksAtTheEnd(ReferenceLoop):
    """What the awaited task set is set in the thread when the run ends."""

    last: Any = None

    def create_task(self, coro: Any, **options: Any) -> Any:
        task = super().create_task(coro, **options)
        self.last = self.last or task
        return task

    def end_run(self) -> None:
        super().end_run()
        if self.last is not None:
            for variable, value in self.last.context.items():
                variable.set(value)


def is_step(callback: Callback) -> bool:
    """Say whether this is how a Task waits."""
    return isinstance(getattr(callback, "__self__", None), asyncio.Task)


class LateFuture(Future[Any]):
    """Its callbacks run in the context of whoever ends it, or in none."""

    def schedule_callbacks(self) -> None:
        """Hand every callback to the loop."""
        callbacks, self.callbacks = self.callbacks, []
        for callback, context in callbacks:
            self.loop.call_soon(callback, self, context=context if is_step(callback) else None)

    def add_done_callback(self, fn: Callback, /, *, context: Context | None = None) -> None:
        """Add a callback."""
        if self.done() and context is None:
            context = Context()
        super().add_done_callback(fn, context=context)


class LateTask(Task[Any]):
    """Its callbacks run in its own context."""

    def schedule_callbacks(self) -> None:
        """Hand every callback to the loop."""
        self.callbacks = [(fn, self.context.copy()) for fn, _ in self.callbacks]
        super().schedule_callbacks()


@fault(breaks="contextvars-08")
class ContextOfTheEnder(ReferenceLoop):
    """A done callback runs in the context of whoever ends the future."""

    future_type = LateFuture
    task_type = LateTask


class DeafFuture(Future[Any]):
    """It drops the context given for a callback."""

    def add_done_callback(self, fn: Callback, /, *, context: Context | None = None) -> None:
        """Add a callback."""
        super().add_done_callback(fn, context=context if is_step(fn) else None)


@fault(breaks="contextvars-09")
class DropsTheContextOfDoneCallbacks(ReferenceLoop):
    """add_done_callback() ignores its context."""

    future_type = DeafFuture


class CopyingFuture(Future[Any]):
    """It copies the context given for a callback."""

    def add_done_callback(self, fn: Callback, /, *, context: Context | None = None) -> None:
        """Add a callback."""
        super().add_done_callback(fn, context=context if context is None or is_step(fn) else context.copy())


@fault(breaks="contextvars-09")
class CopiesTheContextOfDoneCallbacks(ReferenceLoop):
    """add_done_callback() copies its context."""

    future_type = CopyingFuture


class ForgetfulTask(Task[Any]):
    """Every step begins with the variables as they were at the creation."""

    first: Context

    @property
    def context(self) -> Context:
        """Give a new copy of the first context."""
        return self.first.copy()

    @context.setter
    def context(self, context: Context) -> None:
        self.first = context


@fault(breaks="contextvars-10")
class StepsForget(ReferenceLoop):
    """A step of a task does not see what an earlier one set."""

    task_type = ForgetfulTask


class CopyingTask(ForgetfulTask):
    """Every step runs in a copy of the context of the one before."""

    @property
    def context(self) -> Context:
        """Give a copy of the latest context."""
        if asyncio.current_task(self.loop) is self:
            self.first = copy_context()
        return self.first.copy()

    @context.setter
    def context(self, context: Context) -> None:
        self.first = context


@fault(breaks="contextvars-10")
class StepsCopy(ReferenceLoop):
    """Each step of a task runs in a context of its own, a copy of the one before."""

    task_type = CopyingTask


@fault(breaks="contextvars-11")
class ContextOfTheRun(ReferenceLoop):
    """A task made before the run sees the variables of the run."""

    def begin_run(self) -> None:
        tasks: Any = asyncio.all_tasks(self)
        for task in tasks:
            for variable, value in copy_context().items():
                task.context.run(variable.set, value)
        super().begin_run()


@fault(breaks="contextvars-11")
class ContextOfTheParent(ReferenceLoop):
    """A task made by a task shares its context."""

    def create_task(self, coro: Any, *, context: Context | None = None, **options: Any) -> Any:
        parent: Any = asyncio.current_task(self) if self.is_running() else None
        return super().create_task(
            coro, context=context if parent is None or context is not None else parent.context, **options
        )


@fault(breaks="contextvars-12")
class DropsTheContextOfTasks(ReferenceLoop):
    """create_task() ignores its context."""

    def create_task(self, coro: Any, *, context: Context | None = None, **options: Any) -> Any:
        del context
        return super().create_task(coro, **options)


@fault(breaks="contextvars-12")
class CopiesTheContextOfTasks(ReferenceLoop):
    """create_task() copies its context."""

    def create_task(self, coro: Any, *, context: Context | None = None, **options: Any) -> Any:
        return super().create_task(coro, context=None if context is None else context.copy(), **options)


class NoContext:
    """Runs a function where it is."""

    def run(self, function: Callback, *args: Any) -> Any:
        """Call the function."""
        return function(*args)


class LeakingTask(Task[Any]):
    """Its eager step runs in the context of the creator."""

    def start_eagerly(self) -> None:
        """Run the first step now."""
        own: Any = self.context
        self.context = NoContext()  # type: ignore[assignment]
        super().start_eagerly()
        self.context = own


@fault(breaks="contextvars-13")
class EagerStepsLeak(ReferenceLoop):
    """An eager first step runs in the context of its creator."""

    task_type = LeakingTask


@fault(breaks="contextvars-13")
class EagerStepsAreForgotten(ReferenceLoop):
    """What an eager first step set is gone in the next one."""

    task_type = ForgetfulTask


@fault(breaks="contextvars-16")
class ThreadsSeeTheCreation(ReferenceLoop):
    """After its first step a task is back in the context of its creation, and so are the threads it asks."""

    task_type = ForgetfulTask


@fault(breaks="contextvars-16")
class StripsPartials(Executing):
    """A functools.partial is taken apart, and only the function at its end is called."""

    def run_in_executor(self, executor: Any, func: Callback, *args: Any) -> Any:
        while isinstance(func, partial):
            func = func.args[0] if func.args else func.func
        return super().run_in_executor(executor, func, *args)
