"""Connecting: from a host name or path to a transport and its protocol."""

import asyncio
import contextlib
import socket
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from .addresses import INTERNET, Address, interleaved
from .endpoint import names_of
from .scheduler import Waiter, until_done
from .sockets import Sockets, closed_on_failure
from .stream import StreamTransport
from .tls_layer import TLSLayer
from .tls_options import TLSOptions, client_options, server_options

Pair = tuple[Any, Any]  # A transport and its protocol
Factory = Callable[[], Any]  # of protocols


class Connections(Sockets):
    """The part of a loop that opens connections and puts transports on them."""

    stream_type: ClassVar[type[StreamTransport]] = StreamTransport
    tls_type: ClassVar[type[TLSLayer]] = TLSLayer

    async def create_connection(
        self, protocol_factory: Factory, host: str | None = None, port: int | str | None = None, *,
        ssl: Any = None, family: int = 0, proto: int = 0, flags: int = 0, sock: socket.socket | None = None,
        local_addr: tuple[str, int] | None = None, server_hostname: str | None = None,
        ssl_handshake_timeout: float | None = None, ssl_shutdown_timeout: float | None = None,
        happy_eyeballs_delay: float | None = None, interleave: int | None = None, all_errors: bool = False
    ) -> Pair:  # fmt: skip
        """Connect to a host and port, or take over a connected socket (connect-01 to 24).

        Arguments:
            protocol_factory: makes the protocol, once the connection is up.
            host: a name or a literal address.
            port: a number or the name of a service.
            ssl: an SSLContext, or True for the default one; see client_options().
            family, proto, flags: for the resolver.
            sock: used instead of connecting.
            local_addr: host and port to bind to first.
            server_hostname, ssl_handshake_timeout, ssl_shutdown_timeout: see client_options().
            happy_eyeballs_delay: seconds after which the next address is tried beside the former.
            interleave: how many of the first family before the families take turns; 0 leaves the resolver's order.
            all_errors: raise an ExceptionGroup of all failures instead of one OSError (connect-23).

        Raises:
            OSError: no address could be connected to.
            ValueError: the arguments contradict each other.
        """
        tls = client_options(ssl, host, server_hostname, ssl_handshake_timeout, ssl_shutdown_timeout)
        if sock is not None:
            if host is not None or port is not None:
                raise ValueError("host/port and sock can not be specified at the same time")
            check_stream_socket(sock)
            return await self.establish(sock, protocol_factory, tls)
        if host is None and port is None:
            raise ValueError("host and port was not specified and no sock specified")
        addresses = await self.resolve((host, port), family, socket.SOCK_STREAM, proto, flags)
        local = None
        if local_addr is not None:
            local = await self.resolve(local_addr, family, socket.SOCK_STREAM, proto, flags)
        if interleave or (interleave is None and happy_eyeballs_delay is not None):
            addresses = interleaved(addresses, interleave or 1)
        connected, errors = await self.connect_first(addresses, local, happy_eyeballs_delay)
        if connected is None:
            raise joined(errors, all_errors)
        return await self.establish(connected, protocol_factory, tls, own=True)

    async def connect_first(
        self, addresses: Sequence[Address], local: Sequence[Address] | None, delay: float | None
    ) -> tuple[socket.socket | None, list[Exception]]:
        """Give the socket of the first address that could be connected to, or None and why not."""
        errors: list[Exception] = []
        if delay is not None:
            return await self.run_race(addresses, local, delay, errors), errors
        for address in addresses:
            with contextlib.suppress(OSError):
                return await self.connect_one(address, local, errors), errors
        return None, errors

    async def run_race(
        self, addresses: Sequence[Address], local: Sequence[Address] | None, delay: float, errors: list[Exception]
    ) -> socket.socket | None:
        """Give the first socket that is connected: happy eyeballs (connect-13, 14, 42; RFC 8305, section 5).

        The next attempt starts when one has failed, or when `delay` seconds went by without an answer; the earlier
        ones then go on beside it.
        """
        attempts: list[asyncio.Task[socket.socket]] = []
        running: set[asyncio.Task[socket.socket]] = set()
        waiting = list(addresses)
        winner = None
        try:
            while winner is None and (waiting or running):
                if waiting:
                    attempts.append(self.create_task(self.connect_one(waiting.pop(0), local, errors)))
                    running.add(attempts[-1])
                patience = delay if waiting else None
                ended, running = await asyncio.wait(running, timeout=patience, return_when=asyncio.FIRST_COMPLETED)
                for task in ended:
                    with contextlib.suppress(OSError):
                        winner = task.result()
        finally:
            await close_losers(attempts, winner)
        return winner

    async def connect_one(
        self, address: Address, local: Sequence[Address] | None, errors: list[Exception]
    ) -> socket.socket:
        """Open a socket, bind and connect it; the error of a failure is raised and added to `errors`."""
        try:
            sock = socket.socket(address.family, address.type, address.proto)
            with closed_on_failure(sock):
                sock.setblocking(False)
                if local is not None:
                    bind_first(sock, [each for each in local if each.family == address.family], errors)
                await self.connect_resolved(sock, address.address)
        except OSError as error:
            if error not in errors:
                errors.append(error)
            raise
        return sock

    # From a socket to a transport.

    async def connect_accepted_socket(
        self, protocol_factory: Factory, sock: socket.socket, *,
        ssl: Any = None, ssl_handshake_timeout: float | None = None, ssl_shutdown_timeout: float | None = None
    ) -> Pair:  # fmt: skip
        """Put a transport on a socket that was accepted elsewhere (connect-30a to 31)."""
        check_stream_socket(sock)
        tls = server_options(ssl or None, ssl_handshake_timeout, ssl_shutdown_timeout)
        return await self.establish(sock, protocol_factory, tls)

    async def establish(
        self, sock: socket.socket, protocol_factory: Factory, tls: TLSOptions | None, *, own: bool = False
    ) -> Pair:
        """Put a transport on `sock` and wait for connection_made() (connect-02a to 03, 34, 35, 38, 39).

        Until there is a transport, the socket remains the caller's, unless it is our `own`.
        """
        with closed_on_failure(sock) if own else contextlib.nullcontext():
            sock.setblocking(False)
            protocol = protocol_factory()
            waiter = self.create_future()
            transport = self.make_transport(sock, protocol, tls, waiter)
        await until_done(waiter, transport.abort)
        return transport, protocol

    def make_transport(
        self, sock: socket.socket, protocol: Any, tls: TLSOptions | None, waiter: Waiter, server: Any = None
    ) -> asyncio.Transport:
        """Make the transport of a new connection, plain or with TLS, which owns `sock` from here on.

        connection_made() is called soon; `waiter` ends after that, or with the error of the handshake. `server` counts
        the transport that the protocol sees.
        """
        if tls is None:
            return self.make_stream_transport(sock, protocol, waiter, server)
        return self.make_tls_transport(sock, protocol, tls, waiter, server)

    def make_tls_transport(
        self, sock: socket.socket, protocol: Any, tls: TLSOptions, waiter: Waiter = None, server: Any = None
    ) -> asyncio.Transport:
        """Make a TLS transport on top of a plain one.

        Raises:
            ValueError: there is no name to match (connect-33); the socket is still the caller's.
        """
        layer = self.tls_type(self, protocol, tls, waiter, server)
        self.make_stream_transport(sock, layer)
        return layer.transport

    def make_stream_transport(
        self, sock: socket.socket, protocol: Any, waiter: Waiter = None, server: Any = None
    ) -> StreamTransport:
        """Make a plain transport, which owns `sock` from here on."""
        if sock.family in INTERNET:
            with contextlib.suppress(OSError):  # some systems refuse on a connection that is broken: reading will tell
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        transport = self.stream_type(self, sock, protocol, names_of(sock), server)
        self.call_soon(transport.begin, waiter)
        return transport


