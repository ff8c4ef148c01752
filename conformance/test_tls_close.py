"""close() of TLS transports: the flush, the goodbye, peers that answer it and peers that don't."""

from __future__ import annotations

import contextlib
import ssl
import time
from asyncio import AbstractEventLoop
from typing import Any

import pytest

from loopcert.conformance.kit import (
    BIG,
    Events,
    Peer,
    Reacting,
    TLSPeer,
    beside,
    check,
    connected,
    elsewhere,
    equal,
    requirement,
    secured,
    upgraded,
)
from loopcert.conformance.kit.tls import SIDES, VERSIONS


@requirement("tls-18")
@VERSIONS
@SIDES
@pytest.mark.parametrize("data", [b"little", BIG], ids=["little", "much"])
def test_close_sends_what_is_left(loop: AbstractEventLoop, version: str, server_side: bool, data: bytes) -> None:
    async def main() -> None:
        narrow = data is BIG
        async with secured(loop, version=version, server_side=server_side, narrow=narrow) as (
            transport, protocol, peer
        ):  # fmt: skip
            transport.write(data)
            transport.close()
            received = await beside(peer.answer)
            check(received == data, f"the peer received {len(received)} bytes, wanted the {len(data)} written")
            await protocol.seen("lost")

    loop.run_until_complete(main())


@requirement("tls-18")
def test_close_sends_what_is_left_of_a_paused_transport(loop: AbstractEventLoop) -> None:
    async def main() -> None:
        async with secured(loop, narrow=True) as (transport, protocol, peer):
            transport.pause_reading()
            transport.write(BIG)
            transport.close()
            received = await beside(peer.answer)
            check(received == BIG, f"the peer received {len(received)} bytes, wanted the {len(BIG)} written")
            await protocol.seen("lost")

    loop.run_until_complete(main())


@requirement("tls-18")
def test_close_sends_all_that_was_written_while_the_peer_did_not_read(loop: AbstractEventLoop) -> None:
    """What is written to a connection that is full waits in another place than what filled it."""

    async def main() -> None:
        async with secured(loop, narrow=True) as (transport, protocol, peer):
            for _ in range(2):
                transport.write(BIG)
                await elsewhere(loop)
            transport.write(b"last words")
            transport.close()
            received = await beside(peer.answer)
            wanted = 2 * BIG + b"last words"
            check(received == wanted, f"the peer received {len(received)} bytes, wanted the {len(wanted)} written")
            await protocol.seen("lost")

    loop.run_until_complete(main())


def written_and_closed(loop: AbstractEventLoop, version: str, server_side: bool, data: bytes) -> tuple[Events, TLSPeer]:
    """Write and close at once; return both sides of the connection when it has ended."""

    async def main() -> tuple[Events, TLSPeer]:
        narrow = data is BIG
        async with secured(loop, version=version, server_side=server_side, narrow=narrow) as (
            transport, protocol, peer
        ):  # fmt: skip
            transport.write(data)
            transport.close()
            await beside(peer.answer)
            await protocol.seen("lost")
            return protocol, peer

    return loop.run_until_complete(main())


@requirement("tls-46")
@VERSIONS
@SIDES
@pytest.mark.parametrize("data", [b"", b"little", BIG], ids=["nothing", "little", "much"])
def test_close_says_goodbye(loop: AbstractEventLoop, version: str, server_side: bool, data: bytes) -> None:
    _, peer = written_and_closed(loop, version, server_side, data)
    equal(peer.ended, "goodbye", "how the connection ended for the peer")


@requirement("tls-19")
@VERSIONS
@SIDES
@pytest.mark.parametrize("data", [b"", b"little", BIG], ids=["nothing", "little", "much"])
def test_close_is_no_error(loop: AbstractEventLoop, version: str, server_side: bool, data: bytes) -> None:
    protocol, _ = written_and_closed(loop, version, server_side, data)
    equal(protocol.error, None, "connection_lost()")


@requirement("tls-19")
@VERSIONS
def test_a_peer_may_end_without_an_answer(loop: AbstractEventLoop, version: str) -> None:
    async def main() -> None:
        async with secured(loop, version=version) as (transport, protocol, peer):
            transport.close()
            await beside(peer.receive)
            peer.sock.close()
            await protocol.seen("lost")
            equal(protocol.error, None, "connection_lost()")

    loop.run_until_complete(main())


