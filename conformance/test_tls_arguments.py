"""The arguments of start_tls(): the name that is looked for, and what is refused."""

from __future__ import annotations

import asyncio
import ssl
from asyncio import AbstractEventLoop
from typing import Any

import pytest

from loopcert.conformance.kit import (
    LOOPBACK,
    SERVER_NAME,
    TLS_VERSIONS,
    Recorder,
    TLSPeer,
    allowed,
    beside,
    equal,
    raises,
    requirement,
    standing,
    tls_context,
    upgraded,
    upgrading,
    usual_context,
)
from loopcert.conformance.kit.tls import VERSIONS

NEWEST = TLS_VERSIONS[-1]


@requirement("tls-06")
@VERSIONS
@pytest.mark.parametrize("name", [SERVER_NAME, LOOPBACK])
def test_names_of_the_certificate_are_accepted(loop: AbstractEventLoop, version: str, name: str) -> None:
    async def main() -> None:
        async with standing(loop) as (transport, protocol, far):
            await upgraded(loop, transport, protocol, TLSPeer(far, version), version, server_hostname=name)

    loop.run_until_complete(main())


@requirement("tls-06")
@VERSIONS
@pytest.mark.parametrize("name", ["example.org", "127.0.0.2"])
def test_another_name_is_refused(loop: AbstractEventLoop, version: str, name: str) -> None:
    async def main() -> None:
        async with standing(loop) as (transport, protocol, far):
            context = usual_context(version, False)
            task = upgrading(loop, transport, protocol, server_hostname=name, context=context)
            await beside(lambda: TLSPeer(far, version).attempt())
            with raises(Exception, f"start_tls() with server_hostname={name!r} and a certificate of {SERVER_NAME}"):
                await task

    loop.run_until_complete(main())


@requirement("tls-31")
def test_the_server_is_told_the_name(loop: AbstractEventLoop) -> None:
    async def main() -> None:
        names: list[str | None] = []
        context = tls_context(NEWEST, server_side=True)
        context.sni_callback = lambda _object, name, _context: names.append(name)
        async with standing(loop) as (transport, protocol, far):
            await upgraded(loop, transport, protocol, TLSPeer(far, context=context))
            equal(names, [SERVER_NAME], "names that the server was told")

    loop.run_until_complete(main())


@requirement("tls-04")
@pytest.mark.parametrize("context", [None, True, "context", ssl.SSLContext, ["context"]], ids=repr)
def test_only_an_ssl_context_is_taken(loop: AbstractEventLoop, context: Any) -> None:
    async def main() -> None:
        async with standing(loop) as (transport, protocol, _far):
            with raises(TypeError, f"start_tls() with sslcontext={context!r}"):
                await loop.start_tls(transport, protocol, context, server_hostname=SERVER_NAME)

    loop.run_until_complete(main())


@requirement("tls-26")
def test_a_datagram_transport_is_refused(loop: AbstractEventLoop) -> None:
    class Datagrams(asyncio.DatagramProtocol):
        def __init__(self) -> None:
            self.lost = loop.create_future()

        def connection_lost(self, _exc: Exception | None) -> None:
            self.lost.set_result(None)

    async def main() -> None:
        transport, protocol = await loop.create_datagram_endpoint(Datagrams, local_addr=(LOOPBACK, 0))
        try:
            with raises(TypeError, "start_tls() on a datagram transport"):
                await upgrading(loop, transport, protocol)
        finally:
            transport.close()
            await protocol.lost

    loop.run_until_complete(main())


@requirement("tls-26")
@pytest.mark.parametrize("transport", [None, object(), asyncio.BaseTransport()], ids=["None", "object", "bare"])
def test_a_foreign_object_is_refused(loop: AbstractEventLoop, transport: Any) -> None:
    async def main() -> None:
        with raises(TypeError, f"start_tls() on {transport!r}"):
            await upgrading(loop, transport, Recorder())

    loop.run_until_complete(main())


@requirement("tls-37")
@pytest.mark.parametrize("name", ["ssl_handshake_timeout", "ssl_shutdown_timeout"])
@pytest.mark.parametrize("seconds", [0, -1, -0.5])
def test_timeouts_are_positive(loop: AbstractEventLoop, name: str, seconds: float) -> None:
    async def main() -> None:
        async with standing(loop) as (transport, protocol, _far):
            options: dict[str, Any] = {name: seconds}
            with raises(ValueError, f"start_tls() with {name}={seconds}"):
                await upgrading(loop, transport, protocol, **options)

    loop.run_until_complete(main())


@requirement("tls-38")
def test_a_name_is_needed_where_names_are_checked(loop: AbstractEventLoop) -> None:
    async def main() -> None:
        async with standing(loop) as (transport, protocol, _far):
            with raises(Exception, "start_tls() without a server_hostname"):
                await upgrading(loop, transport, protocol, server_hostname=None)

    loop.run_until_complete(main())


@requirement("tls-06")
def test_no_name_is_needed_where_none_is_checked(loop: AbstractEventLoop) -> None:
    async def main() -> None:
        context = tls_context(NEWEST, server_side=False)
        context.check_hostname = False
        async with standing(loop) as (transport, protocol, far):
            with allowed("start_tls() without a server_hostname, and a context that checks none"):
                await upgraded(loop, transport, protocol, TLSPeer(far), context=context, server_hostname=None)

    loop.run_until_complete(main())
