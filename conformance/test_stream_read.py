"""Reading from streams: everything, pieces, lines, exact counts, separators, and the end."""

from __future__ import annotations

import asyncio
import socket
from asyncio import AbstractEventLoop
from typing import Any

import pytest

from loopcert.conformance.kit import BIG, allowed, beside, check, elsewhere, equal, raises, requirement
from loopcert.conformance.kit.readers import opened, say

LINES = [b"one\n", b"two\r\n", b"three"]
IN_PIECES = [[b"one\ntwo\r\nthree"], [b"on", b"e\nt", b"wo\r", b"\nthr", b"ee"]]


async def gather_lines(reader: asyncio.StreamReader) -> list[bytes]:
    """Return what `async for` gives."""
    return [line async for line in reader]


async def hear(loop: AbstractEventLoop, reading: Any, peer: socket.socket, *pieces: bytes) -> Any:
    """Await ``reading`` while the peer says the pieces and ends; that it raises is a Violation."""
    waiting = asyncio.ensure_future(reading)
    await say(loop, peer, *pieces)
    with allowed("reading from a stream"):
        return await waiting


async def send_early(loop: AbstractEventLoop, peer: socket.socket) -> asyncio.Future[Any]:
    """Have the peer send BIG and end, and let much of it arrive before anybody reads."""

    def send() -> None:
        peer.sendall(BIG)
        peer.shutdown(socket.SHUT_WR)

    sending = asyncio.ensure_future(beside(send))
    for _ in range(4):
        await elsewhere(loop)
    return sending


@requirement("stream-08")
@pytest.mark.parametrize("pieces", IN_PIECES, ids=len)
def test_async_for_gives_lines_until_the_end(loop: AbstractEventLoop, pieces: list[bytes]) -> None:
    async def body() -> None:
        async with opened() as (reader, _writer, peer):
            equal(await hear(loop, gather_lines(reader), peer, *pieces), LINES, "lines of `async for`")

    loop.run_until_complete(body())


@requirement("stream-09a")
@pytest.mark.parametrize("arguments", [(), (-1,)], ids=["default", "-1"])
def test_read_gives_everything_until_the_end(loop: AbstractEventLoop, arguments: tuple[int, ...]) -> None:
    """It is far more than the limit: the reader pauses its transport and lets it go on, again and again."""

    async def body() -> None:
        async with opened() as (reader, _writer, peer):
            sending = await send_early(loop, peer)
            with allowed("read() until the end"):
                data = await reader.read(*arguments)
            check(data == BIG, f"read(): saw {len(data)} bytes, wanted the {len(BIG)} that were sent, in order")
            await sending

    loop.run_until_complete(body())


