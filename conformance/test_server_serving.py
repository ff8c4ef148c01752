"""Beginning to serve: at once, by start_serving(), by serve_forever(), and what a server says of itself meanwhile."""

from __future__ import annotations

import asyncio
import socket
from asyncio import AbstractEventLoop
from typing import Any

import pytest

from loopcert.conformance.kit import (
    LOOPBACK,
    LOOPBACK6,
    Clients,
    addresses,
    allowed,
    check,
    client_of,
    drain,
    elsewhere,
    equal,
    knock,
    need_ipv6,
    raises,
    refused,
    requirement,
    same,
    serving,
    tcp_server,
    visit,
)


@requirement("server-43")
def test_clients_can_connect_once_create_server_has_returned(loop: AbstractEventLoop) -> None:
    """The loop stands still while the client connects: the kernel alone lets it in."""
    clients = Clients()
    server = loop.run_until_complete(loop.create_server(clients, LOOPBACK, 0))
    with client_of(server):
        loop.run_until_complete(clients.made())
        loop.run_until_complete(clients.clear())
    server.close()
    drain(loop)


@requirement("server-43")
def test_a_server_accepts_again_and_again(loop: AbstractEventLoop) -> None:
    clients = Clients()

    async def body() -> None:
        async with tcp_server(loop, clients) as server:
            for _ in range(3):
                _, peer = await visit(server, clients)
                peer.close()

    loop.run_until_complete(body())


@requirement("server-43")
def test_a_server_serves_in_debug_mode(loop: AbstractEventLoop) -> None:
    clients = Clients()
    loop.set_debug(True)

    async def body() -> None:
        async with tcp_server(loop, clients) as server:
            await visit(server, clients)

    loop.run_until_complete(body())


@requirement("server-12a")
@pytest.mark.parametrize("listens", [True, False], ids=["listening", "bound"])
def test_a_server_that_was_not_started_accepts_nobody(loop: AbstractEventLoop, listens: bool) -> None:
    clients, sock = Clients(), socket.socket()
    sock.bind((LOOPBACK, 0))
    address = sock.getsockname()
    if listens:
        sock.listen()

    async def body() -> None:
        async with serving(loop.create_server(clients, sock=sock, start_serving=False), clients):
            with socket.socket() as peer:
                peer.setblocking(False)
                peer.connect_ex(address)
                await elsewhere(loop)
            equal(clients.protocols, [], "protocols made by a server that was not started")

    loop.run_until_complete(body())


@requirement("server-12b")
def test_start_serving_begins_to_accept(loop: AbstractEventLoop) -> None:
    clients = Clients()

    async def body() -> None:
        async with tcp_server(loop, clients, start_serving=False) as server:
            await server.start_serving()
            with client_of(server):
                await clients.made()

    loop.run_until_complete(body())


@requirement("server-12b")
def test_start_serving_begins_to_accept_on_every_host(loop: AbstractEventLoop) -> None:
    need_ipv6()
    clients = Clients()

    async def body() -> None:
        async with tcp_server(loop, clients, [LOOPBACK, LOOPBACK6], start_serving=False) as server:
            await server.start_serving()
            for count, each in enumerate(server.sockets, 1):
                with knock(each.getsockname(), each.family):
                    await clients.made(count)

    loop.run_until_complete(body())


@requirement("server-12c")
def test_serve_forever_begins_to_accept(loop: AbstractEventLoop) -> None:
    clients = Clients()

    async def body() -> None:
        async with tcp_server(loop, clients, start_serving=False) as server:
            task = asyncio.ensure_future(server.serve_forever())
            await elsewhere(loop)
            with client_of(server):
                await clients.made()
            await clients.clear()
            task.cancel()
            await asyncio.wait([task])

    loop.run_until_complete(body())


@requirement("server-29b")
@pytest.mark.parametrize("start", [True, False], ids=["serving", "not started"])
def test_start_serving_again_changes_nothing(loop: AbstractEventLoop, start: bool) -> None:
    clients = Clients()

    async def body() -> None:
        async with tcp_server(loop, clients, start_serving=start) as server:
            before = addresses(server)
            with allowed("start_serving() called twice"):
                await server.start_serving()
                await server.start_serving()
            equal(addresses(server), before, "addresses of the server")
            with client_of(server):
                await clients.made()
                await elsewhere(loop)
            equal(len(clients.protocols), 1, "protocols made for one client")

    loop.run_until_complete(body())


