"""sock_accept() and sock_connect()."""

from __future__ import annotations

import asyncio
import errno
import os
import socket
from asyncio import AbstractEventLoop
from typing import Any

import pytest

from loopcert.conformance.kit import (
    LOOPBACK,
    LOOPBACK6,
    allowed,
    check,
    crowded,
    equal,
    instance,
    listening,
    need_ipv6,
    raises,
    receive,
    refused_port,
    requirement,
    same,
)


async def turns() -> None:
    """Let the loop iterate a few times."""
    for _ in range(4):
        await asyncio.sleep(0)


WHEN = pytest.mark.parametrize("waiting", [False, True], ids=["before", "while waiting"])


async def accepting(loop: AbstractEventLoop, server: socket.socket, client: socket.socket, *, waiting: bool) -> Any:
    """Give what sock_accept() gives where a client came before it, or came while it was waiting."""
    if not waiting:
        client.connect(server.getsockname())
    coming = asyncio.ensure_future(loop.sock_accept(server))
    await turns()
    if waiting:
        client.connect(server.getsockname())
    return await coming


@requirement("sock-11")
@WHEN
def test_accept_gives_a_socket_and_the_address_of_the_peer(loop: AbstractEventLoop, waiting: bool) -> None:
    with listening() as server, socket.socket() as client:
        server.setblocking(False)
        accepted = loop.run_until_complete(accepting(loop, server, client, waiting=waiting))
        instance(accepted, tuple, "sock_accept()")
        with accepted[0] as sock:
            sock.sendall(b"hello")
            equal((accepted[1], receive(client, 5)), (client.getsockname(), b"hello"), "address and data of the peer")


@requirement("sock-11")
def test_accept_over_ipv6_gives_the_whole_address(loop: AbstractEventLoop) -> None:
    need_ipv6()
    with listening(socket.AF_INET6, LOOPBACK6) as server, socket.socket(socket.AF_INET6) as client:
        server.setblocking(False)
        client.connect(server.getsockname())
        sock, address = loop.run_until_complete(loop.sock_accept(server))
        sock.close()
        equal(address, client.getsockname(), "address of the peer that sock_accept() gave")


@requirement("sock-12")
def test_the_socket_of_accept_does_not_block(loop: AbstractEventLoop) -> None:
    with listening() as server, socket.create_connection(server.getsockname()):
        server.setblocking(False)
        sock, _ = loop.run_until_complete(loop.sock_accept(server))
        with sock:
            equal(sock.gettimeout(), 0.0, "timeout of the socket that sock_accept() gave")


@requirement("sock-35")
@WHEN
def test_children_do_not_inherit_the_socket_of_accept(loop: AbstractEventLoop, waiting: bool) -> None:
    with listening() as server, socket.socket() as client:
        server.setblocking(False)
        sock, _ = loop.run_until_complete(accepting(loop, server, client, waiting=waiting))
        with sock:
            equal(os.get_inheritable(sock.fileno()), False, "whether children inherit the socket of sock_accept()")


@requirement("sock-08")
def test_connect_connects(loop: AbstractEventLoop) -> None:
    with listening() as server, socket.socket() as sock:
        sock.setblocking(False)
        loop.run_until_complete(loop.sock_connect(sock, server.getsockname()))
        peer, address = server.accept()
        with peer:
            equal((sock.getpeername(), sock.getsockname()), (server.getsockname(), address), "both ends of the socket")


@requirement("sock-08")
def test_connect_over_ipv6_connects(loop: AbstractEventLoop) -> None:
    need_ipv6()
    with listening(socket.AF_INET6, LOOPBACK6) as server, socket.socket(socket.AF_INET6) as sock:
        sock.setblocking(False)
        loop.run_until_complete(loop.sock_connect(sock, server.getsockname()))
        server.accept()[0].close()
        equal(sock.getpeername()[:2], server.getsockname()[:2], "the other end of the socket")


@requirement("sock-08")
def test_connect_lets_the_loop_run_on(loop: AbstractEventLoop) -> None:
    async def main(address: Any) -> bool:
        connecting = asyncio.ensure_future(loop.sock_connect(sock, address))
        await turns()
        early = connecting.done()
        connecting.cancel()
        await asyncio.wait([connecting])
        return early

    with crowded() as address, socket.socket() as sock:
        sock.setblocking(False)
        equal(loop.run_until_complete(main(address)), False, "whether sock_connect() to a full server has ended")


@requirement("sock-10")
def test_connect_returns_none(loop: AbstractEventLoop) -> None:
    with listening() as server, socket.socket() as sock:
        sock.setblocking(False)
        result: object = loop.run_until_complete(loop.sock_connect(sock, server.getsockname()))
        server.accept()[0].close()
    same(result, None, "sock_connect()")


@requirement("sock-09")
def test_connect_resolves_a_name(loop: AbstractEventLoop) -> None:
    with listening() as server, socket.socket() as sock:
        sock.setblocking(False)
        with allowed("sock_connect() to localhost"):
            loop.run_until_complete(loop.sock_connect(sock, ("localhost", server.getsockname()[1])))
        server.accept()[0].close()


@requirement("sock-27")
def test_connect_raises_when_refused(loop: AbstractEventLoop) -> None:
    with socket.socket() as sock:
        sock.setblocking(False)
        with raises(OSError, "sock_connect() to a port that nobody listens on") as caught:
            loop.run_until_complete(loop.sock_connect(sock, (LOOPBACK, refused_port())))
    # completion ports have a code of their own for it, whose errno is none that Windows' sockets know
    told = isinstance(caught.error, ConnectionRefusedError) or caught.error.errno == errno.ECONNREFUSED
    check(told, f"sock_connect(): saw {caught.error!r}, wanted ConnectionRefusedError")
