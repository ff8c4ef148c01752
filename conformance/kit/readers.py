"""Readers and writers of the loop under test, with plain blocking sockets at the other end."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from loopcert.conformance.kit.peers import LOOPBACK, prompt, tcp_pair
from loopcert.conformance.kit.servers import client_of
from loopcert.conformance.kit.streams import elsewhere, narrow_pair
from loopcert.conformance.kit.verify import allowed

_PATIENCE = 0.25
_TURNS = 4


@asynccontextmanager
async def opened(
    *, narrow: bool = False, greeting: bytes = b"", **options: Any
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter, socket.socket]]:
    """Give reader, writer and the blocking socket of the peer for the time of a block.

    ``narrow`` makes the kernel's buffers small; ``greeting`` is what the peer has sent before; ``options`` go to
    open_connection(). That it fails is a Violation.
    """
    near, far = narrow_pair() if narrow else tcp_pair()
    with far:
        prompt(far)  # what is sent in pieces shall travel in pieces
        far.sendall(greeting)
        with allowed("asyncio.open_connection(sock=)"):
            reader, writer = await asyncio.open_connection(sock=near, **options)
        try:
            yield reader, writer, far
        finally:
            hang_up(far)
            await put_away(writer)


def hang_up(peer: socket.socket) -> None:
    """Close a peer's socket, waking whoever is blocked on it in another thread."""
    with contextlib.suppress(OSError):
        peer.shutdown(socket.SHUT_RDWR)
    peer.close()


async def put_away(writer: asyncio.StreamWriter) -> None:
    """Close and abort a stream until it is closed, but wait for that only a while; proves nothing."""
    closed = asyncio.ensure_future(writer.wait_closed())
    for end in (writer.close, writer.transport.abort):
        with contextlib.suppress(Exception):  # a transport of which nothing is left may raise
            end()
        if (await asyncio.wait([closed], timeout=_PATIENCE))[0]:
            break
    closed.cancel()
    await asyncio.gather(closed, return_exceptions=True)


async def say(loop: asyncio.AbstractEventLoop, peer: socket.socket, *pieces: bytes, end: bool = True) -> None:
    """Have the peer send pieces that arrive one by one, and end what it sends unless told otherwise."""
    for piece in pieces:
        peer.sendall(piece)
        await elsewhere(loop)
    if end:
        peer.shutdown(socket.SHUT_WR)


class Guests:
    """A client_connected_cb that keeps the pairs that it was called with; they can be waited for.

    ``peers`` are sockets of clients that are closed with the rest.
    """

    def __init__(self) -> None:
        self.pairs: list[tuple[Any, Any]] = []
        self.peers: list[socket.socket] = []
        self._waiters: list[tuple[int, asyncio.Future[None]]] = []

    def __call__(self, reader: Any, writer: Any) -> None:
        """Keep a pair."""
        self.pairs.append((reader, writer))
        for count, waiter in self._waiters:
            if len(self.pairs) >= count and not waiter.done():
                waiter.set_result(None)

    async def came(self, count: int = 1) -> tuple[Any, Any]:
        """Wait for ``count`` clients in all; return the pair of the last of them."""
        if len(self.pairs) < count:
            waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiters.append((count, waiter))
            await waiter
        return self.pairs[count - 1]

    def knock(self, server: Any) -> socket.socket:
        """Return the blocking socket of one more client."""
        peer = client_of(server)
        self.peers.append(peer)
        return peer

    async def clear(self) -> None:
        """Close the clients and what the loop has of them."""
        for peer in self.peers:
            hang_up(peer)
        for _, writer in self.pairs:
            await put_away(writer)


@asynccontextmanager
async def receiving(
    guests: Guests, callback: Any = None, host: Any = LOOPBACK, port: int | None = 0, **options: Any
) -> AsyncIterator[Any]:
    """Give the server of start_server() for the time of a block, and clear it and its guests away.

    The callback is ``guests`` unless it is another one that calls them; that starting fails is a Violation.
    """
    with allowed("asyncio.start_server()"):
        server = await asyncio.start_server(callback or guests, host, port, **options)
    try:
        yield server
    finally:
        # a close() that fails is seen by the test that is about it, and must not hide what another saw
        with contextlib.suppress(Exception):
            server.close()
        await guests.clear()
        for _ in range(_TURNS):
            await asyncio.sleep(0)
