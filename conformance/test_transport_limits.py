"""Watermarks and the write buffer: what may be set, what is said, and when the protocol is told."""

from __future__ import annotations

from asyncio import AbstractEventLoop
from typing import Any

import pytest

from loopcert.conformance.kit import (
    BIG,
    Reacting,
    beside,
    check,
    connected,
    elsewhere,
    equal,
    instance,
    raises,
    receive,
    receive_all,
    requirement,
)


@requirement("transport-31")
def test_the_buffer_is_empty_before_and_after(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        async with connected(loop, narrow=True) as (transport, protocol, peer):
            fresh = transport.get_write_buffer_size()
            transport.write(BIG)
            await beside(lambda: (receive(peer, len(BIG)), peer.sendall(b"seen")))
            await protocol.received(4)
            equal((fresh, transport.get_write_buffer_size()), (0, 0), "unsent bytes before, and after all was sent")

    loop.run_until_complete(body())


@requirement("transport-31")
@pytest.mark.parametrize("method", ["write", "writelines"])
def test_unsent_bytes_are_counted(loop: AbstractEventLoop, method: str) -> None:
    """Nobody reads: what the kernel took is what the peer can read now, the rest is the transport's."""

    async def body() -> None:
        async with connected(loop, narrow=True) as (transport, _protocol, _peer):
            getattr(transport, method)(BIG if method == "write" else [BIG[:9999], BIG[9999:]])
            first = transport.get_write_buffer_size()
            transport.write(BIG)
            second = transport.get_write_buffer_size()
            check(0 < first <= len(BIG), f"{first} bytes unsent after the first {len(BIG)}, wanted some, not more")
            check(first < second <= first + len(BIG), f"{second} bytes unsent after as many again, {first} before")

    loop.run_until_complete(body())


@requirement("transport-31")
def test_the_buffer_shrinks_as_the_peer_reads(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        sizes: list[int] = []
        protocol = Reacting(resume=lambda transport: sizes.append(transport.get_write_buffer_size()))
        async with connected(loop, protocol, narrow=True) as (transport, _, peer):
            transport.set_write_buffer_limits(high=200_000, low=100_000)
            transport.write(BIG)
            before = transport.get_write_buffer_size()
            await beside(lambda: (receive(peer, len(BIG)), peer.sendall(b"seen")))
            await protocol.received(4)
            check(sizes and sizes[0] < before, f"unsent bytes: {before} at first, {sizes} when writing may go on")

    loop.run_until_complete(body())


@requirement("transport-32")
def test_the_default_limits_are_low_and_high(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        async with connected(loop) as (transport, _protocol, _peer):
            limits = transport.get_write_buffer_limits()
            instance(limits, tuple, "get_write_buffer_limits()")
            low, high = limits
            check(0 <= low <= high, f"get_write_buffer_limits(): saw {limits!r}, wanted (low, high)")

    loop.run_until_complete(body())


@requirement("transport-32")
@pytest.mark.parametrize("positional", [False, True], ids=["keywords", "positional"])
def test_the_limits_are_those_that_were_set(loop: AbstractEventLoop, positional: bool) -> None:
    async def body() -> None:
        async with connected(loop) as (transport, _protocol, _peer):
            if positional:
                transport.set_write_buffer_limits(20_000, 5_000)
            else:
                transport.set_write_buffer_limits(low=5_000, high=20_000)
            equal(transport.get_write_buffer_limits(), (5_000, 20_000), "get_write_buffer_limits()")
            transport.set_write_buffer_limits(high=7_000, low=7_000)
            equal(transport.get_write_buffer_limits(), (7_000, 7_000), "get_write_buffer_limits() with equal limits")

    loop.run_until_complete(body())


@requirement("transport-33")
@pytest.mark.parametrize(
    "limits",
    [{"high": 10, "low": 20}, {"high": -1}, {"low": -1}, {"high": 10, "low": -1}, {"high": -1, "low": -2}],
    ids=str,
)
def test_limits_that_make_no_sense_are_refused(loop: AbstractEventLoop, limits: dict[str, int]) -> None:
    async def body() -> None:
        async with connected(loop) as (transport, _protocol, _peer):
            with raises(Exception, f"set_write_buffer_limits(**{limits})"):
                transport.set_write_buffer_limits(**limits)

    loop.run_until_complete(body())


@requirement("transport-75")
def test_refused_limits_leave_the_old_ones(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        async with connected(loop) as (transport, _protocol, _peer):
            transport.set_write_buffer_limits(high=20_000, low=5_000)
            with raises(ValueError, "set_write_buffer_limits(high=10, low=20)"):
                transport.set_write_buffer_limits(high=10, low=20)
            equal(transport.get_write_buffer_limits(), (5_000, 20_000), "get_write_buffer_limits() after a refusal")

    loop.run_until_complete(body())


@requirement("transport-34")
@pytest.mark.parametrize("high", [1, 3, 1000, 1 << 20])
def test_high_alone_leaves_low_at_most_high(loop: AbstractEventLoop, high: int) -> None:
    async def body() -> None:
        async with connected(loop) as (transport, _protocol, _peer):
            transport.set_write_buffer_limits(high=5_000_000, low=5_000_000)
            transport.set_write_buffer_limits(high=high)
            low, seen = transport.get_write_buffer_limits()
            check(0 <= low <= seen == high, f"limits: saw {(low, seen)}, wanted (at most {high}, {high})")

    loop.run_until_complete(body())


@requirement("transport-35a")
@pytest.mark.parametrize("earlier", [False, True], ids=["fresh", "with limits set before"])
def test_high_zero_makes_low_zero(loop: AbstractEventLoop, earlier: bool) -> None:
    async def body() -> None:
        async with connected(loop) as (transport, _protocol, _peer):
            if earlier:
                transport.set_write_buffer_limits(high=20_000, low=5_000)
            transport.set_write_buffer_limits(high=0)
            equal(transport.get_write_buffer_limits(), (0, 0), "get_write_buffer_limits() after high=0")

    loop.run_until_complete(body())


@requirement("transport-35b")
def test_high_zero_pauses_as_soon_as_anything_stays(loop: AbstractEventLoop) -> None:
    """The kernel is full before the limit is set, so the one byte written then has to stay."""

    async def body() -> None:
        async with connected(loop, narrow=True) as (transport, protocol, peer):
            transport.set_write_buffer_limits(high=10 * len(BIG))
            transport.write(BIG)
            transport.set_write_buffer_limits(high=0)
            transport.write(b"x")
            await elsewhere(loop)
            protocol.expect("made", "pause")
            await beside(lambda: receive(peer, len(BIG) + 1))
            await protocol.seen("resume")

    loop.run_until_complete(body())


@requirement("transport-36")
@pytest.mark.parametrize("limits", [{"high": 1000, "low": 0}, {"high": 0}, {"high": 200_000, "low": 0}], ids=str)
def test_low_zero_resumes_only_when_the_buffer_is_empty(loop: AbstractEventLoop, limits: dict[str, int]) -> None:
    async def body() -> None:
        sizes: list[int] = []

        def note(transport: Any) -> None:
            sizes.append(transport.get_write_buffer_size())

        protocol = Reacting(resume=note)
        async with connected(loop, protocol, narrow=True) as (transport, _, peer):
            transport.set_write_buffer_limits(**limits)
            transport.write(BIG)
            await beside(lambda: receive(peer, len(BIG)))
            await elsewhere(loop)
            equal(sizes, [0], "unsent bytes at resume_writing() with low=0")

    loop.run_until_complete(body())


@requirement("transport-49")
@pytest.mark.parametrize("count", [1, 64])
def test_writelines_beyond_the_high_mark_pauses(loop: AbstractEventLoop, count: int) -> None:
    async def body() -> None:
        step = len(BIG) // count
        async with connected(loop, narrow=True) as (transport, protocol, peer):
            transport.set_write_buffer_limits(high=1000, low=0)
            transport.writelines([BIG[start : start + step] for start in range(0, len(BIG), step)])
            transport.write_eof()
            await beside(lambda: (receive_all(peer), peer.sendall(b"seen")))
            await protocol.received(4)
            protocol.expect("made", "pause", "resume", "data")

    loop.run_until_complete(body())
