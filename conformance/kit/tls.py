"""TLS connections of the loop under test to a peer that is in command of every byte on the wire."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import cache, partial
from typing import TYPE_CHECKING, Any, TypeVar

import pytest

from loopcert.conformance.kit.certificates import SERVER_NAME, authority, certificate_for
from loopcert.conformance.kit.peers import LOOPBACK, Events, Recorder, prompt, tcp_pair
from loopcert.conformance.kit.streams import BufferedRecorder, beside, narrow_pair
from loopcert.conformance.kit.verify import Violation, allowed, equal

if TYPE_CHECKING:
    import trustme

T = TypeVar("T")

TLS_VERSIONS = ("TLSv1.2", "TLSv1.3")
"""As `ssl.SSLSocket.version` names them."""
VERSIONS = pytest.mark.parametrize("version", TLS_VERSIONS)
SIDES = pytest.mark.parametrize("server_side", [False, True], ids=["client", "server"])
"""Whether the loop under test is the client or the server."""

_CHUNK = 65536
_PATIENCE = 0.5


def tls_context(version: str, *, server_side: bool) -> ssl.SSLContext:
    """Return a new context that speaks one version of TLS; clients check the certificate and the name."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER if server_side else ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = context.maximum_version = ssl.TLSVersion[version.replace(".", "_")]
    if server_side:
        certificate().configure_cert(context)
    else:
        authority().configure_trust(context)
    return context


@cache
def certificate() -> trustme.LeafCert:
    """Return the certificate of every server, and of clients that are asked for one."""
    return certificate_for(SERVER_NAME, LOOPBACK)


@cache
def usual_context(version: str, server_side: bool) -> ssl.SSLContext:
    """Return what `tls_context` does, one for all tests that change nothing about it."""
    return tls_context(version, server_side=server_side)


class TLSPeer:
    """The other end of a TLS connection: a blocking socket, and Python's own TLS between two buffers in memory.

    So a test decides which bytes travel together, how a record is cut, and whether there is a goodbye at all
    (``close_notify``). ``ended`` is how the loop under test ended: ``goodbye``, ``eof`` without one, or ``reset``.

    ``server_side`` is the side of the peer itself.
    """

    def __init__(
        self,
        sock: socket.socket,
        version: str = TLS_VERSIONS[-1],
        *,
        server_side: bool = True,
        context: ssl.SSLContext | None = None,
        session: ssl.SSLSession | None = None,
    ) -> None:
        self.sock = prompt(sock)
        self.ended = ""
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.object = (context or usual_context(version, server_side)).wrap_bio(
            self._incoming,
            self._outgoing,
            server_side=server_side,
            server_hostname=None if server_side else SERVER_NAME,
            session=session,
        )

    def handshake(self, also: bytes = b"") -> None:
        """Shake hands; ``also`` is application data that goes out together with the last message of it."""
        try:
            self._go_on(self.object.do_handshake)
            if also:
                self.object.write(also)
            self.flush()
        except BaseException:
            with contextlib.suppress(OSError):
                self.flush()  # the alert that says why
            self.cut()
            raise

    def attempt(self) -> None:
        """Shake hands with somebody who will refuse, perhaps only when the handshake is complete on this side."""
        with contextlib.suppress(ssl.SSLError, Violation, OSError):
            self.handshake()
            if not self.object.server_side:  # a server is the last to be content, a client may hear of it later
                self.receive()

    def encrypt(self, data: bytes) -> bytes:
        """Return the records that carry ``data``, to be sent as the test likes, but all and in order."""
        self.object.write(data)
        return self._outgoing.read()

    def goodbye(self) -> bytes:
        """Return the record that ends what this side sends."""
        with contextlib.suppress(ssl.SSLWantReadError):
            self.object.unwrap()
        return self._outgoing.read()

    def send(self, data: bytes) -> None:
        """Send ``data``, encrypted."""
        self.sock.sendall(self.encrypt(data))

    def send_eof(self) -> None:
        """End the stream below: after a `goodbye` in order, without one not."""
        self.sock.shutdown(socket.SHUT_WR)

    def flush(self) -> None:
        """Send what TLS itself has to say."""
        if self._outgoing.pending:
            self.sock.sendall(self._outgoing.read())

    def receive(self, count: int = -1) -> bytes:
        """Receive ``count`` bytes, or all until the loop under test ends; see ``ended``."""
        data = bytearray()
        while count < 0 or len(data) < count:
            try:
                chunk = self._go_on(partial(self.object.read, _CHUNK if count < 0 else count - len(data)))
            except ssl.SSLZeroReturnError:
                chunk = b""
            except ssl.SSLEOFError:
                self.ended = "eof"
                break
            except ConnectionError:
                self.ended = "reset"
                break
            except ssl.SSLError as error:
                raise Violation(f"what the peer received is no TLS: saw {error}, wanted data or a goodbye") from error
            if not chunk:
                self.ended = "goodbye"
                break
            data += chunk
        return bytes(data)

    def receive_some(self, most: int) -> bytes:
        """Receive at least one byte, as recv() does; b"" once the loop under test has ended."""
        return self._go_on(partial(self.object.read, most))

    def tunnel(self) -> Any:
        """Return as much of a socket as another peer needs whose bytes go through this connection."""
        return _Tunnel(self)

    def leave(self) -> bytes:
        """Say goodbye, receive until the loop under test has ended, close; return what came meanwhile."""
        self.sock.sendall(self.goodbye())
        data = self.receive()
        self.sock.close()
        return data

    def answer(self) -> bytes:
        """Receive until the loop under test says goodbye, say it too, close; return what came."""
        data = self.receive()
        with contextlib.suppress(OSError):  # the other side need not wait for it
            self.sock.sendall(self.goodbye())
        self.sock.close()
        return data

    def cut(self) -> None:
        """End the connection below in both directions, which wakes whoever waits for it in another thread."""
        with contextlib.suppress(OSError):
            self.sock.shutdown(socket.SHUT_RDWR)

    def _go_on(self, step: Callable[[], T]) -> T:
        """Repeat a step of TLS until it has what it needs from the loop under test."""
        while True:
            try:
                return step()
            except ssl.SSLWantReadError:
                self.flush()
                if data := self.sock.recv(_CHUNK):
                    self._incoming.write(data)
                else:
                    self._incoming.write_eof()


