"""Writing over TLS: every size and kind, and flow control."""

from __future__ import annotations

import asyncio
from asyncio import AbstractEventLoop
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import pytest

from loopcert.conformance.kit import (
    BIG,
    Reacting,
    Recorder,
    TLSPeer,
    arrived,
    beside,
    check,
    elsewhere,
    equal,
    raises,
    requirement,
    secured,
)
from loopcert.conformance.kit.tls import SIDES, VERSIONS

RECORD = 1 << 14
ENOUGH = 1 << 23
KINDS: dict[str, Callable[[bytes], Any]] = {"bytes": bytes, "bytearray": bytearray, "memoryview": memoryview}


async def comes(peer: TLSPeer, wanted: bytes) -> None:
    """Verify what the peer receives."""
    received = await beside(lambda: peer.receive(len(wanted)))
    check(received == wanted, f"the peer received {len(received)} bytes, other than the {len(wanted)} written")


@requirement("tls-56")
@VERSIONS
@pytest.mark.parametrize("size", [1, 2, RECORD - 1, RECORD, RECORD + 1, 3 * RECORD + 5, len(BIG)])
def test_every_size_is_sent(loop: AbstractEventLoop, version: str, size: int) -> None:
    async def main() -> None:
        async with secured(loop, version=version) as (transport, _protocol, peer):
            transport.write(BIG[:size])
            transport.write(b"")
            transport.write(b"end")
            await comes(peer, BIG[:size] + b"end")

    loop.run_until_complete(main())


@requirement("tls-56")
@pytest.mark.parametrize("make", KINDS.values(), ids=KINDS)
@pytest.mark.parametrize("size", [5, len(BIG)])
def test_every_kind_is_sent(loop: AbstractEventLoop, make: Callable[[bytes], Any], size: int) -> None:
    async def main() -> None:
        async with secured(loop, narrow=True) as (transport, _protocol, peer):
            transport.write(make(BIG[:size]))
            transport.write(make(b"end"))
            await comes(peer, BIG[:size] + b"end")

    loop.run_until_complete(main())


@requirement("tls-56")
@SIDES
def test_many_writes_come_in_order(loop: AbstractEventLoop, server_side: bool) -> None:
    async def main() -> None:
        async with secured(loop, server_side=server_side, narrow=True) as (transport, _protocol, peer):
            for start in range(0, len(BIG), 1000):
                transport.write(BIG[start : start + 1000])
            await comes(peer, BIG)

    loop.run_until_complete(main())


@requirement("tls-57")
@VERSIONS
@pytest.mark.parametrize("kind", [list, tuple, iter], ids=["list", "tuple", "iterator"])
def test_writelines_writes_each(
    loop: AbstractEventLoop, version: str, kind: Callable[[list[Any]], Iterable[Any]]
) -> None:
    async def main() -> None:
        async with secured(loop, version=version) as (transport, _protocol, peer):
            transport.writelines(kind([b"one,", bytearray(b"two,"), b"", memoryview(b"three,")]))
            transport.writelines(kind([]))
            transport.write(b"end")
            await comes(peer, b"one,two,three,end")

    loop.run_until_complete(main())


@requirement("tls-57")
def test_writelines_writes_much(loop: AbstractEventLoop) -> None:
    async def main() -> None:
        async with secured(loop, narrow=True) as (transport, _protocol, peer):
            transport.write(b"before,")
            transport.writelines([BIG[start : start + 10_000] for start in range(0, len(BIG), 10_000)])
            transport.write(b",after")
            await comes(peer, b"before," + BIG + b",after")

    loop.run_until_complete(main())


@requirement("tls-62")
@VERSIONS
def test_writing_waits_for_nobody(loop: AbstractEventLoop, version: str) -> None:
    async def main() -> None:
        async with secured(loop, version=version, narrow=True) as (transport, _protocol, peer):
            transport.write(BIG)
            transport.write(b"end")
            await elsewhere(loop)
            await comes(peer, BIG + b"end")

    loop.run_until_complete(main())


@requirement("tls-62")
def test_a_paused_transport_writes_on(loop: AbstractEventLoop) -> None:
    async def main() -> None:
        async with secured(loop, narrow=True) as (transport, _protocol, peer):
            transport.pause_reading()
            transport.write(BIG)
            await comes(peer, BIG)

    loop.run_until_complete(main())


async def filled(transport: Any, protocol: Recorder) -> int:
    """Write until pause_writing() has been called; return how many bytes that took."""
    written, pauses = 0, protocol.events.count("pause")
    while protocol.events.count("pause") == pauses:
        check(written < ENOUGH, f"{written} bytes were written to a peer that reads nothing, wanted pause_writing()")
        transport.write(bytes(10_000))
        written += 10_000
        await asyncio.sleep(0)
    return written


