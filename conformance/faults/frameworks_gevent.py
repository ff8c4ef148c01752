"""Loops beside which gevent goes wrong."""

from __future__ import annotations

from contextvars import Context
from typing import Any

from loopcert.conformance.faults import fault
from loopcert.conformance.faults._frameworks import RunsInPlace, SwapsWhatArrives
from loopcert.reference import Future
from loopcert.reference import Loop as ReferenceLoop
from loopcert.reference.handle import Handle


@fault(breaks="frameworks-40")
class TurnsLast(ReferenceLoop):
    """A callback that schedules itself again waits until every Task has had its turn."""

    def call_soon(self, callback: Any, *args: Any, context: Context | None = None) -> Handle:
        handle = super().call_soon(callback, *args, context=context)
        if getattr(callback, "__name__", "") == "turn":
            self.ready.remove(handle)
            self.call_later(0.05, self.ready.append, handle)
        return handle


@fault(breaks="frameworks-41")
class ShoutsNot(ReferenceLoop):
    """The result of a future is what it was asked for, in lower case."""

    class Whispering(Future[Any]):
        """Is quiet."""

        def set_result(self, result: Any, /) -> None:
            super().set_result(result.lower() if isinstance(result, str) else result)

    future_type = Whispering


@fault(breaks="frameworks-42")
class GreenletsInTheLoop(RunsInPlace):
    """run_in_executor() calls a function that uses gevent on the spot."""


@fault(breaks="frameworks-43")
class GarbledBesideGevent(SwapsWhatArrives):
    """The halves of what a stream receives from a patched socket change places."""
