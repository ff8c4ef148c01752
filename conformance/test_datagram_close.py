"""The end of an endpoint: close() and abort(), what still goes out, what still comes in, and what is told."""

from __future__ import annotations

import asyncio
from asyncio import AbstractEventLoop
from functools import partial
from typing import Any

import pytest

from loopcert.conformance.kit import beside, equal, requirement, same
from loopcert.conformance.kit.datagrams import (
    LAST,
    Mailbox,
    address_of,
    collect,
    endpoint,
    full_pair,
    pending,
    plain_udp,
    settled,
)

ENDS = pytest.mark.parametrize("method", ["close", "abort"])


@requirement("datagram-17")
def test_close_sends_what_waits(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        wanted = [b"%d" % number for number in range(50)]
        with full_pair() as (near, far):
            async with endpoint(loop, sock=near) as (transport, protocol):
                for each in (*wanted, LAST):
                    transport.sendto(each)
                transport.close()
                received = await beside(partial(collect, far))
                await protocol.seen("lost")
                equal(
                    (received, protocol.error),
                    (wanted, None),
                    "what the peer received, and connection_lost()'s argument",
                )

    loop.run_until_complete(body())


@requirement("datagram-17")
def test_a_datagram_sent_just_before_close_arrives(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        with plain_udp() as peer:
            async with endpoint(loop, remote_addr=peer.getsockname()) as (transport, protocol):
                for each in (b"last", b"words", LAST):
                    transport.sendto(each)
                transport.close()
                await protocol.seen("lost")
                equal(await beside(partial(collect, peer)), [b"last", b"words"], "what the peer received")

    loop.run_until_complete(body())


@requirement("datagram-37")
def test_close_leads_to_connection_lost_with_none(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        async with endpoint(loop) as (transport, protocol):
            transport.close()
            await protocol.seen("lost")
            same(protocol.error, None, "argument of connection_lost()")

    loop.run_until_complete(body())


@requirement("datagram-37")
def test_connection_lost_waits_until_all_is_sent(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        with full_pair() as (near, far):
            async with endpoint(loop, sock=near) as (transport, protocol):
                transport.sendto(LAST)
                transport.close()
                await settled(loop)
                protocol.expect("made")
                await beside(partial(collect, far))
                await protocol.seen("lost")
                same(protocol.error, None, "argument of connection_lost()")

    loop.run_until_complete(body())


@requirement("datagram-16a")
@pytest.mark.parametrize("closing", [False, True], ids=["abort", "close, then abort"])
def test_abort_drops_what_waits(loop: AbstractEventLoop, closing: bool) -> None:
    async def body() -> None:
        with full_pair() as (near, far):
            async with endpoint(loop, sock=near) as (transport, protocol):
                transport.sendto(b"dropped")
                if closing:
                    transport.close()
                transport.abort()
                await protocol.seen("lost")
                received = pending(far)  # and there is room now
                await settled(loop)
                equal(received + pending(far), [], "what the peer received of what waited at abort()")

    loop.run_until_complete(body())


@requirement("datagram-16b")
@pytest.mark.parametrize(("waiting", "closing"), [(False, False), (True, False), (True, True)])
def test_abort_leads_to_connection_lost_with_none(loop: AbstractEventLoop, waiting: bool, closing: bool) -> None:
    async def body() -> None:
        with full_pair() as (near, _):
            async with endpoint(loop, sock=near) as (transport, protocol):
                if waiting:
                    transport.sendto(b"dropped")
                if closing:
                    transport.close()
                transport.abort()
                await protocol.seen("lost")
                same(protocol.error, None, "argument of connection_lost()")

    loop.run_until_complete(body())


@requirement("datagram-74")
@ENDS
def test_connection_lost_is_not_called_inside(loop: AbstractEventLoop, method: str) -> None:
    async def body() -> None:
        async with endpoint(loop) as (transport, protocol):
            getattr(transport, method)()
            events = list(protocol.events)
            await protocol.seen("lost")
            equal(events, ["made"], f"events when {method}() came back")

    loop.run_until_complete(body())


async def too_late(loop: AbstractEventLoop, method: str) -> None:
    """Fail unless what has come before the end, and what comes after it, is not delivered."""
    with plain_udp() as peer:
        async with endpoint(loop, remote_addr=peer.getsockname()) as (transport, protocol):
            peer.sendto(b"before", address_of(transport))
            address = address_of(transport)
            getattr(transport, method)()
            peer.sendto(b"after", address)
            await protocol.seen("lost")
            await settled(loop)
            protocol.expect("made", "lost")


async def last_one(loop: AbstractEventLoop, method: str) -> None:
    """Fail unless the datagram inside whose callback the end comes is the last one."""
    protocol = Mailbox(datagram=lambda transport: getattr(transport, method)())
    async with endpoint(loop, protocol) as (transport, _):
        with plain_udp() as peer:
            for each in (b"one", b"two", b"three"):
                peer.sendto(each, address_of(transport))
        await protocol.seen("lost")
        await settled(loop)
        protocol.expect("made", "datagram", "lost")


async def neighbours(loop: AbstractEventLoop, method: str) -> None:
    """Both are ready in the same poll; fail unless the one that is called first ends the other."""
    pair: list[Any] = []
    one = Mailbox(datagram=lambda _: getattr(pair[1], method)())
    two = Mailbox(datagram=lambda _: getattr(pair[0], method)())
    async with endpoint(loop, one) as (first, _), endpoint(loop, two) as (second, _):
        pair += [first, second]
        with plain_udp() as peer:
            for each in pair:
                peer.sendto(b"x", address_of(each))
        await settled(loop)
        equal(sorted([one.texts(), two.texts()]), [[], [b"x"]], "datagrams delivered to the two")


@requirement("datagram-24")
@pytest.mark.parametrize("story", [too_late, last_one, neighbours])
def test_nothing_is_delivered_after_close(loop: AbstractEventLoop, story: Any) -> None:
    loop.run_until_complete(story(loop, "close"))


@requirement("datagram-24")
def test_nothing_is_delivered_while_close_still_sends(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        with full_pair() as (near, far), plain_udp() as _:
            near.bind(far.getsockname() + "-near")
            far.connect(near.getsockname())
            async with endpoint(loop, sock=near) as (transport, protocol):
                transport.sendto(LAST)
                transport.close()
                far.send(b"too late")
                await settled(loop)
                await beside(partial(collect, far))
                await protocol.seen("lost")
                protocol.expect("made", "lost")

    loop.run_until_complete(body())


@requirement("datagram-26")
@pytest.mark.parametrize("story", [too_late, last_one, neighbours])
def test_nothing_is_delivered_after_abort(loop: AbstractEventLoop, story: Any) -> None:
    loop.run_until_complete(story(loop, "abort"))


ORDERS = [("close", "close"), ("abort", "abort"), ("close", "abort"), ("abort", "close")]


@requirement("datagram-21")
@pytest.mark.parametrize("ends", ORDERS, ids=" ".join)
@pytest.mark.parametrize("turns", [0, 1, 5])
def test_each_end_is_told_once(loop: AbstractEventLoop, ends: tuple[str, str], turns: int) -> None:
    async def body() -> None:
        async with endpoint(loop) as (transport, protocol):
            with plain_udp() as peer:
                peer.sendto(b"hello", address_of(transport))
            await protocol.arrived()
            getattr(transport, ends[0])()
            for _ in range(turns):
                await asyncio.sleep(0)
            if "lost" not in protocol.events:
                getattr(transport, ends[1])()
            await protocol.seen("lost")
            await settled(loop)
            protocol.expect("made", "datagram", "lost")

    loop.run_until_complete(body())


@requirement("datagram-21")
def test_connection_made_comes_before_what_was_there_already(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        with plain_udp() as peer, plain_udp() as sock:
            sock.connect(peer.getsockname())
            peer.sendto(b"early", sock.getsockname())
            async with endpoint(loop, sock=sock) as (transport, protocol):
                await protocol.arrived()
                transport.close()
                await protocol.seen("lost")
                protocol.expect("made", "datagram", "lost")

    loop.run_until_complete(body())
