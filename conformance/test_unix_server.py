"""create_unix_server: where it listens, whom it accepts, and how it ends."""

from __future__ import annotations

import asyncio
import os
import socket
from asyncio import AbstractEventLoop
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from loopcert.conformance.kit import (
    PATHS,
    Clients,
    addresses,
    allowed,
    beside,
    check,
    elsewhere,
    equal,
    need_abstract_names,
    raises,
    receive,
    refused,
    requirement,
    unix_connection,
    unix_knock,
    unix_server,
    visit,
)


def bound(path: Path) -> socket.socket:
    """Return a Unix socket at ``path`` that does not listen yet."""
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    sock.bind(str(path))
    return sock


@requirement("unix-12")
def test_a_server_listens_at_its_path(loop: AbstractEventLoop, tmp_path: Path) -> None:
    path, clients = str(tmp_path / "s"), Clients()

    async def body() -> None:
        async with unix_server(loop, clients, path) as server:
            equal(addresses(server), [path], "addresses of the server")
            equal([each.family for each in server.sockets], [socket.AF_UNIX], "families of its sockets")
            with unix_knock(path) as peer:
                protocol = await clients.made()
                peer.sendall(b"question")
                equal(await protocol.received(8), b"question", "what the server received")
                protocol.transport.write(b"answer")
                equal(await beside(partial(receive, peer, 6)), b"answer", "what the client received")

    loop.run_until_complete(body())


@requirement("unix-12")
def test_each_client_gets_a_protocol(loop: AbstractEventLoop, tmp_path: Path) -> None:
    path, clients = str(tmp_path / "s"), Clients()

    async def body() -> None:
        async with unix_server(loop, clients, path) as server:
            for _ in range(5):
                await visit(server, clients)
            equal(clients.called, [()] * 5, "arguments of the factory for five clients")
            equal(server.is_serving(), True, "is_serving()")

    loop.run_until_complete(body())


@requirement("unix-12")
def test_the_loop_can_be_both_ends(loop: AbstractEventLoop, tmp_path: Path) -> None:
    path, clients, own = str(tmp_path / "s"), Clients(), Clients()

    async def body() -> None:
        async with unix_server(loop, clients, path):
            transport, protocol = await unix_connection(loop, own, path)
            transport.write(b"question")
            server_side = await clients.made()
            await server_side.received(8)
            server_side.transport.write(b"answer")
            equal(await protocol.received(6), b"answer", "what the client received")
            await own.clear()

    loop.run_until_complete(body())


@requirement("unix-13")
@pytest.mark.parametrize("kind", PATHS)
def test_a_path_of_any_kind_is_listened_at(loop: AbstractEventLoop, tmp_path: Path, kind: str) -> None:
    path, clients = tmp_path / "s", Clients()

    async def body() -> None:
        async with unix_server(loop, clients, PATHS[kind](path)):
            with unix_knock(str(path)):
                await clients.made()

    loop.run_until_complete(body())


@requirement("unix-14")
@pytest.mark.parametrize("kind", [str, bytes])
def test_an_abstract_name_is_listened_at(loop: AbstractEventLoop, tmp_path: Path, kind: Any) -> None:
    need_abstract_names()
    name, clients = b"\0loopcert" + os.fsencode(tmp_path), Clients()

    async def body() -> None:
        async with unix_server(loop, clients, name if kind is bytes else name.decode()) as server:
            with unix_knock(name):
                await clients.made()
            with allowed("close() of a server at an abstract name"):
                server.close()
        await elsewhere(loop)
        check(refused(name, socket.AF_UNIX), "the name still lets clients in after close()")

    loop.run_until_complete(body())


@requirement("unix-15")
@pytest.mark.parametrize("listens", [True, False], ids=["listening", "bound"])
def test_a_socket_that_is_given_is_listened_on_and_closed(
    loop: AbstractEventLoop, tmp_path: Path, listens: bool
) -> None:
    sock, clients = bound(tmp_path / "s"), Clients()
    if listens:
        sock.listen()

    async def body() -> None:
        async with unix_server(loop, clients, sock=sock) as server:
            with unix_knock(str(tmp_path / "s")):
                await clients.made()
            server.close()
            await clients.clear()
            await server.wait_closed()
        await elsewhere(loop)

    with sock:
        loop.run_until_complete(body())
        equal(sock.fileno(), -1, "the descriptor of the socket after the server was closed")


@requirement("unix-16")
@pytest.mark.parametrize("both", [True, False], ids=["both", "neither"])
def test_a_server_wants_a_path_or_a_socket(loop: AbstractEventLoop, tmp_path: Path, both: bool) -> None:
    with bound(tmp_path / "s") as sock:
        arguments: dict[str, Any] = {"path": str(tmp_path / "t"), "sock": sock} if both else {}
        with raises(ValueError, f"create_unix_server with {sorted(arguments) or 'nothing'}"):
            loop.run_until_complete(loop.create_unix_server(Clients(), **arguments))


@requirement("unix-17")
@pytest.mark.parametrize("name", ["start_serving", "serve_forever"])
def test_a_server_waits_to_be_started(loop: AbstractEventLoop, tmp_path: Path, name: str) -> None:
    sock, clients = bound(tmp_path / "s"), Clients()
    sock.listen()

    async def body() -> None:
        async with unix_server(loop, clients, sock=sock, start_serving=False) as server:
            with unix_knock(str(tmp_path / "s")):
                await elsewhere(loop)
                equal((clients.called, server.is_serving()), ([], False), "calls of the factory, and is_serving()")
                start = asyncio.ensure_future(getattr(server, name)())
                await clients.made()
                await clients.clear()
            start.cancel()
            await asyncio.wait([start])

    loop.run_until_complete(body())


