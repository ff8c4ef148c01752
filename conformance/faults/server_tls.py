"""Loops whose servers do with TLS what they were not told to."""

from __future__ import annotations

import ssl
from typing import Any

from loopcert.conformance.faults import fault
from loopcert.conformance.faults.connect_tls_timeouts import LONG, Lenient, Timing
from loopcert.reference import Loop as ReferenceLoop
from loopcert.reference.server import Server
from loopcert.reference.tls_layer import TLSLayer
from loopcert.reference.tls_options import TLSOptions


class Accepted(TLSLayer):
    """A layer that tells accepted connections apart."""

    @property
    def is_accepted(self) -> bool:
        """Whether this connection belongs to a server."""
        return self.server is not None


@fault(breaks="server-08a")
class ServersStayPlain(ReferenceLoop):
    """create_server() does not look at ssl."""

    async def create_server(self, *args: Any, **options: Any) -> Any:
        for name in ("ssl", "ssl_handshake_timeout", "ssl_shutdown_timeout"):
            options.pop(name, None)
        return await super().create_server(*args, **options)


@fault(breaks="server-08a")
class FirstClientOnly(ReferenceLoop):
    """Only the first client of a server is served over TLS."""

    class First(Server):
        """Forgets TLS."""

        def welcome(self, accepted: Any, address: Any) -> None:
            super().welcome(accepted, address)
            self.tls = None

    server_type = First


@fault(breaks="server-08a", wide="no certificate is demanded of any client")
class ContextIsCopied(ReferenceLoop):
    """A server uses the certificate of the context that is given, and nothing else of it."""

    def make_tls_transport(self, sock: Any, protocol: Any, tls: TLSOptions, *args: Any) -> Any:
        if tls.server_side and args[1:] and args[1] is not None:
            tls.context.maximum_version = ssl.TLSVersion.TLSv1_3
            tls.context.set_alpn_protocols(["loopcert/1"])
            tls.context.sni_callback = None
        return super().make_tls_transport(sock, protocol, tls, *args)


@fault(breaks="server-08a")
class DemandedCertificatesAreRefused(ReferenceLoop):
    """Clients of a server that demands certificates are never let in."""

    def make_tls_transport(self, sock: Any, protocol: Any, tls: TLSOptions, *args: Any) -> Any:
        if tls.server_side and tls.context.verify_mode is ssl.CERT_REQUIRED:
            raise ValueError("certificates of clients are not supported")
        return super().make_tls_transport(sock, protocol, tls, *args)


@fault(breaks="server-58")
class LaterIsPlain(ReferenceLoop):
    """A server that is started later, that was given its socket, or that has several, serves without TLS."""

    async def create_server(self, *args: Any, **options: Any) -> Any:
        server = await super().create_server(*args, **options)
        if len(server.listeners) > 1 or options.get("sock") or not options.get("start_serving", True):
            server.tls = None
        return server


@fault(breaks="server-64")
class WholeSecondsOfServers(ReferenceLoop):
    """The timeouts of a server must be given, as floats of at most two seconds."""

    async def create_server(self, *args: Any, **options: Any) -> Any:
        for name, value in options.items():
            if name.endswith("_timeout") and not (isinstance(value, float) and value < 2):
                raise TypeError(f"{name} must be a small float")
        return await super().create_server(*args, **options)


@fault(breaks="server-64")
class ServersNeverForget(ReferenceLoop):
    """A client is cut off when the time for its handshake is over, also if that was long done."""

    class Grudging(Accepted):
        """Sets a timer that nobody stops."""

        def connection_made(self, transport: Any) -> None:
            if self.is_accepted:
                self.loop.call_later(self.options.handshake_timeout, transport.abort)
            super().connection_made(transport)

    tls_type = Grudging


@fault(breaks="server-08b")
class TrueWillDo(ReferenceLoop):
    """A server with ssl=True makes a context without a certificate."""

    async def create_server(self, *args: Any, **options: Any) -> Any:
        if options.get("ssl") is True:
            options["ssl"] = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        return await super().create_server(*args, **options)


@fault(breaks="server-13c")
class StrayTimeoutsOfServers(Lenient):
    """Timeouts of a server without ssl are ignored."""

    def drops(self, value: float, options: dict[str, Any]) -> bool:
        return not options.get("ssl")

    async def create_server(self, *args: Any, **options: Any) -> Any:
        return await super().create_server(*args, **self.clean(options))


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
