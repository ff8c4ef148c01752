"""The end of an endpoint from inside its callbacks, more than once, and what is_closing() says of it."""

from __future__ import annotations

from asyncio import AbstractEventLoop
from functools import partial
from typing import Any

import pytest

from loopcert.conformance.kit import Contexts, allowed, beside, equal, requirement
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


@requirement("datagram-47")
@pytest.mark.parametrize("again", ["close", "abort"])
@ENDS
def test_an_end_after_the_end_does_nothing(loop: AbstractEventLoop, method: str, again: str) -> None:
    async def body() -> None:
        async with endpoint(loop) as (transport, protocol):
            getattr(transport, method)()
            await protocol.seen("lost")
            await settled(loop)
            async with endpoint(loop) as (other, heir):
                with allowed(f"{again}() after {method}() and connection_lost()"):
                    getattr(transport, again)()
                with plain_udp() as peer:
                    peer.sendto(b"hello", address_of(other))
                await heir.arrived()
            protocol.expect("made", "lost")

    loop.run_until_complete(body())


@requirement("datagram-51")
@pytest.mark.parametrize("event", ["made", "datagram", "error"])
@ENDS
def test_a_callback_may_end_the_endpoint(loop: AbstractEventLoop, method: str, event: str) -> None:
    async def body() -> None:
        protocol = Mailbox(**{event: lambda transport: getattr(transport, method)()})
        async with endpoint(loop, protocol) as (transport, _):
            with plain_udp() as peer:
                if event == "datagram":
                    peer.sendto(b"hello", address_of(transport))
                if event == "error":
                    transport.sendto(bytes(70_000), peer.getsockname())
                await protocol.seen("lost")
                await settled(loop)
            equal((protocol.events[-1], protocol.events.count("lost"), protocol.error), ("lost", 1, None), "the end")

    contexts = Contexts(loop)
    loop.run_until_complete(body())
    contexts.expect_silence()


@requirement("datagram-75")
@pytest.mark.parametrize("event", ["pause", "resume"])
@ENDS
def test_a_callback_of_flow_control_may_end_the_endpoint(loop: AbstractEventLoop, method: str, event: str) -> None:
    async def body() -> None:
        protocol = Mailbox(**{event: lambda transport: getattr(transport, method)()})
        with full_pair() as (near, far):
            async with endpoint(loop, protocol, sock=near) as (transport, _):
                transport.set_write_buffer_limits(high=100)
                transport.sendto(bytes(1000))
                pending(far)
                await protocol.seen("lost")
                await settled(loop)
            equal((protocol.events[-1], protocol.events.count("lost"), protocol.error), ("lost", 1, None), "the end")

    Contexts(loop)  # CPython complains there that nothing is left to be closed
    loop.run_until_complete(body())


@requirement("datagram-42")
@ENDS
@pytest.mark.parametrize("waiting", [False, True], ids=["all is sent", "something waits"])
def test_is_closing_from_the_end_on(loop: AbstractEventLoop, method: str, waiting: bool) -> None:
    async def body() -> None:
        seen: list[Any] = []
        protocol = Mailbox(made=lambda transport: seen.append(transport.is_closing()))
        with full_pair() as (near, far):
            async with endpoint(loop, protocol, sock=near) as (transport, _):
                if waiting:
                    transport.sendto(LAST)
                seen.append(transport.is_closing())
                getattr(transport, method)()
                seen.append(transport.is_closing())
                if waiting and method == "close":
                    await beside(partial(collect, far))
                await protocol.seen("lost")
                await settled(loop)
                seen.append(transport.is_closing())
                equal(seen, [False, False, True, True], "is_closing() in connection_made(), open, ended and lost")

    loop.run_until_complete(body())
