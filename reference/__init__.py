"""An event loop in readable Python that keeps every promise of the catalogue."""

from .future import Future
from .loop import Loop, new_accelerated_event_loop, new_event_loop
from .task import Task

__all__ = ["Future", "Loop", "Task", "new_accelerated_event_loop", "new_event_loop"]
