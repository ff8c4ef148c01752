"""TLS transports that get the peer's goodbye wrong."""

from __future__ import annotations

from loopcert.conformance.faults import fault
from loopcert.conformance.faults._tls import layered
from loopcert.reference.tls_layer import TLSLayer


@fault(breaks="tls-45")
@layered
class TellsNoGoodbye(TLSLayer):
    """The peer's goodbye closes the connection, but eof_received() is not called."""

    def tell_eof(self) -> None:
        pass


@fault(breaks="tls-45")
@layered
class GoodbyeIsAnError(TLSLayer):
    """The peer's goodbye is told as an exception."""

    def tell_lost(self, error: BaseException | None) -> None:
        super().tell_lost(error or ConnectionResetError("the peer closed"))


@fault(breaks="tls-13", shows="hang")
@layered
class HalfOpen(TLSLayer):
    """A true answer of eof_received() keeps a TLS connection open."""

    kept = False

    def tell_eof(self) -> None:
        self.kept = bool(self.transport.protocol.eof_received())

    def close(self) -> None:
        if not self.kept:
            super().close()


@fault(breaks="tls-13")
@layered
class NoAnswer(TLSLayer):
    """A true answer of eof_received() ends the connection with an exception."""

    kept = False

    def tell_eof(self) -> None:
        self.kept = bool(self.transport.protocol.eof_received())

    def tell_lost(self, error: BaseException | None) -> None:
        super().tell_lost(ConnectionResetError("half open") if self.kept else error)


@fault(breaks="tls-76")
@layered
class GoodbyeEndsWriting(TLSLayer):
    """Nothing is sent any more once the peer has said goodbye."""

    def tell_eof(self) -> None:
        self.transport.closing = True
        super().tell_eof()
        self.transport.closing = False
