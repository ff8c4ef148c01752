"""wait_closed(), close_clients() and abort_clients(): the end of a server's connections."""

from __future__ import annotations

import asyncio
import socket
from asyncio import AbstractEventLoop
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import pytest

from loopcert.conformance.kit import (
    BIG,
    LOOPBACK,
    Clients,
    Reacting,
    allowed,
    beside,
    check,
    elsewhere,
    equal,
    requirement,
    serving,
    tcp_server,
    visit,
)

ORDERS = ["close first", "wait first"]


@asynccontextmanager
async def closing(server: Any, order: str) -> AsyncIterator[asyncio.Future[None]]:
    """Close the server and give a task that waits for it, begun before or after that."""
    if order == "close first":
        server.close()
    task = asyncio.ensure_future(server.wait_closed())
    await asyncio.sleep(0)
    server.close()
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.wait([task])


@requirement("server-54")
@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("visitors", [0, 2])
def test_wait_closed_ends_if_there_are_no_connections(loop: AbstractEventLoop, visitors: int, order: str) -> None:
    clients = Clients()

    async def body() -> None:
        async with tcp_server(loop, clients) as server:
            for _ in range(visitors):
                protocol, peer = await visit(server, clients)
                peer.close()
                await protocol.seen("lost")
            async with closing(server, order) as waiting:
                await waiting

    loop.run_until_complete(body())


@requirement("server-54")
def test_wait_closed_waits_for_close(loop: AbstractEventLoop) -> None:
    async def body() -> bool:
        async with tcp_server(loop, Clients()) as server:
            waiting = asyncio.ensure_future(server.wait_closed())
            await elsewhere(loop)
            done: bool = waiting.done()
            server.close()
            await waiting
        return done

    equal(loop.run_until_complete(body()), False, "whether wait_closed() had ended before close() was called")


@requirement("server-54")
def test_wait_closed_may_be_called_again_and_by_several(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        async with tcp_server(loop, Clients()) as server:
            waiting = [asyncio.ensure_future(server.wait_closed()) for _ in range(3)]
            await asyncio.sleep(0)
            waiting[0].cancel()
            server.close()
            await asyncio.gather(*waiting[1:])
            await server.wait_closed()

    loop.run_until_complete(body())


@requirement("server-35")
@pytest.mark.parametrize("order", ORDERS)
def test_wait_closed_waits_for_an_open_connection(loop: AbstractEventLoop, order: str) -> None:
    clients = Clients()

    async def body() -> None:
        async with tcp_server(loop, clients) as server:
            protocol, peer = await visit(server, clients)
            async with closing(server, order) as waiting:
                await elsewhere(loop)
                equal(waiting.done(), False, "whether wait_closed() had ended with a connection open")
                peer.close()
                await waiting
                protocol.expect("made", "eof", "lost")

    loop.run_until_complete(body())


@requirement("server-35")
@pytest.mark.parametrize("order", ORDERS)
def test_wait_closed_waits_for_the_last_connection(loop: AbstractEventLoop, order: str) -> None:
    clients = Clients()

    async def body() -> None:
        async with tcp_server(loop, clients) as server:
            visits = [await visit(server, clients) for _ in range(3)]
            async with closing(server, order) as waiting:
                for protocol, peer in visits:
                    await elsewhere(loop)
                    equal(waiting.done(), False, "whether wait_closed() had ended with a connection open")
                    peer.close()
                    await protocol.seen("lost")
                await waiting

    loop.run_until_complete(body())


@requirement("server-35")
def test_wait_closed_waits_for_what_a_closed_transport_still_sends(loop: AbstractEventLoop) -> None:
    clients = Clients()

    async def body() -> None:
        async with narrow(loop, clients) as (server, protocol, peer):
            protocol.transport.write(BIG)
            protocol.transport.close()
            async with closing(server, "close first") as waiting:
                await elsewhere(loop)
                equal(waiting.done(), False, "whether wait_closed() had ended while a transport was sending")
                protocol.transport.abort()
                await waiting
            peer.close()

    loop.run_until_complete(body())


@asynccontextmanager
async def narrow(loop: AbstractEventLoop, clients: Clients) -> AsyncIterator[tuple[Any, Any, socket.socket]]:
    """Give a server, the protocol of its one client, and the client's socket; what the kernel takes is little."""
    sock, peer = socket.socket(), socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 14)
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 14)
    sock.bind((LOOPBACK, 0))
    async with serving(loop.create_server(clients, sock=sock), clients) as server:
        with peer:
            peer.connect(server.sockets[0].getsockname())
            yield server, await clients.made(), peer


