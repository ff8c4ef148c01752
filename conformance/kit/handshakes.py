"""The other end of TLS: blocking sockets that shake hands in threads, and certificates with one fault each."""

from __future__ import annotations

import datetime as dt
import socket
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from loopcert.conformance.kit.certificates import (
    SERVER_NAME,
    authority,
    certificate_for,
    client_context,
    new_authority,
    once,
    server_context,
)
from loopcert.conformance.kit.dialling import dismiss
from loopcert.conformance.kit.peers import LOOPBACK, Peer, Recorder, listening, prompt, receive, receive_all
from loopcert.conformance.kit.servers import Clients
from loopcert.conformance.kit.streams import Reacting, beside
from loopcert.conformance.kit.verify import Violation, allowed, failing

if TYPE_CHECKING:
    import trustme

OTHER_NAME = "other.test"
GREETING = b"welcome"


def presenting(*names: str) -> ssl.SSLContext:
    """Return a new context for servers with a certificate for ``names``."""
    return showing(certificate_for(*names))


def showing(certificate: trustme.LeafCert) -> ssl.SSLContext:
    """Return a new context for servers with that certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context


@once
def misnamed_context() -> ssl.SSLContext:
    """Return a context for servers with a good certificate for `OTHER_NAME` alone."""
    return presenting(OTHER_NAME)


@once
def unknown_context() -> ssl.SSLContext:
    """Return a context for servers with a certificate whose authority nobody knows."""
    return showing(certificate_for(SERVER_NAME, LOOPBACK, by=new_authority()))


@once
def expired_context() -> ssl.SSLContext:
    """Return a context for servers with a certificate that was good for one day of the year 2020."""
    day = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    return showing(certificate_for(SERVER_NAME, LOOPBACK, not_before=day, not_after=day + dt.timedelta(days=1)))


@once
def demanding_context() -> ssl.SSLContext:
    """Return a context for servers that let in clients with a certificate of the authority alone."""
    context = presenting(SERVER_NAME, LOOPBACK)
    context.verify_mode = ssl.CERT_REQUIRED
    authority().configure_trust(context)
    return context


@once
def certified_context() -> ssl.SSLContext:
    """Return a context for clients that have a certificate for `OTHER_NAME`."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    authority().configure_trust(context)
    certificate_for(OTHER_NAME).configure_cert(context)
    return context


@once
def nameless_context() -> ssl.SSLContext:
    """Return a context for clients that trusts the authority, and checks no host names."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    authority().configure_trust(context)
    return context


@dataclass(frozen=True)
class Meeting:
    """How it went with one client: the error of the handshake or None, and what the server's side knows."""

    error: Exception | None
    data: bytes = b""
    alpn: str | None = None
    version: str | None = None
    certificate: Any = None


def meet(server: socket.socket, context: ssl.SSLContext) -> Meeting:
    """Accept one client, shake hands, greet it, and receive until it ends; its certificate is the DER text."""
    sock, _ = server.accept()
    try:
        peer = context.wrap_socket(prompt(sock), server_side=True)
    except OSError as error:
        return Meeting(error)
    with peer:
        facts = peer.selected_alpn_protocol(), peer.version(), peer.getpeercert(binary_form=True)
        data = b""
        with suppress(OSError):
            peer.sendall(GREETING)
            data = receive_all(peer)
        return Meeting(None, data, *facts)


@asynccontextmanager
async def hosting_at(listener: socket.socket, body: Callable[[socket.socket], Any]) -> AsyncIterator[Peer[Any]]:
    """Give the peer that runs ``body(listener)`` for a client of the loop under test, and wait for it at the end.

    One that no client came to meets one that says nothing.
    """
    address = listener.getsockname()
    peer = Peer(partial(body, listener))
    try:
        yield peer
    finally:
        with suppress(OSError), socket.socket(listener.family) as nobody:
            nobody.connect(address)
        await beside(peer.result)


@asynccontextmanager
async def hosting(body: Callable[[socket.socket], Any]) -> AsyncIterator[tuple[int, Peer[Any]]]:
    """Do as `hosting_at` does, on a port of loopback that is given with the peer."""
    with listening() as listener:
        async with hosting_at(listener, body) as peer:
            yield listener.getsockname()[1], peer


