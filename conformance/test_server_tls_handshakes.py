"""A server whose clients stall, spoil or drag out their handshakes."""

from __future__ import annotations

import socket
import ssl
from asyncio import AbstractEventLoop
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from loopcert.conformance.kit import (
    Clients,
    addresses,
    beside,
    check,
    client_context,
    client_of,
    elsewhere,
    equal,
    requirement,
    server_context,
    tcp_server,
)
from loopcert.conformance.kit.handshakes import (
    GREETING,
    Halfway,
    certified_context,
    demanding_context,
    greeters,
    served,
    unknown_context,
)
from loopcert.conformance.kit.spoilers import INTRUDERS, STALLS, Behaviour, behave, ended, hello, intrude

SHORT = 0.03


@requirement("server-13a")
@pytest.mark.parametrize("how", STALLS)
def test_a_client_that_stalls_is_cut_off(loop: AbstractEventLoop, how: Behaviour) -> None:
    async def body() -> None:
        async with tcp_server(loop, Clients(), ssl=server_context(), ssl_handshake_timeout=SHORT) as server:
            begun = loop.time()
            await beside(partial(intrude, how, addresses(server)[0]))  # it ends when the server ends it
            took = loop.time() - begun
        check(took >= SHORT * 0.99, f"time until the client was cut off: saw {took} s, wanted at least {SHORT} s")

    loop.run_until_complete(body())


@requirement("server-13a")
def test_a_client_that_stops_half_way_is_cut_off(loop: AbstractEventLoop) -> None:
    def stop(address: Any) -> None:
        sock = socket.create_connection(address)
        sock.sendall(hello())
        behave(ended, sock)

    async def body() -> None:
        async with tcp_server(loop, Clients(), ssl=server_context(), ssl_handshake_timeout=SHORT) as server:
            await beside(partial(stop, addresses(server)[0]))

    loop.run_until_complete(body())


@requirement("server-13a")
def test_every_one_of_many_clients_that_stall_is_cut_off(loop: AbstractEventLoop) -> None:
    def crowd(address: Any) -> None:
        peers = [socket.create_connection(address) for _ in range(12)]
        for peer in peers:
            behave(ended, peer)

    async def body() -> None:
        async with tcp_server(loop, Clients(), ssl=server_context(), ssl_handshake_timeout=SHORT) as server:
            await beside(partial(crowd, addresses(server)[0]))

    loop.run_until_complete(body())


@requirement("server-59")
@pytest.mark.parametrize("count", [1, 12])
@pytest.mark.parametrize("said", [0, 40, None], ids=["silent", "half a word", "half way"])
def test_clients_that_stall_keep_no_other_from_being_served(
    loop: AbstractEventLoop, said: int | None, count: int
) -> None:
    clients = greeters()

    async def body() -> None:
        async with tcp_server(loop, clients, ssl=server_context()) as server:
            for _ in range(count):
                clients.peers.append(client_of(server))
                clients.peers[-1].sendall(hello()[:said])
            seen = await beside(partial(served, addresses(server)[0]))
            for peer in clients.peers:
                peer.close()
            await elsewhere(loop)
        equal(seen, GREETING, f"what a client received beside {count} that stall")

    loop.run_until_complete(body())


@requirement("server-66")
@pytest.mark.parametrize("how", INTRUDERS)
def test_clients_that_spoil_their_handshake_leave_the_server_serving(loop: AbstractEventLoop, how: Behaviour) -> None:
    async def body() -> None:
        async with tcp_server(loop, greeters(), ssl=server_context()) as server:
            address = addresses(server)[0]
            for _ in range(3):
                await beside(partial(intrude, how, address))
            seen = await beside(partial(served, address))
        equal(seen, GREETING, "what a client received after three others")

    loop.run_until_complete(body())


@requirement("server-66")
def test_a_client_without_the_certificate_leaves_the_server_serving(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        async with tcp_server(loop, greeters(), ssl=demanding_context()) as server:
            address = addresses(server)[0]
            seen = [await beside(partial(served, address, each())) for each in (client_context, certified_context)]
        equal(seen, [b"", GREETING], "what clients without and with a certificate received")

    loop.run_until_complete(body())


def made(clients: Clients) -> int:
    """Return of how many protocols connection_made() was called."""
    return sum("made" in protocol.events for protocol in clients.protocols)


@requirement("server-60")
@pytest.mark.parametrize("how", INTRUDERS)
def test_a_client_that_spoils_the_handshake_is_no_connection(loop: AbstractEventLoop, how: Behaviour) -> None:
    clients = Clients()

    async def body() -> None:
        async with tcp_server(loop, clients, ssl=server_context()) as server:
            await beside(partial(intrude, how, addresses(server)[0]))
            await elsewhere(loop)
            equal(made(clients), 0, f"calls of connection_made() for a client that is {how.__name__}")

    loop.run_until_complete(body())


@requirement("server-60")
@pytest.mark.parametrize("server_side", [demanding_context, unknown_context], ids=["no certificate", "not trusted"])
def test_a_client_that_is_refused_or_refuses_is_no_connection(
    loop: AbstractEventLoop, server_side: Callable[[], ssl.SSLContext]
) -> None:
    clients = Clients()

    async def body() -> None:
        async with tcp_server(loop, clients, ssl=server_side()) as server:
            seen = await beside(partial(served, addresses(server)[0]))
            await elsewhere(loop)
            equal((seen, made(clients)), (b"", 0), "what the client received, and calls of connection_made()")

    loop.run_until_complete(body())


@requirement("server-60")
def test_connection_made_waits_for_the_handshake(loop: AbstractEventLoop) -> None:
    clients = greeters()

    async def body() -> None:
        async with tcp_server(loop, clients, ssl=server_context()) as server:
            peer = await beside(partial(Halfway, addresses(server)[0]))
            clients.peers.append(peer.sock)
            await elsewhere(loop)
            before = made(clients)
            seen = await beside(peer.completed)
            equal(
                (before, made(clients)), (0, 1), "calls of connection_made() in the middle of the handshake and after"
            )
        equal(seen, GREETING, "what the client received")

    loop.run_until_complete(body())


@requirement("server-61")
def test_a_handshake_under_way_goes_on_after_close(loop: AbstractEventLoop) -> None:
    clients = greeters()

    async def body() -> None:
        async with tcp_server(loop, clients, ssl=server_context()) as server:
            peer = await beside(partial(Halfway, addresses(server)[0]))
            clients.peers.append(peer.sock)
            server.close()
            await elsewhere(loop)
            equal(await beside(peer.completed), GREETING, "what a client in its handshake received")

    loop.run_until_complete(body())
