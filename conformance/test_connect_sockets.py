"""create_connection(sock=) and connect_accepted_socket(): whose socket it is, and what is refused."""

from __future__ import annotations

import asyncio
import os
import socket
from asyncio import AbstractEventLoop
from typing import Any

import pytest

from loopcert.conformance.kit import (
    LOOPBACK,
    Recorder,
    beside,
    dismiss,
    equal,
    instance,
    listening,
    raises,
    receive,
    requirement,
    same,
    tcp_pair,
)


async def given(loop: AbstractEventLoop, sock: socket.socket) -> tuple[Any, Any]:
    """Hand a connected socket to create_connection()."""
    return await loop.create_connection(Recorder, sock=sock)


async def accepted(loop: AbstractEventLoop, sock: socket.socket) -> tuple[Any, Any]:
    """Hand a connected socket to connect_accepted_socket()."""
    return await loop.connect_accepted_socket(Recorder, sock)


def talk(loop: AbstractEventLoop, wrap: Any, near: socket.socket, far: socket.socket) -> None:
    """Wrap a socket and let both sides speak."""

    async def main() -> None:
        number = near.fileno()
        transport, protocol = await wrap(loop, near)
        instance(protocol, Recorder, "the second of the pair")
        transport.write(b"ping")
        equal(await beside(lambda: receive(far, 4)), b"ping", "what the peer received")
        far.sendall(b"pong")
        equal(await protocol.received(4), b"pong", "what the protocol received")
        equal(transport.get_extra_info("socket").fileno(), number, "descriptor of the transport's socket")
        await dismiss(transport, protocol)

    with near, far:
        loop.run_until_complete(main())


def close(loop: AbstractEventLoop, wrap: Any, near: socket.socket, far: socket.socket) -> None:
    """Wrap a socket and close the transport."""

    async def main() -> bytes:
        transport, protocol = await wrap(loop, near)
        transport.close()
        await protocol.seen("lost")
        for _ in range(4):
            await asyncio.sleep(0)
        return await beside(lambda: far.recv(1))

    with near, far:
        equal((loop.run_until_complete(main()), near.fileno()), (b"", -1), "what the peer read, and the descriptor")


@requirement("connect-16a")
def test_the_socket_given_is_the_one_used(loop: AbstractEventLoop) -> None:
    talk(loop, given, *tcp_pair())


@requirement("connect-17")
def test_closing_the_transport_closes_the_socket_given(loop: AbstractEventLoop) -> None:
    close(loop, given, *tcp_pair())


@requirement("connect-38")
def test_a_blocking_socket_is_made_non_blocking(loop: AbstractEventLoop) -> None:
    async def main() -> bool:
        transport, protocol = await loop.create_connection(Recorder, sock=near)
        blocking = os.get_blocking(near.fileno())
        await dismiss(transport, protocol)
        return blocking

    near, far = tcp_pair()
    near.setblocking(True)
    with near, far:
        equal(loop.run_until_complete(main()), False, "whether the socket that was given as sock still blocks")


@requirement("connect-66")
def test_children_do_not_inherit_the_socket_of_a_connection(loop: AbstractEventLoop) -> None:
    async def main(address: Any) -> bool:
        transport, protocol = await loop.create_connection(Recorder, *address)
        inherited = os.get_inheritable(transport.get_extra_info("socket").fileno())
        await dismiss(transport, protocol)
        return inherited

    with listening() as server:
        seen = loop.run_until_complete(main(server.getsockname()))
        equal(seen, False, "whether children inherit the socket of create_connection()")


@requirement("connect-30a")
def test_an_accepted_socket_becomes_a_transport(loop: AbstractEventLoop) -> None:
    with listening() as server:
        client = socket.create_connection(server.getsockname())
        sock, _ = server.accept()
    talk(loop, accepted, sock, client)


@requirement("connect-30a")
def test_wrapping_an_accepted_socket_calls_connection_made(loop: AbstractEventLoop) -> None:
    async def main() -> None:
        transport, protocol = await loop.connect_accepted_socket(Recorder, near)
        await protocol.seen("made")
        same(protocol.transport, transport, "what connection_made() got")
        await dismiss(transport, protocol)

    near, far = tcp_pair()
    with near, far:
        loop.run_until_complete(main())


@requirement("connect-30b")
def test_closing_the_transport_closes_the_accepted_socket(loop: AbstractEventLoop) -> None:
    close(loop, accepted, *tcp_pair())


@requirement("connect-16b")
@pytest.mark.parametrize("address", [(LOOPBACK, 9), (LOOPBACK, None), (None, 9)], ids=["both", "host", "port"])
def test_a_socket_and_an_address_are_refused(loop: AbstractEventLoop, address: tuple[Any, Any]) -> None:
    async def main() -> None:
        with raises(ValueError, f"create_connection{address} with sock"):
            await loop.create_connection(Recorder, *address, sock=near)

    near, far = tcp_pair()
    with near, far:
        loop.run_until_complete(main())


@requirement("connect-45")
def test_neither_socket_nor_address_is_refused(loop: AbstractEventLoop) -> None:
    async def main() -> None:
        with raises(ValueError, "create_connection() without host, port and sock"):
            await loop.create_connection(Recorder)

    loop.run_until_complete(main())


@requirement("connect-37")
@pytest.mark.parametrize("wrap", [given, accepted])
def test_a_datagram_socket_is_refused(loop: AbstractEventLoop, wrap: Any) -> None:
    async def main() -> None:
        with raises(ValueError, "a datagram socket in place of a stream"):
            await wrap(loop, sock)

    with socket.socket(type=socket.SOCK_DGRAM) as sock:
        sock.setblocking(False)
        loop.run_until_complete(main())
