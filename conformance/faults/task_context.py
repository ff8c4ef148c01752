"""Tasks that run in the wrong context."""

import asyncio
from contextvars import Context, copy_context
from typing import Any

from loopcert.conformance.faults import fault
from loopcert.reference import Loop, Task


@fault(breaks="task-03")
class IgnoresTheContext(Loop):
    """create_task() takes a context and runs the coroutine in a copy of the current one."""

    def create_task(self, coro: Any, **options: Any) -> Any:
        options.pop("context", None)
        return super().create_task(coro, **options)


@fault(breaks="task-03")
class CopiesTheContext(Loop):
    """The coroutine runs in a copy of the context given."""

    def create_task(self, coro: Any, **options: Any) -> Any:
        if options.get("context") is not None:
            options["context"] = options["context"].copy()
        return super().create_task(coro, **options)


@fault(breaks="task-04a")
class ContextOfTheLoop(Loop):
    """A task starts with the context variables as they were when the loop was made."""

    def __init__(self) -> None:
        super().__init__()
        self.home = copy_context()

    def create_task(self, coro: Any, **options: Any) -> Any:
        if options.get("context") is None:
            options["context"] = self.home.copy()
        return super().create_task(coro, **options)


@fault(breaks="task-04b")
class OneContextForAll(Loop):
    """All tasks without a context of their own share one."""

    shared: Context | None = None

    def create_task(self, coro: Any, **options: Any) -> Any:
        if options.get("context") is None:
            self.shared = options["context"] = self.shared or copy_context()
        return super().create_task(coro, **options)


class ContextLosingTask(Task[Any]):
    """Goes on in a copy of its context."""

    def suspend(self, yielded: Any) -> None:
        own, self.context = self.context, copy_context()
        try:
            super().suspend(yielded)
        finally:
            self.context = own


@fault(breaks="task-18")
class StepsInCopies(Loop):
    """After a suspension the coroutine goes on in a copy of its context."""

    task_type = ContextLosingTask


class OldContextTask(Task[Any]):
    """Shows the context as it was when the task was made."""

    def __init__(self, coro: Any, **options: Any) -> None:
        super().__init__(coro, **options)
        self.first = self.context.copy()

    def get_context(self) -> Context:
        return self.first


@fault(breaks="task-33")
class GetContextGivesACopy(Loop):
    """get_context() gives a copy made at the beginning."""

    task_type = OldContextTask


class CallbackContextTask(Task[Any]):
    """Ignores the context of done callbacks."""

    def add_done_callback(self, fn: Any, /, *, context: Context | None = None) -> None:
        own = isinstance(getattr(fn, "__self__", None), asyncio.Future)
        super().add_done_callback(fn, context=context if own else None)


@fault(breaks="task-214")
class CallbackContextIgnored(Loop):
    """A done callback of a task does not run in the context given."""

    task_type = CallbackContextTask
