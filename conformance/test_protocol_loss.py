"""The end of a connection: told exactly once, with the real reason, however it came about."""

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
    Recorder,
    connected,
    elsewhere,
    equal,
    instance,
    need_resets,
    requirement,
    reset,
    same,
)

ENDS: dict[str, Callable[[Any, Any], object]] = {
    "close": lambda transport, _: transport.close(),
    "close twice": lambda transport, _: (transport.close(), transport.close()),
    "close and abort": lambda transport, _: (transport.close(), transport.abort()),
    "abort": lambda transport, _: transport.abort(),
    "abort and close": lambda transport, _: (transport.abort(), transport.close()),
    "abort twice": lambda transport, _: (transport.abort(), transport.abort()),
    "write and close": lambda transport, _: (transport.write(b"x"), transport.close()),
    "write_eof and close": lambda transport, _: (transport.write_eof(), transport.close()),
    "close and end of the peer": lambda transport, peer: (transport.close(), peer.close()),
    "end of the peer": lambda _, peer: peer.close(),
    "end of the peer and close": lambda transport, peer: (peer.close(), transport.close()),
    "end of the peer and abort": lambda transport, peer: (peer.close(), transport.abort()),
}


@requirement("protocol-02")
@pytest.mark.parametrize("how", ENDS)
def test_connection_lost_is_called_once(loop: AbstractEventLoop, how: str) -> None:
    async def body() -> None:
        async with connected(loop) as (transport, protocol, peer):
            ENDS[how](transport, peer)
            await protocol.seen("lost")
            await elsewhere(loop)
            equal(protocol.events.count("lost"), 1, "number of connection_lost() calls")

    loop.run_until_complete(body())


@requirement("protocol-02")
@pytest.mark.parametrize("state", ["idle", "unsent data", "closing with unsent data", "half closed", "paused"])
def test_connection_lost_is_called_once_after_a_reset(loop: AbstractEventLoop, state: str) -> None:
    """The reset meets the transport in each of its states; whatever the reason is then, it is told once."""

    async def body() -> None:
        async with connected(loop, narrow=True) as (transport, protocol, peer):
            if state in ("unsent data", "closing with unsent data"):
                transport.write(BIG)
            if state == "closing with unsent data":
                transport.close()
            if state == "half closed":
                transport.write_eof()
            if state == "paused":
                transport.pause_reading()
            await elsewhere(loop)
            reset(peer)
            await elsewhere(loop)
            if state == "paused":
                transport.resume_reading()
            await protocol.seen("lost")
            await elsewhere(loop)
            equal(protocol.events.count("lost"), 1, "number of connection_lost() calls")

    loop.run_until_complete(body())


INSIDE: dict[str, Callable[[Any], object]] = {
    "close": lambda transport: transport.close(),
    "abort": lambda transport: transport.abort(),
    "write, close and abort": lambda transport: (transport.write(b"x"), transport.close(), transport.abort()),
}


@requirement("protocol-02")
@pytest.mark.parametrize("event", ["made", "data", "eof"])
@pytest.mark.parametrize("how", INSIDE)
def test_connection_lost_is_called_once_where_a_callback_ends_it(loop: AbstractEventLoop, event: str, how: str) -> None:
    async def body() -> None:
        reactions: dict[str, Any] = {event: INSIDE[how]}
        async with connected(loop, Reacting(keep_open=True, **reactions)) as (_, protocol, peer):
            with suppress(OSError):
                peer.sendall(b"x")
                peer.shutdown(socket.SHUT_WR)
            await protocol.seen("lost")
            await elsewhere(loop)
            equal((protocol.events.count("lost"), protocol.error), (1, None), "connection_lost(): calls and argument")

    loop.run_until_complete(body())


@requirement("protocol-02")
def test_each_of_many_connections_is_lost_once(loop: AbstractEventLoop) -> None:
    """All of them end in the same poll, half of them at both ends."""

    async def body() -> None:
        async with connected(loop) as one, connected(loop) as two, connected(loop) as three, connected(loop) as four:
            everyone = (one, two, three, four)
            for _, _, peer in everyone:
                peer.close()
            three[0].close()
            four[0].abort()
            for _, protocol, _ in everyone:
                await protocol.seen("lost")
            await elsewhere(loop)
            equal([each[1].events.count("lost") for each in everyone], [1] * 4, "number of connection_lost() calls")

    loop.run_until_complete(body())


