"""Calls that a protocol makes on its transport inside the callbacks of that transport."""

from __future__ import annotations

import socket
from asyncio import AbstractEventLoop
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from loopcert.conformance.kit import (
    BIG,
    Contexts,
    Reacting,
    beside,
    check,
    connected,
    elsewhere,
    equal,
    receive,
    receive_all,
    requirement,
)


@requirement("protocol-28")
@pytest.mark.parametrize("data", [b"greeting", BIG], ids=["little", "much"])
def test_closing_inside_connection_made_flushes_what_was_written_there(loop: AbstractEventLoop, data: bytes) -> None:
    async def body() -> None:
        protocol = Reacting(made=lambda transport: (transport.write(data), transport.close()))
        async with connected(loop, protocol, narrow=True) as (_, _protocol, peer):
            received = await beside(lambda: receive_all(peer))
            await protocol.seen("lost")
            check(received == data, f"the peer received {len(received)} bytes, wanted {len(data)}")
            equal((protocol.events.count("lost"), protocol.error), (1, None), "connection_lost(): calls and argument")

    loop.run_until_complete(body())


@requirement("protocol-37")
@pytest.mark.parametrize("data", [b"question", BIG], ids=["little", "much"])
def test_closing_inside_data_received_flushes_the_answer(loop: AbstractEventLoop, data: bytes) -> None:
    """The echo server of the documentation."""

    async def body() -> None:
        protocol = Reacting(data=lambda transport: (transport.write(data), transport.close()))
        async with connected(loop, protocol, narrow=True) as (_, _protocol, peer):
            peer.sendall(b"x")
            received = await beside(lambda: receive_all(peer))
            await protocol.seen("lost")
            check(received == data, f"the peer received {len(received)} bytes, wanted {len(data)}")
            equal((protocol.events.count("lost"), protocol.error), (1, None), "connection_lost(): calls and argument")

    loop.run_until_complete(body())


@requirement("protocol-37")
def test_an_echo_of_every_piece_gives_all_back(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        sent = BIG[:100_000]
        done: list[int] = [0]

        def echo(transport: Any) -> None:
            transport.write(bytes(protocol.data[done[-1] :]))
            done.append(len(protocol.data))

        protocol = Reacting(data=echo)
        async with connected(loop, protocol) as (_, _protocol, peer):
            received = await beside(lambda: (peer.sendall(sent), receive(peer, len(sent)))[1])
            check(received == sent, f"{len(received)} bytes came back, or others than the {len(sent)} sent")

    loop.run_until_complete(body())


ENDINGS: dict[str, Callable[[Any], object]] = {
    "close": lambda transport: transport.close(),
    "abort": lambda transport: transport.abort(),
    "close twice": lambda transport: (transport.close(), transport.close()),
    "close and abort": lambda transport: (transport.close(), transport.abort()),
}


@requirement("protocol-29")
@pytest.mark.parametrize("event", ["pause", "resume"])
@pytest.mark.parametrize("limits", [{"high": 1000, "low": 0}, {"high": 100_000, "low": 50_000}], ids=["empty", "low"])
@pytest.mark.parametrize("how", ENDINGS)
def test_ending_inside_a_flow_callback_is_told_once(
    loop: AbstractEventLoop, event: str, how: str, limits: dict[str, int]
) -> None:
    async def body() -> None:
        contexts = Contexts(loop)
        reactions: dict[str, Any] = {event: ENDINGS[how]}
        async with connected(loop, Reacting(**reactions), narrow=True) as (transport, protocol, peer):
            transport.set_write_buffer_limits(**limits)
            transport.write(BIG)
            if event == "resume" or "abort" not in how:
                with suppress(ConnectionError):  # abort() may reset
                    await beside(lambda: receive(peer, len(BIG)))
            await elsewhere(loop)
            check(event in protocol.events, f"events: saw {protocol.events}, wanted {event!r} among them")
            await protocol.seen("lost")
            await elsewhere(loop)
            equal((protocol.events.count("lost"), protocol.error), (1, None), "connection_lost(): calls and argument")
            contexts.expect_silence()

    loop.run_until_complete(body())


@requirement("protocol-38")
@pytest.mark.parametrize("event", ["pause", "resume"])
def test_closing_inside_a_flow_callback_still_flushes(loop: AbstractEventLoop, event: str) -> None:
    async def body() -> None:
        reactions: dict[str, Any] = {event: ENDINGS["close"]}
        async with connected(loop, Reacting(**reactions), narrow=True) as (transport, protocol, peer):
            transport.set_write_buffer_limits(high=300_000, low=200_000)
            transport.write(BIG)
            received = await beside(lambda: receive_all(peer))
            await protocol.seen("lost")
            check(received == BIG, f"the peer received {len(received)} bytes, wanted all {len(BIG)} written before")

    loop.run_until_complete(body())


@requirement("protocol-38")
def test_writing_the_last_and_closing_inside_resume_writing_loses_nothing(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        left = [BIG]

        def finish(transport: Any) -> None:
            if left:
                transport.write(left.pop())
                transport.close()

        protocol = Reacting(resume=finish)
        async with connected(loop, protocol, narrow=True) as (transport, _, peer):
            transport.write(BIG)
            received = await beside(lambda: receive_all(peer))
            await protocol.seen("lost")
            check(received == BIG * 2, f"the peer received {len(received)} bytes, wanted {2 * len(BIG)}")
            equal((protocol.events.count("lost"), protocol.error), (1, None), "connection_lost(): calls and argument")

    loop.run_until_complete(body())


@requirement("protocol-39")
def test_writing_inside_pause_writing_does_not_call_it_again(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        protocol = Reacting(pause=lambda transport: transport.write(b"one more"))
        async with connected(loop, protocol, narrow=True) as (transport, _, peer):
            transport.write(BIG)
            transport.close()
            received = await beside(lambda: receive_all(peer))
            await protocol.seen("lost")
            equal(protocol.events.count("pause"), 1, "number of pause_writing() calls")
            check(sorted(received) == sorted(BIG + b"one more"), f"{len(received)} bytes came, wanted {len(BIG) + 8}")

    loop.run_until_complete(body())


@requirement("protocol-40")
@pytest.mark.parametrize("event", ["made", "data", "eof", "resume"])
def test_write_eof_inside_a_callback_ends_the_stream_after_the_data(loop: AbstractEventLoop, event: str) -> None:
    async def body() -> None:
        reactions: dict[str, Any] = {event: lambda transport: (transport.write(b"the end"), transport.write_eof())}
        async with connected(loop, Reacting(keep_open=True, **reactions), narrow=True) as (transport, _protocol, peer):
            if event == "resume":
                transport.write(BIG)
            with suppress(OSError):
                peer.sendall(b"x")
                peer.shutdown(socket.SHUT_WR)
            received = await beside(lambda: receive_all(peer))
            check(
                received == (BIG if event == "resume" else b"") + b"the end", f"{len(received)} bytes, or others, came"
            )
            equal(transport.is_closing(), False, "is_closing() after write_eof()")

    loop.run_until_complete(body())
