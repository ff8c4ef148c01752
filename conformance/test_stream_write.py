"""Writing to streams and ending them."""

from __future__ import annotations

import asyncio
from asyncio import AbstractEventLoop
from collections.abc import Callable, Iterable
from typing import Any

import pytest

from loopcert.conformance.kit import BIG, allowed, beside, check, elsewhere, equal, receive, receive_all, requirement
from loopcert.conformance.kit.readers import opened


def all_of_it(data: bytes) -> None:
    """Verify that the peer received BIG."""
    check(data == BIG, f"the peer received {len(data)} bytes, wanted the {len(BIG)} that were written, in order")


@requirement("stream-20")
@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_write_sends_what_is_like_bytes(loop: AbstractEventLoop, kind: Callable[[bytes], Any]) -> None:
    async def body() -> None:
        async with opened() as (_reader, writer, peer):
            with allowed(f"write() of a {kind}"):
                writer.write(kind(b"data"))
                await writer.drain()
            equal(await beside(lambda: receive(peer, 4)), b"data", "what the peer received")

    loop.run_until_complete(body())


@requirement("stream-20")
def test_write_queues_what_the_socket_does_not_take(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        async with opened(narrow=True) as (_reader, writer, peer):
            for start in range(0, len(BIG), 30_000):
                writer.write(BIG[start : start + 30_000])
            writer.write_eof()
            all_of_it(await beside(lambda: receive_all(peer)))

    loop.run_until_complete(body())


@requirement("stream-21")
@pytest.mark.parametrize("kind", [list, tuple, iter], ids=["list", "tuple", "iterator"])
def test_writelines_sends_the_items_in_order(
    loop: AbstractEventLoop, kind: Callable[[list[Any]], Iterable[Any]]
) -> None:
    async def body() -> None:
        async with opened() as (_reader, writer, peer):
            with allowed("writelines()"):
                writer.writelines(kind([b"one ", bytearray(b"two "), memoryview(b"three")]))
            writer.write(b" four")
            writer.write_eof()
            equal(await beside(lambda: receive_all(peer)), b"one two three four", "what the peer received")

    loop.run_until_complete(body())


@requirement("stream-24")
def test_close_ends_the_connection_for_the_peer(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        async with opened() as (_reader, writer, peer):
            writer.write(b"last words")
            writer.close()
            equal(await beside(lambda: receive_all(peer)), b"last words", "what the peer received before the end")

    loop.run_until_complete(body())


@requirement("stream-25")
def test_wait_closed_waits_until_all_is_flushed(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        async with opened(narrow=True) as (_reader, writer, peer):
            writer.write(BIG)
            writer.close()
            closing = asyncio.ensure_future(writer.wait_closed())
            await elsewhere(loop)
            early = closing.done()
            all_of_it(await beside(lambda: receive_all(peer)))
            with allowed("wait_closed()"):
                await closing
            equal(early, False, "whether wait_closed() had returned while most was unsent")

    loop.run_until_complete(body())


@requirement("stream-25")
@pytest.mark.parametrize("times", [1, 3])
def test_wait_closed_returns_after_the_peer_has_gone(loop: AbstractEventLoop, times: int) -> None:
    async def body() -> None:
        async with opened() as (reader, writer, peer):
            peer.close()
            await reader.read()
            writer.close()
            for _ in range(times):
                with allowed("wait_closed()"):
                    await writer.wait_closed()
            check(writer.is_closing(), "is_closing() after wait_closed(): saw False, wanted True")

    loop.run_until_complete(body())


@requirement("stream-26")
def test_is_closing_as_soon_as_closed(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        async with opened(narrow=True) as (_reader, writer, peer):
            seen = [writer.is_closing()]
            writer.write(BIG)
            writer.close()
            seen.append(writer.is_closing())
            await beside(lambda: receive_all(peer))
            await writer.wait_closed()
            seen.append(writer.is_closing())
            equal(seen, [False, True, True], "is_closing(): open, closing with data unsent, closed")

    loop.run_until_complete(body())


@requirement("stream-27")
def test_a_tcp_stream_can_write_eof(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        async with opened() as (_reader, writer, peer):
            equal(writer.can_write_eof(), True, "can_write_eof() of a TCP stream")
            writer.write_eof()
            equal(await beside(lambda: receive_all(peer)), b"", "what the peer received before the end")

    loop.run_until_complete(body())


@requirement("stream-28")
def test_write_eof_ends_writing_after_all_is_flushed(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        async with opened(narrow=True) as (reader, writer, peer):
            writer.write(BIG)
            writer.write_eof()
            all_of_it(await beside(lambda: receive_all(peer)))
            with allowed("reading after write_eof()"):
                peer.sendall(b"answer")
                equal(await reader.readexactly(6), b"answer", "what was read after write_eof()")

    loop.run_until_complete(body())


@requirement("stream-29")
def test_the_transport_is_that_of_the_stream(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        async with opened() as (reader, writer, peer):
            writer.write(b"one ")
            writer.transport.write(b"two ")
            writer.write(b"three")
            writer.transport.close()
            equal(await beside(lambda: receive_all(peer)), b"one two three", "what the peer received of both")
            equal((writer.is_closing(), await reader.read()), (True, b""), "is_closing() and read() after its close()")

    loop.run_until_complete(body())


@requirement("stream-30")
def test_extra_information_is_that_of_the_transport(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        async with opened() as (_reader, writer, peer):
            equal(writer.get_extra_info("peername"), peer.getsockname(), "get_extra_info('peername')")
            equal(writer.get_extra_info("sockname"), peer.getpeername(), "get_extra_info('sockname')")
            sock: Any = writer.get_extra_info("socket")
            equal(sock.getsockname(), peer.getpeername(), "getsockname() of get_extra_info('socket')")
            seen = [writer.get_extra_info("no such thing"), writer.get_extra_info("no such thing", "default")]
            equal(seen, [None, "default"], "get_extra_info() of what there is not, without and with a default")

    loop.run_until_complete(body())
