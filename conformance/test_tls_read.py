"""Receiving over TLS: whatever travels, however it travels, into whose buffers it goes, and pauses."""

from __future__ import annotations

import array
from asyncio import AbstractEventLoop
from typing import Any

import pytest

from loopcert.conformance.kit import (
    BIG,
    BufferedRecorder,
    Events,
    Peer,
    ViewRecorder,
    arrived,
    beside,
    check,
    elsewhere,
    equal,
    requirement,
    secured,
)
from loopcert.conformance.kit.tls import KINDS, SIDES, VERSIONS

RECORD = 1 << 14


@requirement("tls-58")
@VERSIONS
@SIDES
@KINDS
def test_much_data_comes_whole_and_in_order(
    loop: AbstractEventLoop, version: str, server_side: bool, kind: type[Events]
) -> None:
    async def main() -> None:
        async with secured(loop, kind(), version, server_side=server_side) as (_transport, protocol, peer):
            with Peer(lambda: peer.send(BIG)):
                received = await arrived(protocol, len(BIG))
            check(received == BIG, "the protocol received other bytes than those sent")

    loop.run_until_complete(main())


@requirement("tls-58")
@pytest.mark.parametrize("size", [1, 2, 255, RECORD - 1, RECORD, RECORD + 1, 3 * RECORD + 5])
def test_every_size_comes_whole(loop: AbstractEventLoop, size: int) -> None:
    async def main() -> None:
        async with secured(loop) as (_transport, protocol, peer):
            peer.send(BIG[:size])
            check(await arrived(protocol, size) == BIG[:size], "the protocol received other bytes than those sent")

    loop.run_until_complete(main())


@requirement("tls-58")
@VERSIONS
def test_much_data_goes_both_ways_at_once(loop: AbstractEventLoop, version: str) -> None:
    async def main() -> None:
        async with secured(loop, version=version) as (transport, protocol, peer):

            def exchange() -> bytes:
                received = b""
                for start in range(0, len(BIG), 50_000):
                    piece = BIG[start : start + 50_000]
                    peer.send(piece)
                    received += peer.receive(len(piece))
                return received

            transport.write(BIG)
            received = await beside(exchange)
            check(received == BIG, "the peer received other bytes than those written")
            check(await arrived(protocol, len(BIG)) == BIG, "the protocol received other bytes than those sent")

    loop.run_until_complete(main())


@requirement("tls-58")
@KINDS
def test_connections_are_kept_apart(loop: AbstractEventLoop, kind: type[Events]) -> None:
    async def main() -> None:
        async with (
            secured(loop, kind()) as (_, one, first),
            secured(loop, kind(), server_side=True) as (_, two, second),
        ):
            for number in range(20):
                first.send(b"one %03d " % number)
                second.send(b"two %03d " % number)
            data = [(await arrived(each, 160)).split() for each in (one, two)]
            wanted = [[b"one" if not i % 2 else b"%03d" % (i // 2) for i in range(40)]]
            wanted.append([each.replace(b"one", b"two") for each in wanted[0]])
            equal(data, wanted, "what two connections received")

    loop.run_until_complete(main())


@requirement("tls-59")
@VERSIONS
@KINDS
def test_records_may_come_byte_by_byte(loop: AbstractEventLoop, version: str, kind: type[Events]) -> None:
    async def main() -> None:
        async with secured(loop, kind(), version) as (_transport, protocol, peer):
            for piece in peer.encrypt(b"slow"):
                peer.sock.sendall(bytes([piece]))
                if piece % 8 == 0:
                    await elsewhere(loop)
            equal(await arrived(protocol, 4), b"slow", "what the protocol received")

    loop.run_until_complete(main())


@requirement("tls-59")
@KINDS
@pytest.mark.parametrize("cut", [1, 4, 5, 6, 30, -1])
def test_records_may_be_cut_anywhere(loop: AbstractEventLoop, kind: type[Events], cut: int) -> None:
    async def main() -> None:
        async with secured(loop, kind()) as (_transport, protocol, peer):
            records = peer.encrypt(b"the first") + peer.encrypt(b", the second")
            peer.sock.sendall(records[:cut])
            await elsewhere(loop)
            peer.sock.sendall(records[cut:])
            equal(await arrived(protocol, 21), b"the first, the second", "what the protocol received")

    loop.run_until_complete(main())


@requirement("tls-59")
@VERSIONS
@KINDS
def test_many_records_may_come_at_once(loop: AbstractEventLoop, version: str, kind: type[Events]) -> None:
    async def main() -> None:
        async with secured(loop, kind(), version) as (_transport, protocol, peer):
            peer.sock.sendall(b"".join(peer.encrypt(b"%03d " % number) for number in range(300)))
            wanted = b"".join(b"%03d " % number for number in range(300))
            equal(await arrived(protocol, len(wanted)), wanted, "what the protocol received")

    loop.run_until_complete(main())


@requirement("tls-60")
@VERSIONS
@pytest.mark.parametrize("size", [1, 7, 4096, RECORD + 1, 1 << 18])
def test_buffers_of_every_size_are_filled(loop: AbstractEventLoop, version: str, size: int) -> None:
    async def main() -> None:
        data = BIG[: min(50 * size, 200_000)]
        async with secured(loop, ViewRecorder(size), version) as (_transport, protocol, peer):
            with Peer(lambda: peer.send(data)):
                check(await arrived(protocol, len(data)) == data, "other bytes came than those sent")
            wrong = [count for count in protocol.counts if not 0 < count <= size]
            equal(wrong, [], f"counts that cannot be, with a buffer of {size} bytes")

    loop.run_until_complete(main())


@requirement("tls-74")
@pytest.mark.parametrize("kind", [bytearray, memoryview, array.array])
def test_buffers_of_every_type_are_filled(loop: AbstractEventLoop, kind: Any) -> None:
    async def main() -> None:
        protocol = BufferedRecorder(1000)
        buffers = {memoryview: memoryview(protocol.buffer), array.array: array.array("B", protocol.buffer)}
        protocol.buffer = buffers.get(kind, protocol.buffer)
        async with secured(loop, protocol) as (_transport, _, peer):
            with Peer(lambda: peer.sock.sendall(b"".join(peer.encrypt(BIG[i : i + 300]) for i in range(0, 9000, 300)))):
                received = await arrived(protocol, 9000)
        check(received == BIG[:9000], f"into a {kind.__name__} came other bytes than those sent")

    loop.run_until_complete(main())


@requirement("tls-60")
def test_every_filling_is_told(loop: AbstractEventLoop) -> None:
    async def main() -> None:
        async with secured(loop, ViewRecorder(10)) as (_transport, protocol, peer):
            peer.send(bytes(95))
            await arrived(protocol, 95)
            equal(sum(protocol.counts), 95, "sum of what buffer_updated() was told")

    loop.run_until_complete(main())
