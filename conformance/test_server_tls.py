"""create_server(ssl=context): clients that are served over TLS, and options that make no sense."""

from __future__ import annotations

import asyncio
import socket
import ssl
from asyncio import AbstractEventLoop
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

import pytest

from loopcert.conformance.kit import (
    LOOPBACK,
    LOOPBACK6,
    SERVER_NAME,
    Clients,
    CouldNotRun,
    Reacting,
    addresses,
    beside,
    check,
    equal,
    need_ipv6,
    raises,
    receive,
    requirement,
    server_context,
    tcp_server,
)
from loopcert.conformance.kit.handshakes import (
    GREETING,
    OTHER_NAME,
    call_on,
    certified_context,
    demanding_context,
    greeters,
    presenting,
    served,
)

TIMEOUTS = ["ssl_handshake_timeout", "ssl_shutdown_timeout"]


def ask(address: Any, question: bytes) -> bytes:
    """Be a TLS client: ask, and return the answer, b"" where it does not come to that."""
    with suppress(OSError), call_on(address) as peer:
        peer.sendall(question)
        return receive(peer, len(question))
    return b""


def echoing() -> Reacting:
    """Return a protocol that answers with what it got."""
    protocol = Reacting(data=lambda transport: transport.write(bytes(protocol.data)))
    return protocol


@requirement("server-08a")
def test_clients_are_served_over_tls(loop: AbstractEventLoop) -> None:
    clients = Clients(echoing)

    async def body() -> None:
        async with tcp_server(loop, clients, ssl=server_context()) as server:
            answer = await beside(partial(ask, addresses(server)[0], b"question"))
            equal(answer, b"question", "answer over TLS")
            equal([bytes(each.data) for each in clients.protocols], [b"question"], "what the server received")

    loop.run_until_complete(body())


@requirement("server-08a")
def test_many_clients_at_once_are_served_over_tls(loop: AbstractEventLoop) -> None:
    questions = [b"question %2d" % number for number in range(8)]

    async def body() -> None:
        async with tcp_server(loop, Clients(echoing), ssl=server_context()) as server:
            asked = (beside(partial(ask, addresses(server)[0], question)) for question in questions)
            equal(await asyncio.gather(*asked), questions, "answers over TLS")

    loop.run_until_complete(body())


@requirement("server-08a")
def test_the_context_that_is_given_is_used(loop: AbstractEventLoop) -> None:
    def look(address: Any) -> tuple[str | None, str | None]:
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        context.set_alpn_protocols(["loopcert/1", "loopcert/0"])
        with suppress(OSError), call_on(address, context) as peer:
            receive(peer, len(GREETING))
            return peer.selected_alpn_protocol(), peer.version()
        return None, None

    async def body() -> None:
        context = presenting(SERVER_NAME)
        context.set_alpn_protocols(["loopcert/0"])
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        async with tcp_server(loop, greeters(), ssl=context) as server:
            seen = await beside(partial(look, addresses(server)[0]))
        equal(seen, ("loopcert/0", "TLSv1.2"), "protocol and version of the server")

    loop.run_until_complete(body())