@requirement("protocol-03a")
@pytest.mark.parametrize("data", [b"", b"last words"], ids=["nothing", "data"])
def test_an_end_of_the_peer_is_lost_with_none(loop: AbstractEventLoop, data: bytes) -> None:
    async def body() -> None:
        async with connected(loop) as (_, protocol, peer):
            peer.sendall(data)
            peer.close()
            await protocol.seen("lost")
            same(protocol.error, None, "argument of connection_lost() after a regular end")

    loop.run_until_complete(body())


@requirement("protocol-03a")
def test_an_end_told_before_close_is_lost_with_none(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        async with connected(loop, Recorder(keep_open=True)) as (transport, protocol, peer):
            peer.shutdown(socket.SHUT_WR)
            await protocol.seen("eof")
            await elsewhere(loop)
            transport.close()
            await protocol.seen("lost")
            same(protocol.error, None, "argument of connection_lost() after a regular end")

    loop.run_until_complete(body())


@requirement("protocol-03b")
@pytest.mark.parametrize("how", [name for name in ENDS if "peer" not in name])
def test_the_own_end_is_lost_with_none(loop: AbstractEventLoop, how: str) -> None:
    async def body() -> None:
        async with connected(loop) as (transport, protocol, peer):
            ENDS[how](transport, peer)
            await protocol.seen("lost")
            same(protocol.error, None, f"argument of connection_lost() after {how}")

    loop.run_until_complete(body())


@requirement("protocol-03b")
@pytest.mark.parametrize("method", ["close", "abort"])
def test_the_own_end_with_data_of_the_peer_unread_is_lost_with_none(loop: AbstractEventLoop, method: str) -> None:
    async def body() -> None:
        async with connected(loop) as (transport, protocol, peer):
            transport.pause_reading()
            peer.sendall(b"nobody reads this")
            await elsewhere(loop)
            getattr(transport, method)()
            await protocol.seen("lost")
            same(protocol.error, None, f"argument of connection_lost() after {method}() with unread data")

    loop.run_until_complete(body())


@requirement("protocol-03c")
def test_a_reset_is_lost_with_an_exception(loop: AbstractEventLoop) -> None:
    need_resets()

    async def body() -> None:
        async with connected(loop) as (_, protocol, peer):
            reset(peer)
            await protocol.seen("lost")
            instance(protocol.error, Exception, "argument of connection_lost() after a reset")

    loop.run_until_complete(body())


@requirement("protocol-03c")
@pytest.mark.parametrize("half_closed", [False, True], ids=["open", "half closed"])
def test_a_reset_with_unsent_data_is_lost_with_an_exception(loop: AbstractEventLoop, half_closed: bool) -> None:
    async def body() -> None:
        async with connected(loop, narrow=True) as (transport, protocol, peer):
            transport.write(BIG)
            if half_closed:
                transport.write_eof()
            await elsewhere(loop)
            reset(peer)
            await protocol.seen("lost")
            instance(protocol.error, Exception, "argument of connection_lost() after a reset")

    loop.run_until_complete(body())


@requirement("protocol-03c")
def test_a_reset_that_is_met_in_writing_is_lost_with_an_exception(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        async with connected(loop) as (transport, protocol, peer):
            transport.pause_reading()
            reset(peer)
            await elsewhere(loop)
            while "lost" not in protocol.events:
                transport.write(b"anybody there?")
                await elsewhere(loop)
            instance(protocol.error, Exception, "argument of connection_lost() after a reset")

    loop.run_until_complete(body())


@requirement("protocol-31")
def test_the_reason_of_a_reset_is_connection_reset_error(loop: AbstractEventLoop) -> None:
    need_resets()

    async def body() -> None:
        async with connected(loop) as (_, protocol, peer):
            reset(peer)
            await protocol.seen("lost")
            instance(protocol.error, ConnectionResetError, "argument of connection_lost() after a reset")

    loop.run_until_complete(body())


@requirement("protocol-32")
def test_a_reset_is_not_told_as_an_end(loop: AbstractEventLoop) -> None:
    need_resets()

    async def body() -> None:
        async with connected(loop) as (_, protocol, peer):
            reset(peer)
            await protocol.seen("lost")
            await elsewhere(loop)
            protocol.expect("made", "lost")

    loop.run_until_complete(body())
