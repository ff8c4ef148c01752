"""Closing a transport: what is flushed, what is still received, what is told, and when."""

from __future__ import annotations

import os
from asyncio import AbstractEventLoop
from collections.abc import Callable
from typing import Any

import pytest

from loopcert.conformance.kit import (
    BIG,
    Reacting,
    Recorder,
    allowed,
    beside,
    check,
    connected,
    elsewhere,
    equal,
    receive,
    receive_all,
    requirement,
    reset,
    same,
)

MUCH = 40_000  # bytes that the kernel holds for a peer that does not read, and more than a page or a small buffer

WRITES: dict[str, Callable[[Any], object]] = {
    "one small write": lambda transport: transport.write(b"last words"),
    "three writes": lambda transport: [transport.write(part) for part in (b"last", b" ", b"words")],
    "writelines": lambda transport: transport.writelines([b"last", b" words"]),
    "a bytearray": lambda transport: transport.write(bytearray(b"last words")),
}


@requirement("transport-04")
@pytest.mark.parametrize("name", WRITES)
def test_data_written_just_before_close_reaches_the_peer(loop: AbstractEventLoop, name: str) -> None:
    async def body() -> None:
        async with connected(loop) as (transport, protocol, peer):
            WRITES[name](transport)
            transport.close()
            await protocol.seen("lost")
            equal(await beside(lambda: receive_all(peer)), b"last words", "what the peer received")

    loop.run_until_complete(body())


@requirement("transport-04")
@pytest.mark.parametrize("paused", [False, True], ids=["reading", "paused"])
def test_data_the_kernel_did_not_take_is_flushed_after_close(loop: AbstractEventLoop, paused: bool) -> None:
    async def body() -> None:
        async with connected(loop, narrow=True) as (transport, protocol, peer):
            if paused:
                transport.pause_reading()
            transport.write(BIG)
            transport.close()
            received = await beside(lambda: receive_all(peer))
            await protocol.seen("lost")
            check(received == BIG, f"the peer received {len(received)} bytes, wanted all {len(BIG)}")

    loop.run_until_complete(body())