@requirement("unix-18")
def test_a_closed_server_accepts_nobody_and_leaves_its_connections(loop: AbstractEventLoop, tmp_path: Path) -> None:
    path, clients = str(tmp_path / "s"), Clients()

    async def body() -> None:
        async with unix_server(loop, clients, path) as server:
            protocol, peer = await visit(server, clients)
            server.close()
            await elsewhere(loop)
            equal((refused(path, socket.AF_UNIX), len(clients.called)), (True, 1), "refusal, and protocols made")
            protocol.expect("made")
            protocol.transport.write(b"still here")
            equal(await beside(partial(receive, peer, 10)), b"still here", "what the client received after close()")

    loop.run_until_complete(body())


@requirement("unix-18")
def test_a_client_that_waits_when_close_is_called_is_not_accepted(loop: AbstractEventLoop, tmp_path: Path) -> None:
    path, clients = str(tmp_path / "s"), Clients()

    async def body() -> None:
        async with unix_server(loop, clients, path) as server:
            with unix_knock(path):
                server.close()
                await elsewhere(loop)
                equal(clients.called, [], "calls of the factory after close()")

    loop.run_until_complete(body())


@requirement("unix-19")
@pytest.mark.parametrize("first", ["close", "wait"])
def test_wait_closed_waits_for_connections(loop: AbstractEventLoop, tmp_path: Path, first: str) -> None:
    path, clients = str(tmp_path / "s"), Clients()

    async def body() -> None:
        async with unix_server(loop, clients, path) as server:
            _, peer = await visit(server, clients)
            if first == "close":
                server.close()
            waiting = asyncio.ensure_future(server.wait_closed())
            await asyncio.sleep(0)
            server.close()
            await elsewhere(loop)
            done = waiting.done()
            peer.close()
            await waiting
            equal(done, False, "whether wait_closed() had ended with a connection open")

    loop.run_until_complete(body())


@requirement("unix-20")
@pytest.mark.parametrize("name", ["close_clients", "abort_clients"])
def test_the_connections_of_a_server_can_be_ended(loop: AbstractEventLoop, tmp_path: Path, name: str) -> None:
    path, clients = str(tmp_path / "s"), Clients()

    async def body() -> None:
        async with unix_server(loop, clients, path) as server:
            visits = [await visit(server, clients) for _ in range(2)]
            with allowed(f"{name}()"):
                getattr(server, name)()
            for protocol, peer in visits:
                check(protocol.transport.is_closing(), f"a transport is not closing after {name}(), wanted it to")
                await protocol.seen("lost")
                equal(
                    (protocol.error, await beside(partial(peer.recv, 1))),
                    (None, b""),
                    "what protocol and client were told",
                )

    loop.run_until_complete(body())


@requirement("unix-21")
def test_a_path_without_its_folder_is_an_error(loop: AbstractEventLoop, tmp_path: Path) -> None:
    with raises(OSError, "create_unix_server in a folder that is not there"):
        loop.run_until_complete(loop.create_unix_server(Clients(), str(tmp_path / "none" / "s")))


@requirement("unix-42")
def test_the_path_is_the_name_of_the_servers_side(loop: AbstractEventLoop, tmp_path: Path) -> None:
    path = str(tmp_path / "s")
    clients = Clients()

    async def body() -> None:
        async with unix_server(loop, clients, path):
            with unix_knock(path):
                transport = (await clients.made()).transport
                equal(transport.get_extra_info("sockname"), path, "get_extra_info('sockname') of a client's transport")
            transport, _ = await unix_connection(loop, clients, path)
            equal(transport.get_extra_info("peername"), path, "get_extra_info('peername') of a connection")

    loop.run_until_complete(body())


MOST = 1000


def welcome(path: str) -> int:
    """Count the clients that the kernel lets in at once where nobody accepts them, up to a thousand."""
    clients: list[socket.socket] = []
    try:
        while len(clients) < MOST:
            clients.append(socket.socket(socket.AF_UNIX))
            clients[-1].setblocking(False)
            if clients[-1].connect_ex(path):
                return len(clients) - 1
        return MOST
    finally:
        for client in clients:
            client.close()


def welcome_by_plain(path: str, backlog: int) -> int:
    """Count the clients that the kernel lets in at a plain socket."""
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(path)
        server.listen(backlog)
        return welcome(path)


@requirement("unix-38")
@pytest.mark.parametrize("backlog", [None, 7])
def test_backlog_is_what_the_kernel_of_a_unix_server_is_told(
    loop: AbstractEventLoop, tmp_path: Path, backlog: int | None
) -> None:
    """By how many more are let in than with a backlog of 1: some loops have the kernel accept a few beforehand."""
    plain = [welcome_by_plain(str(tmp_path / f"plain {each}"), each) for each in (1, backlog or 100)]

    async def body() -> None:
        seen: list[int] = []
        for options in ({"backlog": 1}, {} if backlog is None else {"backlog": backlog}):
            path = str(tmp_path / f"s{len(seen)}")
            async with unix_server(loop, Clients(), path, **options):
                seen.append(welcome(path))
        if MOST in seen:
            pytest.skip("the loop has the kernel accept whoever comes, and how many would wait does not show")
        more = f"clients let in while nobody accepts, beyond those with a backlog of 1, with a backlog of {backlog}"
        equal(seen[1] - seen[0], plain[1] - plain[0], more)

    loop.run_until_complete(body())
