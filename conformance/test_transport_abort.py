"""Aborting a transport: what is dropped, what is told, and when."""

from __future__ import annotations

import socket
from asyncio import AbstractEventLoop
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from loopcert.conformance.kit import (
    BIG,
    Reacting,
    allowed,
    beside,
    check,
    connected,
    elsewhere,
    equal,
    requirement,
    same,
)


def received_in_spite_of_all(peer: socket.socket) -> bytes:
    """What a peer gets until the end or a reset."""
    data = bytearray()
    with suppress(ConnectionError):
        while chunk := peer.recv(65536):
            data += chunk
    return bytes(data)


@requirement("transport-29a")
@pytest.mark.parametrize("closing", [False, True], ids=["open", "closing"])
def test_abort_drops_what_is_not_sent(loop: AbstractEventLoop, closing: bool) -> None:
    async def body() -> None:
        async with connected(loop, narrow=True) as (transport, protocol, peer):
            transport.write(BIG)
            if closing:
                transport.close()
            transport.abort()
            await protocol.seen("lost")
            count = len(await beside(lambda: received_in_spite_of_all(peer)))
            check(count < len(BIG), f"the peer received all {count} bytes, wanted fewer: nobody read before abort()")

    loop.run_until_complete(body())


@requirement("transport-80")
def test_abort_leaves_no_unsent_bytes(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        sizes: list[int] = []
        protocol = Reacting(lost=lambda transport: sizes.append(transport.get_write_buffer_size()))
        async with connected(loop, protocol, narrow=True) as (transport, _, _peer):
            transport.write(BIG)
            transport.abort()
            await protocol.seen("lost")
            equal(sizes, [0], "unsent bytes at connection_lost() after abort()")

    loop.run_until_complete(body())


@requirement("transport-29b")
def test_data_that_has_already_come_is_not_delivered_after_abort(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        async with connected(loop) as (transport, protocol, peer):
            peer.sendall(b"too late")
            transport.abort()
            await protocol.seen("lost")
            await elsewhere(loop)
            protocol.expect("made", "lost")

    loop.run_until_complete(body())


@requirement("transport-29b")
def test_aborting_in_data_received_ends_the_data(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        calls: Any = []
        protocol = Reacting(data=lambda transport: (calls.append(len(protocol.data)), transport.abort()))
        async with connected(loop, protocol) as (_, _, peer):
            with suppress(ConnectionError):
                for _ in range(8):
                    peer.sendall(BIG[:65536])
                    await elsewhere(loop)
            equal(len(calls), 1, "number of calls of data_received(), the first of which aborts")

    loop.run_until_complete(body())


STATES: dict[str, Callable[[Any], object]] = {
    "idle": lambda transport: transport.write(b""),
    "paused": lambda transport: transport.pause_reading(),
    "with unsent data": lambda transport: transport.write(BIG),
    "half closed": lambda transport: transport.write_eof(),
    "half closed with unsent data": lambda transport: (transport.write(BIG), transport.write_eof()),
}


@requirement("transport-30a")
@pytest.mark.parametrize("state", STATES)
def test_abort_leads_to_connection_lost_with_none(loop: AbstractEventLoop, state: str) -> None:
    async def body() -> None:
        async with connected(loop, narrow=True) as (transport, protocol, _peer):
            STATES[state](transport)
            transport.abort()
            await protocol.seen("lost")
            await elsewhere(loop)
            equal((protocol.events.count("lost"), protocol.error), (1, None), "connection_lost(): calls and argument")

    loop.run_until_complete(body())


@requirement("transport-30a")
@pytest.mark.parametrize("event", ["made", "data", "eof"])
def test_abort_inside_a_callback_leads_to_connection_lost_with_none(loop: AbstractEventLoop, event: str) -> None:
    async def body() -> None:
        reactions: dict[str, Any] = {event: lambda transport: transport.abort()}
        protocol = Reacting(keep_open=True, **reactions)
        async with connected(loop, protocol) as (_, _, peer):
            with suppress(OSError):
                peer.sendall(b"x")
                peer.shutdown(socket.SHUT_WR)
            await protocol.seen("lost")
            await elsewhere(loop)
            equal(protocol.events[-1], "lost", "last event")
            equal((protocol.events.count("lost"), protocol.error), (1, None), "connection_lost(): calls and argument")

    loop.run_until_complete(body())


@requirement("transport-30b")
@pytest.mark.parametrize("method", ["close", "abort"])
def test_connection_lost_is_not_called_inside_close_or_abort(loop: AbstractEventLoop, method: str) -> None:
    async def body() -> None:
        async with connected(loop) as (transport, protocol, _peer):
            getattr(transport, method)()
            protocol.expect("made")
            await protocol.seen("lost")

    loop.run_until_complete(body())


@requirement("transport-51")
def test_abort_ends_a_close_that_still_flushes(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        async with connected(loop, narrow=True) as (transport, protocol, _peer):
            transport.write(BIG)
            transport.close()
            await elsewhere(loop)
            transport.abort()
            await protocol.seen("lost")
            same(protocol.error, None, "argument of connection_lost()")

    loop.run_until_complete(body())


@requirement("transport-72")
def test_abort_severs_the_connection(loop: AbstractEventLoop) -> None:
    """Whether the peer sees an end or a reset is left open."""

    async def body() -> None:
        async with connected(loop) as (transport, protocol, peer):
            transport.abort()
            await protocol.seen("lost")
            equal(await beside(lambda: received_in_spite_of_all(peer)), b"", "what the peer reads after abort()")

    loop.run_until_complete(body())


CALLS: dict[str, Callable[[Any], object]] = {
    "close": lambda transport: transport.close(),
    "abort": lambda transport: transport.abort(),
    "write": lambda transport: transport.write(b"nobody reads this"),
}


@requirement("transport-52")
@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("method", ["close", "abort"])
def test_calls_inside_connection_lost_are_harmless(loop: AbstractEventLoop, call: str, method: str) -> None:
    async def body() -> None:
        errors: list[BaseException] = []

        def act(transport: Any) -> None:
            try:
                CALLS[call](transport)
            except Exception as error:  # noqa: BLE001 - whatever it is goes to the verifier
                errors.append(error)

        protocol = Reacting(lost=act)
        async with connected(loop, protocol) as (transport, _, _peer):
            getattr(transport, method)()
            await protocol.seen("lost")
            await elsewhere(loop)
            equal(errors, [], f"what {call}() raised inside connection_lost()")
            protocol.expect("made", "lost")

    loop.run_until_complete(body())


@requirement("transport-53")
def test_abort_after_connection_lost_is_harmless(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        async with connected(loop) as (transport, protocol, _peer):
            transport.close()
            await protocol.seen("lost")
            await elsewhere(loop)
            with allowed("abort() after connection_lost()"):
                transport.abort()
            await elsewhere(loop)
            protocol.expect("made", "lost")

    loop.run_until_complete(body())