@requirement("transport-05")
def test_data_that_has_already_come_is_not_delivered_after_close(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        async with connected(loop) as (transport, protocol, peer):
            peer.sendall(b"too late")
            transport.close()
            await protocol.seen("lost")
            await elsewhere(loop)
            protocol.expect("made", "lost")

    loop.run_until_complete(body())


@requirement("transport-05")
def test_data_that_comes_while_close_still_flushes_is_not_delivered(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        async with connected(loop, narrow=True) as (transport, protocol, peer):
            transport.write(BIG)
            transport.close()
            peer.sendall(b"too late")
            await elsewhere(loop)
            equal(bytes(protocol.data), b"", "data delivered after close()")

    loop.run_until_complete(body())


@requirement("transport-05")
def test_resume_reading_after_close_delivers_nothing(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        async with connected(loop, narrow=True) as (transport, protocol, peer):
            transport.pause_reading()
            peer.sendall(b"too late")
            transport.write(BIG)
            transport.close()
            transport.resume_reading()
            await elsewhere(loop)
            equal(bytes(protocol.data), b"", "data delivered after close()")

    loop.run_until_complete(body())


@requirement("transport-05")
def test_closing_in_data_received_ends_the_data(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        protocol = Reacting(data=lambda transport: (transport.write(BIG), transport.close()))
        async with connected(loop, protocol, narrow=True) as (_, _, peer):
            peer.sendall(b"first")
            await protocol.seen("data")
            peer.sendall(b"second")
            await elsewhere(loop)
            equal(bytes(protocol.data), b"first", "data delivered")

    loop.run_until_complete(body())


@requirement("transport-05")
def test_closing_in_data_received_ends_the_data_that_has_come_with_it(loop: AbstractEventLoop) -> None:
    """A loop may cut what it has read, and must not go on with the pieces."""

    async def body() -> None:
        calls: Any = []
        protocol = Reacting(data=lambda transport: (calls.append(1), transport.close()))
        async with connected(loop, protocol) as (_, _, peer):
            peer.sendall(BIG[:MUCH])
            await protocol.seen("lost")
            await elsewhere(loop)
            equal(len(calls), 1, "calls of data_received(), the first of which called close()")

    loop.run_until_complete(body())


@requirement("transport-05")
@pytest.mark.parametrize("method", ["close", "abort"])
def test_a_transport_closed_by_its_neighbour_gets_no_data(loop: AbstractEventLoop, method: str) -> None:
    """Both are ready in the same poll; whichever protocol is called first ends the other's transport."""

    async def body() -> None:
        pair: list[Any] = []
        one = Reacting(data=lambda _: getattr(pair[1], method)())
        two = Reacting(data=lambda _: getattr(pair[0], method)())
        async with connected(loop, one) as (first, _, peer), connected(loop, two) as (second, _, other):
            pair += [first, second]
            peer.sendall(b"x")
            other.sendall(b"x")
            await elsewhere(loop)
            equal(sorted([bytes(one.data), bytes(two.data)]), [b"", b"x"], "data delivered to the two")

    loop.run_until_complete(body())


@requirement("transport-06")
@pytest.mark.parametrize("paused", [False, True], ids=["reading", "paused"])
def test_close_leads_to_connection_lost_with_none(loop: AbstractEventLoop, paused: bool) -> None:
    async def body() -> None:
        async with connected(loop) as (transport, protocol, _peer):
            if paused:
                transport.pause_reading()
            transport.close()
            await protocol.seen("lost")
            same(protocol.error, None, "argument of connection_lost()")

    loop.run_until_complete(body())


@requirement("transport-06")
def test_connection_lost_waits_until_all_is_flushed(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        sizes: list[int] = []
        protocol = Reacting(lost=lambda transport: sizes.append(transport.get_write_buffer_size()))
        async with connected(loop, protocol, narrow=True) as (transport, _, peer):
            transport.write(BIG)
            transport.close()
            await elsewhere(loop)
            check("lost" not in protocol.events, f"saw {protocol.events} while unsent data was left, wanted no lost")
            await beside(lambda: receive_all(peer))
            await protocol.seen("lost")
            equal((sizes, protocol.error), ([0], None), "unsent bytes at connection_lost(), and its argument")

    loop.run_until_complete(body())


@requirement("transport-07")
def test_close_does_not_wait_for_the_peer(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        async with connected(loop, narrow=True) as (transport, protocol, peer):
            transport.write(BIG)
            transport.close()
            unsent = transport.get_write_buffer_size()
            await beside(lambda: receive_all(peer))
            await protocol.seen("lost")
            check(unsent > 0, "close() came back with an empty buffer, wanted it before the peer has read anything")

    loop.run_until_complete(body())


@requirement("transport-62")
def test_close_severs_the_connection(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        async with connected(loop) as (transport, protocol, peer):
            transport.close()
            await protocol.seen("lost")
            equal(await beside(lambda: peer.recv(1)), b"", "what the peer reads after close()")

    loop.run_until_complete(body())


@requirement("transport-08")
def test_a_second_close_does_not_cut_the_flush_short(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        async with connected(loop, narrow=True) as (transport, protocol, peer):
            transport.write(BIG)
            transport.close()
            with allowed("close() a second time"):
                transport.close()
            received = await beside(lambda: receive_all(peer))
            await protocol.seen("lost")
            equal(len(received), len(BIG), "number of bytes that reached the peer")

    loop.run_until_complete(body())


@requirement("transport-08")
@pytest.mark.parametrize("method", ["close", "pause_reading"])
def test_a_lost_transport_leaves_its_descriptor_to_the_next(loop: AbstractEventLoop, method: str) -> None:
    """The next connection mostly gets the same number; what is called on the old one must not touch it."""

    async def body() -> None:
        async with connected(loop) as (old, protocol, _):
            old.close()
            await protocol.seen("lost")
        async with connected(loop) as (_, fresh, peer):
            with allowed(f"{method}() on a transport that was lost"):
                getattr(old, method)()
            peer.sendall(b"still here")
            equal(await fresh.received(10), b"still here", "data of the connection made afterwards")

    loop.run_until_complete(body())


@requirement("transport-09a")
@pytest.mark.parametrize("method", ["close", "abort"])
def test_is_closing_from_close_or_abort_on(loop: AbstractEventLoop, method: str) -> None:
    async def body() -> None:
        async with connected(loop) as (transport, _protocol, _peer):
            before = transport.is_closing()
            getattr(transport, method)()
            equal((before, transport.is_closing()), (False, True), f"is_closing() before and after {method}()")

    loop.run_until_complete(body())


@requirement("transport-09a")
def test_is_closing_while_close_flushes(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        async with connected(loop, narrow=True) as (transport, _protocol, peer):
            transport.write(BIG)
            transport.close()
            await beside(lambda: receive(peer, 1000))
            await elsewhere(loop)
            equal(transport.is_closing(), True, "is_closing() while data is being flushed")

    loop.run_until_complete(body())


@requirement("transport-09a")
def test_is_closing_is_false_inside_connection_made(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        seen: list[bool] = []
        async with connected(loop, Reacting(made=lambda transport: seen.append(transport.is_closing()))):
            equal(seen, [False], "is_closing() inside connection_made()")

    loop.run_until_complete(body())


ENDS: dict[str, Callable[[Any, Any], object]] = {
    "close": lambda transport, _: transport.close(),
    "abort": lambda transport, _: transport.abort(),
    "end of the peer": lambda _, peer: peer.close(),
    "reset by the peer": lambda _, peer: reset(peer),
}


@requirement("transport-09b")
@pytest.mark.parametrize("how", ENDS)
def test_is_closing_in_and_after_connection_lost(loop: AbstractEventLoop, how: str) -> None:
    async def body() -> None:
        inside: list[bool] = []
        protocol = Reacting(lost=lambda transport: inside.append(transport.is_closing()))
        async with connected(loop, protocol) as (transport, _, peer):
            ENDS[how](transport, peer)
            await protocol.seen("lost")
            await elsewhere(loop)
            equal((inside, transport.is_closing()), ([True], True), "is_closing() in and after connection_lost()")

    loop.run_until_complete(body())


@requirement("transport-57")
@pytest.mark.parametrize("how", ENDS)
def test_the_socket_is_closed_after_connection_lost(loop: AbstractEventLoop, how: str) -> None:
    async def body() -> None:
        protocol = Recorder()
        async with connected(loop, protocol) as (transport, _, peer):
            sock = transport.get_extra_info("socket")
            number = -1 if sock is None else sock.fileno()
            before = inode(number)
            ENDS[how](transport, peer)
            await protocol.seen("lost")
            await elsewhere(loop)
            check(
                before is None or inode(number) != before, f"descriptor {number} is still open after connection_lost()"
            )

    loop.run_until_complete(body())


def inode(number: int) -> int | None:
    """What a descriptor stands for, or None if it is closed."""
    try:
        return os.fstat(number).st_ino
    except OSError:
        return None
