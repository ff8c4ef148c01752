"""Loops on which the example of the founding document prints something else."""

from __future__ import annotations

from typing import Any

from loopcert.conformance.faults import fault
from loopcert.conformance.faults.aggregates_wait import TooEarly
from loopcert.reference import Loop


@fault(breaks="syntax-06", wide="every timer is early")
class ExampleIsHurried(TooEarly):
    """Timers are due at once."""


@fault(breaks="syntax-06")
class ExampleBackwards(Loop):
    """The first steps of new tasks run in the reverse order, and timers do not wait."""

    def create_task(self, coro: Any, **options: Any) -> Any:
        task = super().create_task(coro, **options)
        self.ready.rotate(1)
        return task

    def call_later(self, delay: float, callback: Any, *args: Any, context: Any = None) -> Any:
        return super().call_later(min(delay, 0.01), callback, *args, context=context)
