"""Servers of the loop under test, with the protocols that they made, and plain blocking sockets as their clients."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from loopcert.conformance.kit.peers import LOOPBACK, Events, Recorder
from loopcert.conformance.kit.verify import Violation

_PATIENCE = 0.5
_TURNS = 4


class Clients:
    """A protocol factory that keeps the protocols it made and can be waited for.

    ``make`` makes each of them; ``called`` holds the arguments of every call of the factory, ``peers`` sockets of
    clients that are closed with the rest.
    """

    def __init__(self, make: Callable[[], Events] = Recorder) -> None:
        self.protocols: list[Any] = []
        self.called: list[tuple[Any, ...]] = []
        self.peers: list[socket.socket] = []
        self._make = make
        self._waiters: list[tuple[int, asyncio.Future[None]]] = []

    def __call__(self, *args: Any) -> Any:
        """Make a protocol."""
        self.called.append(args)
        protocol = self._make()
        self.protocols.append(protocol)
        for count, waiter in self._waiters:
            if len(self.protocols) >= count and not waiter.done():
                waiter.set_result(None)
        return protocol

    async def made(self, count: int = 1) -> Any:
        """Wait until ``count`` connections have been made in all; return the protocol of the last of them."""
        if len(self.protocols) < count:
            waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiters.append((count, waiter))
            await waiter
        for protocol in self.protocols[:count]:
            await protocol.seen("made")
        return self.protocols[count - 1]

    async def clear(self) -> None:
        """Close the clients, abort what is still connected and wait a while for its end; proves nothing."""
        for peer in self.peers:
            peer.close()
        alive = [each for each in self.protocols if each.transport is not None and "lost" not in each.events]
        for protocol in alive:
            protocol.transport.abort()
        waits = [asyncio.ensure_future(each.seen("lost")) for each in alive]
        if waits:
            await asyncio.wait(waits, timeout=_PATIENCE)
        for wait in waits:
            wait.cancel()


@asynccontextmanager
async def serving(creation: Awaitable[Any], clients: Clients) -> AsyncIterator[Any]:
    """Give the server that ``creation`` makes for the time of a block, and clear it and its clients away.

    ``creation`` is what create_server() or create_unix_server() returned, with ``clients`` as the factory; that it
    fails is a Violation.
    """
    try:
        server = await creation
    except NotImplementedError:
        raise
    except Exception as error:
        raise Violation(f"making a server: saw {type(error).__name__}: {error}, wanted a server") from error
    try:
        yield server
    finally:
        # a close() that fails is seen by the test that is about it, and must not hide what another saw
        with contextlib.suppress(Exception):
            server.close()
        await clients.clear()
        for _ in range(_TURNS):
            await asyncio.sleep(0)


def tcp_server(
    loop: asyncio.AbstractEventLoop, clients: Clients, host: Any = LOOPBACK, port: int | None = 0, **options: Any
) -> Any:
    """Give `serving` for a TCP server, on loopback and a port of the kernel's choice unless said otherwise."""

    async def creation() -> Any:
        return await loop.create_server(clients, host, port, **options)

    return serving(creation(), clients)


def addresses(server: Any) -> list[Any]:
    """Return the addresses that a server says it listens on."""
    return [each.getsockname() for each in server.sockets]


def knock(address: Any, family: int = socket.AF_INET) -> socket.socket:
    """Return a blocking socket connected to ``address``; a refusal is a Violation.

    The kernel connects it as soon as somebody listens there, whether or not the loop accepts it.
    """
    client = socket.socket(family, socket.SOCK_STREAM)
    try:
        client.connect(address)
    except OSError as error:
        client.close()
        raise Violation(f"a client at {address!r}: saw {type(error).__name__}: {error}, wanted a connection") from error
    return client


def client_of(server: Any) -> socket.socket:
    """Return a blocking socket connected to the first address of a server."""
    first = server.sockets[0]
    return knock(first.getsockname(), first.family)


def refused(address: Any, family: int = socket.AF_INET) -> bool:
    """Say whether nobody listens at ``address``."""
    with socket.socket(family, socket.SOCK_STREAM) as client:
        return client.connect_ex(address) != 0


async def visit(server: Any, clients: Clients) -> tuple[Any, socket.socket]:
    """Have one more client come; return the protocol that was made for it and the client's blocking socket."""
    peer = client_of(server)
    clients.peers.append(peer)
    return await clients.made(len(clients.protocols) + 1), peer
