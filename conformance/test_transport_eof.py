"""Half-closing: write_eof() after what was written, and reading on."""

from __future__ import annotations

from asyncio import AbstractEventLoop
from contextlib import suppress

import pytest

from loopcert.conformance.kit import (
    BIG,
    Recorder,
    allowed,
    beside,
    check,
    connected,
    elsewhere,
    equal,
    raises,
    receive_all,
    requirement,
)


@requirement("transport-26a")
@pytest.mark.parametrize("data", [b"", b"last words", BIG], ids=["nothing", "little", "much"])
def test_the_peer_sees_the_data_and_then_the_end(loop: AbstractEventLoop, data: bytes) -> None:
    async def body() -> None:
        async with connected(loop, narrow=True) as (transport, _protocol, peer):
            if data:
                transport.write(data)
            transport.write_eof()
            received = await beside(lambda: receive_all(peer))
            check(received == data, f"{len(received)} bytes before the end, wanted {len(data)}")

    loop.run_until_complete(body())


@requirement("transport-26b")
def test_data_is_received_after_write_eof(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        async with connected(loop, Recorder(keep_open=True)) as (transport, protocol, peer):
            transport.write_eof()
            await beside(lambda: receive_all(peer))
            with suppress(ConnectionError):
                for part in (b"and ", b"the ", b"answer"):
                    peer.sendall(part)
                    await elsewhere(loop)
            equal(bytes(protocol.data), b"and the answer", "data received after write_eof()")
            protocol.expect("made", "data")

    loop.run_until_complete(body())


@requirement("transport-26b")
def test_the_answer_to_write_eof_is_received_before_the_end(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        async with connected(loop) as (transport, protocol, peer):
            transport.write(b"question")
            transport.write_eof()
            await beside(lambda: (peer.sendall(receive_all(peer).upper()), peer.close()))
            await protocol.seen("lost")
            equal((bytes(protocol.data), protocol.error), (b"QUESTION", None), "the answer, and reason of the loss")
            protocol.expect("made", "data", "eof", "lost")

    loop.run_until_complete(body())


@requirement("transport-74")
def test_write_eof_does_not_close(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        async with connected(loop) as (transport, protocol, peer):
            transport.write_eof()
            await beside(lambda: receive_all(peer))
            await elsewhere(loop)
            equal((transport.is_closing(), protocol.events), (False, ["made"]), "is_closing() and events")

    loop.run_until_complete(body())


@requirement("transport-27")
@pytest.mark.parametrize("method", ["write", "writelines"])
def test_writing_after_write_eof_raises(loop: AbstractEventLoop, method: str) -> None:
    async def body() -> None:
        async with connected(loop) as (transport, protocol, _peer):
            transport.write_eof()
            with raises(Exception, f"{method}() after write_eof()"):
                getattr(transport, method)(b"x" if method == "write" else [b"x"])
            equal(protocol.events, ["made"], "events")

    loop.run_until_complete(body())


@requirement("transport-28")
def test_can_write_eof_tells_whether_write_eof_works(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        async with connected(loop) as (transport, _protocol, _peer):
            able = transport.can_write_eof()
            try:
                transport.write_eof()
                works = True
            except NotImplementedError:
                works = False
            equal(able, works, "can_write_eof(), and whether write_eof() is implemented")

    loop.run_until_complete(body())


@requirement("transport-50")
@pytest.mark.parametrize("data", [b"last words", BIG], ids=["little", "much"])
def test_close_after_write_eof_still_flushes(loop: AbstractEventLoop, data: bytes) -> None:
    async def body() -> None:
        async with connected(loop, narrow=True) as (transport, protocol, peer):
            transport.write(data)
            transport.write_eof()
            transport.close()
            received = await beside(lambda: receive_all(peer))
            await protocol.seen("lost")
            check(received == data, f"the peer received {len(received)} bytes, wanted {len(data)}")
            equal(protocol.error, None, "argument of connection_lost()")

    loop.run_until_complete(body())


@requirement("transport-66")
@pytest.mark.parametrize("data", [b"", BIG], ids=["empty buffer", "unsent data"])
def test_a_second_write_eof_is_harmless(loop: AbstractEventLoop, data: bytes) -> None:
    async def body() -> None:
        async with connected(loop, narrow=True) as (transport, _protocol, peer):
            transport.write(data)
            transport.write_eof()
            with allowed("write_eof() a second time"):
                transport.write_eof()
            received = await beside(lambda: receive_all(peer))
            equal(len(received), len(data), "number of bytes the peer received before the end")

    loop.run_until_complete(body())


@requirement("transport-66")
@pytest.mark.parametrize("lost", [False, True], ids=["closing", "lost"])
def test_write_eof_on_a_closed_transport_is_harmless(loop: AbstractEventLoop, lost: bool) -> None:
    async def body() -> None:
        async with connected(loop) as (transport, protocol, peer):
            transport.write(b"last words")
            transport.close()
            if lost:
                await protocol.seen("lost")
            with allowed("write_eof() on a closed transport"):
                transport.write_eof()
            await protocol.seen("lost")
            received = await beside(lambda: receive_all(peer))
            equal((received, protocol.error), (b"last words", None), "what the peer received, and the reason")

    loop.run_until_complete(body())