@requirement("stream-09c")
def test_read_gives_what_there_is_without_waiting_for_more(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        async with opened() as (reader, _writer, peer):
            waiting = asyncio.ensure_future(reader.read(100))
            await elsewhere(loop)
            peer.sendall(b"some")
            first = await waiting
            rest = await reader.readexactly(4 - len(first)) if len(first) < 4 else b""
            equal(first + rest, b"some", "what read(100), and readexactly() of the rest, gave of an open stream")

    loop.run_until_complete(body())


@requirement("stream-09c")
def test_read_gives_at_most_what_was_asked_for(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        async with opened() as (reader, _writer, peer):
            await say(loop, peer, b"abcdef", end=False)
            first = await reader.read(4)
            rest = await reader.readexactly(6 - len(first))
            check(1 <= len(first) <= 4, f"read(4): saw {len(first)} bytes, wanted 1 to 4")
            equal(first + rest, b"abcdef", "what read(4), and readexactly() of the rest, gave")

    loop.run_until_complete(body())


@requirement("stream-10")
@pytest.mark.parametrize("count", [-1, 10])
def test_read_gives_nothing_at_the_end_as_often_as_asked(loop: AbstractEventLoop, count: int) -> None:
    async def body() -> None:
        async with opened() as (reader, _writer, peer):
            seen = [await hear(loop, reader.read(count), peer)]
            with allowed("read() after the end"):
                seen += [await reader.read(count), await reader.read(count)]
            equal(seen, [b""] * 3, "what three read() gave of a stream that ended")

    loop.run_until_complete(body())


@requirement("stream-11")
@pytest.mark.parametrize("pieces", IN_PIECES, ids=len)
def test_readline_gives_lines_then_the_rest_then_nothing(loop: AbstractEventLoop, pieces: list[bytes]) -> None:
    async def four(reader: asyncio.StreamReader) -> list[bytes]:
        return [await reader.readline() for _ in range(4)]

    async def body() -> None:
        async with opened() as (reader, _writer, peer):
            equal(await hear(loop, four(reader), peer, *pieces), [*LINES, b""], "what four readline() gave")

    loop.run_until_complete(body())


@requirement("stream-12")
@pytest.mark.parametrize("limit", [100, 1 << 16])
def test_readexactly_gives_the_count_whatever_the_limit(loop: AbstractEventLoop, limit: int) -> None:
    async def body() -> None:
        async with opened(limit=limit) as (reader, _writer, peer):
            sending = await send_early(loop, peer)
            with allowed("readexactly()"):
                data = [await reader.readexactly(count) for count in (1, len(BIG) - 11, 10)]
            check(b"".join(data) == BIG, f"readexactly(): saw {list(map(len, data))} bytes, wanted {len(BIG)} in order")
            await sending

    loop.run_until_complete(body())


@requirement("stream-12")
@pytest.mark.parametrize("pieces", [[], [b"ab", b"cd"]], ids=["nothing", "too little"])
def test_readexactly_says_what_it_had_when_the_stream_ends(loop: AbstractEventLoop, pieces: list[bytes]) -> None:
    async def body() -> None:
        async with opened() as (reader, _writer, peer):
            waiting = asyncio.ensure_future(reader.readexactly(5))
            await say(loop, peer, *pieces)
            with raises(asyncio.IncompleteReadError, "readexactly(5) of a stream that ends") as caught:
                await waiting
            equal((caught.error.partial, caught.error.expected), (b"".join(pieces), 5), "partial, expected")

    loop.run_until_complete(body())


@requirement("stream-13")
@pytest.mark.parametrize("pieces", [[b"key: value\r\n\r\nbody"], [b"key: value\r", b"\n", b"\r\nbo", b"dy"]], ids=len)
def test_readuntil_gives_and_consumes_the_separator(loop: AbstractEventLoop, pieces: list[bytes]) -> None:
    async def both(reader: asyncio.StreamReader) -> tuple[bytes, bytes]:
        return await reader.readuntil(b"\r\n\r\n"), await reader.read()

    async def body() -> None:
        async with opened() as (reader, _writer, peer):
            seen = await hear(loop, both(reader), peer, *pieces)
            equal(seen, (b"key: value\r\n\r\n", b"body"), "what readuntil(), then read() gave")

    loop.run_until_complete(body())


@requirement("stream-14")
def test_readuntil_beyond_the_limit_keeps_the_data(loop: AbstractEventLoop) -> None:
    """It is more than makes the reader pause its transport, which has to go on afterwards."""

    async def body() -> None:
        async with opened(limit=16) as (reader, _writer, peer):
            await say(loop, peer, b"0123456789" * 10, end=False)
            with raises(asyncio.LimitOverrunError, "readuntil() of 100 bytes with a limit of 16"):
                await reader.readuntil(b"\n")
            with allowed("reading again what readuntil() left"):
                equal(await reader.readexactly(100), b"0123456789" * 10, "what readuntil() left")
            equal(await hear(loop, reader.readuntil(b"\n"), peer, b"more\n"), b"more\n", "the next readuntil()")

    loop.run_until_complete(body())


@requirement("stream-15")
def test_readuntil_empties_the_buffer_when_the_stream_ends(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        async with opened() as (reader, _writer, peer):
            waiting = asyncio.ensure_future(reader.readuntil(b"\r\n"))
            await say(loop, peer, b"half a li", b"ne\r")
            with raises(asyncio.IncompleteReadError, "readuntil() of a stream that ends") as caught:
                await waiting
            equal((caught.error.partial, await reader.read()), (b"half a line\r", b""), "partial, and a read() after")

    loop.run_until_complete(body())


@requirement("stream-16")
@pytest.mark.parametrize("pieces", [[b"a;b,c;"], [b"a", b";", b"b,c", b";"]], ids=len)
def test_readuntil_ends_at_the_first_of_several_separators(loop: AbstractEventLoop, pieces: list[bytes]) -> None:
    async def three(reader: Any) -> list[bytes]:
        return [await reader.readuntil((b",", b";")) for _ in range(3)]

    async def body() -> None:
        async with opened() as (reader, _writer, peer):
            seen = await hear(loop, three(reader), peer, *pieces)
            equal(seen, [b"a;", b"b,", b"c;"], "what readuntil() with two separators gave")

    loop.run_until_complete(body())


@requirement("stream-17")
def test_at_eof_only_when_ended_and_read(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        async with opened() as (reader, _writer, peer):
            seen = [reader.at_eof()]
            await say(loop, peer, b"data", end=False)
            with allowed("reading to the end"):
                seen += [await reader.readexactly(4) == b"data" and reader.at_eof()]
                await say(loop, peer, b"more")
                await reader.readexactly(1)
                seen += [reader.at_eof(), await reader.read() == b"ore" and reader.at_eof()]
            equal(seen, [False, False, False, True], "at_eof(): fresh, all read, some left, ended and all read")

    loop.run_until_complete(body())


@requirement("stream-33")
@pytest.mark.parametrize("leaves", [False, True], ids=["half", "all"])
def test_what_is_buffered_can_be_read_after_the_end(loop: AbstractEventLoop, leaves: bool) -> None:
    """The peer ends its half, or is gone altogether, before anybody reads."""

    async def body() -> None:
        async with opened() as (reader, _writer, peer):
            await say(loop, peer, b"one\ntwo\nthree")
            if leaves:
                peer.close()
            await elsewhere(loop)
            with allowed("reading what came before the end"):
                seen = [await reader.readline(), await reader.readexactly(2), await reader.read(), await reader.read()]
            equal(seen, [b"one\n", b"tw", b"o\nthree", b""], "what was read after the end had come")

    loop.run_until_complete(body())
