"""Datagram endpoints on Unix sockets."""

from __future__ import annotations

import asyncio
import os
import socket
from asyncio import AbstractEventLoop
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from loopcert.conformance.kit import allowed, beside, equal, requirement


class Inbox(asyncio.DatagramProtocol):
    """Keeps what comes, and can be waited for."""

    def __init__(self, loop: AbstractEventLoop) -> None:
        self.got: asyncio.Queue[tuple[bytes, Any]] = asyncio.Queue()
        self.lost: asyncio.Future[None] = loop.create_future()

    def datagram_received(self, data: bytes, addr: Any) -> None:
        """Keep one datagram."""
        self.got.put_nowait((data, addr))

    def connection_lost(self, _exc: Exception | None) -> None:
        """Let the test go on."""
        if not self.lost.done():
            self.lost.set_result(None)


@asynccontextmanager
async def endpoint(loop: AbstractEventLoop, **options: Any) -> AsyncIterator[tuple[Any, Inbox]]:
    """Give a Unix datagram endpoint for the time of a block."""
    with allowed(f"create_datagram_endpoint with family=AF_UNIX and {sorted(options)}"):
        transport, protocol = await loop.create_datagram_endpoint(lambda: Inbox(loop), family=socket.AF_UNIX, **options)
    try:
        yield transport, protocol
    finally:
        transport.close()
        await protocol.lost


def plain(path: Path) -> socket.socket:
    """Return a blocking Unix datagram socket at ``path``."""
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    sock.bind(str(path))
    return sock


@requirement("unix-29")
def test_an_endpoint_receives_at_its_path(loop: AbstractEventLoop, tmp_path: Path) -> None:
    async def body() -> None:
        async with endpoint(loop, local_addr=str(tmp_path / "s")) as (_, protocol):
            with plain(tmp_path / "peer") as peer:
                for data in (b"one", b"two"):
                    peer.sendto(data, str(tmp_path / "s"))
                seen = [await protocol.got.get() for _ in range(2)]
            equal(seen, [(data, str(tmp_path / "peer")) for data in (b"one", b"two")], "datagrams and their senders")

    loop.run_until_complete(body())


@requirement("unix-29")
def test_a_datagram_of_a_nameless_socket_is_received(loop: AbstractEventLoop, tmp_path: Path) -> None:
    async def body() -> None:
        async with endpoint(loop, local_addr=str(tmp_path / "s")) as (_, protocol):
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as peer:
                peer.sendto(b"guess who", str(tmp_path / "s"))
                data, _ = await protocol.got.get()
            equal(data, b"guess who", "the datagram")

    loop.run_until_complete(body())


@requirement("unix-30")
@pytest.mark.parametrize("named", [True, False], ids=["with local_addr", "without"])
def test_an_endpoint_sends_to_its_remote_path(loop: AbstractEventLoop, tmp_path: Path, named: bool) -> None:
    options = {"local_addr": str(tmp_path / "s")} if named else {}

    async def body() -> None:
        with plain(tmp_path / "peer") as peer:
            async with endpoint(loop, remote_addr=str(tmp_path / "peer"), **options) as (transport, _):
                transport.sendto(b"hello")
                data, sender = await beside(partial(peer.recvfrom, 100))
                equal((data, sender or None), (b"hello", options.get("local_addr")), "datagram and sender")

    loop.run_until_complete(body())


@requirement("unix-30")
def test_an_endpoint_sends_to_any_path(loop: AbstractEventLoop, tmp_path: Path) -> None:
    async def body() -> None:
        with plain(tmp_path / "peer") as peer:
            async with endpoint(loop, local_addr=str(tmp_path / "s")) as (transport, protocol):
                transport.sendto(b"ping", str(tmp_path / "peer"))
                data, sender = await beside(partial(peer.recvfrom, 100))
                peer.sendto(b"pong", sender)
                equal((data, (await protocol.got.get())[0]), (b"ping", b"pong"), "what both ends received")

    loop.run_until_complete(body())


@requirement("unix-31")
def test_a_stale_file_of_an_endpoint_is_replaced(loop: AbstractEventLoop, tmp_path: Path) -> None:
    plain(tmp_path / "s").close()

    async def body() -> None:
        async with endpoint(loop, local_addr=str(tmp_path / "s")) as (_, protocol):
            with plain(tmp_path / "peer") as peer:
                peer.sendto(b"hello", os.fspath(tmp_path / "s"))
                equal((await protocol.got.get())[0], b"hello", "what the new endpoint received")

    loop.run_until_complete(body())


@requirement("unix-40")
def test_a_unix_socket_that_is_given_is_used(loop: AbstractEventLoop, tmp_path: Path) -> None:
    """Both ends have names: CPython takes a peer without one for none."""

    async def body(near: socket.socket, far: socket.socket) -> None:
        with allowed("create_datagram_endpoint with a Unix socket as sock"):
            transport, protocol = await loop.create_datagram_endpoint(lambda: Inbox(loop), sock=near)
        transport.sendto(b"ping")
        data, sender = await beside(partial(far.recvfrom, 10))
        far.sendto(b"pong", sender)
        answer, _ = await protocol.got.get()
        transport.close()
        await protocol.lost
        equal((data, answer), (b"ping", b"pong"), "what both ends received")

    with plain(tmp_path / "s") as near, plain(tmp_path / "peer") as far:
        near.connect(str(tmp_path / "peer"))
        loop.run_until_complete(body(near, far))
