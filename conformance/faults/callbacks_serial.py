"""Loops that mix up order or threads where calls come from several sides."""

from __future__ import annotations

import threading
import time
from collections import deque
from contextvars import Context
from typing import Any

from loopcert.conformance.faults import fault
from loopcert.conformance.faults.callbacks_threads import Outside
from loopcert.reference import Loop as ReferenceLoop
from loopcert.reference.handle import Handle


class RunsInTheCaller(Outside):
    """A callback from another thread runs right there, inside the call."""

    def call_soon_threadsafe(self, callback: Any, *args: Any, context: Context | None = None) -> Handle:
        if not self.from_outside():
            return super().call_soon_threadsafe(callback, *args, context=context)
        handle = Handle(callback, args, self, context)
        self.run_handle(handle)
        self.wake()
        return handle


@fault(breaks="callbacks-29")
class RunsInTheWrongThread(RunsInTheCaller):
    """A callback from another thread runs in that thread."""


@fault(breaks="callbacks-39")
class RunsTwoAtOnce(RunsInTheCaller):
    """A callback from another thread runs in the middle of the one that the loop is running."""


@fault(breaks="callbacks-31")
class NewestFirst(ReferenceLoop):
    """Of several calls from outside the last one runs first."""

    def call_soon_threadsafe(self, callback: Any, *args: Any, context: Context | None = None) -> Handle:
        handle = super().call_soon_threadsafe(callback, *args, context=context)
        self.ready.rotate(1)
        return handle


@fault(breaks="callbacks-34")
class LosesConcurrentCalls(ReferenceLoop):
    """A call made while another thread is in the middle of one is lost."""

    def __init__(self) -> None:
        super().__init__()
        self.lock = threading.Lock()

    def call_soon_threadsafe(self, callback: Any, *args: Any, context: Context | None = None) -> Handle:
        if not self.lock.acquire(blocking=False):
            return Handle(callback, args, self, context)
        try:
            time.sleep(0.0001)  # lets the other threads in
            return super().call_soon_threadsafe(callback, *args, context=context)
        finally:
            self.lock.release()


@fault(breaks="callbacks-35")
class TwoQueues(ReferenceLoop):
    """Calls by call_soon_threadsafe have a queue of their own, which is served after the other."""

    def __init__(self) -> None:
        super().__init__()
        self.inbox: deque[Handle] = deque()

    def call_soon_threadsafe(self, callback: Any, *args: Any, context: Context | None = None) -> Handle:
        self.check_closed()
        handle = Handle(callback, args, self, context)
        self.inbox.append(handle)
        self.wake()
        return handle

    def run_once(self) -> None:
        while self.inbox:
            self.ready.append(self.inbox.popleft())
        super().run_once()


@fault(breaks="callbacks-36")
class RunsOwnCallsAtOnce(ReferenceLoop):
    """call_soon_threadsafe in the thread of the loop runs the callback inside the call."""

    def call_soon_threadsafe(self, callback: Any, *args: Any, context: Context | None = None) -> Handle:
        if self.thread_id != threading.get_ident():
            return super().call_soon_threadsafe(callback, *args, context=context)
        handle = Handle(callback, args, self, context)
        self.run_handle(handle)
        return handle
