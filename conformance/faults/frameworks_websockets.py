"""Loops on which the websockets library goes wrong."""

from __future__ import annotations

from typing import Any

from loopcert.conformance.faults import fault
from loopcert.conformance.faults._frameworks import (
    CancelsWithAnError,
    SwapsWhatArrives,
    SwapsWhatIsDecrypted,
    SwapsWhatIsWritten,
)
from loopcert.reference import Loop as ReferenceLoop


@fault(breaks="frameworks-16")
class ServesGarbled(SwapsWhatIsWritten):
    """The halves of what websockets' server sends change places."""


@fault(breaks="frameworks-16")
class ServesGarbledSecrets(SwapsWhatIsDecrypted):
    """The halves of what websockets' server receives over TLS change places."""


@fault(breaks="frameworks-17")
class HearsGarbled(SwapsWhatArrives):
    """The halves of what websockets' client receives change places."""


@fault(breaks="frameworks-18")
class EndsHandshakesWithAnError(CancelsWithAnError):
    """The cancellation by which websockets gives up a handshake is no CancelledError."""


@fault(breaks="frameworks-19", shows="hang", wide="nothing that is due later happens")
class NoTimerEver(ReferenceLoop):
    """What is due later than now never runs."""

    def call_at(self, when: float, callback: Any, *args: Any, **options: Any) -> Any:
        return super().call_at(when + 3600 if when > self.time() else when, callback, *args, **options)
