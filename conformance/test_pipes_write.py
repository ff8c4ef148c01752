"""connect_write_pipe: data, flow control, closing, readers that go."""

from __future__ import annotations

from asyncio import AbstractEventLoop
from typing import Any

import pytest

from loopcert.conformance.kit import (
    BIG,
    Contexts,
    Peer,
    Recorder,
    allowed,
    check,
    drain,
    equal,
    instance,
    pipe,
    reading,
    requirement,
    same,
    writing,
)


@requirement("pipes-02")
def test_connect_write_pipe_returns_transport_and_protocol(loop: AbstractEventLoop) -> None:
    async def main() -> None:
        far, near = pipe()
        with far:
            protocol = Recorder()
            transport, given = await loop.connect_write_pipe(lambda: protocol, near)
            protocol.transport.close()
            await protocol.seen("lost")
        same(given, protocol, "the second of what connect_write_pipe() returns")
        same(transport, protocol.transport, "the first of what connect_write_pipe() returns")

    loop.run_until_complete(main())


METHODS = ["abort", "can_write_eof", "write", "writelines", "write_eof", "close", "is_closing"]
LIMITS = [f"{verb}_write_buffer_{noun}" for verb, noun in (("get", "size"), ("get", "limits"), ("set", "limits"))]


@requirement("pipes-02")
@pytest.mark.parametrize("method", METHODS + LIMITS)
def test_the_transport_has_the_methods_of_a_write_transport(loop: AbstractEventLoop, method: str) -> None:
    async def main() -> None:
        async with writing(loop) as (transport, _, _):
            found = getattr(transport, method, None)
            check(callable(found), f"{method} of the transport: saw {found!r}, wanted a method")

    loop.run_until_complete(main())


@requirement("pipes-05")
@pytest.mark.parametrize("end", ["close", "abort", "reader"])
def test_a_write_pipe_calls_no_reading_methods(loop: AbstractEventLoop, end: str) -> None:
    async def main() -> Recorder:
        async with writing(loop) as (transport, protocol, far):
            transport.write(b"x")
            if end == "reader":
                far.close()
            else:
                getattr(transport, end)()
            await protocol.seen("lost")
            made: Recorder = protocol
            return made

    protocol = loop.run_until_complete(main())
    drain(loop)
    protocol.expect("made", "lost")


@requirement("pipes-18")
@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_write_takes_any_bytes(loop: AbstractEventLoop, kind: Any) -> None:
    async def main() -> bytes:
        async with writing(loop) as (transport, protocol, far):
            with allowed(f"write() of a {kind.__name__}"):
                transport.write(kind(b"some bytes"))
            transport.close()
            await protocol.seen("lost")
            seen: bytes = far.read()
            return seen

    equal(loop.run_until_complete(main()), b"some bytes", "what was read at the other end")


@requirement("pipes-18")
def test_what_is_written_arrives_in_order(loop: AbstractEventLoop) -> None:
    async def main() -> bytes:
        async with writing(loop) as (transport, protocol, far):
            transport.write(b"one ")
            transport.write(b"")
            transport.writelines([b"two ", b"", bytearray(b"three ")])
            transport.writelines(iter([b"four "]))
            transport.write(b"five")
            transport.close()
            await protocol.seen("lost")
            seen: bytes = far.read()
            return seen

    equal(loop.run_until_complete(main()), b"one two three four five", "what was read at the other end")


@requirement("pipes-18")
def test_much_that_is_written_arrives_whole(loop: AbstractEventLoop) -> None:
    async def main() -> bytes:
        async with writing(loop) as (transport, protocol, far):
            with Peer(far.read) as reader:
                for start in range(0, len(BIG), 50_000):
                    transport.write(BIG[start : start + 50_000])
                transport.close()
                await protocol.seen("lost")
                seen: bytes = reader.result()
            return seen

    seen = loop.run_until_complete(main())
    check(seen == BIG, f"{len(seen)} bytes came, wanted the {len(BIG)} written")


@requirement("pipes-18")
def test_a_write_does_not_wait_for_close(loop: AbstractEventLoop) -> None:
    async def main() -> None:
        async with writing(loop) as (transport, _, far), reading(loop) as (_, answered, answer):
            with Peer(lambda: answer.write(far.read(4))):
                transport.write(b"sent")
                equal(await answered.received(4), b"sent", "what a reader got and sent back")

    loop.run_until_complete(main())


