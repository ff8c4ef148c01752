"""The end of a server: close(), async with, and what becomes of its sockets and connections."""

from __future__ import annotations

import socket
from asyncio import AbstractEventLoop
from functools import partial
from typing import Any

import pytest

from loopcert.conformance.kit import (
    LOOPBACK,
    LOOPBACK6,
    Clients,
    Reacting,
    addresses,
    allowed,
    beside,
    check,
    client_of,
    elsewhere,
    equal,
    need_ipv6,
    raises,
    receive,
    refused,
    requirement,
    same,
    tcp_server,
    visit,
)


@requirement("server-21a")
@pytest.mark.parametrize("start", [True, False], ids=["served", "never started"])
def test_a_closed_server_has_given_its_address_back(loop: AbstractEventLoop, start: bool) -> None:
    async def body() -> None:
        server = await loop.create_server(Clients(), LOOPBACK, 0, start_serving=start)
        address = addresses(server)[0]
        server.close()
        await server.wait_closed()
        await elsewhere(loop)
        with socket.socket() as again, allowed(f"binding {address} after the server was closed"):
            again.bind(address)

    loop.run_until_complete(body())


@requirement("server-21a")
def test_all_sockets_of_a_closed_server_are_closed(loop: AbstractEventLoop) -> None:
    need_ipv6()

    async def body() -> None:
        server = await loop.create_server(Clients(), [LOOPBACK, LOOPBACK6], 0)
        where = [(each.getsockname(), each.family) for each in server.sockets]
        server.close()
        await server.wait_closed()
        await elsewhere(loop)
        equal([refused(*each) for each in where], [True, True], f"whether {where} refuse clients after close()")

    loop.run_until_complete(body())


@requirement("server-21b")
def test_a_client_that_comes_after_close_is_not_accepted(loop: AbstractEventLoop) -> None:
    clients = Clients()

    async def body() -> None:
        async with tcp_server(loop, clients) as server:
            address = addresses(server)[0]
            server.close()
            with socket.socket() as late:
                late.setblocking(False)
                late.connect_ex(address)
                await elsewhere(loop)
                equal(clients.protocols, [], "protocols made after close()")

    loop.run_until_complete(body())


@requirement("server-21b")
def test_a_client_that_waits_when_close_is_called_is_not_accepted(loop: AbstractEventLoop) -> None:
    clients = Clients()

    async def body() -> None:
        async with tcp_server(loop, clients) as server:
            with client_of(server):
                server.close()
                await elsewhere(loop)
                equal(clients.protocols, [], "protocols made after close()")

    loop.run_until_complete(body())


@requirement("server-22")
@pytest.mark.parametrize("count", [1, 3])
def test_accepted_connections_outlive_their_server(loop: AbstractEventLoop, count: int) -> None:
    clients = Clients()

    async def body() -> None:
        async with tcp_server(loop, clients) as server:
            visits = [await visit(server, clients) for _ in range(count)]
            server.close()
            await elsewhere(loop)
            for protocol, peer in visits:
                protocol.expect("made")
                with peer:
                    peer.sendall(b"still there?")
                    await protocol.received(12)
                    protocol.transport.write(b"yes")
                    equal(await beside(partial(receive, peer, 3)), b"yes", "what the client received")
                    protocol.expect("made", "data")

    loop.run_until_complete(body())


@requirement("server-22")
def test_a_server_may_be_closed_by_the_client_it_welcomes(loop: AbstractEventLoop) -> None:
    servers: list[Any] = []
    clients = Clients(lambda: Reacting(made=lambda _: servers[0].close()))

    async def body() -> None:
        async with tcp_server(loop, clients) as server:
            servers.append(server)
            protocol, peer = await visit(server, clients)
            await elsewhere(loop)
            protocol.expect("made")
            protocol.transport.write(b"welcome")
            equal(await beside(partial(receive, peer, 7)), b"welcome", "what the client received")

    loop.run_until_complete(body())


@requirement("server-23")
@pytest.mark.parametrize("start", [True, False], ids=["served", "never started"])
def test_a_closed_server_has_no_sockets(loop: AbstractEventLoop, start: bool) -> None:
    async def body() -> None:
        async with tcp_server(loop, Clients(), start_serving=start) as server:
            server.close()
            await server.wait_closed()
            equal(list(server.sockets or ()), [], "sockets of a closed server")

    loop.run_until_complete(body())


@requirement("server-24")
def test_close_may_be_called_again(loop: AbstractEventLoop) -> None:
    clients = Clients()

    async def body() -> None:
        async with tcp_server(loop, clients) as server:
            protocol, peer = await visit(server, clients)
            with peer, allowed("close() of a closed server"):
                server.close()
                server.close()
                await elsewhere(loop)
                server.close()
            protocol.expect("made")

    loop.run_until_complete(body())


@requirement("server-20")
def test_leaving_async_with_closes_the_server(loop: AbstractEventLoop) -> None:
    clients = Clients()

    async def body() -> None:
        server: Any = await loop.create_server(clients, LOOPBACK, 0)
        async with server:
            address = addresses(server)[0]
            protocol, peer = await visit(server, clients)
            peer.close()
            await protocol.seen("lost")
        equal(server.is_serving(), False, "is_serving() after async with")
        await elsewhere(loop)
        check(refused(address), f"{address} still lets clients in after async with")

    loop.run_until_complete(body())


@requirement("server-20")
def test_an_exception_closes_the_server_and_goes_on(loop: AbstractEventLoop) -> None:
    class Whim(Exception):
        pass

    async def body() -> None:
        server: Any = await loop.create_server(Clients(), LOOPBACK, 0)
        with raises(Whim, "a block that raises"):
            async with server:
                raise Whim
        equal(server.is_serving(), False, "is_serving() after async with")
        server.close()
        await elsewhere(loop)

    loop.run_until_complete(body())


@requirement("server-20")
def test_a_server_may_be_closed_inside_async_with(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        server: Any = await loop.create_server(Clients(), LOOPBACK, 0)
        with allowed("close() inside async with"):
            async with server:
                server.close()
                await server.wait_closed()
        equal(server.is_serving(), False, "is_serving() after async with")

    loop.run_until_complete(body())


@requirement("server-53")
def test_async_with_binds_the_server(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        server: Any = await loop.create_server(Clients(), LOOPBACK, 0)
        async with server as bound:
            same(bound, server, "what async with binds")

    loop.run_until_complete(body())
