"""eof_received(): once, and its answer decides whether the transport closes."""

from __future__ import annotations

import socket
from asyncio import AbstractEventLoop
from collections.abc import Callable
from typing import Any

import pytest

from loopcert.conformance.kit import (
    BIG,
    Reacting,
    Recorder,
    beside,
    check,
    connected,
    elsewhere,
    equal,
    receive,
    receive_all,
    requirement,
)


@requirement("protocol-12")
@pytest.mark.parametrize("keep_open", [False, True], ids=["false", "true"])
def test_eof_received_is_called_once(loop: AbstractEventLoop, keep_open: bool) -> None:
    async def body() -> None:
        async with connected(loop, Recorder(keep_open=keep_open)) as (transport, protocol, peer):
            peer.shutdown(socket.SHUT_WR)
            await protocol.seen("eof")
            for _ in range(3):
                await elsewhere(loop)
            transport.close()
            await protocol.seen("lost")
            protocol.expect("made", "eof", "lost")

    loop.run_until_complete(body())


@requirement("protocol-12")
def test_eof_received_is_called_once_while_writing_goes_on(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        async with connected(loop, Recorder(keep_open=True), narrow=True) as (transport, protocol, peer):
            transport.write(BIG)
            peer.shutdown(socket.SHUT_WR)
            await protocol.seen("eof")
            await beside(lambda: receive(peer, len(BIG)))
            await elsewhere(loop)
            equal(protocol.events.count("eof"), 1, "number of eof_received() calls")

    loop.run_until_complete(body())


@requirement("protocol-13")
@pytest.mark.parametrize("answer", [None, False, 0, "", []], ids=repr)
def test_a_false_answer_closes_the_transport(loop: AbstractEventLoop, answer: object) -> None:
    async def body() -> None:
        async with connected(loop, Recorder(keep_open=answer)) as (transport, protocol, peer):
            peer.shutdown(socket.SHUT_WR)
            await protocol.seen("eof")
            await elsewhere(loop)
            protocol.expect("made", "eof", "lost")
            equal((protocol.error, transport.is_closing()), (None, True), "reason of the loss, and is_closing()")

    loop.run_until_complete(body())


@requirement("protocol-13")
def test_a_false_answer_still_flushes(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        async with connected(loop, narrow=True) as (transport, protocol, peer):
            transport.write(BIG)
            peer.shutdown(socket.SHUT_WR)
            await protocol.seen("eof")
            received = await beside(lambda: receive_all(peer))
            await protocol.seen("lost")
            check(received == BIG, f"the peer received {len(received)} bytes after its end, wanted all {len(BIG)}")
            equal(protocol.error, None, "argument of connection_lost()")

    loop.run_until_complete(body())


@requirement("protocol-13")
@pytest.mark.parametrize("data", [b"answer", BIG], ids=["little", "much"])
def test_what_is_written_inside_eof_received_is_flushed(loop: AbstractEventLoop, data: bytes) -> None:
    async def body() -> None:
        protocol = Reacting(eof=lambda transport: transport.write(data))
        async with connected(loop, protocol, narrow=True) as (_, _protocol, peer):
            peer.shutdown(socket.SHUT_WR)
            received = await beside(lambda: receive_all(peer))
            await protocol.seen("lost")
            check(
                received == data, f"the peer received {len(received)} bytes, wanted the {len(data)} of eof_received()"
            )

    loop.run_until_complete(body())


@requirement("protocol-14")
@pytest.mark.parametrize("answer", [True, 1, "yes"], ids=repr)
def test_a_true_answer_keeps_the_transport_open_for_writing(loop: AbstractEventLoop, answer: object) -> None:
    async def body() -> None:
        async with connected(loop, Recorder(keep_open=answer)) as (transport, protocol, peer):
            peer.shutdown(socket.SHUT_WR)
            await protocol.seen("eof")
            await elsewhere(loop)
            closing = transport.is_closing()
            transport.write(b"still here")
            transport.close()
            equal((closing, await beside(lambda: receive_all(peer))), (False, b"still here"), "is_closing(), and data")

    loop.run_until_complete(body())


@requirement("protocol-14")
def test_a_transport_with_both_ways_ended_waits_for_the_protocol(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        async with connected(loop, Recorder(keep_open=True)) as (transport, protocol, peer):
            transport.write_eof()
            peer.shutdown(socket.SHUT_WR)
            await protocol.seen("eof")
            await elsewhere(loop)
            protocol.expect("made", "eof")
            transport.close()
            await protocol.seen("lost")
            equal(protocol.error, None, "argument of connection_lost()")

    loop.run_until_complete(body())


ENDINGS: dict[str, Callable[[Any], object]] = {
    "close": lambda transport: transport.close(),
    "abort": lambda transport: transport.abort(),
}


@requirement("protocol-27")
@pytest.mark.parametrize("how", ENDINGS)
def test_closing_inside_eof_received_outweighs_a_true_answer(loop: AbstractEventLoop, how: str) -> None:
    async def body() -> None:
        async with connected(loop, Reacting(keep_open=True, eof=ENDINGS[how])) as (transport, protocol, peer):
            peer.shutdown(socket.SHUT_WR)
            await protocol.seen("eof")
            await elsewhere(loop)
            protocol.expect("made", "eof", "lost")
            equal((protocol.error, transport.is_closing()), (None, True), "reason of the loss, and is_closing()")

    loop.run_until_complete(body())