@requirement("pipes-09")
@pytest.mark.parametrize("size", [1, len(BIG)])
def test_close_sends_what_is_left(loop: AbstractEventLoop, size: int) -> None:
    async def main() -> bytes:
        async with writing(loop) as (transport, protocol, far):
            transport.write(BIG[:size])
            transport.close()
            with Peer(far.read) as reader:
                await protocol.seen("lost")
                same(protocol.error, None, "what connection_lost() was given")
                seen: bytes = reader.result()
            return seen

    seen = loop.run_until_complete(main())
    check(seen == BIG[:size], f"{len(seen)} bytes came after close(), wanted the {size} written before")


@requirement("pipes-10")
@pytest.mark.parametrize("size", [0, 1, len(BIG)])
def test_write_eof_sends_what_is_left_and_then_the_end(loop: AbstractEventLoop, size: int) -> None:
    async def main() -> bytes:
        async with writing(loop) as (transport, _, far), reading(loop) as (_, answered, answer):
            transport.write(BIG[:size])
            equal(transport.can_write_eof(), True, "can_write_eof()")
            transport.write_eof()
            with Peer(lambda: (far.read(), answer.close())[0]) as reader:
                await answered.seen("lost")  # the reader has seen the end
                seen: bytes = reader.result()
            return seen

    seen = loop.run_until_complete(main())
    check(seen == BIG[:size], f"{len(seen)} bytes came before the end, wanted the {size} written")


@requirement("pipes-16")
def test_abort_drops_what_is_left(loop: AbstractEventLoop) -> None:
    async def main() -> None:
        async with writing(loop) as (transport, protocol, far):
            transport.write(BIG)
            left = transport.get_write_buffer_size()
            transport.abort()
            await protocol.seen("lost")
            same(protocol.error, None, "what connection_lost() was given after abort()")
            equal(len(far.read()), len(BIG) - left, "bytes that came, of what had not waited in the buffer")

    loop.run_until_complete(main())


@requirement("pipes-16")
def test_abort_after_close_drops_what_is_left(loop: AbstractEventLoop) -> None:
    async def main() -> None:
        async with writing(loop) as (transport, protocol, far):
            transport.write(BIG)
            transport.close()
            transport.abort()
            await protocol.seen("lost")
            same(protocol.error, None, "what connection_lost() was given after abort()")
            seen = len(far.read())
            check(seen < len(BIG), f"{seen} bytes came after abort(), wanted fewer than the {len(BIG)} written")

    loop.run_until_complete(main())


@requirement("pipes-06")
@pytest.mark.parametrize("waits", [False, True], ids=["idle", "unsent"])
def test_a_reader_that_goes_is_a_loss(loop: AbstractEventLoop, waits: bool) -> None:
    async def main() -> Recorder:
        async with writing(loop) as (transport, protocol, far):
            if waits:
                transport.write(BIG)
            far.close()
            await protocol.seen("lost")
            made: Recorder = protocol
            return made

    protocol = loop.run_until_complete(main())
    drain(loop)
    equal((protocol.events[-1], protocol.events.count("lost")), ("lost", 1), "the last event, and how often it came")


@requirement("pipes-25")
def test_a_reader_that_goes_with_data_unsent_is_an_error(loop: AbstractEventLoop) -> None:
    async def main() -> None:
        async with writing(loop) as (transport, protocol, far):
            transport.write(BIG)
            far.close()
            await protocol.seen("lost")
            instance(protocol.error, Exception, "argument of connection_lost()")

    loop.run_until_complete(main())


@requirement("pipes-21")
def test_writing_after_the_reader_went_is_harmless(loop: AbstractEventLoop) -> None:
    errors = Contexts(loop)

    async def main() -> None:
        async with writing(loop) as (transport, protocol, far):
            far.close()
            with allowed("write() and close() after the reader went"):
                for _ in range(7):
                    transport.write(b"nobody reads this")
                await protocol.seen("lost")
                transport.write(b"nor this")
                transport.close()

    loop.run_until_complete(main())
    errors.expect_silence()


@requirement("pipes-20")
@pytest.mark.parametrize("method", ["close", "abort", "write_eof"])
def test_is_closing_of_a_write_pipe(loop: AbstractEventLoop, method: str) -> None:
    async def main() -> None:
        async with writing(loop) as (transport, protocol, _):
            before = transport.is_closing()
            getattr(transport, method)()
            await protocol.seen("lost")
            equal((before, transport.is_closing()), (False, True), f"is_closing() before {method}() and after the loss")

    loop.run_until_complete(main())
