"""TLS on connections that stand already."""

import asyncio
import ssl
from typing import Any

from .connect import Connections
from .endpoint import Endpoint
from .flow import FlowControl
from .private import take_unread
from .scheduler import Waiter, until_done
from .tls_options import TLSOptions, make_options
from .tls_transport import TLSTransport


class TLS(Connections):
    """The part of a loop that encrypts."""

    async def start_tls(
        self, transport: Any, protocol: asyncio.BaseProtocol, sslcontext: ssl.SSLContext, *,
        server_side: bool = False, server_hostname: str | None = None, ssl_handshake_timeout: float | None = None,
        ssl_shutdown_timeout: float | None = None
    ) -> asyncio.Transport | None:  # fmt: skip
        """Put TLS on a connection that stands, and give the transport to use from here on (tls-01 to 08, 26, 28).

        What was written before goes out first, in plain text. What has arrived and was not yet delivered, or lies
        unread in the buffer of a stream, counts as the beginning of the peer's handshake.

        Arguments:
            transport: a plain or TLS stream transport.
            protocol: the application's, which will not be told of the connection again.
            sslcontext: for this side.
            server_side: whether the peer begins.
            server_hostname: the name to match.
            ssl_handshake_timeout, ssl_shutdown_timeout: seconds; None means 60 and 30.

        Returns:
            The new transport, or None when the old one is closing.

        Raises:
            TypeError: no context, or a transport that is no stream.
            ssl.SSLError: the handshake failed.
            ConnectionError: the connection ended during the handshake, or it took too long.
        """
        check_upgrade(transport, sslcontext)
        options = make_options(sslcontext, server_side, server_hostname, ssl_handshake_timeout, ssl_shutdown_timeout)
        if transport.is_closing():
            return None
        waiter = self.create_future()
        upper = self.put_tls_between(transport, protocol, options, waiter)
        await until_done(waiter, upper.abort)
        return upper

    def put_tls_between(
        self, transport: asyncio.Transport, protocol: asyncio.BaseProtocol, options: TLSOptions, waiter: Waiter
    ) -> TLSTransport:
        """Exchange the protocol of a transport for a TLS layer, begin the handshake, and give the layer's transport."""
        owner = transport.server if isinstance(transport, Endpoint) else None
        layer = self.tls_type(self, protocol, options, waiter, owner, is_new=False)
        if owner is not None and isinstance(transport, Endpoint):
            owner.detach(transport)  # from here on the server closes the transport above
            transport.server = None
        upper = layer.transport
        if isinstance(transport, FlowControl):
            upper.marks.paused = transport.marks.paused  # a protocol that waits is to be told to go on
        transport.set_protocol(layer)
        layer.machine.feed(take_unread(protocol))
        layer.connection_made(transport)
        transport.resume_reading()
        return upper


def check_upgrade(transport: Any, sslcontext: Any) -> None:
    """Refuse what start_tls() can't work with (tls-04, 26)."""
    if not isinstance(sslcontext, ssl.SSLContext):
        raise TypeError(f"sslcontext is expected to be an instance of ssl.SSLContext, got {sslcontext!r}")
    if not isinstance(transport, asyncio.Transport):
        raise TypeError(f"transport {transport!r} is not supported by start_tls()")
