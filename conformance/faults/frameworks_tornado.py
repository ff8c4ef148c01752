"""Loops on which Tornado goes wrong."""

from __future__ import annotations

from contextvars import Context
from typing import Any

from loopcert.conformance.faults import fault
from loopcert.conformance.faults._frameworks import (
    ListenersNotWatched,
    NamesNotFound,
    RunsInPlace,
    TimersAtOnce,
    TimersNeverCancelled,
    WritersStay,
)
from loopcert.reference import Loop as ReferenceLoop
from loopcert.reference.handle import Handle
from loopcert.reference.private import set_running_loop


class Proxy:
    """Stands before a loop and hands everything on to it."""

    def __init__(self, loop: Any) -> None:
        self._loop = loop

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loop, name)


class _BehindAProxy(ReferenceLoop):
    def begin_run(self) -> None:
        super().begin_run()
        set_running_loop(Proxy(self))  # type: ignore[arg-type]  # the fault


@fault(breaks="frameworks-01", wide="the running loop is what everything begins with", python="<3.14")
class RunsBehindAProxy(_BehindAProxy):
    """The running loop is another object than the loop."""


@fault(breaks="frameworks-01", shows="hang", python=">=3.14")
class WaitsBehindAProxy(_BehindAProxy):
    """The running loop is another object than the loop, and what waits for it is not woken."""


@fault(breaks="frameworks-01", wide="the order of callbacks is what everything rests on")
class NewestCallbackFirst(ReferenceLoop):
    """call_soon() puts what is not asyncio's own at the head of the queue."""

    def call_soon(self, callback: Any, *args: Any, context: Context | None = None) -> Handle:
        handle = super().call_soon(callback, *args, context=context)
        if type(callback).__module__ == "builtins" and "tornado" in str(getattr(callback, "__module__", "")):
            self.ready.remove(handle)
            self.ready.appendleft(handle)
        return handle


@fault(breaks="frameworks-02")
class RemovedTimeoutsRun(TimersNeverCancelled):
    """cancel() of a timer comes to nothing, so what Tornado removes runs all the same."""


@fault(breaks="frameworks-02")
class PeriodsOfNothing(TimersAtOnce):
    """A timer is due at once, so a period has no length."""


@fault(breaks="frameworks-03")
class WorksInTheLoop(RunsInPlace):
    """run_in_executor() calls Tornado's function on the spot."""


@fault(breaks="frameworks-04")
class WatchesOn(WritersStay):
    """What Tornado watches no more is still watched for writing."""


@fault(breaks="frameworks-05")
class ServesNobody(ListenersNotWatched):
    """add_reader() refuses the socket that Tornado's HTTP server listens on."""


@fault(breaks="frameworks-06")
class FetchesNowhere(NamesNotFound):
    """getaddrinfo() finds no address for what Tornado is to fetch."""


@fault(breaks="frameworks-07")
class ServesNoWebSockets(ListenersNotWatched):
    """add_reader() refuses the socket that Tornado serves WebSockets on."""


@fault(breaks="frameworks-07")
class ConnectsNoWebSockets(NamesNotFound):
    """getaddrinfo() finds no address for Tornado's WebSocket."""


@fault(breaks="frameworks-08")
class ServesNoStreams(ListenersNotWatched):
    """add_reader() refuses the socket that Tornado's TCPServer listens on."""
