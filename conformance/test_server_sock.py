"""A server on a socket that is given, and the options of the sockets that it makes."""

from __future__ import annotations

import socket
import struct
from asyncio import AbstractEventLoop
from functools import partial
from typing import Any

import pytest

from loopcert.conformance.kit import (
    LOOPBACK,
    LOOPBACK6,
    Clients,
    addresses,
    beside,
    check,
    client_of,
    equal,
    knock,
    need_ipv6,
    raises,
    receive,
    requirement,
    serving,
    tcp_server,
    visit,
)


def bound(kind: int = socket.SOCK_STREAM) -> socket.socket:
    """Return a socket on a loopback port of the kernel's choice, not listening."""
    sock = socket.socket(socket.AF_INET, kind)
    sock.bind((LOOPBACK, 0))
    return sock


@requirement("server-06a")
@pytest.mark.parametrize("blocking", [True, False], ids=["blocking", "nonblocking"])
@pytest.mark.parametrize("listens", [True, False], ids=["listening", "bound"])
def test_a_socket_that_is_given_is_listened_on(loop: AbstractEventLoop, listens: bool, blocking: bool) -> None:
    clients, sock = Clients(), bound()
    address = sock.getsockname()
    if listens:
        sock.listen()
    sock.setblocking(blocking)

    async def body() -> None:
        async with serving(loop.create_server(clients, sock=sock), clients) as server:
            equal(addresses(server), [address], "addresses of the server")
            with knock(address):
                await clients.made()

    loop.run_until_complete(body())


@requirement("server-06b")
@pytest.mark.parametrize("start", [True, False], ids=["serving", "not started"])
def test_closing_the_server_closes_the_socket(loop: AbstractEventLoop, start: bool) -> None:
    sock = bound()

    async def body() -> None:
        server = await loop.create_server(Clients(), sock=sock, start_serving=start)
        server.close()
        await server.wait_closed()

    loop.run_until_complete(body())
    seen = sock.fileno()
    sock.close()
    equal(seen, -1, "the descriptor of the socket after the server was closed")


@requirement("server-06c")
@pytest.mark.parametrize("where", [(LOOPBACK, 0), (LOOPBACK, None), (None, 8)], ids=["both", "host", "port"])
def test_a_socket_and_an_address_contradict_each_other(loop: AbstractEventLoop, where: Any) -> None:
    with bound() as sock, raises(ValueError, "create_server with sock and a host or port"):
        loop.run_until_complete(loop.create_server(Clients(), *where, sock=sock)).close()


@requirement("server-52")
def test_a_datagram_socket_is_refused(loop: AbstractEventLoop) -> None:
    with bound(socket.SOCK_DGRAM) as sock, raises(Exception, "create_server with a datagram socket"):
        loop.run_until_complete(loop.create_server(Clients(), sock=sock)).close()


def backlog_of(listener: Any) -> int:
    """Ask Linux for the backlog of a listening socket: the sixth number of TCP_INFO."""
    info = listener.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 64)
    number: int = struct.unpack_from("=I", info, 28)[0]
    return number


def backlog_of_plain(backlog: int) -> int:
    """Return what Linux makes of that backlog on a plain socket: it may allow less."""
    with bound() as sock:
        sock.listen(backlog)
        return backlog_of(sock)


@requirement("server-07")
@pytest.mark.parametrize("backlog", [None, 1, 7, 300])
def test_backlog_is_what_the_kernel_is_told(loop: AbstractEventLoop, backlog: int | None) -> None:
    if backlog_of_plain(7) != 7:
        pytest.skip("this kernel does not tell the backlog of a listening socket")
    options = {} if backlog is None else {"backlog": backlog}

    async def body() -> None:
        async with tcp_server(loop, Clients(), **options) as server:
            equal(backlog_of(server.sockets[0]), backlog_of_plain(backlog or 100), f"backlog with {options}")

    loop.run_until_complete(body())


@requirement("server-09")
@pytest.mark.parametrize("options", [{}, {"reuse_address": True}], ids=["default", "asked for"])
def test_a_port_in_time_wait_can_be_listened_on(loop: AbstractEventLoop, options: dict[str, bool]) -> None:
    clients = Clients()

    async def body() -> None:
        async with tcp_server(loop, clients, **options) as server:
            address = addresses(server)[0]
            protocol, peer = await visit(server, clients)
            with peer:  # the side that closes first is the one that gets into TIME_WAIT
                protocol.transport.close()
                await protocol.seen("lost")
                await beside(partial(receive, peer, 1))
        async with tcp_server(loop, clients, *address, **options) as again:
            equal(addresses(again), [address], "addresses of a server on a port whose connections are in TIME_WAIT")

    loop.run_until_complete(body())


@requirement("server-09")
def test_reuse_address_can_be_switched_off(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        async with tcp_server(loop, Clients(), reuse_address=False) as server:
            equal(server.sockets[0].getsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR), 0, "SO_REUSEADDR")

    loop.run_until_complete(body())


@requirement("server-10a")
def test_servers_can_share_a_port(loop: AbstractEventLoop) -> None:
    clients = Clients()

    async def body() -> None:
        async with tcp_server(loop, clients, reuse_port=True) as server:
            host, port = addresses(server)[0]
            async with tcp_server(loop, clients, host, port, reuse_port=True):
                with client_of(server):
                    await clients.made()

    loop.run_until_complete(body())


@requirement("server-10a")
@pytest.mark.parametrize("first", [True, False])
def test_a_port_is_not_shared_unless_both_want_it(loop: AbstractEventLoop, first: bool) -> None:
    async def body() -> None:
        async with tcp_server(loop, Clients(), reuse_port=first) as server:
            with raises(Exception, "a second server on a port, not both with reuse_port=True"):
                (await loop.create_server(Clients(), *addresses(server)[0], reuse_port=not first)).close()

    loop.run_until_complete(body())


@requirement("server-10a")
def test_every_port_of_a_server_with_several_hosts_can_be_shared(loop: AbstractEventLoop) -> None:
    need_ipv6()

    async def body() -> None:
        async with tcp_server(loop, Clients(), [LOOPBACK, LOOPBACK6], reuse_port=True) as server:
            for host, port, *_ in addresses(server):
                async with tcp_server(loop, Clients(), host, port, reuse_port=True) as again:
                    equal([each[:2] for each in addresses(again)], [(host, port)], "addresses of a second server")

    loop.run_until_complete(body())


@requirement("server-10b")
def test_reuse_port_is_an_error_where_there_is_none(loop: AbstractEventLoop) -> None:
    with raises(Exception, "create_server with reuse_port=True on a platform without it"):
        loop.run_until_complete(loop.create_server(Clients(), LOOPBACK, 0, reuse_port=True)).close()


@requirement("server-11")
def test_keep_alive_reaches_the_accepted_connections(loop: AbstractEventLoop) -> None:
    clients = Clients()

    async def body() -> None:
        async with tcp_server(loop, clients, keep_alive=True) as server:
            protocol, _ = await visit(server, clients)
            sock = protocol.transport.get_extra_info("socket")
            check(sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE), "saw no SO_KEEPALIVE, wanted it")

    loop.run_until_complete(body())


@requirement("server-15")
def test_accepted_connections_do_not_wait_for_more_to_send(loop: AbstractEventLoop) -> None:
    clients = Clients()

    async def body() -> None:
        async with tcp_server(loop, clients) as server:
            protocol, _ = await visit(server, clients)
            sock = protocol.transport.get_extra_info("socket")
            check(sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY), "saw no TCP_NODELAY, wanted it")

    loop.run_until_complete(body())
