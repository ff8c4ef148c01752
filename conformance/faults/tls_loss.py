"""TLS transports that get the end of the connection below wrong."""

from __future__ import annotations

import ssl
from typing import Any

from loopcert.conformance.faults import fault
from loopcert.conformance.faults._tls import layered
from loopcert.conformance.faults.tls_read import whole
from loopcert.reference.tls_layer import TLSLayer
from loopcert.reference.tls_transport import TLSTransport


@fault(breaks="tls-48")
@layered
class ToldTwice(TLSLayer):
    """connection_lost() is called a second time."""

    def tell_lost(self, error: BaseException | None) -> None:
        protocol = self.transport.protocol
        super().tell_lost(error)
        self.loop.call_soon(protocol.connection_lost, error)


@fault(breaks="tls-21")
@layered
class CutIsNoEnd(TLSLayer):
    """An end without a goodbye is not told by eof_received()."""

    def eof_received(self) -> bool:
        self.tell_eof = lambda: None  # type: ignore[method-assign]
        return super().eof_received()


@fault(breaks="tls-51")
@layered
class DeliversTheRest(TLSLayer):
    """What has come of an unfinished record is delivered when no more can come."""

    rest = b""

    def buffer_updated(self, nbytes: int) -> None:
        self.rest += bytes(self.get_buffer(nbytes)[:nbytes])
        self.rest = self.rest[whole(self.rest) :]
        super().buffer_updated(nbytes)

    def eof_received(self) -> bool:
        if self.rest and self.is_connected:
            self.tell_data(self.rest)
        return super().eof_received()


class Silent(TLSLayer):
    """A layer that keeps some errors to itself."""

    kept: type[BaseException]

    def tell_lost(self, error: BaseException | None) -> None:
        super().tell_lost(None if isinstance(error, self.kept) else error)


@fault(breaks="tls-49")
@layered
class GarbageIsAnEnd(Silent):
    """What is not TLS ends the connection with None."""

    kept = ssl.SSLError


@fault(breaks="tls-50")
@layered
class ResetIsAnEnd(Silent):
    """A reset ends the connection with None."""

    kept = ConnectionError


@fault(breaks="tls-22")
@layered
class ErrorsOfProtocolsAreLost(Silent):
    """What a protocol raises ends the connection with None."""

    kept = ValueError


@fault(breaks="tls-72")
@layered
class TwoLayersTwoLosses(TLSLayer):
    """Where TLS goes over TLS each layer tells of the loss."""

    def tell_lost(self, error: BaseException | None) -> None:
        protocol: Any = self.transport.protocol
        super().tell_lost(error)
        if isinstance(self.lower, TLSTransport):
            protocol.connection_lost(error)