@requirement("tls-25")
@VERSIONS
@SIDES
def test_writing_is_paused_and_resumed(loop: AbstractEventLoop, version: str, server_side: bool) -> None:
    async def main() -> None:
        async with secured(loop, version=version, server_side=server_side, narrow=True) as (transport, protocol, peer):
            for _ in range(2):
                written = await filled(transport, protocol)
                await beside(partial(peer.receive, written))
                await protocol.until(lambda: protocol.events[-1] == "resume")
            protocol.expect("made", "pause", "resume", "pause", "resume")

    loop.run_until_complete(main())


@requirement("tls-25")
def test_writing_is_paused_at_a_mark_of_zero(loop: AbstractEventLoop) -> None:
    async def main() -> None:
        async with secured(loop, narrow=True) as (transport, protocol, peer):
            transport.set_write_buffer_limits(high=0)
            written = await filled(transport, protocol)
            await beside(lambda: peer.receive(written))
            await protocol.seen("resume")
            equal(transport.get_write_buffer_size(), 0, "get_write_buffer_size() after resume_writing() at a mark of 0")

    loop.run_until_complete(main())


@requirement("tls-25")
def test_a_protocol_may_write_on_when_it_is_resumed(loop: AbstractEventLoop) -> None:
    async def main() -> None:
        protocol = Reacting(resume=lambda transport: transport.write(b"more"))
        async with secured(loop, protocol, narrow=True) as (transport, _, peer):
            written = await filled(transport, protocol)
            received = await beside(lambda: peer.receive(written + 4))
            equal(received[written:], b"more", "what came after the resumption")

    loop.run_until_complete(main())


@requirement("tls-54")
def test_limits_are_kept(loop: AbstractEventLoop) -> None:
    async def main() -> None:
        async with secured(loop) as (transport, _protocol, _peer):
            low, high = transport.get_write_buffer_limits()
            check(0 < low <= high, f"get_write_buffer_limits() at first: saw {(low, high)}, wanted 0 < low <= high")
            transport.set_write_buffer_limits(high=1000, low=100)
            equal(transport.get_write_buffer_limits(), (100, 1000), "limits after high=1000, low=100")
            transport.set_write_buffer_limits(high=400)
            low, high = transport.get_write_buffer_limits()
            check(0 <= low <= 400 == high, f"limits after high=400: saw {(low, high)}, wanted at most 400, and 400")
            transport.set_write_buffer_limits(high=0)
            equal(transport.get_write_buffer_limits(), (0, 0), "limits after high=0")

    loop.run_until_complete(main())


@requirement("tls-54")
@pytest.mark.parametrize("limits", [{"high": -1}, {"low": -1, "high": 5}, {"low": 6, "high": 5}], ids=str)
def test_wrong_limits_are_refused(loop: AbstractEventLoop, limits: dict[str, int]) -> None:
    async def main() -> None:
        async with secured(loop) as (transport, _protocol, _peer):
            with raises(ValueError, f"set_write_buffer_limits() with {limits}"):
                transport.set_write_buffer_limits(**limits)

    loop.run_until_complete(main())


@requirement("tls-55")
def test_the_size_agrees_with_the_limits(loop: AbstractEventLoop) -> None:
    async def main() -> None:
        sizes: list[int] = []

        def note(transport: Any) -> None:
            sizes.append(transport.get_write_buffer_size())

        protocol = Reacting(pause=note, resume=note)
        async with secured(loop, protocol, narrow=True) as (transport, _, peer):
            transport.set_write_buffer_limits(high=30_000, low=10_000)
            equal(transport.get_write_buffer_size(), 0, "get_write_buffer_size() at first")
            written = await filled(transport, protocol)
            await beside(lambda: peer.receive(written))
            await protocol.seen("resume")
            full, empty = sizes
            check(full >= 30_000 and empty <= 10_000, f"sizes: saw {full} and {empty}, wanted >= 30000 and <= 10000")

    loop.run_until_complete(main())


@requirement("tls-75")
def test_a_low_limit_pauses_early(loop: AbstractEventLoop) -> None:
    async def main() -> None:
        async with secured(loop, narrow=True) as (transport, protocol, _):
            transport.set_write_buffer_limits(high=1000)
            for data in (BIG, bytes(5000)):
                transport.write(data)
                await elsewhere(loop)
            protocol.expect("made", "pause")

    loop.run_until_complete(main())


@requirement("tls-75")
def test_a_high_limit_lets_much_wait(loop: AbstractEventLoop) -> None:
    async def main() -> None:
        async with secured(loop, narrow=True) as (transport, protocol, _):
            transport.set_write_buffer_limits(high=1 << 24)
            for _ in range(3):
                transport.write(BIG)
                await elsewhere(loop)
            protocol.expect("made")

    loop.run_until_complete(main())


@requirement("tls-62")
def test_a_full_transport_still_reads(loop: AbstractEventLoop) -> None:
    async def main() -> None:
        async with secured(loop, narrow=True) as (transport, protocol, peer):
            transport.write(BIG)
            peer.send(b"hello")
            equal(await arrived(protocol, 5), b"hello", "what came while the peer reads nothing")
            await comes(peer, BIG)

    loop.run_until_complete(main())
