"""TLS transports that get pausing and resuming wrong."""

from __future__ import annotations

from loopcert.conformance.faults import fault
from loopcert.conformance.faults._pausing import CountedPauses, PausesWhileOpen
from loopcert.conformance.faults._tls import carried, layered
from loopcert.reference.tls_layer import TLSLayer
from loopcert.reference.tls_transport import TLSTransport


@fault(breaks="tls-24")
@carried
class PausesInNameOnly(TLSTransport):
    """pause_reading() does nothing."""

    def pause_reading(self) -> None:
        pass


@fault(breaks="tls-24")
@layered
class PausesTheSocketOnly(TLSLayer):
    """What has already arrived is delivered during a pause."""

    def deliver(self) -> None:
        paused, self.transport.paused = self.transport.paused, False
        super().deliver()
        self.transport.paused = paused or self.transport.paused


@fault(breaks="tls-24")
@layered
class PausesBetweenFlights(TLSLayer):
    """What arrived together is delivered bit by bit, to the last one, although the first made the protocol pause."""

    def tell_data(self, data: bytes) -> None:
        for start in range(0, len(data), 10):
            if not self.transport.closing:
                super().tell_data(data[start : start + 10])


@fault(breaks="tls-65")
@carried
class CountsPauses(CountedPauses, TLSTransport):
    """Each pause needs a resumption of its own."""

    def is_reading(self) -> bool:
        return not self.count


@fault(breaks="tls-65")
@carried
class CannotPauseClosed(PausesWhileOpen, TLSTransport):
    """pause_reading() is an error once the transport closes."""


@fault(breaks="tls-66")
@layered
class PauseForEver(TLSLayer):
    """A peer that ends during a pause ends the connection, and what waits is dropped (as uvloop does)."""

    def pause_below(self) -> None:
        """Go on reading, to see the end."""

    def eof_received(self) -> bool:
        if self.transport.paused:
            self.transport.abort()
        return super().eof_received()


@fault(breaks="tls-66")
@layered
class EndOvertakes(TLSLayer):
    """The end of the connection overtakes data that has just arrived."""

    def buffer_updated(self, nbytes: int) -> None:
        self.machine.feed(self.get_buffer(nbytes)[:nbytes])
        self.loop.call_later(0.05, self.advance)

    def eof_received(self) -> bool:
        self.transport.abort()
        return super().eof_received()