@asynccontextmanager
async def secured(
    loop: Any, context: Any, server: ssl.SSLContext | None = None, host: Any = LOOPBACK, **options: Any
) -> AsyncIterator[tuple[Any, Recorder, Peer[Meeting]]]:
    """Connect over TLS to a server that greets; give transport, protocol and the peer whose result is a `Meeting`.

    That it fails is a Violation.
    """
    async with hosting(partial(meet, context=server or server_context())) as (port, peer):
        with allowed(f"create_connection(ssl=) to {host!r} with {options!r}"):
            transport, protocol = await loop.create_connection(Recorder, host, port, ssl=context, **options)
        try:
            yield transport, protocol, peer
        finally:
            await dismiss(transport, protocol)


async def greeted(
    loop: Any, context: Any, server: ssl.SSLContext | None = None, host: Any = LOOPBACK, **options: Any
) -> Meeting:
    """Connect as `secured` does, hear the greeting, answer, and close; return what the peer saw."""
    async with secured(loop, context, server, host, **options) as (transport, protocol, peer):
        await heard(protocol)
        transport.write(b"thanks")
        transport.close()
        return await beside(peer.result)


async def heard(protocol: Recorder) -> None:
    """Wait for the greeting; that the connection ends instead is a Violation."""
    await protocol.until(lambda: len(protocol.data) >= len(GREETING) or "lost" in protocol.events)
    if bytes(protocol.data[: len(GREETING)]) != GREETING:
        raise Violation(
            f"data over TLS: saw {bytes(protocol.data)!r}, then the end ({protocol.error!r}), wanted {GREETING!r}"
        )


async def turned_away(
    loop: Any, context: Any, server: ssl.SSLContext, what: str, host: Any = LOOPBACK, **options: Any
) -> Exception:
    """Connect over TLS where that has to fail; return the error. Connecting nevertheless is a Violation."""
    async with hosting(partial(meet, context=server)) as (port, _):
        with failing(what) as caught:
            transport, _ = await loop.create_connection(Recorder, host, port, ssl=context, **options)
            transport.abort()
    error: Exception = caught.error
    return error


# Clients of a server of the loop.


def call(sock: socket.socket, context: ssl.SSLContext | None = None, name: str = SERVER_NAME) -> ssl.SSLSocket:
    """Shake hands as a client and return the TLS socket."""
    return (context or client_context()).wrap_socket(prompt(sock), server_hostname=name)


def call_on(address: Any, context: ssl.SSLContext | None = None, name: str = SERVER_NAME) -> ssl.SSLSocket:
    """Return a blocking TLS client of a server, its handshake done."""
    return call(socket.create_connection(address[:2]), context, name)


def served(address: Any, context: ssl.SSLContext | None = None, name: str = SERVER_NAME) -> bytes:
    """Be a TLS client of a server of `greeters`; return the greeting, b"" where it does not come to that."""
    with suppress(OSError), call_on(address, context, name) as peer:
        return receive(peer, len(GREETING))
    return b""


class Halfway:
    """A TLS client that has said hello and has the server's answer waiting unread; ``sock`` is the socket below."""

    def __init__(self, address: Any) -> None:
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._object = client_context().wrap_bio(self._incoming, self._outgoing, server_hostname=SERVER_NAME)
        self.sock = socket.create_connection(address[:2])
        with suppress(ssl.SSLWantReadError):
            self._object.do_handshake()
        self.sock.sendall(self._outgoing.read())
        self.sock.recv(1, socket.MSG_PEEK)

    def completed(self) -> bytes:
        """Complete the handshake and return the greeting, or b"" where the server ends instead."""
        with suppress(OSError):
            self._go_on(self._object.do_handshake)
            return bytes(self._go_on(lambda: self._object.read(len(GREETING))))
        return b""

    def _go_on(self, action: Callable[[], Any]) -> Any:
        while True:
            try:
                return action()
            except ssl.SSLWantReadError:
                self.sock.sendall(self._outgoing.read())
                data = self.sock.recv(65536)
                if not data:
                    raise ConnectionAbortedError("the server has ended") from None
                self._incoming.write(data)


def greeters() -> Clients:
    """Return a factory of protocols that greet."""
    return Clients(lambda: Reacting(made=lambda transport: transport.write(GREETING)))
