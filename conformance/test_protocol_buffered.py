"""Protocols that bring their own buffer: what they are asked, what is put into it, what they are told."""

from __future__ import annotations

import array
import socket
from asyncio import AbstractEventLoop
from collections.abc import Callable
from typing import Any

import pytest

from loopcert.conformance.kit import (
    BIG,
    LOOPBACK,
    BufferedRecorder,
    Contexts,
    Peer,
    beside,
    check,
    connected,
    elsewhere,
    equal,
    instance,
    receive_all,
    requirement,
)


@requirement("protocol-15a")
def test_the_size_hint_is_positive_or_minus_one(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        async with connected(loop, BufferedRecorder()) as (_, protocol, peer):
            with Peer(lambda: peer.sendall(BIG)):
                await protocol.received(len(BIG))
            wrong = [hint for hint in protocol.hints if not (isinstance(hint, int) and (hint > 0 or hint == -1))]
            equal((bool(protocol.hints), wrong), (True, []), "whether get_buffer() was called, and hints not > 0 or -1")

    loop.run_until_complete(body())


@requirement("protocol-15b")
@pytest.mark.parametrize("size", [10, len(BIG)], ids=["little", "much"])
def test_received_data_is_put_into_the_buffer(loop: AbstractEventLoop, size: int) -> None:
    async def body() -> None:
        async with connected(loop, BufferedRecorder()) as (_, protocol, peer):
            with Peer(lambda: peer.sendall(BIG[:size])):
                received = await protocol.received(size)
            check(received == BIG[:size], "the buffer held other bytes, or in another order, than the peer sent")

    loop.run_until_complete(body())


@requirement("protocol-17")
@pytest.mark.parametrize("size", [1, 3, 1 << 20])
def test_buffers_of_any_size_are_taken(loop: AbstractEventLoop, size: int) -> None:
    async def body() -> None:
        async with connected(loop, BufferedRecorder(size)) as (_, protocol, peer):
            peer.sendall(BIG[:200])
            equal(await protocol.received(200), BIG[:200], f"data received through a buffer of {size} bytes")

    loop.run_until_complete(body())


BUFFERS: dict[str, Callable[[], Any]] = {
    "memoryview": lambda: memoryview(bytearray(64)),
    "part of a memoryview": lambda: memoryview(bytearray(128))[32:96],
    "array of bytes": lambda: array.array("B", bytes(64)),
}


@requirement("protocol-33")
@pytest.mark.parametrize("kind", BUFFERS)
def test_whatever_has_the_buffer_protocol_is_a_buffer(loop: AbstractEventLoop, kind: str) -> None:
    async def body() -> None:
        protocol = BufferedRecorder()
        protocol.buffer = BUFFERS[kind]()
        async with connected(loop, protocol) as (_, _protocol, peer):
            peer.sendall(BIG[:200])
            await protocol.until(lambda: len(protocol.data) >= 200 or "lost" in protocol.events)
            equal(bytes(protocol.data), BIG[:200], f"data received through a {kind}")

    loop.run_until_complete(body())


@requirement("protocol-18")
@pytest.mark.parametrize("size", [7, 4096])
def test_buffer_updated_gets_the_number_of_bytes(loop: AbstractEventLoop, size: int) -> None:
    async def body() -> None:
        async with connected(loop, BufferedRecorder(size)) as (_, protocol, peer):
            peer.sendall(b"x" * 100)
            await protocol.received(100)
            await elsewhere(loop)
            equal(sum(protocol.counts), 100, f"sum of the numbers given to buffer_updated(): {protocol.counts}")
            check(
                all(0 < count <= size for count in protocol.counts), f"numbers: {protocol.counts}, wanted 1 to {size}"
            )

    loop.run_until_complete(body())


@requirement("protocol-18")
def test_bytes_behind_the_number_are_left_alone(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        protocol = BufferedRecorder()
        protocol.buffer = bytearray(b"#" * 100)
        async with connected(loop, protocol) as (_, _protocol, peer):
            peer.sendall(b"data")
            await protocol.received(4)
            equal(bytes(protocol.buffer), b"data" + b"#" * 96, "the buffer of 100 bytes after 4 were received")

    loop.run_until_complete(body())


@requirement("protocol-18")
@pytest.mark.parametrize("data", [b"", b"data"], ids=["nothing", "some data"])
def test_an_end_is_no_update(loop: AbstractEventLoop, data: bytes) -> None:
    async def body() -> None:
        async with connected(loop, BufferedRecorder()) as (_, protocol, peer):
            peer.sendall(data)
            peer.close()
            await protocol.seen("lost")
            check(0 not in protocol.counts, f"numbers of buffer_updated(): {protocol.counts}, wanted no 0 at the end")

    loop.run_until_complete(body())


@requirement("protocol-34")
def test_every_buffer_updated_follows_a_get_buffer_of_its_own(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        order: list[str] = []

        class Noting(BufferedRecorder):
            def get_buffer(self, sizehint: int) -> Any:
                order.append("get")
                return super().get_buffer(sizehint)

            def buffer_updated(self, nbytes: int) -> None:
                order.append("updated")
                super().buffer_updated(nbytes)

        async with connected(loop, Noting(50)) as (_, protocol, peer):
            for start in range(0, 200, 20):
                peer.sendall(BIG[start : start + 20])
                await protocol.received(start + 20)
            before = [one for one, other in zip(["", *order], order, strict=False) if other == "updated"]
            equal(set(before), {"get"}, "what was called right before buffer_updated()")

    loop.run_until_complete(body())


@requirement("protocol-19a")
@pytest.mark.parametrize("answer", [None, True], ids=["false", "true"])
def test_the_answer_of_a_buffered_eof_received_decides(loop: AbstractEventLoop, answer: object) -> None:
    async def body() -> None:
        async with connected(loop, BufferedRecorder(keep_open=answer)) as (transport, protocol, peer):
            peer.sendall(b"data")
            peer.shutdown(socket.SHUT_WR)
            await protocol.seen("eof")
            await elsewhere(loop)
            wanted = ["made", "data", "eof"] if answer else ["made", "data", "eof", "lost"]
            equal((protocol.events, transport.is_closing()), (wanted, not answer), "events, and is_closing()")

    loop.run_until_complete(body())


@requirement("protocol-19b")
@pytest.mark.parametrize("answer", [None, True], ids=["false", "true"])
def test_no_buffer_is_asked_for_after_eof_received(loop: AbstractEventLoop, answer: object) -> None:
    async def body() -> None:
        hints: list[int] = []

        class Noting(BufferedRecorder):
            def eof_received(self) -> bool | None:
                hints.append(len(self.hints))
                return super().eof_received()

        async with connected(loop, Noting(keep_open=answer)) as (transport, protocol, peer):
            peer.sendall(b"data")
            peer.shutdown(socket.SHUT_WR)
            await protocol.seen("eof")
            await elsewhere(loop)
            transport.close()
            await protocol.seen("lost")
            hints.append(len(protocol.hints))
            equal(hints, [hints[0]] * 2, "number of get_buffer() calls at eof_received() and at the end")

    loop.run_until_complete(body())


@requirement("protocol-20")
def test_a_server_serves_buffered_protocols(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        protocol = BufferedRecorder()
        server = await loop.create_server(lambda: protocol, LOOPBACK, 0)
        with socket.create_connection(server.sockets[0].getsockname()) as peer:
            peer.sendall(b"hello")
            received = await protocol.received(5)
            protocol.transport.write(b"and back")
            protocol.transport.close()
            equal((received, await beside(lambda: receive_all(peer))), (b"hello", b"and back"), "data there and back")
        await protocol.seen("lost")
        server.close()
        await elsewhere(loop)

    loop.run_until_complete(body())


@requirement("protocol-41")
@pytest.mark.parametrize("method", ["pause_reading", "close", "abort"])
def test_pausing_or_closing_inside_buffer_updated_holds(loop: AbstractEventLoop, method: str) -> None:
    async def body() -> None:
        class Ending(BufferedRecorder):
            def buffer_updated(self, nbytes: int) -> None:
                super().buffer_updated(nbytes)
                getattr(self.transport, method)()

        async with connected(loop, Ending(10)) as (_, protocol, peer):
            peer.sendall(BIG[:100])
            await protocol.seen("data")
            await elsewhere(loop)
            equal(len(protocol.counts), 1, f"number of buffer_updated() calls, the first of which calls {method}()")

    loop.run_until_complete(body())


@requirement("protocol-16")
def test_an_empty_buffer_ends_the_connection_with_an_exception(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        Contexts(loop)
        async with connected(loop, BufferedRecorder(0)) as (_, protocol, peer):
            peer.sendall(b"x")
            await protocol.seen("lost")
            instance(protocol.error, Exception, "argument of connection_lost() after an empty buffer")

    loop.run_until_complete(body())
