"""connect_read_pipe: data, the end, pausing, closing."""

from __future__ import annotations

import asyncio
from asyncio import AbstractEventLoop
from typing import Any

import pytest

from loopcert.conformance.kit import (
    BIG,
    Peer,
    Reacting,
    Recorder,
    check,
    drain,
    equal,
    instance,
    pipe,
    reading,
    requirement,
    same,
)


@requirement("pipes-01")
def test_connect_read_pipe_returns_transport_and_protocol(loop: AbstractEventLoop) -> None:
    async def main() -> None:
        near, far = pipe()
        with far:
            protocol = Recorder()
            transport, given = await loop.connect_read_pipe(lambda: protocol, near)
            protocol.transport.close()
            await protocol.seen("lost")
        same(given, protocol, "the second of what connect_read_pipe() returns")
        same(transport, protocol.transport, "the first of what connect_read_pipe() returns")

    loop.run_until_complete(main())


@requirement("pipes-01")
@pytest.mark.parametrize(
    "method",
    ["is_reading", "pause_reading", "resume_reading", "close", "is_closing", "get_extra_info", "get_protocol"],
)
def test_the_transport_has_the_methods_of_a_read_transport(loop: AbstractEventLoop, method: str) -> None:
    async def main() -> None:
        async with reading(loop) as (transport, _, _):
            found = getattr(transport, method, None)
            check(callable(found), f"{method} of the transport: saw {found!r}, wanted a method")

    loop.run_until_complete(main())


@requirement("pipes-04")
@pytest.mark.parametrize("method", ["connect_read_pipe", "connect_write_pipe"])
def test_the_factory_is_called_once_without_arguments(loop: AbstractEventLoop, method: str) -> None:
    made: list[tuple[Any, ...]] = []

    def factory(*args: Any) -> Recorder:
        made.append(args)
        return Recorder()

    async def main() -> None:
        reader, writer = pipe()
        near, far = (reader, writer) if method == "connect_read_pipe" else (writer, reader)
        with far:
            transport, protocol = await getattr(loop, method)(factory, near)
            transport.close()
            await protocol.seen("lost")

    loop.run_until_complete(main())
    equal(made, [()], "arguments of the calls of the protocol factory")


@requirement("pipes-17")
def test_connection_made_comes_before_data_that_wait_already(loop: AbstractEventLoop) -> None:
    near, far = pipe()
    far.write(b"early")
    far.close()

    async def main() -> None:
        async with reading(loop, ends=(near, far)) as (_, protocol, _):
            await protocol.seen("lost")
            protocol.expect("made", "data", "eof", "lost")

    loop.run_until_complete(main())


@requirement("pipes-17")
@pytest.mark.parametrize("end", ["far", "near"])
def test_connection_lost_comes_once_and_last(loop: AbstractEventLoop, end: str) -> None:
    async def main() -> Recorder:
        async with reading(loop) as (transport, protocol, far):
            far.write(b"x")
            await protocol.seen("data")
            if end == "near":
                transport.close()
            far.close()
            await protocol.seen("lost")
            transport.close()
            made: Recorder = protocol
            return made

    protocol = loop.run_until_complete(main())
    drain(loop)
    equal((protocol.events[-1], protocol.events.count("lost")), ("lost", 1), "the last event, and how often it came")
    same(protocol.error, None, "what connection_lost() was given")


@requirement("pipes-08")
@pytest.mark.parametrize("parts", [[b"x"], [b"one", b"two", b"three"], [b"\0\xff\r\n"]], ids=["one", "many", "binary"])
def test_data_and_the_end_arrive_in_order(loop: AbstractEventLoop, parts: list[bytes]) -> None:
    async def main() -> None:
        async with reading(loop) as (_, protocol, far):
            for part in parts:
                before = len(protocol.data)
                far.write(part)
                equal((await protocol.received(before + len(part)))[before:], part, "data as they arrived")
            far.close()
            await protocol.seen("lost")
            protocol.expect("made", "data", "eof", "lost")

    loop.run_until_complete(main())


@requirement("pipes-08")
def test_the_end_of_a_pipe_without_data_arrives(loop: AbstractEventLoop) -> None:
    async def main() -> None:
        async with reading(loop) as (_, protocol, far):
            far.close()
            await protocol.seen("lost")
            protocol.expect("made", "eof", "lost")
            same(protocol.error, None, "what connection_lost() was given")

    loop.run_until_complete(main())


@requirement("pipes-08")
def test_much_data_arrives_whole(loop: AbstractEventLoop) -> None:
    def feed(far: Any) -> None:
        left = memoryview(BIG)
        while left:
            left = left[far.write(left) :]
        far.close()

    async def main() -> None:
        async with reading(loop) as (_, protocol, far):
            with Peer(lambda: feed(far)):
                await protocol.seen("lost")
            check(bytes(protocol.data) == BIG, f"{len(protocol.data)} bytes came, wanted the {len(BIG)} written")

    loop.run_until_complete(main())


@requirement("pipes-08")
def test_data_are_bytes_and_never_empty(loop: AbstractEventLoop) -> None:
    seen: list[Any] = []

    class Keeps(Recorder):
        def data_received(self, data: bytes) -> None:
            seen.append(data)
            super().data_received(data)

    async def main() -> None:
        async with reading(loop, Keeps()) as (_, protocol, far):
            far.write(b"x")
            await protocol.received(1)
            far.close()
            await protocol.seen("lost")

    loop.run_until_complete(main())
    for data in seen:
        instance(data, bytes, "data of a pipe")
    equal(seen, [b"x"], "what data_received() was given")


