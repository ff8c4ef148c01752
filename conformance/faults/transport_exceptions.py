"""Transports that get the exceptions of their protocols wrong."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from loopcert.conformance.faults import fault
from loopcert.conformance.faults._streams import in_a_loop
from loopcert.reference.stream import StreamTransport


@fault(breaks="transport-47a")
@in_a_loop
class ReportsNothing(StreamTransport):
    """What a protocol raises ends the connection and is not reported."""

    def protocol_failed(self, error: BaseException) -> None:
        self.end(error)


@fault(breaks="transport-47b")
@in_a_loop
class ForgetsTheReason(StreamTransport):
    """What a protocol raises is reported, and connection_lost() gets None."""

    def end(self, error: BaseException | None) -> None:
        super().end(error if isinstance(error, OSError) else None)


@fault(breaks="transport-76")
@in_a_loop
class SilentAtBothEnds(StreamTransport):
    """What connection_made() or connection_lost() raises is swallowed."""

    def begin(self, waiter: Any) -> None:
        with suppress(Exception):
            super().begin(waiter)

    def finish(self, error: BaseException | None) -> None:
        with suppress(Exception):
            super().finish(error)


@fault(breaks="transport-77")
@in_a_loop
class SwallowsExits(StreamTransport):
    """KeyboardInterrupt and SystemExit of data_received() vanish."""

    def read(self) -> None:
        with suppress(KeyboardInterrupt, SystemExit):
            super().read()
