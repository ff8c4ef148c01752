"""Flow control: when a protocol is told to pause writing, and when to go on."""

from __future__ import annotations

from asyncio import AbstractEventLoop
from collections.abc import Callable
from typing import Any

import pytest

from loopcert.conformance.kit import (
    BIG,
    Contexts,
    Reacting,
    Recorder,
    beside,
    check,
    connected,
    elsewhere,
    equal,
    receive,
    receive_all,
    requirement,
)


def in_pieces(size: int) -> Callable[[Any], None]:
    """Write `BIG` in pieces of that size."""

    def write(transport: Any) -> None:
        for start in range(0, len(BIG), size):
            transport.write(BIG[start : start + size])

    return write


@requirement("protocol-05")
@pytest.mark.parametrize("limits", [{"high": 1000}, {"high": 0}, {"high": 100_000, "low": 50_000}], ids=str)
@pytest.mark.parametrize("size", [999, 4096, len(BIG)])
def test_growing_over_the_high_mark_pauses(loop: AbstractEventLoop, size: int, limits: dict[str, int]) -> None:
    async def body() -> None:
        async with connected(loop, narrow=True) as (transport, protocol, _peer):
            transport.set_write_buffer_limits(**limits)
            in_pieces(size)(transport)
            await elsewhere(loop)
            protocol.expect("made", "pause")

    loop.run_until_complete(body())


@requirement("protocol-05")
def test_nothing_pauses_below_the_high_mark(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        async with connected(loop, narrow=True) as (transport, protocol, peer):
            transport.set_write_buffer_limits(high=len(BIG) + 1, low=0)
            transport.write(BIG)
            await elsewhere(loop)
            await beside(lambda: receive(peer, len(BIG)))
            await elsewhere(loop)
            protocol.expect("made")

    loop.run_until_complete(body())


@requirement("protocol-05")
def test_flow_control_does_not_know_of_pauses_in_reading(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        async with connected(loop, narrow=True) as (transport, protocol, _peer):
            transport.pause_reading()
            transport.set_write_buffer_limits(high=1000)
            transport.write(BIG)
            await elsewhere(loop)
            protocol.expect("made", "pause")

    loop.run_until_complete(body())


@requirement("protocol-06")
@pytest.mark.parametrize("low", [0, 10_000, 100_000])
def test_falling_to_the_low_mark_resumes(loop: AbstractEventLoop, low: int) -> None:
    async def body() -> None:
        sizes: list[int] = []
        protocol = Reacting(resume=lambda transport: sizes.append(transport.get_write_buffer_size()))
        async with connected(loop, protocol, narrow=True) as (transport, _, peer):
            transport.set_write_buffer_limits(high=200_000, low=low)
            transport.write(BIG)
            await elsewhere(loop)
            await beside(lambda: receive(peer, len(BIG)))
            await elsewhere(loop)
            check(len(sizes) == 1 and sizes[0] <= low, f"unsent at resume_writing(): saw {sizes}, wanted at most {low}")

    loop.run_until_complete(body())


@requirement("protocol-06")
def test_nothing_resumes_while_the_peer_does_not_read(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        async with connected(loop, narrow=True) as (transport, protocol, _peer):
            transport.set_write_buffer_limits(high=1000, low=500)
            transport.write(BIG)
            for _ in range(3):
                await elsewhere(loop)
            protocol.expect("made", "pause")

    loop.run_until_complete(body())


@requirement("protocol-07a")
def test_writing_on_while_paused_does_not_pause_again(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        async with connected(loop, narrow=True) as (transport, protocol, peer):
            transport.set_write_buffer_limits(high=1000)
            for _ in range(3):
                transport.write(BIG[: len(BIG) // 2])
                await elsewhere(loop)
            protocol.expect("made", "pause")
            transport.close()
            await beside(lambda: receive_all(peer))
            await protocol.seen("lost")
            check(protocol.events.count("resume") <= 1, f"events: saw {protocol.events}, wanted at most one 'resume'")

    loop.run_until_complete(body())


@requirement("protocol-07a")
@pytest.mark.parametrize("step", [1, 4])
def test_pause_and_resume_alternate(loop: AbstractEventLoop, step: int) -> None:
    """resume_writing() writes the next piece, which pauses again inside it."""

    async def body() -> None:
        pieces = [BIG[at : at + len(BIG) // 8] for at in range(0, len(BIG), len(BIG) // 8)]
        left = list(pieces)

        def produce(transport: Any) -> None:
            for _ in range(step):
                if left:
                    transport.write(left.pop(0))

        async with connected(loop, Reacting(resume=produce), narrow=True) as (transport, protocol, peer):
            transport.set_write_buffer_limits(high=1000, low=100)
            produce(transport)
            received = await beside(lambda: receive(peer, len(BIG)))
            await elsewhere(loop)
            flow = [event for event in protocol.events if event in ("pause", "resume")]
            equal(flow, ["pause", "resume"] * (len(flow) // 2), "calls of pause_writing() and resume_writing()")
            check(received == BIG and not left, "the peer received other bytes than those written")

    loop.run_until_complete(body())


@requirement("protocol-35")
def test_resume_writing_may_write_to_another_transport(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        async with connected(loop) as (other, _, neighbour):
            protocol = Reacting(resume=lambda _: other.write(b"go on"))
            async with connected(loop, protocol, narrow=True) as (transport, _, peer):
                contexts = Contexts(loop)
                transport.write(BIG)
                await beside(lambda: receive(peer, len(BIG)))
                await elsewhere(loop)
                other.close()
                equal(await beside(lambda: receive_all(neighbour)), b"go on", "what the other peer received")
                contexts.expect_silence()

    loop.run_until_complete(body())


@requirement("protocol-36")
def test_a_protocol_set_during_a_pause_is_told_to_go_on(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        second = Recorder()
        async with connected(loop, narrow=True, heirs=(second,)) as (transport, first, peer):
            transport.write(BIG)
            await elsewhere(loop)
            transport.set_protocol(second)
            await beside(lambda: receive(peer, len(BIG)))
            await elsewhere(loop)
            equal((first.events, second.events), (["made", "pause"], ["resume"]), "events of the two protocols")

    loop.run_until_complete(body())


@requirement("protocol-26")
@pytest.mark.parametrize("event", ["pause", "resume"])
def test_what_flow_callbacks_raise_is_reported_and_writing_goes_on(loop: AbstractEventLoop, event: str) -> None:
    async def body() -> None:
        def explode(_transport: Any) -> None:
            raise ZeroDivisionError

        contexts = Contexts(loop)
        reactions: dict[str, Any] = {event: explode}
        async with connected(loop, Reacting(**reactions), narrow=True) as (transport, protocol, peer):
            transport.write(BIG)
            transport.write(b"and more")
            transport.close()
            received = await beside(lambda: receive_all(peer))
            await protocol.seen("lost")
            check(
                received == BIG + b"and more", f"the peer received {len(received)} bytes, wanted all that was written"
            )
            equal([type(each.get("exception")) for each in contexts.seen], [ZeroDivisionError], "exceptions reported")

    loop.run_until_complete(body())
