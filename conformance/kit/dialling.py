"""Connections that the loop under test makes: to a plain listening socket, and to a host with two addresses."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from typing import Any

import pytest

from loopcert.conformance.kit.machine import LOOPBACK6, need_ipv6
from loopcert.conformance.kit.peers import LOOPBACK, Events, Recorder

_PATIENCE = 2.0
_TRIES = 20
_HERE = {socket.AF_INET: LOOPBACK, socket.AF_INET6: LOOPBACK6}


async def dismiss(transport: Any, protocol: Events) -> None:
    """Abort a transport and wait a while for its end; proves nothing."""
    transport.abort()
    wait = asyncio.ensure_future(protocol.seen("lost"))
    await asyncio.wait([wait], timeout=_PATIENCE)
    wait.cancel()


@asynccontextmanager
async def dialled(
    loop: asyncio.AbstractEventLoop,
    server: socket.socket,
    factory: Callable[..., Any] = Recorder,
    host: Any = LOOPBACK,
    **options: Any,
) -> AsyncIterator[tuple[Any, Any, socket.socket]]:
    """Connect to the port of a listening socket for the time of a block; give transport, protocol and the peer."""
    transport, protocol = await loop.create_connection(factory, host, server.getsockname()[1], **options)
    try:
        with server.accept()[0] as peer:
            yield transport, protocol, peer
    finally:
        await dismiss(transport, protocol)


@contextmanager
def two_addresses() -> Iterator[tuple[str | None, list[socket.socket]]]:
    """Give a host that the resolver knows by an address of each family, and sockets bound to one port of both.

    The sockets are in the order of the resolver. None listens yet: connecting to it is refused. Without such a host
    the test is left out.
    """
    need_ipv6()
    for host in ("localhost", None):  # None is the loopback of each family, whatever the machine calls it
        found = [each[0] for each in socket.getaddrinfo(host, 9, type=socket.SOCK_STREAM)]
        if len(found) == len(_HERE) and set(found) == set(_HERE):
            break
    else:
        pytest.skip("this machine knows no host by an address of each family")
    for _ in range(_TRIES):
        with ExitStack() as stack:
            sockets = [stack.enter_context(socket.socket(family, socket.SOCK_STREAM)) for family in found]
            try:
                _bind(sockets)
            except OSError:
                continue
            yield host, sockets
            return
    pytest.skip("this machine has no port that is free in both families")


def _bind(sockets: list[socket.socket]) -> None:
    port = 0
    for sock in sockets:
        if sock.family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        sock.bind((_HERE[sock.family], port))
        port = sock.getsockname()[1]
