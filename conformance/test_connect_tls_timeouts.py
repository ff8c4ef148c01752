"""create_connection(): ssl_handshake_timeout and ssl_shutdown_timeout, with peers that keep others waiting."""

from __future__ import annotations

import asyncio
import socket
import threading
from asyncio import AbstractEventLoop
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Any

import pytest

from loopcert.conformance.kit import (
    BIG,
    LOOPBACK,
    SERVER_NAME,
    CouldNotRun,
    Peer,
    Recorder,
    allowed,
    beside,
    check,
    client_context,
    dismiss,
    equal,
    failing,
    narrow_pair,
    prompt,
    raises,
    receive,
    refused_port,
    requirement,
    server_context,
    tcp_pair,
)
from loopcert.conformance.kit.handshakes import GREETING, greeted, heard, hosting
from loopcert.conformance.kit.spoilers import STALLS, Behaviour, ended, host

SHORT = 0.03
TIMEOUTS = ["ssl_handshake_timeout", "ssl_shutdown_timeout"]


@requirement("connect-19a")
@pytest.mark.parametrize("given", [False, True], ids=["host", "sock"])
@pytest.mark.parametrize("how", STALLS)
def test_a_handshake_that_takes_too_long_is_an_exception(loop: AbstractEventLoop, how: Behaviour, given: bool) -> None:
    async def main() -> None:
        async with hosting(partial(host, how)) as (port, _):
            where: dict[str, Any] = {"host": LOOPBACK, "port": port}
            if given:
                where = {"sock": socket.create_connection((LOOPBACK, port)), "server_hostname": SERVER_NAME}
            with failing(f"create_connection(ssl_handshake_timeout={SHORT}) to a peer that is {how.__name__}"):
                transport, _ = await loop.create_connection(
                    Recorder, ssl=client_context(), ssl_handshake_timeout=SHORT, **where
                )
                transport.abort()

    loop.run_until_complete(main())


@requirement("connect-19a")
def test_a_handshake_has_the_time_that_was_given(loop: AbstractEventLoop) -> None:
    async def main() -> None:
        async with hosting(partial(host, ended)) as (port, _):
            begun = loop.time()
            with failing(f"create_connection(ssl_handshake_timeout={SHORT}) to a silent peer"):
                await loop.create_connection(
                    Recorder, LOOPBACK, port, ssl=client_context(), ssl_handshake_timeout=SHORT
                )
            took = loop.time() - begun
        check(took >= SHORT * 0.99, f"time until the handshake was given up: saw {took} s, wanted at least {SHORT} s")

    loop.run_until_complete(main())


@requirement("connect-52")
@pytest.mark.parametrize("how", STALLS)
def test_after_the_timeout_the_connection_is_gone(loop: AbstractEventLoop, how: Behaviour) -> None:
    protocol = Recorder()

    async def main() -> None:
        async with hosting(partial(host, how)) as (port, peer):
            with failing(f"create_connection(ssl_handshake_timeout={SHORT}) to a peer that is {how.__name__}"):
                await loop.create_connection(
                    lambda: protocol, LOOPBACK, port, ssl=client_context(), ssl_handshake_timeout=SHORT
                )
            await beside(peer.result)  # it ends when its connection does
        protocol.expect()

    loop.run_until_complete(main())


@requirement("connect-53")
def test_a_handshake_in_time_is_not_held_against_the_connection(loop: AbstractEventLoop) -> None:
    async def in_time(seconds: float) -> bool:
        async with hosting(greet_twice) as (port, peer):
            try:
                transport, protocol = await loop.create_connection(
                    Recorder, LOOPBACK, port, ssl=client_context(), ssl_handshake_timeout=seconds
                )
            except OSError:
                return False
            await asyncio.sleep(seconds * 1.5)
            transport.write(b"again")
            await heard(protocol)
            await dismiss(transport, protocol)
            equal(await beside(peer.result), b"again", "what the peer received later than ssl_handshake_timeout")
        return True

    def greet_twice(server: socket.socket) -> bytes:
        try:
            peer = server_context().wrap_socket(prompt(server.accept()[0]), server_side=True)
        except OSError:
            return b""
        with peer:
            got = b""
            with suppress(OSError):
                got = receive(peer, 5)
                peer.sendall(GREETING)
                ended(peer)
            return got

    async def main() -> None:
        for seconds in (0.1, 0.4, 1.6):  # a slow machine gets a longer time, never a verdict
            if await in_time(seconds):
                return
        raise CouldNotRun("this machine takes longer than 1.6 s for a TLS handshake, or refuses it")

    loop.run_until_complete(main())


