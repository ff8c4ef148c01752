"""TLS connections that end in a way that nobody asked for."""

from __future__ import annotations

from asyncio import AbstractEventLoop
from collections.abc import Callable

import pytest

from loopcert.conformance.kit import (
    Events,
    Recorder,
    TLSPeer,
    arrived,
    check,
    elsewhere,
    equal,
    instance,
    need_resets,
    requirement,
    reset,
    secured,
    upgraded,
)
from loopcert.conformance.kit.tls import KINDS, SIDES, VERSIONS

GARBAGE = b"HTTP/1.0 400 Bad Request\r\n\r\n"


def goodbye(peer: TLSPeer) -> None:
    """Say goodbye and end."""
    peer.sock.sendall(peer.goodbye())
    peer.send_eof()


def cut(peer: TLSPeer) -> None:
    """End without a goodbye."""
    peer.send_eof()


def half(peer: TLSPeer) -> None:
    """End in the middle of a record."""
    peer.sock.sendall(peer.encrypt(b"half of it")[:-5])
    peer.send_eof()


def garbage(peer: TLSPeer) -> None:
    """Send what is not TLS."""
    peer.sock.sendall(GARBAGE)


def tampered(peer: TLSPeer) -> None:
    """Send a record of which a byte was changed."""
    record = bytearray(peer.encrypt(b"tampered"))
    record[-1] ^= 1
    peer.sock.sendall(record)


def broken(peer: TLSPeer) -> None:
    """Reset the connection."""
    reset(peer.sock)


@requirement("tls-48")
@VERSIONS
@SIDES
@pytest.mark.parametrize("end", [goodbye, cut, half, garbage, tampered, broken])
def test_every_end_is_told_once(
    loop: AbstractEventLoop, version: str, server_side: bool, end: Callable[[TLSPeer], None]
) -> None:
    async def main() -> None:
        async with secured(loop, version=version, server_side=server_side) as (_transport, protocol, peer):
            end(peer)
            await protocol.seen("lost")
            await elsewhere(loop)
            events = protocol.events
            equal((events.count("lost"), events[-1]), (1, "lost"), "calls of connection_lost(), and the last event")
            check(events.count("eof") <= 1, f"events: saw {events}, wanted at most one eof")

    loop.run_until_complete(main())


@requirement("tls-21")
@VERSIONS
@SIDES
@KINDS
def test_an_end_without_a_goodbye_is_an_end(
    loop: AbstractEventLoop, version: str, server_side: bool, kind: type[Events]
) -> None:
    async def main() -> None:
        async with secured(loop, kind(), version, server_side=server_side) as (_transport, protocol, peer):
            peer.send(b"data")
            peer.send_eof()
            await protocol.seen("lost")
            equal(bytes(protocol.data), b"data", "what came before the end")
            protocol.expect("made", "data", "eof", "lost")

    loop.run_until_complete(main())


@requirement("tls-51")
@VERSIONS
@pytest.mark.parametrize("length", [1, 4, 5, 6, -1])
def test_no_part_of_a_record_is_delivered(loop: AbstractEventLoop, version: str, length: int) -> None:
    async def main() -> None:
        async with secured(loop, version=version) as (_transport, protocol, peer):
            whole = peer.encrypt(b"whole")
            peer.sock.sendall(whole + peer.encrypt(b"part")[:length])
            peer.send_eof()
            await protocol.seen("lost")
            equal(bytes(protocol.data), b"whole", "what was delivered")

    loop.run_until_complete(main())


@requirement("tls-49")
@VERSIONS
@SIDES
@KINDS
@pytest.mark.parametrize("end", [garbage, tampered])
def test_garbage_is_an_error(
    loop: AbstractEventLoop, version: str, server_side: bool, kind: type[Events], end: Callable[[TLSPeer], None]
) -> None:
    async def main() -> None:
        async with secured(loop, kind(), version, server_side=server_side) as (_transport, protocol, peer):
            peer.send(b"good")
            await arrived(protocol, 4)
            end(peer)
            await protocol.seen("lost")
            equal(bytes(protocol.data), b"good", "what was delivered")
            instance(protocol.error, Exception, "connection_lost()")

    loop.run_until_complete(main())


@requirement("tls-50")
@VERSIONS
@SIDES
def test_a_reset_is_an_error(loop: AbstractEventLoop, version: str, server_side: bool) -> None:
    need_resets()

    async def main() -> None:
        async with secured(loop, version=version, server_side=server_side) as (_transport, protocol, peer):
            peer.send(b"good")
            await arrived(protocol, 4)
            reset(peer.sock)
            await protocol.seen("lost")
            instance(protocol.error, Exception, "connection_lost()")

    loop.run_until_complete(main())


@requirement("tls-72")
@pytest.mark.parametrize("end", [goodbye, cut, garbage, broken])
def test_the_end_of_the_lower_tls_is_told_above(loop: AbstractEventLoop, end: Callable[[TLSPeer], None]) -> None:
    async def main() -> None:
        heir = Recorder()
        async with secured(loop, heirs=(heir,)) as (transport, _protocol, outer):
            heir.connection_made(transport)
            await upgraded(loop, transport, heir, TLSPeer(outer.tunnel()))
            end(outer)
            await heir.seen("lost")
            await elsewhere(loop)
            equal(heir.events.count("lost"), 1, "calls of connection_lost()")

    loop.run_until_complete(main())


@requirement("tls-72")
def test_tls_over_tls_can_be_aborted(loop: AbstractEventLoop) -> None:
    async def main() -> None:
        async with secured(loop) as (transport, protocol, outer):
            above = await upgraded(loop, transport, protocol, TLSPeer(outer.tunnel()))
            above.abort()
            await protocol.seen("lost")
            await elsewhere(loop)
            equal(
                (protocol.events.count("lost"), protocol.error), (1, None), "calls of connection_lost(), and the last"
            )

    loop.run_until_complete(main())
