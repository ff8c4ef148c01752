"""TLS transports that get abort() wrong, or ends inside callbacks."""

from __future__ import annotations

from loopcert.conformance.faults import fault
from loopcert.conformance.faults._tls import carried, layered
from loopcert.reference.tls_layer import TLSLayer
from loopcert.reference.tls_transport import TLSTransport


@fault(breaks="tls-23", shows="hang")
@carried
class AbortIsPolite(TLSTransport):
    """abort() is another name of close()."""

    def abort(self) -> None:
        self.close()


@fault(breaks="tls-23")
@layered
class AbortIsAnError(TLSLayer):
    """abort() is told as an exception."""

    aborted = False

    def abort(self) -> None:
        self.aborted = True
        super().abort()

    def tell_lost(self, error: BaseException | None) -> None:
        super().tell_lost(ConnectionAbortedError("aborted by this side") if self.aborted else error)


@fault(breaks="tls-52")
@layered
class EndedAndLost(TLSLayer):
    """Who ends the connection and who sees its end both tell the protocol."""

    def tell_lost(self, error: BaseException | None) -> None:
        protocol = self.transport.protocol
        super().tell_lost(error)
        protocol.connection_lost(error)


@fault(breaks="tls-64")
@carried
class LostInsideTheCall(TLSTransport):
    """connection_lost() is called inside close() and abort()."""

    def close(self) -> None:
        super().close()
        self.protocol.connection_lost(None)

    def abort(self) -> None:
        super().abort()
        self.protocol.connection_lost(None)
