"""Pauses of receiving over TLS: what is held back, what is released, and the end of the peer meanwhile."""

from __future__ import annotations

from asyncio import AbstractEventLoop
from typing import Any

import pytest

from loopcert.conformance.kit import (
    BIG,
    Events,
    Peer,
    Reacting,
    ViewRecorder,
    allowed,
    arrived,
    beside,
    check,
    elsewhere,
    equal,
    requirement,
    secured,
)
from loopcert.conformance.kit.tls import KINDS, VERSIONS


@requirement("tls-24")
@VERSIONS
@KINDS
def test_nothing_is_delivered_during_a_pause(loop: AbstractEventLoop, version: str, kind: type[Events]) -> None:
    async def main() -> None:
        async with secured(loop, kind(), version) as (transport, protocol, peer):
            transport.pause_reading()
            peer.send(b"wait")
            await elsewhere(loop)
            held = bytes(protocol.data)
            transport.resume_reading()
            equal((held, await arrived(protocol, 4)), (b"", b"wait"), "data during the pause, and after it")

    loop.run_until_complete(main())


@requirement("tls-24")
@KINDS
def test_what_was_sent_before_a_pause_is_held_back(loop: AbstractEventLoop, kind: type[Events]) -> None:
    async def main() -> None:
        async with secured(loop, kind()) as (transport, protocol, peer):
            peer.send(b"wait")
            transport.pause_reading()
            await elsewhere(loop)
            equal(bytes(protocol.data), b"", "data delivered while reading is paused")

    loop.run_until_complete(main())


@requirement("tls-24")
def test_a_pause_inside_connection_made_holds_everything_back(loop: AbstractEventLoop) -> None:
    async def main() -> None:
        protocol = Reacting(made=lambda transport: transport.pause_reading())
        async with secured(loop, protocol, also=b"early", server_side=True) as (transport, _, _peer):
            await elsewhere(loop)
            held = bytes(protocol.data)
            transport.resume_reading()
            equal((held, await arrived(protocol, 5)), (b"", b"early"), "data during the pause, and after it")

    loop.run_until_complete(main())


class PausesAtOnce(ViewRecorder):
    """A buffered protocol that pauses each time it got something."""

    def happened(self, event: str) -> None:
        super().happened(event)
        if event == "data":
            self.transport.pause_reading()


@requirement("tls-24")
def test_a_pause_inside_buffer_updated_holds_the_rest_back(loop: AbstractEventLoop) -> None:
    async def main() -> None:
        async with secured(loop, PausesAtOnce(10)) as (transport, protocol, peer):
            peer.sock.sendall(b"".join(peer.encrypt(bytes([number])) for number in range(100)))
            for _ in range(100):
                await protocol.until(lambda: bool(protocol.counts))
                await elsewhere(loop)
                equal(len(protocol.counts), 1, "number of buffer_updated() calls up to resume_reading()")
                if len(protocol.data) == 100:
                    break
                protocol.counts.clear()
                transport.resume_reading()
            equal(bytes(protocol.data), bytes(range(100)), "what the protocol received")

    loop.run_until_complete(main())


@requirement("tls-24")
def test_a_pause_inside_data_received_holds_the_rest_back(loop: AbstractEventLoop) -> None:
    async def main() -> None:
        protocol = Reacting(data=lambda transport: transport.pause_reading())
        async with secured(loop, protocol) as (transport, _, peer):
            peer.send(b"first")
            await arrived(protocol, 5)
            peer.send(b"second")
            await elsewhere(loop)
            held = bytes(protocol.data)
            transport.resume_reading()
            equal(
                (held, await arrived(protocol, 11)), (b"first", b"firstsecond"), "data during the pause, and after it"
            )

    loop.run_until_complete(main())


