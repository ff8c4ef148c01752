"""Which callbacks of a protocol come, how often, and in which order."""

from __future__ import annotations

import asyncio
import socket
from asyncio import AbstractEventLoop
from typing import Any

import pytest

from loopcert.conformance.kit import (
    BIG,
    LOOPBACK,
    Contexts,
    Peer,
    Reacting,
    Recorder,
    beside,
    check,
    connected,
    elsewhere,
    equal,
    instance,
    listening,
    requirement,
    same,
)


@requirement("protocol-01")
def test_connection_made_is_called_once_before_create_connection_returns(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        protocol = Recorder()
        async with connected(loop, protocol) as (_transport, _, _peer):
            at_once = list(protocol.events)
            await elsewhere(loop)
            equal((at_once, protocol.events), (["made"], ["made"]), "events right after the call, and later")

    loop.run_until_complete(body())


@requirement("protocol-01")
@pytest.mark.parametrize("count", [1, 3])
def test_connection_made_is_called_once_for_each_accepted_connection(loop: AbstractEventLoop, count: int) -> None:
    async def body() -> None:
        made: list[Recorder] = []

        def factory() -> Recorder:
            made.append(Recorder())
            return made[-1]

        server = await loop.create_server(factory, LOOPBACK, 0)
        address = server.sockets[0].getsockname()
        peers = [socket.create_connection(address) for _ in range(count)]
        for peer in peers:
            peer.sendall(b"x")
        while len(made) < count or not all(each.data for each in made):
            await elsewhere(loop)
        server.close()
        for peer in peers:
            peer.close()
        for each in made:
            await each.seen("lost")
        equal([each.events for each in made], [["made", "data", "eof", "lost"]] * count, "events of each protocol")

    loop.run_until_complete(body())


@requirement("protocol-30")
def test_connection_made_gets_the_transport(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        async with connected(loop) as (transport, protocol, _peer):
            same(protocol.transport, transport, "the transport that connection_made() was given")

    loop.run_until_complete(body())


@requirement("protocol-04")
def test_what_is_there_before_waits_for_connection_made(loop: AbstractEventLoop) -> None:
    """The peer has said everything and gone before the transport exists."""

    async def body() -> None:
        protocol = Recorder()
        with listening() as server:
            near = socket.create_connection(server.getsockname())
            far, _ = server.accept()
        far.sendall(b"all there is")
        far.close()
        near.setblocking(False)
        await loop.create_connection(lambda: protocol, sock=near)
        await protocol.seen("lost")
        await elsewhere(loop)
        protocol.expect("made", "data", "eof", "lost")
        equal((bytes(protocol.data), protocol.error), (b"all there is", None), "data, and reason of the loss")

    loop.run_until_complete(body())


@requirement("protocol-04")
@pytest.mark.parametrize("paused", [False, True], ids=["flowing", "paused"])
def test_nothing_comes_after_connection_lost(loop: AbstractEventLoop, paused: bool) -> None:
    async def body() -> None:
        async with connected(loop, narrow=True) as (transport, protocol, peer):
            if paused:
                transport.write(BIG)
            peer.sendall(b"late data")
            transport.abort()
            await protocol.seen("lost")
            await elsewhere(loop)
            check(protocol.events[-1] == "lost", f"events: saw {protocol.events}, wanted 'lost' at the end")

    loop.run_until_complete(body())


@requirement("protocol-04")
def test_pause_writing_comes_after_connection_made_has_begun(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        protocol = Reacting(made=lambda transport: transport.write(BIG))
        async with connected(loop, protocol, narrow=True) as (_, _protocol, peer):
            await beside(lambda: peer.recv(len(BIG)))
            equal(protocol.events[:2], ["made", "pause"], "the first two events")

    loop.run_until_complete(body())


@requirement("protocol-09")
@pytest.mark.parametrize("size", [1, 1000, len(BIG)])
def test_data_received_gets_non_empty_bytes(loop: AbstractEventLoop, size: int) -> None:
    async def body() -> None:
        pieces: list[Any] = []

        class Keeping(Recorder):
            def data_received(self, data: bytes) -> None:
                pieces.append(data)
                super().data_received(data)

        async with connected(loop, Keeping()) as (_, protocol, peer):
            with Peer(lambda: peer.sendall(BIG[:size])):
                await protocol.received(size)
            peer.close()
            await protocol.seen("lost")
            for piece in pieces:
                instance(piece, bytes, "argument of data_received()")
            check(
                all(pieces),
                f"data_received() was given {[piece for piece in pieces if not piece]}, wanted no empty one",
            )

    loop.run_until_complete(body())


@requirement("protocol-10")
def test_data_arrives_in_order_and_whole(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        async with connected(loop, narrow=True) as (_, protocol, peer):
            with Peer(lambda: [peer.sendall(BIG[start : start + 5000]) for start in range(0, len(BIG), 5000)]):
                received = await protocol.received(len(BIG))
            check(received == BIG, "data_received() got other bytes, or in another order, than the peer sent")

    loop.run_until_complete(body())


@requirement("protocol-11")
@pytest.mark.parametrize("keep_open", [False, True], ids=["false", "true"])
def test_all_data_comes_before_eof_received(loop: AbstractEventLoop, keep_open: bool) -> None:
    async def body() -> None:
        lengths: list[int] = []
        protocol = Reacting(keep_open=keep_open, eof=lambda _: lengths.append(len(protocol.data)))
        async with connected(loop, protocol) as (transport, _, peer):
            with Peer(lambda: (peer.sendall(BIG), peer.shutdown(socket.SHUT_WR))):
                await protocol.seen("eof")
            await elsewhere(loop)
            transport.close()
            await protocol.seen("lost")
            equal(lengths, [len(BIG)], "number of bytes received at each eof_received()")
            protocol.expect("made", "data", "eof", "lost")

    loop.run_until_complete(body())


@requirement("protocol-22")
@pytest.mark.parametrize("make", [asyncio.Protocol, asyncio.BaseProtocol])
def test_a_protocol_that_overrides_nothing_is_served(loop: AbstractEventLoop, make: type[Any]) -> None:
    """BaseProtocol has no data_received(), so nothing is sent to it but the callbacks that it has."""

    async def body() -> None:
        contexts = Contexts(loop)
        with listening() as server:
            near = socket.create_connection(server.getsockname())
            far, _ = server.accept()
        near.setblocking(False)
        transport, _ = await loop.create_connection(make, sock=near)
        transport.write(BIG[:70000])
        if make is asyncio.Protocol:
            far.sendall(b"x")
            far.shutdown(socket.SHUT_WR)
        else:
            transport.close()
        received = await beside(lambda: b"".join(iter(lambda: far.recv(65536), b"")))
        await elsewhere(loop)
        far.close()
        contexts.expect_silence()
        equal((len(received), transport.is_closing()), (70000, True), "bytes that came through, and is_closing()")

    loop.run_until_complete(body())