@requirement("server-29b")
def test_start_serving_may_be_called_twice_at_a_time(loop: AbstractEventLoop) -> None:
    clients = Clients()

    async def body() -> None:
        async with tcp_server(loop, clients, start_serving=False) as server:
            with allowed("two calls of start_serving() at a time"):
                await asyncio.gather(server.start_serving(), server.start_serving())
            await visit(server, clients)
            await elsewhere(loop)
            equal(len(clients.protocols), 1, "protocols made for one client")

    loop.run_until_complete(body())


@requirement("server-28")
def test_a_server_knows_its_loop(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        async with tcp_server(loop, Clients()) as server:
            same(server.get_loop(), loop, "get_loop()")

    loop.run_until_complete(body())


@requirement("server-28")
def test_a_closed_server_still_knows_its_loop(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        async with tcp_server(loop, Clients()) as server:
            server.close()
            await server.wait_closed()
            same(server.get_loop(), loop, "get_loop() of a closed server")

    loop.run_until_complete(body())


@requirement("server-34a")
@pytest.mark.parametrize("start", [True, False], ids=["at once", "start_serving"])
def test_a_serving_server_says_so(loop: AbstractEventLoop, start: bool) -> None:
    clients = Clients()

    async def body() -> None:
        async with tcp_server(loop, clients, start_serving=start) as server:
            if not start:
                await server.start_serving()
            equal(server.is_serving(), True, "is_serving() of a server that serves")
            _, peer = await visit(server, clients)
            with peer:
                equal(server.is_serving(), True, "is_serving() with a client")

    loop.run_until_complete(body())


@requirement("server-34b")
def test_a_server_that_was_not_started_says_so(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        async with tcp_server(loop, Clients(), start_serving=False) as server:
            equal(server.is_serving(), False, "is_serving() before start_serving()")

    loop.run_until_complete(body())


@requirement("server-34b")
@pytest.mark.parametrize("start", [True, False], ids=["served", "never started"])
def test_a_closed_server_says_so(loop: AbstractEventLoop, start: bool) -> None:
    async def body() -> None:
        async with tcp_server(loop, Clients(), start_serving=start) as server:
            server.close()
            await server.wait_closed()
            equal(server.is_serving(), False, "is_serving() after close()")

    loop.run_until_complete(body())


@requirement("server-34b")
def test_a_closed_server_says_so_although_a_client_stays(loop: AbstractEventLoop) -> None:
    clients = Clients()

    async def body() -> None:
        async with tcp_server(loop, clients) as server:
            await visit(server, clients)
            server.close()
            seen = server.is_serving()
            await elsewhere(loop)
            equal((seen, server.is_serving()), (False, False), "is_serving() after close(), at once and later")

    loop.run_until_complete(body())


@requirement("server-36a")
def test_sockets_holds_each_listening_socket(loop: AbstractEventLoop) -> None:
    need_ipv6()

    async def body() -> None:
        async with tcp_server(loop, Clients(), [LOOPBACK, LOOPBACK6]) as server:
            seen = {(each.family, each.type, each.getsockname()[0]) for each in server.sockets}
            stream, wanted = socket.SOCK_STREAM, {socket.AF_INET: LOOPBACK, socket.AF_INET6: LOOPBACK6}
            equal(seen, {(family, stream, host) for family, host in wanted.items()}, "what sockets holds")
            numbers = {each.fileno() for each in server.sockets}
            check(len(numbers) == 2 and min(numbers) >= 0, f"descriptors: saw {numbers}, wanted two that are open")

    loop.run_until_complete(body())


@requirement("server-36b")
def test_what_sockets_gave_can_be_changed_without_harm(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        async with tcp_server(loop, Clients()) as server:
            given: Any = server.sockets
            address = addresses(server)[0]
            if hasattr(given, "clear"):
                given.clear()
            equal(addresses(server), [address], "addresses after the result of sockets was emptied")
            server.close()
            await server.wait_closed()
            check(refused(address), f"{address} still lets clients in after close(), wanted it closed")

    loop.run_until_complete(body())


@requirement("server-39")
@pytest.mark.parametrize("name", ["start_serving", "serve_forever"])
def test_a_closed_server_does_not_serve_again(loop: AbstractEventLoop, name: str) -> None:
    async def body() -> None:
        async with tcp_server(loop, Clients()) as server:
            server.close()
            await server.wait_closed()
            with raises(Exception, f"{name}() of a closed server"):
                await getattr(server, name)()

    loop.run_until_complete(body())
