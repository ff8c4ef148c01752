"""Loops whose servers do not know when a connection over TLS has ended, or do not end it."""

from __future__ import annotations

from typing import Any

from loopcert.conformance.faults import fault
from loopcert.conformance.faults.connect_tls_timeouts import LONG, Timing
from loopcert.reference import Loop as ReferenceLoop
from loopcert.reference.server import Server
from loopcert.reference.tls_options import TLSOptions


@fault(breaks="server-65", shows="hang")
class NoGoodbyeOfClients(Timing):
    """A server waits for the goodbye of a client for ever."""

    def times(self, tls: TLSOptions) -> dict[str, Any]:
        return {"shutdown_timeout": LONG} if tls.server_side else {}


@fault(breaks="server-65")
class HastyGoodbyeOfServers(Timing):
    """A client has a tenth of the time that was given for its goodbye, if that is short."""

    def times(self, tls: TLSOptions) -> dict[str, Any]:
        short = tls.server_side and tls.shutdown_timeout < 0.05
        return {"shutdown_timeout": tls.shutdown_timeout / 10} if short else {}


@fault(breaks="server-62")
class ForgetsClientsOverTLS(ReferenceLoop):
    """A server does not count its connections over TLS."""

    class Counting(Server):
        """Counts some."""

        def attach(self, transport: Any) -> None:
            if not hasattr(transport, "layer"):
                super().attach(transport)

    server_type = Counting


@fault(breaks="server-62", shows="hang")
class RemembersFailures(ReferenceLoop):
    """A server counts clients that failed their handshake for ever."""

    class Remembering(Server):
        """Forgets those alone whom it has welcomed."""

        def detach(self, transport: Any) -> None:
            layer = getattr(transport, "layer", None)
            if layer is None or layer.is_connected:
                super().detach(transport)

    server_type = Remembering


@fault(breaks="server-63", shows="hang")
class EndsPlainClientsOnly(ReferenceLoop):
    """close_clients() and abort_clients() spare connections over TLS."""

    class Sparing(Server):
        """Ends some."""

        def close_clients(self) -> None:
            """Close plain clients."""
            for transport in [each for each in self.clients if not hasattr(each, "layer")]:
                transport.close()

        def abort_clients(self) -> None:
            """Abort plain clients."""
            for transport in [each for each in self.clients if not hasattr(each, "layer")]:
                transport.abort()

    server_type = Sparing
