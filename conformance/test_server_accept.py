"""What happens when a client comes: the factory, the transport, and trouble with one of many."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from asyncio import AbstractEventLoop
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import pytest

from loopcert.conformance.kit import (
    Clients,
    Contexts,
    Reacting,
    beside,
    client_of,
    elsewhere,
    equal,
    receive,
    requirement,
    reset,
    tcp_server,
    visit,
)


@requirement("server-14a")
@pytest.mark.parametrize("count", [1, 30])
def test_the_factory_is_called_once_for_each_client(loop: AbstractEventLoop, count: int) -> None:
    clients = Clients()

    async def body() -> None:
        async with tcp_server(loop, clients) as server:
            peers = [client_of(server) for _ in range(count)]
            await clients.made(count)
            peers.append(client_of(server))
            await clients.made(count + 1)
            for peer in peers:
                peer.close()
        equal(clients.called, [()] * (count + 1), f"arguments of the factory for {count + 1} clients")

    loop.run_until_complete(body())


@requirement("server-14a")
def test_the_factory_is_not_called_before_there_is_a_client(loop: AbstractEventLoop) -> None:
    clients = Clients()

    async def body() -> None:
        async with tcp_server(loop, clients) as server:
            equal(len(clients.called), 0, "calls of the factory before a client came")
            _, peer = await visit(server, clients)
            peer.close()

    loop.run_until_complete(body())


@requirement("server-14b")
def test_an_accepted_connection_works_both_ways(loop: AbstractEventLoop) -> None:
    clients = Clients()

    async def body() -> None:
        async with tcp_server(loop, clients) as server:
            protocol, peer = await visit(server, clients)
            with peer:
                peer.sendall(b"question")
                equal(await protocol.received(8), b"question", "what the server received")
                protocol.transport.write(b"answer")
                protocol.transport.close()
                await protocol.seen("lost")
                equal(await beside(partial(receive, peer, 100)), b"answer", "what the client received")
            protocol.expect("made", "data", "lost")

    loop.run_until_complete(body())


@requirement("server-14b")
def test_connection_made_comes_first_even_if_the_client_has_left(loop: AbstractEventLoop) -> None:
    clients = Clients()

    async def body() -> None:
        async with tcp_server(loop, clients) as server:
            with client_of(server) as peer:
                peer.sendall(b"hello")
            protocol = await clients.made()
            await protocol.seen("lost")
            protocol.expect("made", "data", "eof", "lost")

    loop.run_until_complete(body())


@requirement("server-14b")
def test_each_protocol_has_the_transport_of_its_own_client(loop: AbstractEventLoop) -> None:
    clients = Clients()

    async def body() -> None:
        async with tcp_server(loop, clients) as server:
            with client_of(server) as one, client_of(server) as other:
                await clients.made(2)
                for peer in (one, other):
                    peer.sendall(b"%5d" % peer.getsockname()[1])
                told = [int(await protocol.received(5)) for protocol in clients.protocols]
                seen = [protocol.transport.get_extra_info("peername")[1] for protocol in clients.protocols]
                equal(seen, told, "ports of the clients of two transports")

    loop.run_until_complete(body())


class Unwelcoming(Clients):
    """A factory whose first call goes wrong: there, or in connection_made() of what it made."""

    def __init__(self, where: str) -> None:
        super().__init__()
        self.where = where
        self.failed: list[Any] = []

    def __call__(self, *args: Any) -> Any:
        """Fail the first time."""
        if self.failed:
            return super().__call__(*args)
        self.failed.append(None)
        return self.refuse(None) if self.where == "factory" else Reacting(made=self.refuse)

    def refuse(self, transport: Any) -> None:
        """Raise, as a protocol does that has a bug."""
        self.failed.append(transport)
        raise RuntimeError("this client is not welcome")


@requirement("server-67")
def test_children_do_not_inherit_what_was_accepted(loop: AbstractEventLoop) -> None:
    clients = Clients()

    async def body() -> None:
        async with tcp_server(loop, clients) as server:
            protocol, _ = await visit(server, clients)
            number = protocol.transport.get_extra_info("socket").fileno()
            equal(os.get_inheritable(number), False, "whether children inherit the socket of a client")

    loop.run_until_complete(body())


@requirement("server-67")
def test_children_do_not_inherit_what_listens(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        async with tcp_server(loop, Clients()) as server:
            number = server.sockets[0].fileno()
            equal(os.get_inheritable(number), False, "whether children inherit the socket on which a server listens")

    loop.run_until_complete(body())


@requirement("server-41")
@pytest.mark.parametrize("where", ["factory", "connection_made"])
def test_a_protocol_that_fails_costs_only_its_own_connection(loop: AbstractEventLoop, where: str) -> None:
    clients = Unwelcoming(where)
    Contexts(loop)

    async def body() -> None:
        async with tcp_server(loop, clients) as server:
            with client_of(server):
                await elsewhere(loop)
                with client_of(server):
                    await clients.made()
            for transport in filter(None, clients.failed):
                transport.abort()

    loop.run_until_complete(body())


@requirement("server-57")
def test_a_client_that_left_early_does_no_harm(loop: AbstractEventLoop) -> None:
    heard: asyncio.Future[None] = loop.create_future()
    clients = Clients(lambda: Reacting(data=lambda _: heard.set_result(None)))

    async def body() -> None:
        async with tcp_server(loop, clients) as server:
            reset(client_of(server))
            with client_of(server) as peer:
                peer.sendall(b"I am still here")
                await heard

    loop.run_until_complete(body())


@contextmanager
def exhausted() -> Iterator[None]:
    """Use up the descriptors of this process for the time of a block; one that is not posix has no such limit."""
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    hoard = [os.dup(0)]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hoard[0] + 16, before[1]))
    try:
        with contextlib.suppress(OSError):
            while True:
                hoard.append(os.dup(0))
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
        for each in hoard:
            os.close(each)


@requirement("server-49")
def test_a_server_outlives_a_lack_of_descriptors(loop: AbstractEventLoop) -> None:
    heard: asyncio.Future[None] = loop.create_future()
    clients = Clients(lambda: Reacting(data=lambda _: heard.set_result(None)))
    Contexts(loop)

    async def body() -> None:
        async with tcp_server(loop, clients) as server:
            with client_of(server), socket.socket() as later:
                with exhausted():
                    for _ in range(10):
                        await asyncio.sleep(0)
                later.connect(server.sockets[0].getsockname())
                later.sendall(b"now")
                await heard

    loop.run_until_complete(body())
