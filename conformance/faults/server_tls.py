"""Loops whose servers do with TLS what they were not told to."""

from __future__ import annotations

import ssl
from typing import Any

from loopcert.conformance.faults import fault
from loopcert.conformance.faults.connect_tls_timeouts import Lenient
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