class _Tunnel:
    """A connection of a peer as a socket."""

    family = None

    def __init__(self, outer: TLSPeer) -> None:
        self.setsockopt = outer.sock.setsockopt
        self.recv = outer.receive_some
        self.sendall = outer.send
        self.shutdown = outer.sock.shutdown


class ViewRecorder(BufferedRecorder):
    """A `BufferedRecorder` that hands out a memoryview: CPython loses what goes into another buffer (tls-74)."""

    def __init__(self, size: int = 4096, *, keep_open: object = False) -> None:
        super().__init__(size, keep_open=keep_open)
        self.buffer = memoryview(self.buffer)


KINDS = pytest.mark.parametrize("kind", [Recorder, ViewRecorder], ids=["streaming", "buffered"])
"""The two kinds of protocols that a transport feeds."""


async def speaks(transport: Any, protocol: Any, peer: TLSPeer, sent: bytes = b"question") -> None:
    """Fail unless something goes through in both directions."""
    before = len(protocol.data)
    transport.write(sent)
    equal(await beside(lambda: peer.receive(len(sent))), sent, "what the peer received")
    peer.send(b"answer")
    equal((await arrived(protocol, before + 6))[before:], b"answer", "what the protocol received")


async def arrived(protocol: Any, count: int) -> bytes:
    """Wait until a protocol has received ``count`` bytes, or has lost its connection; return what has come."""
    await protocol.until(lambda: len(protocol.data) >= count or "lost" in protocol.events)
    return bytes(protocol.data)


async def shaken(peer: TLSPeer, near: Callable[[], Any], also: bytes = b"") -> Any:
    """Have the peer shake hands while ``near()`` is awaited, whose result is returned; both must succeed."""
    handshake = asyncio.ensure_future(beside(lambda: peer.handshake(also)))
    try:
        with allowed("a TLS handshake"):
            result = await near()
        await handshake
    except ssl.SSLError as error:
        raise Violation(f"the handshake seen by the peer: saw {error}, wanted it to succeed") from error
    finally:
        if not handshake.done():
            peer.cut()
        await asyncio.gather(handshake, return_exceptions=True)
    return result


