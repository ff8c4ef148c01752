"""Datagrams that the socket cannot take now: they wait, in order, and the protocol is told when it is too many."""

from __future__ import annotations

import socket
from asyncio import AbstractEventLoop
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from loopcert.conformance.kit import allowed, beside, check, equal, requirement
from loopcert.conformance.kit.datagrams import LAST, Mailbox, collect, endpoint, full_pair, settled

NUMBERED = [b"%04d" % number * (number % 50 + 1) for number in range(200)]
HIGHEST = 1 << 23
"""Bytes: no default for the high mark is above it, or nobody would ever be told to pause."""


@requirement("datagram-11a")
@pytest.mark.parametrize("blocking", [False, True], ids=["non-blocking", "blocking"])
def test_sendto_does_not_wait_for_the_socket(loop: AbstractEventLoop, blocking: bool) -> None:
    """With a blocking socket too: making it non-blocking is the transport's affair."""

    async def body() -> None:
        with full_pair() as (near, far):
            near.setblocking(blocking)
            async with endpoint(loop, sock=near) as (transport, _):
                transport.sendto(LAST)
                equal(await beside(partial(collect, far)), [], "what the peer received, before the last datagram")

    loop.run_until_complete(body())


@requirement("datagram-11b")
def test_datagrams_wait_for_the_socket_in_order(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        with full_pair() as (near, far):
            async with endpoint(loop, sock=near) as (transport, protocol):
                for each in (*NUMBERED, LAST):
                    transport.sendto(each)
                received = await beside(partial(collect, far))
                equal((len(received), protocol.errors), (len(NUMBERED), []), "number of datagrams received, and errors")
                check(received == NUMBERED, f"the peer received {received!r}, wanted what was sent, in order")

    loop.run_until_complete(body())


@requirement("datagram-11b")
def test_what_is_sent_later_does_not_overtake(loop: AbstractEventLoop) -> None:
    """The socket takes datagrams again, and the loop does not know yet: a new one goes behind those that wait."""

    async def body() -> None:
        with full_pair() as (near, far):
            async with endpoint(loop, sock=near) as (transport, _):
                transport.sendto(b"first")
                await settled(loop)
                far.recv(100)
                transport.sendto(b"second")
                transport.sendto(LAST)
                equal(await beside(partial(collect, far)), [b"first", b"second"], "what the peer received")

    loop.run_until_complete(body())


@requirement("datagram-71")
def test_what_waits_keeps_its_address(loop: AbstractEventLoop, tmp_path: Path) -> None:
    async def body() -> None:
        with full_pair() as (near, far), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as other:
            other.bind(str(tmp_path / "other"))
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
                async with endpoint(loop, sock=sock) as (transport, _):
                    for each, peer in ((b"one", far), (b"two", other), (b"three", far), (LAST, other), (LAST, far)):
                        transport.sendto(each, peer.getsockname())
                    seen = [await beside(partial(collect, peer)) for peer in (far, other)]
            equal((near.fileno() > 0, seen), (True, [[b"one", b"three"], [b"two"]]), "what the two peers received")

    loop.run_until_complete(body())


@requirement("datagram-33")
def test_what_waits_does_not_change_any_more(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        data = bytearray(b"before")
        with full_pair() as (near, far):
            async with endpoint(loop, sock=near) as (transport, _):
                transport.sendto(data)
                data[:] = b"after!"
                transport.sendto(LAST)
                equal(await beside(partial(collect, far)), [b"before"], "what the peer received")

    loop.run_until_complete(body())


@requirement("datagram-72")
def test_the_size_of_the_buffer_is_known(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        with full_pair() as (near, far):
            async with endpoint(loop, sock=near) as (transport, _):
                with allowed("get_write_buffer_size()"):
                    sizes = [transport.get_write_buffer_size()]
                    for each in (bytes(1000), LAST):
                        transport.sendto(each)
                        sizes.append(transport.get_write_buffer_size())
                await beside(partial(collect, far))
                await settled(loop)
                sizes.append(transport.get_write_buffer_size())
                check(
                    (sizes[0], sizes[3]) == (0, 0) and 1000 <= sizes[1] < sizes[2],
                    f"sizes with none, 1000 and more bytes waiting, and none again: saw {sizes}",
                )

    loop.run_until_complete(body())


@requirement("datagram-15")
def test_empty_datagrams_count(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        with full_pair() as (near, _):
            async with endpoint(loop, sock=near) as (transport, _):
                sizes = []
                for _ in range(3):
                    transport.sendto(b"")
                    sizes.append(transport.get_write_buffer_size())
                check(0 < sizes[0] < sizes[1] < sizes[2], f"sizes with 1, 2, 3 empty datagrams waiting: saw {sizes}")

    loop.run_until_complete(body())


@requirement("datagram-15")
def test_empty_datagrams_pause_the_protocol(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        with full_pair() as (near, _):
            async with endpoint(loop, sock=near) as (transport, protocol):
                transport.set_write_buffer_limits(high=100)
                for _ in range(101):
                    transport.sendto(b"")
                protocol.expect("made", "pause")

    loop.run_until_complete(body())


@requirement("datagram-23")
def test_a_full_buffer_pauses_the_protocol_until_it_is_sent(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        with full_pair() as (near, far):
            async with endpoint(loop, sock=near) as (transport, protocol):
                sent = 0
                while "pause" not in protocol.events and sent < HIGHEST:
                    transport.sendto(bytes(1000))
                    sent += 1000
                check("pause" in protocol.events, f"{sent} bytes wait and pause_writing() was not called")
                transport.sendto(LAST)
                received = await beside(partial(collect, far))
                await protocol.seen("resume")
                protocol.expect("made", "pause", "resume")
                equal(len(received) * 1000, sent, "number of bytes that the peer received")

    loop.run_until_complete(body())


@requirement("datagram-36")
@pytest.mark.parametrize(("high", "paused"), [(0, True), (1000, True), (100_000, False)])
def test_limits_decide_when_the_protocol_pauses(loop: AbstractEventLoop, high: int, paused: bool) -> None:
    async def body() -> None:
        with full_pair() as (near, far):
            async with endpoint(loop, sock=near) as (transport, protocol):
                with allowed(f"set_write_buffer_limits(high={high})"):
                    transport.set_write_buffer_limits(high=high)
                transport.sendto(bytes(1001))
                protocol.expect("made", *(["pause"] if paused else []))
                transport.sendto(LAST)
                await beside(partial(collect, far))
                await settled(loop)
                protocol.expect("made", *(["pause", "resume"] if paused else []))

    loop.run_until_complete(body())


@requirement("datagram-36")
def test_a_paused_protocol_that_sends_on_is_paused_once(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        with full_pair() as (near, far):
            async with endpoint(loop, sock=near) as (transport, protocol):
                transport.set_write_buffer_limits(high=100)
                for each in (*NUMBERED, LAST):
                    transport.sendto(each)
                received = await beside(partial(collect, far))
                await protocol.seen("resume")
                equal((len(received), protocol.events), (len(NUMBERED), ["made", "pause", "resume"]), "what came of it")

    loop.run_until_complete(body())


@requirement("datagram-73")
def test_resume_writing_may_send(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        def send(transport: Any) -> None:
            if len(protocol.events) == 3:
                transport.sendto(bytes(1000))
                transport.sendto(LAST)

        protocol = Mailbox(resume=send)
        with full_pair() as (near, far):
            async with endpoint(loop, protocol, sock=near) as (transport, _):
                transport.set_write_buffer_limits(high=100)
                transport.sendto(bytes(1000))
                received = await beside(partial(collect, far))
                equal([len(each) for each in received], [1000, 1000], "sizes of what the peer received")

    loop.run_until_complete(body())