def read(peer: socket.socket) -> bytes:
    """Receive until the connection ends in whatever way."""
    data = bytearray()
    try:
        while chunk := peer.recv(65536):
            data += chunk
    except ConnectionError:
        pass
    return bytes(data)


@requirement("server-25")
@pytest.mark.parametrize("closed", [True, False], ids=["closed", "serving"])
@pytest.mark.parametrize("count", [0, 1, 3])
def test_close_clients_closes_all(loop: AbstractEventLoop, count: int, closed: bool) -> None:
    clients = Clients()

    async def body() -> None:
        async with tcp_server(loop, clients) as server:
            visits = [await visit(server, clients) for _ in range(count)]
            if closed:
                server.close()
            with allowed("close_clients()"):
                server.close_clients()
            for protocol, peer in visits:
                equal(protocol.transport.is_closing(), True, "is_closing() after close_clients()")
                await protocol.seen("lost")
                equal(
                    (protocol.error, await beside(partial(peer.recv, 1))),
                    (None, b""),
                    "what protocol and client were told",
                )
                peer.close()

    loop.run_until_complete(body())


@requirement("server-25")
def test_close_clients_sends_what_was_written(loop: AbstractEventLoop) -> None:
    clients = Clients()

    async def body() -> None:
        async with narrow(loop, clients) as (server, protocol, peer):
            protocol.transport.write(BIG)
            server.close()
            server.close_clients()
            data = await beside(partial(read, peer))
            check(data == BIG, f"the client received {len(data)} bytes, wanted all {len(BIG)}")
            await protocol.seen("lost")

    loop.run_until_complete(body())


@requirement("server-25")
def test_close_clients_may_be_called_by_a_client(loop: AbstractEventLoop) -> None:
    servers: list[Any] = []
    clients = Clients(lambda: Reacting(data=lambda _: servers[0].close_clients()))

    async def body() -> None:
        async with tcp_server(loop, clients) as server:
            servers.append(server)
            visits = [await visit(server, clients) for _ in range(2)]
            visits[0][1].sendall(b"enough")
            await visits[0][0].seen("data")
            equal([each.transport.is_closing() for each, _ in visits], [True, True], "is_closing() of both transports")
            for protocol, _ in visits:
                await protocol.seen("lost")

    loop.run_until_complete(body())


@requirement("server-25")
def test_close_clients_spares_connections_of_other_servers(loop: AbstractEventLoop) -> None:
    clients, others = Clients(), Clients()

    async def body() -> None:
        async with tcp_server(loop, clients) as server, tcp_server(loop, others) as other:
            protocol, peer = await visit(other, others)
            with peer:
                server.close_clients()
                await elsewhere(loop)
                protocol.expect("made")

    loop.run_until_complete(body())


@requirement("server-26")
@pytest.mark.parametrize("count", [0, 1, 3])
def test_abort_clients_aborts_all(loop: AbstractEventLoop, count: int) -> None:
    clients = Clients()

    async def body() -> None:
        async with tcp_server(loop, clients) as server:
            visits = [await visit(server, clients) for _ in range(count)]
            server.close()
            with allowed("abort_clients()"):
                server.abort_clients()
            for protocol, peer in visits:
                await protocol.seen("lost")
                equal(protocol.error, None, "what connection_lost() was given after abort_clients()")
                peer.close()

    loop.run_until_complete(body())


@requirement("server-26")
def test_abort_clients_drops_what_was_written(loop: AbstractEventLoop) -> None:
    """The client does not read until the connection is lost: only an abort gets there."""
    clients = Clients()

    async def body() -> None:
        async with narrow(loop, clients) as (server, protocol, peer):
            protocol.transport.write(BIG)
            server.close()
            server.abort_clients()
            await protocol.seen("lost")
            check(
                len(await beside(partial(read, peer))) < len(BIG),
                "the client received all that was written, wanted it dropped",
            )

    loop.run_until_complete(body())


@requirement("server-55")
@pytest.mark.parametrize("name", ["close_clients", "abort_clients"])
def test_a_server_without_its_clients_goes_on(loop: AbstractEventLoop, name: str) -> None:
    clients = Clients()

    async def body() -> None:
        async with tcp_server(loop, clients) as server:
            _, peer = await visit(server, clients)
            getattr(server, name)()
            peer.close()
            equal(server.is_serving(), True, f"is_serving() after {name}()")
            _, peer = await visit(server, clients)
            peer.close()

    loop.run_until_complete(body())
