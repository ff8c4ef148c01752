"""Loops whose tasks are not what gather(), shield() and as_completed() make of coroutines."""

from __future__ import annotations

import asyncio
from typing import Any

from loopcert.conformance.faults import fault
from loopcert.conformance.faults.task_factory import FactoryForgottenWhileRunning
from loopcert.conformance.faults.task_inspect import NoCurrentTask
from loopcert.reference import Loop, Task


@fault(breaks="aggregates-05", wide="timeouts and task groups ask for the current task")
class GatheredUnderNoName(NoCurrentTask):
    """While a coroutine runs as a task, no task is the current one."""


@fault(breaks="aggregates-59")
class FactoryTakenAtTheStart(FactoryForgottenWhileRunning):
    """A task factory that is set while the loop runs is not used."""


class _SharingTask(Task[Any]):
    def __init__(self, coro: Any, *, context: Any = None, **options: Any) -> None:
        maker = asyncio.current_task(options["loop"])
        if context is None and maker is not None:
            context = maker.get_context()
        super().__init__(coro, context=context, **options)


@fault(breaks="aggregates-60")
class ContextIsShared(Loop):
    """A task runs in the very context of the task that made it."""

    task_type = _SharingTask


@fault(breaks="aggregates-57", python=">=3.12")
class EagerFactoryForgotten(Loop):
    """asyncio.eager_task_factory is taken for the default."""

    def set_task_factory(self, factory: Any) -> None:
        super().set_task_factory(None if factory is asyncio.eager_task_factory else factory)