def check_stream_socket(sock: socket.socket) -> None:
    """Refuse a socket that is no stream (connect-37)."""
    if sock.type != socket.SOCK_STREAM:
        raise ValueError(f"A Stream Socket was expected, got {sock!r}")


def bind(sock: socket.socket, address: Any) -> None:
    """Bind to an address, and name it in the error of a failure."""
    try:
        sock.bind(address)
    except OSError as error:
        text = f"error while attempting to bind on address {address!r}: {str(error).lower()}"
        raise OSError(error.errno, text)


def bind_first(sock: socket.socket, addresses: Sequence[Address], errors: list[Exception]) -> None:
    """Bind to the first address that is free (connect-18).

    Raises:
        OSError: none is.
    """
    failure = OSError(f"no matching local address with family={sock.family!r} found")
    for address in addresses:
        try:
            return bind(sock, address.address)
        except OSError as error:
            errors.append(error)
            failure = error
    raise failure


async def close_losers(attempts: "list[asyncio.Task[socket.socket]]", winner: socket.socket | None) -> None:
    """Cancel the attempts that lost, and close what they had opened."""
    for task in attempts:
        task.cancel()
    for outcome in await asyncio.gather(*attempts, return_exceptions=True):
        if isinstance(outcome, socket.socket) and outcome is not winner:
            outcome.close()


def joined(errors: list[Exception], all_errors: bool) -> Exception:
    """Give the one error to raise for many (connect-22a to 23)."""
    if all_errors:
        return ExceptionGroup("create_connection failed", errors)
    if len({str(error) for error in errors}) == 1:
        return errors[0]
    return OSError(f"Multiple exceptions: {', '.join(str(error) for error in errors)}")