@requirement("pipes-12")
@pytest.mark.parametrize("times", [1, 2])
def test_a_paused_pipe_holds_its_data(loop: AbstractEventLoop, times: int) -> None:
    async def main() -> None:
        async with reading(loop) as (transport, held, far), reading(loop) as (_, other, elsewhere):
            for _ in range(times):
                transport.pause_reading()
            far.write(b"held")
            elsewhere.write(b"passed")
            await other.received(6)
            drained = bytes(held.data)
            for _ in range(times):
                transport.resume_reading()
            equal((drained, await held.received(4)), (b"", b"held"), "data while paused, and after resume_reading()")

    loop.run_until_complete(main())


@requirement("pipes-12")
def test_a_pipe_may_be_paused_in_connection_made(loop: AbstractEventLoop) -> None:
    async def main() -> None:
        pauses = Reacting(made=lambda transport: transport.pause_reading())
        async with reading(loop, pauses) as (transport, held, far), reading(loop) as (_, other, elsewhere):
            far.write(b"held")
            elsewhere.write(b"passed")
            await other.received(6)
            drained = bytes(held.data)
            transport.resume_reading()
            equal((drained, await held.received(4)), (b"", b"held"), "data while paused, and after resume_reading()")

    loop.run_until_complete(main())


@requirement("pipes-24")
def test_a_new_protocol_gets_what_follows(loop: AbstractEventLoop) -> None:
    async def main() -> None:
        async with reading(loop) as (transport, first, far):
            far.write(b"first")
            await first.received(5)
            second = Recorder()
            transport.set_protocol(second)
            same(transport.get_protocol(), second, "get_protocol() after set_protocol()")
            far.write(b"second")
            far.close()
            losses = [asyncio.ensure_future(each.seen("lost")) for each in (first, second)]
            await asyncio.wait(losses, return_when=asyncio.FIRST_COMPLETED)
            for loss in losses:
                loss.cancel()
            equal((first.events, bytes(first.data)), (["made", "data"], b"first"), "what the first protocol got")
            equal((second.events, bytes(second.data)), (["data", "eof", "lost"], b"second"), "what the second got")
            first.connection_lost(None)  # clearing away waits for it

    loop.run_until_complete(main())


@requirement("pipes-12")
def test_a_pipe_may_be_paused_in_data_received(loop: AbstractEventLoop) -> None:
    async def main() -> None:
        pauses = Reacting(data=lambda transport: transport.pause_reading())
        async with reading(loop, pauses) as (transport, held, far), reading(loop) as (_, other, elsewhere):
            far.write(b"one")
            await held.received(3)
            far.write(b"two")
            elsewhere.write(b"passed")
            await other.received(6)
            equal(bytes(held.data), b"one", "data of a pipe that was paused in data_received()")
            transport.resume_reading()
            equal(await held.received(6), b"onetwo", "data after resume_reading()")

    loop.run_until_complete(main())


@requirement("pipes-12")
def test_the_end_of_a_paused_pipe_arrives_after_its_data(loop: AbstractEventLoop) -> None:
    async def main() -> None:
        async with reading(loop) as (transport, held, far), reading(loop) as (_, other, elsewhere):
            transport.pause_reading()
            far.write(b"held")
            far.close()
            elsewhere.write(b"passed")
            await other.received(6)
            held.expect("made")
            transport.resume_reading()
            await held.seen("lost")
            held.expect("made", "data", "eof", "lost")

    loop.run_until_complete(main())


@requirement("pipes-23")
def test_is_reading_follows_pause_resume_and_close(loop: AbstractEventLoop) -> None:
    async def main() -> None:
        async with reading(loop) as (transport, _, _):
            seen = [transport.is_reading()]
            for method in (transport.pause_reading, transport.resume_reading, transport.close):
                method()
                seen.append(transport.is_reading())
            equal(seen, [True, False, True, False], "is_reading() at first, after pausing, resuming, closing")

    loop.run_until_complete(main())


@requirement("pipes-19")
def test_close_ends_a_read_pipe(loop: AbstractEventLoop) -> None:
    async def main() -> None:
        async with reading(loop) as (transport, protocol, far):
            far.write(b"too late")
            transport.close()
            await protocol.seen("lost")
            protocol.expect("made", "lost")
            same(protocol.error, None, "what connection_lost() was given")

    loop.run_until_complete(main())


@requirement("pipes-19")
@pytest.mark.parametrize("event", ["made", "data", "eof"])
def test_close_inside_a_callback_ends_a_read_pipe(loop: AbstractEventLoop, event: str) -> None:
    async def main() -> None:
        reactions: Any = {event: lambda transport: transport.close()}
        closes = Reacting(**reactions)
        near, far = pipe()
        far.write(b"x")
        far.close()
        async with reading(loop, closes, ends=(near, far)) as (_, protocol, _):
            await protocol.seen("lost")
            wanted = {"made": ["made"], "data": ["made", "data"], "eof": ["made", "data", "eof"]}[event]
            protocol.expect(*wanted, "lost")

    loop.run_until_complete(main())


@requirement("pipes-20")
def test_is_closing_of_a_read_pipe(loop: AbstractEventLoop) -> None:
    async def main() -> None:
        async with reading(loop) as (transport, protocol, _):
            before = transport.is_closing()
            transport.close()
            equal((before, transport.is_closing()), (False, True), "is_closing() before and after close()")
            await protocol.seen("lost")
            equal(transport.is_closing(), True, "is_closing() after connection_lost()")

    loop.run_until_complete(main())


@requirement("pipes-20")
def test_a_read_pipe_is_closing_once_it_is_lost(loop: AbstractEventLoop) -> None:
    async def main() -> None:
        async with reading(loop) as (transport, protocol, far):
            far.close()
            await protocol.seen("lost")
            equal(transport.is_closing(), True, "is_closing() after the end of the pipe")

    loop.run_until_complete(main())