@requirement("tls-24")
def test_a_pause_inside_data_received_holds_back_records_that_came_with_it(loop: AbstractEventLoop) -> None:
    async def main() -> None:
        calls: Any = []
        protocol = Reacting(data=lambda transport: (calls.append(1), transport.pause_reading()))
        async with secured(loop, protocol) as (transport, _, peer):
            peer.sock.sendall(b"".join(peer.encrypt(bytes([number])) for number in range(100)))
            counts: list[int] = []
            while len(protocol.data) < 100:
                transport.resume_reading()
                await arrived(protocol, len(protocol.data) + 1)
                await elsewhere(loop)
                counts.append(len(calls))
            equal(counts, list(range(1, len(counts) + 1)), "calls of data_received() after each resume_reading()")
            equal(bytes(protocol.data), bytes(range(100)), "what the protocol received")

    loop.run_until_complete(main())


@requirement("tls-24")
@VERSIONS
def test_much_data_waits_for_the_end_of_a_pause(loop: AbstractEventLoop, version: str) -> None:
    async def main() -> None:
        async with secured(loop, version=version) as (transport, protocol, peer):
            transport.pause_reading()
            records = peer.encrypt(BIG)
            peer.sock.sendall(records[:40_000])
            with Peer(lambda: peer.sock.sendall(records[40_000:])):
                await elsewhere(loop)
                held = len(protocol.data)
                transport.resume_reading()
                check(await arrived(protocol, len(BIG)) == BIG, "other bytes came than those sent")
            equal(held, 0, "bytes delivered during the pause")

    loop.run_until_complete(main())


@requirement("tls-65")
def test_pausing_and_resuming_are_switches(loop: AbstractEventLoop) -> None:
    async def main() -> None:
        async with secured(loop) as (transport, protocol, peer):
            seen = [transport.is_reading()]
            with allowed("pausing and resuming twice"):
                for method in ("pause_reading", "pause_reading", "resume_reading", "resume_reading"):
                    getattr(transport, method)()
                    seen.append(transport.is_reading())
            equal(seen, [True, False, False, True, True], "is_reading(): fresh, paused twice, resumed twice")
            peer.send(b"data")
            await arrived(protocol, 4)

    loop.run_until_complete(main())


@requirement("tls-65")
@pytest.mark.parametrize("method", ["close", "abort"])
def test_a_closed_transport_may_be_paused(loop: AbstractEventLoop, method: str) -> None:
    async def main() -> None:
        async with secured(loop) as (transport, protocol, peer):
            getattr(transport, method)()
            with allowed(f"pause_reading() after {method}()"):
                transport.pause_reading()
            await beside(peer.answer)
            await protocol.seen("lost")

    loop.run_until_complete(main())


@requirement("tls-66")
@VERSIONS
def test_data_and_the_end_may_come_right_after_a_pause(loop: AbstractEventLoop, version: str) -> None:
    async def main() -> None:
        async with secured(loop, version=version) as (transport, protocol, peer):
            transport.pause_reading()
            await elsewhere(loop)
            transport.resume_reading()
            peer.sock.sendall(peer.encrypt(b"the last"))
            peer.send_eof()
            await protocol.seen("lost")
            equal(bytes(protocol.data), b"the last", "what the protocol received")

    loop.run_until_complete(main())


@requirement("tls-66")
@VERSIONS
@pytest.mark.parametrize("end", ["goodbye", "cut"])
@pytest.mark.parametrize("data", [b"the last", BIG[:60_000]], ids=["little", "much"])
def test_the_end_of_the_peer_does_not_overtake_its_data(
    loop: AbstractEventLoop, version: str, end: str, data: bytes
) -> None:
    async def main() -> None:
        async with secured(loop, version=version) as (transport, protocol, peer):
            transport.pause_reading()
            peer.sock.sendall(peer.encrypt(data) + (peer.goodbye() if end == "goodbye" else b""))
            peer.send_eof()
            await elsewhere(loop)
            held = len(protocol.data)
            transport.resume_reading()
            await protocol.seen("lost")
            check(protocol.data == data, f"saw {len(protocol.data)} bytes, wanted the {len(data)} that were sent")
            equal(held, 0, "bytes delivered during the pause")

    loop.run_until_complete(main())
