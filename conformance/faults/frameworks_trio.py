"""Loops on which trio is no happy guest."""

from __future__ import annotations

from typing import Any

from loopcert.conformance.faults import fault
from loopcert.conformance.faults._frameworks import LeavesThreadsAlone
from loopcert.reference import Future
from loopcert.reference import Loop as ReferenceLoop


@fault(breaks="frameworks-60")
class LosesTheGuest(ReferenceLoop):
    """The result of a future is lost, and with it what trio hands over at its end."""

    class Empty(Future[Any]):
        """Keeps nothing."""

        def set_result(self, result: Any, /) -> None:
            super().set_result(None)

    future_type = Empty


@fault(breaks="frameworks-61", shows="hang")
class GuestsOfTwoThreads(LeavesThreadsAlone):
    """What trio's thread hands in with call_soon_threadsafe() runs in that thread, beside the loop's coroutines."""


@fault(breaks="frameworks-62", shows="hang")
class GuestsInTheirThread(LeavesThreadsAlone):
    """What trio's thread hands in when a socket is ready runs in that thread."""
