"""Receiving: pausing and resuming, which are switches and no counters, and what waits meanwhile."""

from __future__ import annotations

from asyncio import AbstractEventLoop
from collections.abc import Callable
from typing import Any

import pytest

from loopcert.conformance.kit import (
    BIG,
    Peer,
    Reacting,
    Recorder,
    allowed,
    beside,
    check,
    connected,
    elsewhere,
    equal,
    receive,
    requirement,
)


@requirement("transport-16a")
def test_is_reading_follows_pause_and_resume(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        async with connected(loop) as (transport, _protocol, _peer):
            seen = [transport.is_reading()]
            for method in ("pause_reading", "pause_reading", "resume_reading", "resume_reading"):
                getattr(transport, method)()
                seen.append(transport.is_reading())
            equal(seen, [True, False, False, True, True], "is_reading(): fresh, paused twice, resumed twice")

    loop.run_until_complete(body())


@requirement("transport-16b")
@pytest.mark.parametrize("method", ["close", "abort"])
def test_is_reading_is_false_once_the_transport_closes(loop: AbstractEventLoop, method: str) -> None:
    async def body() -> None:
        async with connected(loop) as (transport, protocol, _peer):
            getattr(transport, method)()
            seen = [transport.is_reading()]
            await protocol.seen("lost")
            seen.append(transport.is_reading())
            equal(seen, [False, False], f"is_reading() after {method}() and after the loss")

    loop.run_until_complete(body())


@requirement("transport-17")
@pytest.mark.parametrize("calls", [1, 2, 3])
def test_nothing_is_delivered_while_reading_is_paused(loop: AbstractEventLoop, calls: int) -> None:
    async def body() -> None:
        async with connected(loop) as (transport, protocol, peer):
            for _ in range(calls):
                transport.pause_reading()
            peer.sendall(b"wait")
            await elsewhere(loop)
            equal(bytes(protocol.data), b"", "data delivered while reading is paused")

    loop.run_until_complete(body())


@requirement("transport-17")
def test_data_already_come_is_held_back_by_a_pause(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        async with connected(loop) as (transport, protocol, peer):
            peer.sendall(b"wait")
            transport.pause_reading()
            await elsewhere(loop)
            equal(bytes(protocol.data), b"", "data delivered while reading is paused")

    loop.run_until_complete(body())


@requirement("transport-17")
def test_pausing_inside_connection_made_holds_everything_back(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        protocol = Reacting(made=lambda transport: transport.pause_reading())
        async with connected(loop, protocol) as (transport, _, peer):
            peer.sendall(b"wait")
            await elsewhere(loop)
            held = (transport.is_reading(), bytes(protocol.data))
            transport.resume_reading()
            equal((*held, await protocol.received(4)), (False, b"", b"wait"), "is_reading() and data paused, then data")

    loop.run_until_complete(body())


@requirement("transport-17")
def test_pausing_inside_data_received_holds_back_the_rest(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        calls: Any = []
        protocol = Reacting(data=lambda transport: (calls.append(1), transport.pause_reading()))
        async with connected(loop, protocol) as (transport, _, peer):
            with Peer(lambda: peer.sendall(BIG)):
                counts: list[int] = []
                while len(protocol.data) < len(BIG):
                    before = len(protocol.data)
                    transport.resume_reading()
                    await protocol.received(before + 1)
                    await elsewhere(loop)
                    counts.append(len(calls))
            equal(counts, list(range(1, len(counts) + 1)), "calls of data_received() after each resume_reading()")
            check(bytes(protocol.data) == BIG, "the data came changed or in another order")

    loop.run_until_complete(body())


@requirement("transport-17")
def test_the_last_of_pause_resume_pause_counts(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        async with connected(loop) as (transport, protocol, peer):
            transport.pause_reading()
            peer.sendall(b"wait")
            await elsewhere(loop)
            transport.resume_reading()
            transport.pause_reading()
            await elsewhere(loop)
            equal(bytes(protocol.data), b"", "data delivered while reading is paused")

    loop.run_until_complete(body())


@requirement("transport-18a")
def test_one_resume_undoes_any_number_of_pauses(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        async with connected(loop) as (transport, protocol, peer):
            with allowed("pause_reading() on a paused transport"):
                transport.pause_reading()
                transport.pause_reading()
                transport.pause_reading()
            transport.resume_reading()
            peer.sendall(b"go on")
            equal(await protocol.received(5), b"go on", "data after three pauses and one resume")

    loop.run_until_complete(body())


CLOSED: dict[str, Callable[[Any], object]] = {
    "closing": lambda transport: transport.close(),
    "aborted": lambda transport: transport.abort(),
    "flushing": lambda transport: (transport.write(BIG), transport.close()),
}


@requirement("transport-18b")
@pytest.mark.parametrize("state", CLOSED)
def test_pause_reading_on_a_closing_transport_is_harmless(loop: AbstractEventLoop, state: str) -> None:
    async def body() -> None:
        async with connected(loop, narrow=True) as (transport, protocol, peer):
            CLOSED[state](transport)
            with allowed("pause_reading() on a closing transport"):
                transport.pause_reading()
            if state == "flushing":
                await beside(lambda: receive(peer, len(BIG)))
                await protocol.seen("lost")
            await protocol.seen("lost")
            equal(protocol.error, None, "argument of connection_lost()")

    loop.run_until_complete(body())


@requirement("transport-18b")
@pytest.mark.parametrize("by_peer", [False, True], ids=["own close", "end of the peer"])
def test_pause_reading_after_connection_lost_is_harmless(loop: AbstractEventLoop, by_peer: bool) -> None:
    async def body() -> None:
        async with connected(loop) as (transport, protocol, peer):
            (peer if by_peer else transport).close()
            await protocol.seen("lost")
            with allowed("pause_reading() on a transport that was lost"):
                transport.pause_reading()
                transport.pause_reading()
            await elsewhere(loop)
            equal(protocol.events.count("lost"), 1, "number of connection_lost() calls")

    loop.run_until_complete(body())


@requirement("transport-67")
@pytest.mark.parametrize("lost", [False, True], ids=["closing", "lost"])
@pytest.mark.parametrize("paused", [False, True], ids=["reading", "paused"])
def test_resume_reading_on_a_closed_transport_is_harmless(loop: AbstractEventLoop, lost: bool, paused: bool) -> None:
    async def body() -> None:
        async with connected(loop) as (transport, protocol, peer):
            if paused:
                transport.pause_reading()
            peer.sendall(b"too late")
            transport.abort()
            if lost:
                await protocol.seen("lost")
            with allowed("resume_reading() on a closed transport"):
                transport.resume_reading()
            await protocol.seen("lost")
            await elsewhere(loop)
            equal(protocol.events.count("lost"), 1, "number of connection_lost() calls")

    loop.run_until_complete(body())


@requirement("transport-19")
@pytest.mark.parametrize("data", [b"x", BIG], ids=["little", "much"])
def test_resume_reading_delivers_what_came_meanwhile(loop: AbstractEventLoop, data: bytes) -> None:
    async def body() -> None:
        async with connected(loop) as (transport, protocol, peer):
            transport.pause_reading()
            with Peer(lambda: peer.sendall(data)):
                await elsewhere(loop)
                transport.resume_reading()
                check(await protocol.received(len(data)) == data, "other bytes came than those sent")

    loop.run_until_complete(body())


@requirement("transport-19")
def test_pausing_and_resuming_many_times_loses_nothing(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        async with connected(loop) as (transport, protocol, peer):
            for number in range(20):
                transport.pause_reading()
                peer.sendall(b"%02d" % number)
                if number % 3:
                    await elsewhere(loop)
                transport.resume_reading()
            wanted = b"".join(b"%02d" % number for number in range(20))
            equal(await protocol.received(len(wanted)), wanted, "data received")

    loop.run_until_complete(body())


@requirement("transport-20")
def test_resume_reading_on_a_reading_transport_is_harmless(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        async with connected(loop) as (transport, protocol, peer):
            with allowed("resume_reading() on a reading transport"):
                transport.resume_reading()
                transport.resume_reading()
            peer.sendall(b"once")
            await protocol.received(4)
            transport.pause_reading()
            transport.resume_reading()
            transport.resume_reading()
            transport.pause_reading()
            peer.sendall(b"held")
            await elsewhere(loop)
            equal(bytes(protocol.data), b"once", "data delivered before the last pause")

    loop.run_until_complete(body())


@requirement("transport-68")
def test_a_paused_transport_writes_on(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        async with connected(loop, narrow=True) as (transport, _protocol, peer):
            transport.pause_reading()
            transport.write(BIG)
            received = await beside(lambda: receive(peer, len(BIG)))
            check(received == BIG, "the peer received other bytes than those written")

    loop.run_until_complete(body())


@requirement("transport-56")
@pytest.mark.parametrize("data", [b"the last", b""], ids=["behind data", "alone"])
def test_an_end_that_comes_during_a_pause_is_told_after_it(loop: AbstractEventLoop, data: bytes) -> None:
    async def body() -> None:
        async with connected(loop, Recorder()) as (transport, protocol, peer):
            transport.pause_reading()
            peer.sendall(data)
            peer.close()
            await elsewhere(loop)
            protocol.expect("made")
            transport.resume_reading()
            await protocol.seen("lost")
            equal((bytes(protocol.data), protocol.error), (data, None), "data, and reason of the loss")
            protocol.expect("made", *(["data"] if data else []), "eof", "lost")

    loop.run_until_complete(body())
