"""Loops on which Uvicorn and Hypercorn go wrong."""

from __future__ import annotations

from loopcert.conformance.faults import fault
from loopcert.conformance.faults._frameworks import SwapsMuchThatIsWritten, SwapsWhatArrives


@fault(breaks="frameworks-50")
class UvicornSwapped(SwapsMuchThatIsWritten):
    """The halves of what Uvicorn writes change places where it is much."""


@fault(breaks="frameworks-51")
class UvicornGarbled(SwapsWhatArrives):
    """The halves of what Uvicorn's WebSockets receive change places."""


@fault(breaks="frameworks-52")
class HypercornSwapped(SwapsMuchThatIsWritten):
    """The halves of what Hypercorn writes change places where it is much."""


@fault(breaks="frameworks-53")
class HypercornGarbled(SwapsWhatArrives):
    """The halves of what Hypercorn's WebSockets receive change places."""
