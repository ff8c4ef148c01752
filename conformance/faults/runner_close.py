"""Loops that a runner cannot bring to an orderly end."""

from __future__ import annotations

from typing import Any

from loopcert.conformance.faults import fault
from loopcert.reference import Loop as ReferenceLoop
from loopcert.reference import Task as ReferenceTask
from loopcert.reference.private import unregister_task


class HiddenTask(ReferenceTask[Any]):
    """A Task that all_tasks() does not know."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        unregister_task(self)


@fault(breaks="runner-04a")
class LeavesTasksBehind(ReferenceLoop):
    """Its tasks are not found when the run ends."""

    task_type = HiddenTask


@fault(breaks="runner-04b")
class LeavesGeneratorsOpen(ReferenceLoop):
    """shutdown_asyncgens() does nothing."""

    async def shutdown_asyncgens(self) -> None:
        """Leave them open."""


@fault(breaks="runner-04c")
class LeavesThreadsBehind(ReferenceLoop):
    """shutdown_default_executor() does not wait."""

    async def shutdown_default_executor(self, timeout: float | None = None) -> None:
        self.executor_shut_down = True


@fault(breaks="runner-14")
class ShutsDownAllAtOnce(ReferenceLoop):
    """shutdown_asyncgens() shuts the executor down first."""

    async def shutdown_asyncgens(self) -> None:
        await self.shutdown_default_executor()
        await super().shutdown_asyncgens()