def guest(far: socket.socket, how: Callable[[socket.socket, socket.socket], object]) -> None:
    """Shake hands as the server, greet, and then behave as ``how`` says, given the TLS socket and the one below."""
    raw = far.dup()
    with raw, suppress(OSError), server_context().wrap_socket(far, server_side=True) as peer:
        peer.sendall(GREETING)
        how(peer, raw)


def mute(_peer: socket.socket, raw: socket.socket) -> None:
    """Take what comes, but neither say goodbye nor end before the connection does."""
    ended(raw)


def gushing(peer: socket.socket, _raw: socket.socket) -> None:
    """Send without end."""
    while True:
        peer.sendall(GREETING * 1000)


@asynccontextmanager
async def visiting(
    loop: AbstractEventLoop, body: Callable[[socket.socket], Any]
) -> AsyncIterator[tuple[Any, Any, Any]]:
    """Connect over TLS, with a short time for the goodbye, to a peer that runs ``body`` at the other end."""
    near, far = narrow_pair()
    peer = Peer(partial(body, far))
    try:
        with allowed(f"create_connection(sock=, ssl=, ssl_shutdown_timeout={SHORT})"):
            transport, protocol = await loop.create_connection(
                Recorder, sock=near, ssl=client_context(), server_hostname=SERVER_NAME, ssl_shutdown_timeout=SHORT
            )
        await heard(protocol)
        yield transport, protocol, peer
    finally:
        with near, suppress(OSError):
            near.shutdown(socket.SHUT_RDWR)  # whatever the loop has done, the peer is not left behind


@requirement("connect-20a")
@pytest.mark.parametrize("how", [mute, gushing])
def test_a_peer_that_says_no_goodbye_is_left(loop: AbstractEventLoop, how: Any) -> None:
    async def main() -> None:
        async with visiting(loop, partial(guest, how=how)) as (transport, protocol, peer):
            transport.close()
            await protocol.seen("lost")
            await beside(peer.result)  # it ends when its connection does

    loop.run_until_complete(main())


@requirement("connect-20a")
def test_a_peer_that_takes_nothing_is_left(loop: AbstractEventLoop) -> None:
    over = threading.Event()

    async def main() -> None:
        async with visiting(loop, partial(guest, how=lambda _peer, _raw: over.wait())) as (transport, protocol, peer):
            try:
                transport.write(BIG)
                transport.close()
                await protocol.seen("lost")
            finally:
                over.set()
                await beside(peer.result)

    loop.run_until_complete(main())


@requirement("connect-20a")
def test_a_goodbye_has_the_time_that_was_given(loop: AbstractEventLoop) -> None:
    async def main() -> None:
        async with visiting(loop, partial(guest, how=mute)) as (transport, protocol, peer):
            begun = loop.time()
            transport.close()
            await protocol.seen("lost")
            took = loop.time() - begun
            await beside(peer.result)
        check(took >= SHORT * 0.99, f"time until a mute peer was left: saw {took} s, wanted at least {SHORT} s")

    loop.run_until_complete(main())


@requirement("connect-21")
@pytest.mark.parametrize("option", [None, False])
@pytest.mark.parametrize("name", TIMEOUTS)
def test_a_timeout_without_ssl_is_refused(loop: AbstractEventLoop, name: str, option: bool | None) -> None:
    with raises(ValueError, f"create_connection({name}=, ssl={option})"):
        options: dict[str, Any] = {name: 5.0, "ssl": option}
        loop.run_until_complete(loop.create_connection(Recorder, LOOPBACK, refused_port(), **options))


@requirement("connect-59")
@pytest.mark.parametrize("name", TIMEOUTS)
@pytest.mark.parametrize("seconds", [0, -1.5])
def test_a_timeout_is_positive(loop: AbstractEventLoop, name: str, seconds: float) -> None:
    near, far = tcp_pair()
    with near, far, raises(ValueError, f"create_connection({name}={seconds}, ssl=context)"):
        options: dict[str, Any] = {name: seconds, "server_hostname": SERVER_NAME}
        loop.run_until_complete(loop.create_connection(Recorder, sock=near, ssl=client_context(), **options))


@requirement("connect-53")
@pytest.mark.parametrize("name", TIMEOUTS)
@pytest.mark.parametrize("seconds", [None, 60, 2.5])
def test_timeouts_may_be_none_or_any_number(loop: AbstractEventLoop, name: str, seconds: float | None) -> None:
    options: dict[str, Any] = {name: seconds}
    meeting = loop.run_until_complete(greeted(loop, client_context(), **options))
    equal((meeting.error, meeting.data), (None, b"thanks"), f"error and data of the TLS peer with {options!r}")
