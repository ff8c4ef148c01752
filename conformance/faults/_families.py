"""Tasks that know which task made them: for faults in which tasks of one maker disturb each other."""

from __future__ import annotations

import asyncio
from typing import Any

from loopcert.reference import Task


class FamilyTask(Task[Any]):
    """Knows the task that made it, ``parent``, and those that it made, ``children``, oldest first."""

    def __init__(self, coro: Any, **options: Any) -> None:
        self.children: list[FamilyTask] = []
        maker = asyncio.current_task(options["loop"])
        self.parent = maker if isinstance(maker, FamilyTask) else None
        if self.parent is not None:
            self.parent.children.append(self)
        super().__init__(coro, **options)

    def siblings(self) -> list[FamilyTask]:
        """Give the other tasks of the same maker that are not done."""
        family = [] if self.parent is None else self.parent.children
        return [each for each in family if each is not self and not each.done()]