@requirement("server-08a")
def test_a_client_with_the_certificate_that_is_demanded_is_let_in(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        async with tcp_server(loop, greeters(), ssl=demanding_context()) as server:
            seen = await beside(partial(served, addresses(server)[0], certified_context()))
        equal(seen, GREETING, "what a client with a certificate received")

    loop.run_until_complete(body())


@requirement("server-08a")
def test_the_context_may_choose_another_by_the_name_asked_for(loop: AbstractEventLoop) -> None:
    def choose(sock: Any, name: str | None, _context: ssl.SSLContext) -> None:
        if name == OTHER_NAME:
            sock.context = other

    first, other = presenting(SERVER_NAME), presenting(OTHER_NAME)
    first.sni_callback = choose

    async def body() -> None:
        async with tcp_server(loop, greeters(), ssl=first) as server:
            visit = partial(served, addresses(server)[0])
            seen = [await beside(partial(visit, name=name)) for name in (SERVER_NAME, OTHER_NAME, SERVER_NAME)]
        equal(seen, [GREETING] * 3, "what clients that asked for several names received")

    loop.run_until_complete(body())


def bound() -> dict[str, Any]:
    """Return the options for a server on a socket that is bound already."""
    sock = socket.socket()
    sock.bind((LOOPBACK, 0))
    return {"host": None, "port": None, "sock": sock}


def both_families() -> dict[str, Any]:
    """Return the options for a server on both loopbacks."""
    need_ipv6()
    return {"host": [LOOPBACK, LOOPBACK6]}


@requirement("server-58")
@pytest.mark.parametrize("options", [bound, both_families])
@pytest.mark.parametrize("start", [True, False], ids=["at once", "later"])
def test_all_sockets_of_a_server_speak_tls(
    loop: AbstractEventLoop, options: Callable[[], dict[str, Any]], start: bool
) -> None:
    async def body() -> None:
        where = {**options(), "ssl": server_context(), "start_serving": start}
        async with tcp_server(loop, greeters(), **where) as server:
            await server.start_serving()
            heard = [await beside(partial(served, address)) for address in addresses(server)]
        check(set(heard) == {GREETING}, f"what a client of each socket received: saw {heard!r}")

    loop.run_until_complete(body())


@requirement("server-64")
@pytest.mark.parametrize("name", TIMEOUTS)
@pytest.mark.parametrize("seconds", [None, 60, 2.5])
def test_timeouts_may_be_none_or_any_number(loop: AbstractEventLoop, name: str, seconds: float | None) -> None:
    async def body() -> None:
        options: dict[str, Any] = {"ssl": server_context(), name: seconds}
        async with tcp_server(loop, greeters(), **options) as server:
            seen = await beside(partial(served, addresses(server)[0]))
        equal(seen, GREETING, f"what a client of a server with {name}={seconds} received")

    loop.run_until_complete(body())


@requirement("server-64")
def test_a_handshake_in_time_is_not_held_against_the_client(loop: AbstractEventLoop) -> None:
    clients = greeters()

    async def in_time(seconds: float) -> bool:
        async with tcp_server(loop, clients, ssl=server_context(), ssl_handshake_timeout=seconds) as server:
            peer = await beside(partial(greeted_or_not, addresses(server)[0]))
            if peer is None:
                return False
            with peer:
                await asyncio.sleep(seconds * 1.5)
                clients.protocols[-1].transport.write(b"still there")
                seen = await beside(partial(receive, peer, 11))
                equal(seen, b"still there", "what a client received later than ssl_handshake_timeout")
        return True

    async def body() -> None:
        for seconds in (0.1, 0.4, 1.6):  # a slow machine gets a longer time, never a verdict
            if await in_time(seconds):
                return
        raise CouldNotRun("this machine takes longer than 1.6 s for a TLS handshake, or refuses it")

    loop.run_until_complete(body())


def greeted_or_not(address: Any) -> ssl.SSLSocket | None:
    """Return a TLS client that has been greeted, or None if it was not."""
    try:
        peer = call_on(address)
    except OSError:
        return None
    try:
        if receive(peer, len(GREETING)) == GREETING:
            return peer
    except OSError:
        pass
    peer.close()
    return None


@requirement("server-08b")
def test_true_is_no_context_for_a_server(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        with raises(TypeError, "create_server(ssl=True)"):
            server = await loop.create_server(Clients(), LOOPBACK, 0, ssl=True)
            server.close()

    loop.run_until_complete(body())


@requirement("server-13c")
@pytest.mark.parametrize("name", TIMEOUTS)
def test_a_timeout_without_ssl_is_refused(loop: AbstractEventLoop, name: str) -> None:
    async def body() -> None:
        options: dict[str, Any] = {name: 5.0}
        with raises(ValueError, f"create_server({name}=) without ssl"):
            server = await loop.create_server(Clients(), LOOPBACK, 0, **options)
            server.close()

    loop.run_until_complete(body())
