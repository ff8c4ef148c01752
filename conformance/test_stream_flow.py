"""Flow control of streams: who writes waits for the peer, and what nobody reads stays with the peer."""

from __future__ import annotations

import asyncio
import socket
from asyncio import AbstractEventLoop
from typing import Any

import pytest

from loopcert.conformance.kit import (
    BIG,
    Trace,
    allowed,
    beside,
    check,
    elsewhere,
    equal,
    need_resets,
    raises,
    receive,
    requirement,
    reset,
)
from loopcert.conformance.kit.readers import opened


@requirement("stream-22a")
@pytest.mark.parametrize("count", [1, 3])
def test_drain_waits_until_the_buffer_is_low(loop: AbstractEventLoop, count: int) -> None:
    async def body() -> None:
        async with opened(narrow=True) as (_reader, writer, peer):
            writer.transport.set_write_buffer_limits(high=1000, low=0)
            writer.write(BIG)
            draining = [asyncio.ensure_future(writer.drain()) for _ in range(count)]
            await elsewhere(loop)
            early = sum(each.done() for each in draining)
            await beside(lambda: receive(peer, len(BIG)))
            await asyncio.gather(*draining)
            left = writer.transport.get_write_buffer_size()
            equal((early, left), (0, 0), "how many drain() ended with a full buffer; unsent bytes after all had ended")

    loop.run_until_complete(body())


@requirement("stream-22a")
def test_drain_lets_pieces_through_at_the_pace_of_the_peer(loop: AbstractEventLoop) -> None:
    """Writing and draining by turns, the writer's buffer never grows beyond the mark and one piece."""

    async def body() -> None:
        step, highest = 10_000, 0
        async with opened(narrow=True) as (_reader, writer, peer):
            writer.transport.set_write_buffer_limits(high=20_000)
            receiving = asyncio.ensure_future(beside(lambda: receive(peer, len(BIG))))
            for start in range(0, len(BIG), step):
                writer.write(BIG[start : start + step])
                highest = max(highest, writer.transport.get_write_buffer_size())
                await writer.drain()
            data = await receiving
            check(data == BIG, f"the peer received {len(data)} bytes, wanted {len(BIG)} in order")
            check(highest <= 20_000 + step, f"unsent bytes: saw {highest}, wanted at most the mark and one piece")

    loop.run_until_complete(body())


@requirement("stream-37")
def test_drain_waits_for_what_writelines_wrote(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        async with opened(narrow=True) as (_reader, writer, peer):
            writer.transport.set_write_buffer_limits(high=1000, low=0)
            writer.writelines([BIG[:9999], BIG[9999:]])
            draining = asyncio.ensure_future(writer.drain())
            await elsewhere(loop)
            early = draining.done()
            await beside(lambda: receive(peer, len(BIG)))
            await draining
            equal(early, False, "whether drain() had ended while the buffer was full")

    loop.run_until_complete(body())


@requirement("stream-22b")
@pytest.mark.parametrize("data", [b"", b"little"], ids=len)
def test_drain_with_nothing_to_wait_for_does_not_yield(loop: AbstractEventLoop, trace: Trace, data: bytes) -> None:
    async def body() -> None:
        async with opened() as (_reader, writer, _peer):
            loop.call_soon(trace, "callback")
            writer.write(data)
            await writer.drain()
            trace("drained")
            await asyncio.sleep(0)
        trace.expect("drained", "callback")

    loop.run_until_complete(body())


@requirement("stream-23")
def test_a_waiting_drain_raises_when_the_connection_breaks(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        async with opened(narrow=True) as (_reader, writer, peer):
            writer.transport.set_write_buffer_limits(high=1000)
            writer.write(BIG)
            draining = asyncio.ensure_future(writer.drain())
            await elsewhere(loop)
            reset(peer)
            with raises(Exception, "drain() on a connection that the peer resets"):
                await draining

    loop.run_until_complete(body())


@requirement("stream-23")
def test_drain_raises_on_a_broken_connection(loop: AbstractEventLoop) -> None:
    need_resets()

    async def body() -> None:
        async with opened() as (_reader, writer, peer):
            closed = asyncio.ensure_future(writer.wait_closed())
            reset(peer)
            await asyncio.wait([closed])
            with raises(Exception, "drain() after the peer has reset the connection"):
                await writer.drain()

    loop.run_until_complete(body())


@requirement("stream-32")
def test_what_nobody_reads_stays_with_the_peer(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        async with opened(limit=100) as (reader, writer, peer):
            transport: Any = writer.transport
            peer.sendall(b"x" * 1000)
            await elsewhere(loop)
            states = [transport.is_reading()]
            await reader.readexactly(1000)
            states.append(transport.is_reading())
            equal(states, [False, True], "is_reading() with 1000 bytes unread and a limit of 100; when all is read")

    loop.run_until_complete(body())


@requirement("stream-32")
def test_reading_goes_on_where_it_paused(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        async with opened(limit=100) as (reader, _writer, peer):
            peer.sendall(BIG[:1000])
            await elsewhere(loop)
            peer.sendall(BIG[1000:2000])
            peer.shutdown(socket.SHUT_WR)
            await elsewhere(loop)
            with allowed("reading what waited"):
                equal(await reader.read(), BIG[:2000], "what was sent before and after the pause")

    loop.run_until_complete(body())


@requirement("stream-36")
@pytest.mark.parametrize("method", ["read", "readline", "readexactly"])
def test_reading_raises_when_the_connection_breaks(loop: AbstractEventLoop, method: str) -> None:
    need_resets()

    async def body() -> None:
        async with opened() as (reader, _writer, peer):
            arguments = (10,) if method == "readexactly" else ()
            waiting = asyncio.ensure_future(getattr(reader, method)(*arguments))
            await elsewhere(loop)
            reset(peer)
            with raises(OSError, f"{method}() on a connection that the peer resets"):
                await waiting

    loop.run_until_complete(body())
