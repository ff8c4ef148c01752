"""What carries TLS besides a TCP connection, and what comes along with the handshake."""

from __future__ import annotations

import socket
from asyncio import AbstractEventLoop

import pytest

from loopcert.conformance.kit import (
    Recorder,
    TLSPeer,
    arrived,
    connected,
    equal,
    requirement,
    secured,
    speaks,
    upgraded,
)

LAST_WORD = pytest.mark.parametrize(
    ("version", "server_side"),
    [("TLSv1.2", False), ("TLSv1.3", True)],
    ids=["client-TLSv1.2", "server-TLSv1.3"],
)
"""Where the peer has the last word in the handshake, so that data can come along with it."""


@requirement("tls-34")
@LAST_WORD
@pytest.mark.parametrize("new", [True, False], ids=["new", "upgraded"])
def test_data_that_comes_with_the_end_of_the_handshake_is_delivered(
    loop: AbstractEventLoop, version: str, server_side: bool, new: bool
) -> None:
    async def main() -> None:
        if new:
            making = secured(loop, version=version, server_side=server_side, also=b"early")
            async with making as (_transport, protocol, _peer):
                equal(await arrived(protocol, 5), b"early", "what the protocol received")
            protocol.expect("made", "data", *protocol.events[2:])
            return
        async with connected(loop) as (transport, protocol, far):
            peer = TLSPeer(far, version, server_side=not server_side)
            await upgraded(loop, transport, protocol, peer, version, server_side=server_side, also=b"early")
            equal(await arrived(protocol, 5), b"early", "what the protocol received")

    loop.run_until_complete(main())


@requirement("tls-39")
def test_unix_connections_can_be_upgraded(loop: AbstractEventLoop) -> None:
    async def main() -> None:
        near, far = socket.socketpair()
        with near, far:
            protocol = Recorder()
            try:
                transport, _ = await loop.create_unix_connection(lambda: protocol, sock=near)
            except NotImplementedError:
                pytest.skip("the loop leaves out Unix sockets")
            peer = TLSPeer(far)
            above = await upgraded(loop, transport, protocol, peer)
            await speaks(above, protocol, peer)
            far.close()
            await protocol.seen("lost")

    loop.run_until_complete(main())


@requirement("tls-40")
@pytest.mark.parametrize("size", [7, 100_000])
def test_tls_goes_over_tls(loop: AbstractEventLoop, size: int) -> None:
    async def main() -> None:
        async with secured(loop) as (transport, protocol, outer):
            inner = TLSPeer(outer.tunnel())
            above = await upgraded(loop, transport, protocol, inner)
            await speaks(above, protocol, inner, bytes(size))

    loop.run_until_complete(main())
