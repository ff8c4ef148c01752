"""Loops on which AnyIO, and HTTPX over it, go wrong."""

from __future__ import annotations

from typing import Any

from loopcert.conformance.faults import fault
from loopcert.conformance.faults._frameworks import (
    AlwaysWell,
    CancelsWithAnError,
    LeavesThreadsAlone,
    SwapsMuchThatIsWritten,
    SwapsWhatArrives,
    TimersAtOnce,
)
from loopcert.reference import Loop as ReferenceLoop


@fault(breaks="frameworks-20", wide="asyncio's own task groups name their tasks, too")
class KnowsNoNames(ReferenceLoop):
    """create_task() takes no name."""

    def create_task(self, coro: Any, **options: Any) -> Any:
        if "name" in options:
            coro.close()
            raise TypeError("create_task() got an unexpected keyword argument 'name'")
        return super().create_task(coro, **options)


@fault(breaks="frameworks-20")
class EndsGroupsWithAnError(CancelsWithAnError):
    """The cancellation of the rest of AnyIO's task group is no CancelledError."""


@fault(breaks="frameworks-21")
class MovesOnAtOnce(TimersAtOnce):
    """AnyIO's deadlines are over when they are set."""


@fault(breaks="frameworks-22")
class ListensGarbled(SwapsWhatArrives):
    """The halves of what AnyIO's streams receive change places."""


@fault(breaks="frameworks-22")
class SendsSwapped(SwapsMuchThatIsWritten):
    """The halves of what AnyIO's streams send change places where it is much."""


@fault(breaks="frameworks-23")
class DecryptsGarbled(SwapsWhatArrives):
    """The halves of what AnyIO's TLS receives change places."""


@fault(breaks="frameworks-24", shows="hang")
class NeverComesBack(LeavesThreadsAlone):
    """What AnyIO's worker threads want to be done in the loop's thread is done in theirs."""


@fault(breaks="frameworks-25")
class PraisesProcesses(AlwaysWell):
    """AnyIO's processes have all ended with 0."""


@fault(breaks="frameworks-26")
class RefusesUserSignals(ReferenceLoop):
    """add_signal_handler() takes only the signals that end a process."""

    def add_signal_handler(self, sig: int, callback: Any, *args: Any) -> None:
        if sig not in {2, 15}:
            raise ValueError(f"signal {sig} cannot be caught")
        super().add_signal_handler(sig, callback, *args)


@fault(breaks="frameworks-27")
class FetchesWithHTTPXGarbled(SwapsWhatArrives):
    """The halves of what HTTPX receives change places."""


@fault(breaks="frameworks-28")
class EndsRequestsWithAnError(CancelsWithAnError):
    """The cancellation by which HTTPX ends a request is no CancelledError."""
