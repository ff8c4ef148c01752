"""The peer's goodbye: told once, after all data, and the end of the connection."""

from __future__ import annotations

from asyncio import AbstractEventLoop
from typing import Any

import pytest

from loopcert.conformance.kit import (
    BIG,
    Events,
    Reacting,
    Recorder,
    TLSPeer,
    ViewRecorder,
    arrived,
    beside,
    check,
    equal,
    requirement,
    secured,
)
from loopcert.conformance.kit.tls import KINDS, SIDES, VERSIONS


def last_words(peer: TLSPeer, data: bytes) -> None:
    """Send data and the goodbye together, then wait for the other side's."""
    peer.sock.sendall(peer.encrypt(data) + peer.goodbye())
    peer.receive()


@requirement("tls-45")
@VERSIONS
@SIDES
@KINDS
def test_the_goodbye_of_the_peer_is_told_once(
    loop: AbstractEventLoop, version: str, server_side: bool, kind: type[Events]
) -> None:
    async def main() -> None:
        async with secured(loop, kind(), version, server_side=server_side) as (_transport, protocol, peer):
            peer.send(b"data")
            await arrived(protocol, 4)
            await beside(peer.leave)
            await protocol.seen("lost")
            protocol.expect("made", "data", "eof", "lost")
            equal((protocol.error, peer.ended), (None, "goodbye"), "connection_lost(), and what the peer saw")

    loop.run_until_complete(main())


@requirement("tls-45")
@VERSIONS
@KINDS
@pytest.mark.parametrize("data", [b"the last", BIG[:50_000]], ids=["little", "much"])
def test_the_goodbye_may_come_along_with_data(
    loop: AbstractEventLoop, version: str, kind: type[Events], data: bytes
) -> None:
    async def main() -> None:
        async with secured(loop, kind(), version) as (_transport, protocol, peer):
            await beside(lambda: last_words(peer, data))
            peer.sock.close()
            await protocol.seen("lost")
            check(protocol.data == data, f"saw {len(protocol.data)} bytes, wanted the {len(data)} that were sent")
            protocol.expect("made", "data", "eof", "lost")
            equal(protocol.error, None, "connection_lost()")

    loop.run_until_complete(main())


@requirement("tls-76")
def test_what_is_written_at_the_goodbye_reaches_the_peer(loop: AbstractEventLoop) -> None:
    async def main() -> None:
        protocol = Reacting(eof=lambda transport: transport.write(b"last words"))
        async with secured(loop, protocol) as (_, _protocol, peer):
            equal(await beside(peer.leave), b"last words", "what the peer received after its goodbye")
            await protocol.seen("lost")

    loop.run_until_complete(main())


@requirement("tls-13")
@VERSIONS
@SIDES
@pytest.mark.parametrize("kind", [Recorder, ViewRecorder], ids=["streaming", "buffered"])
def test_a_true_answer_keeps_nothing_open(loop: AbstractEventLoop, version: str, server_side: bool, kind: Any) -> None:
    async def main() -> None:
        async with secured(loop, kind(keep_open=True), version, server_side=server_side) as (_, protocol, peer):
            await beside(peer.leave)
            await protocol.seen("lost")
            protocol.expect("made", "eof", "lost")
            equal(protocol.error, None, "connection_lost()")

    loop.run_until_complete(main())
