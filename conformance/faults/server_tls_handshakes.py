"""Loops whose servers handle badly what happens in the handshakes of their clients."""

from __future__ import annotations

from typing import Any

from loopcert.conformance.faults import fault
from loopcert.conformance.faults.connect_tls_timeouts import LONG, Timing
from loopcert.conformance.faults.server_tls import Accepted
from loopcert.reference import Loop as ReferenceLoop
from loopcert.reference.server import Server
from loopcert.reference.tls_options import TLSOptions


@fault(breaks="server-13a", shows="hang")
class StallingIsAllowed(Timing):
    """A client of a server may take any time for its handshake."""

    def times(self, tls: TLSOptions) -> dict[str, Any]:
        return {"handshake_timeout": LONG} if tls.server_side else {}


@fault(breaks="server-13a")
class HastyWelcome(Timing):
    """A client of a server has a tenth of the time that was given for its handshake, if that is short."""

    def times(self, tls: TLSOptions) -> dict[str, Any]:
        short = tls.server_side and tls.handshake_timeout < 0.05
        return {"handshake_timeout": tls.handshake_timeout / 10} if short else {}


@fault(breaks="server-59", shows="hang")
class OneHandshakeAtATime(ReferenceLoop):
    """A server accepts nobody while a client is in its handshake."""

    class Busy(Accepted):
        """Blocks the next one."""

        def connection_made(self, transport: Any) -> None:
            waiting = self.loop.__dict__.setdefault("waiting", [])
            waiting.append((self, transport))
            if len(waiting) == 1 or not self.is_accepted:
                super().connection_made(transport)

        def buffer_updated(self, nbytes: int) -> None:
            if self.lower is not None:
                super().buffer_updated(nbytes)

        def eof_received(self) -> bool:
            return False if self.lower is None else super().eof_received()

        def connected(self) -> None:
            super().connected()
            self.over()

        def connection_lost(self, exc: BaseException | None) -> None:
            super().connection_lost(exc)
            self.over()

        def over(self) -> None:
            """Let the next one have its handshake."""
            waiting = self.loop.__dict__["waiting"]
            if waiting and waiting[0][0] is self:
                del waiting[0]

    tls_type = Busy


@fault(breaks="server-60")
class WelcomesBeforeTheHandshake(ReferenceLoop):
    """A server calls connection_made() before the handshake."""

    class Early(Accepted):
        """Does not wait."""

        def connection_made(self, transport: Any) -> None:
            if self.is_accepted:
                self.lower = transport
                self.is_connected = True
                self.tell_made()
            super().connection_made(transport)

    tls_type = Early


@fault(breaks="server-60")
class WelcomesWhoIsGone(ReferenceLoop):
    """A server calls connection_made() also when the handshake has failed, just before connection_lost()."""

    class Late(Accepted):
        """Catches up."""

        def connection_lost(self, exc: BaseException | None) -> None:
            if self.is_accepted and not self.is_connected:
                self.is_connected = True
                self.tell_made()
            super().connection_lost(exc)

    tls_type = Late


@fault(breaks="server-61")
class CloseEndsHandshakes(ReferenceLoop):
    """Closing a server aborts the clients that are in their handshake."""

    class Brusque(Server):
        """Looks whom it has not welcomed yet."""

        def close(self) -> None:
            for transport in list(self.clients):
                layer = getattr(transport, "layer", None)
                if layer is not None and not layer.is_connected:
                    transport.abort()
            super().close()

    server_type = Brusque


@fault(breaks="server-66")
class SulksAboutHandshakes(ReferenceLoop):
    """A handshake that fails closes the server."""

    class Offended(Accepted):
        """Tells the server."""

        def connection_lost(self, exc: BaseException | None) -> None:
            if isinstance(self.server, Server) and not self.is_connected:
                self.server.close()
            super().connection_lost(exc)

    tls_type = Offended
