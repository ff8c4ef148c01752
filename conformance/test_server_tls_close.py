"""How connections over TLS end: wait_closed(), close_clients(), abort_clients(), and clients that say no goodbye."""

from __future__ import annotations

import asyncio
import socket
from asyncio import AbstractEventLoop
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Any

import pytest

from loopcert.conformance.kit import (
    Clients,
    addresses,
    allowed,
    beside,
    check,
    elsewhere,
    receive,
    requirement,
    server_context,
    tcp_server,
)
from loopcert.conformance.kit.handshakes import GREETING, Halfway, call, call_on, greeters
from loopcert.conformance.kit.spoilers import INTRUDERS, Behaviour, ended, intrude, silent

SHORT = 0.03


@asynccontextmanager
async def waiting(server: Any) -> AsyncIterator[asyncio.Future[None]]:
    """Close the server and give a task that waits for it."""
    server.close()
    task = asyncio.ensure_future(server.wait_closed())
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.wait([task])


def visitor(address: Any) -> Any:
    """Return a TLS client that has been greeted."""
    with allowed("a handshake with a server"):
        peer = call_on(address)
        receive(peer, len(GREETING))
    return peer


@requirement("server-62")
@pytest.mark.parametrize("by", ["client", "close", "abort"])
def test_wait_closed_waits_for_connections_over_tls(loop: AbstractEventLoop, by: str) -> None:
    clients = greeters()

    async def body() -> None:
        async with tcp_server(loop, clients, ssl=server_context()) as server:
            peer = await beside(partial(visitor, addresses(server)[0]))
            clients.peers.append(peer)
            async with waiting(server) as task:
                await elsewhere(loop)
                check(not task.done(), f"wait_closed() with a connection over TLS: saw {task!r}, wanted it to wait")
                if by == "client":
                    peer.close()
                else:
                    getattr(clients.protocols[0].transport, by)()
                    await beside(partial(ended, peer))
                    peer.close()
                await task

    loop.run_until_complete(body())


@requirement("server-62")
@pytest.mark.parametrize("how", INTRUDERS)
def test_wait_closed_does_not_wait_for_clients_that_spoilt_their_handshake(
    loop: AbstractEventLoop, how: Behaviour
) -> None:
    async def body() -> None:
        async with tcp_server(loop, Clients(), ssl=server_context()) as server:
            await beside(partial(intrude, how, addresses(server)[0]))
            async with waiting(server) as task:
                await task

    loop.run_until_complete(body())


@requirement("server-62")
def test_wait_closed_does_not_wait_for_clients_that_were_too_late(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        async with tcp_server(loop, Clients(), ssl=server_context(), ssl_handshake_timeout=SHORT) as server:
            await beside(partial(intrude, silent, addresses(server)[0]))
            async with waiting(server) as task:
                await task

    loop.run_until_complete(body())


@requirement("server-63")
@pytest.mark.parametrize("method", ["close_clients", "abort_clients"])
@pytest.mark.parametrize("count", [1, 3])
def test_connections_over_tls_are_ended_with_the_others(loop: AbstractEventLoop, method: str, count: int) -> None:
    clients = greeters()

    async def body() -> None:
        async with tcp_server(loop, clients, ssl=server_context()) as server:
            for _ in range(count):
                clients.peers.append(await beside(partial(visitor, addresses(server)[0])))
            with allowed(f"{method}() with clients over TLS"):
                getattr(server, method)()
            for peer in clients.peers:
                await beside(partial(ended, peer))
                peer.close()
            for protocol in clients.protocols:
                await protocol.seen("lost")

    loop.run_until_complete(body())


@requirement("server-63")
def test_abort_clients_ends_handshakes_too(loop: AbstractEventLoop) -> None:
    clients = Clients()

    async def body() -> None:
        async with tcp_server(loop, clients, ssl=server_context()) as server:
            peer = await beside(partial(Halfway, addresses(server)[0]))
            clients.peers.append(peer.sock)
            with allowed("abort_clients() with a client in its handshake"):
                server.abort_clients()
            await beside(partial(ended, peer.sock))  # it ends when the server ends it

    loop.run_until_complete(body())


@requirement("server-65")
def test_a_client_that_says_no_goodbye_is_left(loop: AbstractEventLoop) -> None:
    clients = greeters()

    def mute(address: Any) -> None:
        sock = socket.create_connection(address)
        with sock.dup() as below, suppress(OSError), call(sock) as peer:
            receive(peer, len(GREETING))
            ended(below)

    async def body() -> None:
        async with tcp_server(loop, clients, ssl=server_context(), ssl_shutdown_timeout=SHORT) as server:
            visit = asyncio.ensure_future(beside(partial(mute, addresses(server)[0])))
            protocol = await clients.made()
            begun = loop.time()
            protocol.transport.close()
            await protocol.seen("lost")
            took = loop.time() - begun
            await visit
        check(took >= SHORT * 0.99, f"time until a mute client was left: saw {took} s, wanted at least {SHORT} s")

    loop.run_until_complete(body())
