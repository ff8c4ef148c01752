"""start_tls() that is refused, fails, takes too long or is cancelled; and the name that it looks for."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import time
from asyncio import AbstractEventLoop
from collections.abc import Callable
from typing import Any

import pytest

from loopcert.conformance.kit import (
    SERVER_NAME,
    TLS_VERSIONS,
    TLSPeer,
    beside,
    check,
    equal,
    raises,
    receive,
    receive_all,
    requirement,
    reset,
    standing,
    upgraded,
    upgrading,
)
from loopcert.conformance.kit.certificates import certificate_for, new_authority
from loopcert.conformance.kit.tls import SIDES

NEWEST = TLS_VERSIONS[-1]


def ended(far: socket.socket) -> bool:
    """Wait for the end of a connection, in order or not; without one this never returns."""
    with contextlib.suppress(ConnectionError):
        receive_all(far)
    return True


def garbage(far: socket.socket) -> None:
    """Answer what comes with something that is not TLS."""
    far.sendall(b"HTTP/1.0 400 Bad Request\r\n\r\n")


def end(far: socket.socket) -> None:
    """End the connection."""
    far.shutdown(socket.SHUT_WR)


def other_version(far: socket.socket) -> None:
    """Speak another version of TLS only."""
    TLSPeer(far, TLS_VERSIONS[0]).attempt()


def stranger(far: socket.socket) -> None:
    """Show a certificate of an authority that nobody trusts."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate_for(SERVER_NAME, by=new_authority()).configure_cert(context)
    TLSPeer(far, context=context).attempt()


@requirement("tls-07a")
@SIDES
def test_a_handshake_that_takes_too_long_fails(loop: AbstractEventLoop, server_side: bool) -> None:
    async def main() -> None:
        tick = time.get_clock_info("monotonic").resolution
        async with standing(loop) as (transport, protocol, far):
            begun = time.monotonic()
            task = upgrading(loop, transport, protocol, server_side, ssl_handshake_timeout=0.02)
            with raises(Exception, "start_tls() with a peer that says nothing"):
                await task
            taken = time.monotonic() - begun
            check(taken >= 0.02 - tick, f"start_tls() raised after {taken} s, wanted 0.02 s or more")
            check(await beside(lambda: ended(far)), "the connection goes on")

    loop.run_until_complete(main())


@requirement("tls-07a")
def test_a_handshake_that_stops_in_the_middle_fails(loop: AbstractEventLoop) -> None:
    async def main() -> None:
        async with standing(loop) as (transport, protocol, far):
            task = upgrading(loop, transport, protocol, server_side=True, ssl_handshake_timeout=0.02)
            peer = TLSPeer(far, server_side=False)
            with contextlib.suppress(ssl.SSLWantReadError):
                peer.object.do_handshake()
            peer.flush()
            with raises(Exception, "start_tls() with a peer that goes no further than its first message"):
                await task
            check(await beside(lambda: ended(far)), "the connection goes on")

    loop.run_until_complete(main())


@requirement("tls-07a")
def test_a_handshake_in_time_is_not_cut_off_later(loop: AbstractEventLoop) -> None:
    async def main() -> None:
        async with standing(loop) as (transport, protocol, far):
            peer = TLSPeer(far)
            try:
                above = await upgraded(loop, transport, protocol, peer, ssl_handshake_timeout=0.1)
            except AssertionError:
                pytest.skip("this machine is too slow for a handshake in 0.1 s")
            await asyncio.sleep(0.12)
            above.write(b"late")
            equal(await beside(lambda: peer.receive(4)), b"late", "what the peer received after ssl_handshake_timeout")

    loop.run_until_complete(main())


@requirement("tls-35")
@pytest.mark.parametrize("reaction", [garbage, end, reset, other_version, stranger])
def test_a_failed_handshake_raises(loop: AbstractEventLoop, reaction: Callable[[socket.socket], None]) -> None:
    async def main() -> None:
        async with standing(loop) as (transport, protocol, far):
            task = upgrading(loop, transport, protocol)
            if reaction in (garbage, end, reset):
                await beside(lambda: receive(far, 6))
            await beside(lambda: reaction(far))
            with raises(Exception, f"start_tls() with a peer that does this: {reaction.__doc__}"):
                await task

    loop.run_until_complete(main())


@requirement("tls-35")
@pytest.mark.parametrize("reaction", [garbage, end, reset])
def test_a_failed_handshake_raises_on_the_side_of_the_server(
    loop: AbstractEventLoop, reaction: Callable[[socket.socket], None]
) -> None:
    async def main() -> None:
        async with standing(loop) as (transport, protocol, far):
            task = upgrading(loop, transport, protocol, server_side=True)
            await asyncio.sleep(0)  # what comes earlier is still plain text
            reaction(far)
            with raises(Exception, f"start_tls(server_side=True) with a peer that does this: {reaction.__doc__}"):
                await task

    loop.run_until_complete(main())


@requirement("tls-36")
@SIDES
def test_a_failed_handshake_closes_the_connection(loop: AbstractEventLoop, server_side: bool) -> None:
    async def main() -> None:
        async with standing(loop) as (transport, protocol, far):
            task = upgrading(loop, transport, protocol, server_side)
            await asyncio.sleep(0)  # what comes earlier is still plain text
            garbage(far)
            await asyncio.wait([task])
            task.exception()
            check(await beside(lambda: ended(far)), "the connection goes on")

    loop.run_until_complete(main())


@requirement("tls-28")
@SIDES
def test_a_cancelled_upgrade_closes_the_connection(loop: AbstractEventLoop, server_side: bool) -> None:
    async def main() -> None:
        reports: list[Any] = []
        loop.set_exception_handler(lambda _loop, context: reports.append(context["message"]))
        async with standing(loop) as (transport, protocol, far):
            task = upgrading(loop, transport, protocol, server_side)
            await asyncio.sleep(0)
            if not server_side:
                await beside(lambda: receive(far, 1))
            task.cancel()
            with raises(asyncio.CancelledError, "start_tls() that was cancelled"):
                await task
            check(await beside(lambda: ended(far)), "the connection goes on")
            equal(reports, [], "what was reported to the exception handler")

    loop.run_until_complete(main())
