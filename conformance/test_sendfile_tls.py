"""loop.sendfile() over TLS: by reading and writing, or not at all."""

from __future__ import annotations

import socket
from asyncio import AbstractEventLoop
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import IO, Any

import pytest

from loopcert.conformance.kit import (
    BIG,
    SERVER_NAME,
    Peer,
    Recorder,
    allowed,
    beside,
    check,
    client_context,
    equal,
    narrow_pair,
    raises,
    receive,
    receive_all,
    requirement,
    reset,
    server_context,
    tcp_pair,
)


@pytest.fixture
def file(tmp_path: Path) -> Iterator[IO[bytes]]:
    """An open file of numbered lines, larger than the buffer of a transport."""
    path = tmp_path / "file"
    path.write_bytes(BIG)
    with path.open("rb") as file:
        yield file


def serve(far: socket.socket) -> bytes:
    """Be the TLS server on a connected socket: receive until the client ends."""
    with server_context().wrap_socket(far, server_side=True, suppress_ragged_eofs=True) as peer:
        return receive_all(peer)


def hang_up(far: socket.socket) -> bytes:
    """Be the TLS server on a connected socket: receive a little, then break the connection off."""
    with server_context().wrap_socket(far, server_side=True) as peer:
        start = receive(peer, 10_000)
        reset(peer)
        return start


@asynccontextmanager
async def secured(
    loop: AbstractEventLoop, *, narrow: bool = False, serve: Callable[[socket.socket], bytes] = serve
) -> AsyncIterator[tuple[Any, Peer[bytes]]]:
    """Give a TLS transport and the peer that receives; close both afterwards."""
    near, far = narrow_pair() if narrow else tcp_pair()
    peer = Peer(lambda: serve(far))
    transport, protocol = await loop.create_connection(
        Recorder, sock=near, ssl=client_context(), server_hostname=SERVER_NAME
    )
    try:
        yield transport, peer
    finally:
        transport.close()
        await protocol.seen("lost")


@requirement("sendfile-05")
@pytest.mark.parametrize(("offset", "count"), [(0, None), (8, None), (8, 300_000)])
def test_a_file_is_sent_over_tls(loop: AbstractEventLoop, file: IO[bytes], offset: int, count: int | None) -> None:
    async def main() -> bytes:
        async with secured(loop) as (transport, peer):
            with allowed("sendfile() over TLS with fallback=True"):
                sent = await loop.sendfile(transport, file, offset, count, fallback=True)
            equal((sent, file.tell()), (len(wanted), offset + len(wanted)), "sendfile(), and the position of the file")
        return await beside(peer.result)

    wanted = BIG[offset:][:count]
    got = loop.run_until_complete(main())
    check(got == wanted, f"the peer got {len(got)} bytes, wanted the {len(wanted)} bytes from {offset}")


@requirement("sendfile-05")
def test_a_file_is_sent_over_tls_to_a_peer_that_takes_little_at_once(loop: AbstractEventLoop, file: IO[bytes]) -> None:
    async def main() -> bytes:
        async with secured(loop, narrow=True) as (transport, peer):
            with allowed("sendfile() over TLS with fallback=True"):
                await loop.sendfile(transport, file, fallback=True)
        return await beside(peer.result)

    got = loop.run_until_complete(main())
    check(got == BIG, f"the peer got {len(got)} bytes, wanted the {len(BIG)} bytes of the file")


@requirement("sendfile-04b")
def test_the_file_stands_behind_what_was_sent_before_tls_broke_off(loop: AbstractEventLoop, file: IO[bytes]) -> None:
    async def main() -> None:
        async with secured(loop, narrow=True, serve=hang_up) as (transport, peer):
            # else all of the file may wait in the transport by the time that the peer hangs up
            transport.set_write_buffer_limits(high=1000)
            with raises(Exception, "sendfile() over TLS to a peer that hangs up"):
                await loop.sendfile(transport, file)
            await beside(peer.result)

    loop.run_until_complete(main())
    size = len(BIG)
    check(10_000 <= file.tell() < size, f"position: saw {file.tell()}, wanted at least 10000 and less than {size}")


@requirement("sendfile-06")
def test_without_fallback_a_file_over_tls_is_refused(loop: AbstractEventLoop, file: IO[bytes]) -> None:
    async def main() -> None:
        async with secured(loop) as (transport, _):
            with raises(RuntimeError, "sendfile() over TLS with fallback=False"):
                await loop.sendfile(transport, file, fallback=False)

    loop.run_until_complete(main())