@asynccontextmanager
async def secured(
    loop: asyncio.AbstractEventLoop,
    protocol: Events | None = None,
    version: str = TLS_VERSIONS[-1],
    *,
    server_side: bool = False,
    contexts: tuple[ssl.SSLContext | None, ssl.SSLContext | None] = (None, None),
    narrow: bool = False,
    heirs: tuple[Events, ...] = (),
    also: bytes = b"",
    session: ssl.SSLSession | None = None,
    **options: Any,
) -> AsyncIterator[tuple[Any, Any, TLSPeer]]:
    """Give a TLS transport, its protocol and its peer for the time of a block, and clear them away afterwards.

    ``server_side`` is the side of the loop under test; ``contexts`` are its own and the peer's, ``session`` is
    one that the peer takes up again; ``options`` go to
    create_connection() or connect_accepted_socket(). The rest is as with `connected`.
    """
    watched = protocol or Recorder()
    near, far = narrow_pair() if narrow else tcp_pair()
    context = contexts[0] or usual_context(version, server_side)

    async def make() -> Any:
        if server_side:
            return await loop.connect_accepted_socket(lambda: watched, near, ssl=context, **options)
        return await loop.create_connection(
            lambda: watched,
            sock=near,
            ssl=context,
            server_hostname=SERVER_NAME,
            **options,
        )

    with far:
        peer = TLSPeer(far, version, server_side=not server_side, context=contexts[1], session=session)
        transport, _ = await shaken(peer, make, also)
        try:
            yield transport, watched, peer
        finally:
            peer.cut()
            far.close()
            await dismissed(transport, watched, *heirs)


async def dismissed(transport: Any, *protocols: Events) -> None:
    """Close and abort a transport until one of the protocols has lost it, but wait for that only a while."""
    for end in (transport.close, transport.abort):
        if any("lost" in each.events for each in protocols):
            return
        with contextlib.suppress(Exception):  # a transport of which nothing is left may raise
            end()
        waits = [asyncio.ensure_future(each.seen("lost")) for each in protocols]
        await asyncio.wait(waits, timeout=_PATIENCE, return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()


async def upgraded(
    loop: asyncio.AbstractEventLoop,
    transport: Any,
    protocol: Any,
    peer: TLSPeer,
    version: str = TLS_VERSIONS[-1],
    *,
    server_side: bool = False,
    also: bytes = b"",
    **options: Any,
) -> Any:
    """Have start_tls() and the peer shake hands over a connection that stands; return the new transport."""
    context = options.pop("context", None) or usual_context(version, server_side)
    if server_side:
        options["server_side"] = True
    else:
        options.setdefault("server_hostname", SERVER_NAME)
    return await shaken(peer, lambda: loop.start_tls(transport, protocol, context, **options), also)


def upgrading(
    loop: asyncio.AbstractEventLoop, transport: Any, protocol: Any, server_side: bool = False, **options: Any
) -> asyncio.Task[Any]:
    """Begin start_tls() in a task; what the peer does is up to the test."""
    if not server_side:
        options.setdefault("server_hostname", SERVER_NAME)
    context = options.pop("context", None) or usual_context(TLS_VERSIONS[-1], server_side)
    return asyncio.ensure_future(loop.start_tls(transport, protocol, context, server_side=server_side, **options))


@asynccontextmanager
async def standing(loop: asyncio.AbstractEventLoop) -> AsyncIterator[tuple[Any, Recorder, socket.socket]]:
    """Do as `connected`, but wait for no connection_lost(): nothing promises it after an upgrade that failed."""
    near, far = tcp_pair()
    with far:
        transport, protocol = await loop.create_connection(Recorder, sock=near)
        try:
            yield transport, protocol, far
        finally:
            transport.abort()
            for _ in range(8):
                await asyncio.sleep(0)