@requirement("tls-47")
@VERSIONS
@pytest.mark.parametrize("data", [b"", BIG], ids=["nothing", "much"])
def test_a_peer_that_does_not_answer_is_cut_off(loop: AbstractEventLoop, version: str, data: bytes) -> None:
    async def main() -> None:
        tick = time.get_clock_info("monotonic").resolution
        making = secured(loop, version=version, narrow=True, ssl_shutdown_timeout=0.02)
        async with making as (transport, protocol, _peer):
            transport.write(data)
            begun = time.monotonic()
            transport.close()
            await protocol.seen("lost")
            taken = time.monotonic() - begun
            check(taken >= 0.02 - tick, f"connection_lost() came after {taken} s, wanted 0.02 s or more")

    loop.run_until_complete(main())


@requirement("tls-47")
def test_start_tls_takes_a_shutdown_timeout(loop: AbstractEventLoop) -> None:
    async def main() -> None:
        async with connected(loop) as (transport, protocol, far):
            above = await upgraded(loop, transport, protocol, TLSPeer(far), ssl_shutdown_timeout=0.02)
            above.close()
            await protocol.seen("lost")
            check(above.is_closing(), "the transport is not closing after connection_lost()")

    loop.run_until_complete(main())


@requirement("tls-53")
@VERSIONS
@pytest.mark.parametrize("goodbye", [True, False], ids=["goodbye", "open"])
def test_data_that_comes_after_close_is_not_delivered(loop: AbstractEventLoop, version: str, goodbye: bool) -> None:
    async def main() -> None:
        async with secured(loop, version=version, ssl_shutdown_timeout=0.1) as (transport, protocol, peer):
            transport.close()
            peer.sock.sendall(peer.encrypt(b"too late") + (peer.goodbye() if goodbye else b""))
            await protocol.seen("lost")
            equal(bytes(protocol.data), b"", "data delivered after close()")

    loop.run_until_complete(main())


@requirement("tls-53")
def test_data_that_waits_at_close_is_not_delivered(loop: AbstractEventLoop) -> None:
    async def main() -> None:
        async with secured(loop, ssl_shutdown_timeout=0.1) as (transport, protocol, peer):
            transport.pause_reading()
            peer.send(b"too late")
            await elsewhere(loop)
            transport.close()
            peer.cut()
            await protocol.seen("lost")
            equal(bytes(protocol.data), b"", "data delivered after close()")

    loop.run_until_complete(main())


@requirement("tls-53")
def test_close_inside_data_received_is_the_end_of_data(loop: AbstractEventLoop) -> None:
    async def main() -> None:
        protocol = Reacting(data=lambda transport: transport.close())
        async with secured(loop, protocol, ssl_shutdown_timeout=0.1) as (_, _, peer):
            peer.send(b"first")
            await protocol.seen("data")
            with contextlib.suppress(OSError):
                peer.send(b"second")
            await protocol.seen("lost")
            equal(bytes(protocol.data), b"first", "data delivered")

    loop.run_until_complete(main())


@requirement("tls-53")
def test_close_inside_data_received_is_the_end_of_data_that_came_with_it(loop: AbstractEventLoop) -> None:
    async def main() -> None:
        calls: Any = []
        protocol = Reacting(data=lambda transport: (calls.append(1), transport.close()))
        async with secured(loop, protocol, ssl_shutdown_timeout=0.1) as (_, _, peer):
            peer.sock.sendall(b"".join(peer.encrypt(bytes([number])) for number in range(100)))
            await protocol.seen("lost")
            equal(len(calls), 1, "calls of data_received(), the first of which called close()")

    loop.run_until_complete(main())


@requirement("tls-73")
@VERSIONS
def test_close_ends_though_the_peer_never_stops(loop: AbstractEventLoop, version: str) -> None:
    async def main() -> None:
        async with secured(loop, version=version, ssl_shutdown_timeout=0.05) as (transport, protocol, peer):

            def flood() -> None:
                with contextlib.suppress(OSError, ssl.SSLError):
                    while True:
                        peer.send(bytes(10_000))

            with Peer(flood):
                await protocol.seen("data")
                transport.close()
                await protocol.seen("lost")
            equal(protocol.events.count("lost"), 1, "connection_lost() calls")

    loop.run_until_complete(main())
