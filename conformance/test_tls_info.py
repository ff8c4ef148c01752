"""What a TLS transport says of itself: certificates, ciphers, ALPN, names; what it cannot do; whose it is."""

from __future__ import annotations

import ssl
from asyncio import AbstractEventLoop
from typing import Any

import pytest

from loopcert.conformance.kit import (
    SERVER_NAME,
    TLS_VERSIONS,
    Reacting,
    TLSPeer,
    authority,
    beside,
    certificate,
    connected,
    contains,
    equal,
    instance,
    requirement,
    same,
    secured,
    tls_context,
    upgraded,
)
from loopcert.conformance.kit.tls import SIDES, VERSIONS

NEWEST = TLS_VERSIONS[-1]
NAMES = ("cipher", "peercert", "sslcontext", "ssl_object")


def alternatives(peercert: dict[str, Any] | None) -> list[str]:
    """Return the names that a certificate is for."""
    return [value for _kind, value in (peercert or {}).get("subjectAltName", ())]


@requirement("tls-09")
@VERSIONS
@SIDES
def test_all_is_known_of_a_connection(loop: AbstractEventLoop, version: str, server_side: bool) -> None:
    async def main() -> None:
        default = object()
        async with secured(loop, version=version, server_side=server_side) as (transport, _protocol, peer):
            unknown = [name for name in NAMES if transport.get_extra_info(name, default) in (None, default)]
            if server_side:
                unknown = [name for name in unknown if name != "peercert"]  # no client shows one unasked
            equal(unknown, [], "names that get_extra_info() does not know")
            equal(transport.get_extra_info("cipher"), peer.object.cipher(), "get_extra_info('cipher'), as at the peer")
            equal(transport.get_extra_info("compression", None), None, "get_extra_info('compression')")

    loop.run_until_complete(main())


@requirement("tls-09")
@VERSIONS
def test_all_is_known_after_an_upgrade(loop: AbstractEventLoop, version: str) -> None:
    async def main() -> None:
        context = tls_context(version, server_side=False)
        async with connected(loop) as (transport, protocol, far):
            peer = TLSPeer(far, version)
            above = await upgraded(loop, transport, protocol, peer, context=context)
            same(above.get_extra_info("sslcontext"), context, "get_extra_info('sslcontext')")
            equal(above.get_extra_info("cipher"), peer.object.cipher(), "get_extra_info('cipher'), as at the peer")
            contains(alternatives(above.get_extra_info("peercert")), SERVER_NAME, "names of the peer's certificate")
            instance(above.get_extra_info("ssl_object").version(), str, "version() of the ssl_object")

    loop.run_until_complete(main())


@requirement("tls-09")
@SIDES
def test_sslcontext_is_the_one_given(loop: AbstractEventLoop, server_side: bool) -> None:
    async def main() -> None:
        context = tls_context(NEWEST, server_side=server_side)
        async with secured(loop, server_side=server_side, contexts=(context, None)) as (transport, _protocol, _peer):
            same(transport.get_extra_info("sslcontext"), context, "get_extra_info('sslcontext')")

    loop.run_until_complete(main())


@requirement("tls-09")
@VERSIONS
def test_peercert_is_the_certificate_of_the_server(loop: AbstractEventLoop, version: str) -> None:
    async def main() -> None:
        async with secured(loop, version=version) as (transport, _protocol, _peer):
            seen = transport.get_extra_info("peercert")
            contains(alternatives(seen), SERVER_NAME, "names of the peer's certificate")

    loop.run_until_complete(main())


@requirement("tls-09")
@VERSIONS
def test_peercert_is_the_certificate_of_a_client_that_has_one(loop: AbstractEventLoop, version: str) -> None:
    async def main() -> None:
        own, others = tls_context(version, server_side=True), tls_context(version, server_side=False)
        authority().configure_trust(own)
        own.verify_mode = ssl.CERT_REQUIRED
        certificate().configure_cert(others)
        async with secured(loop, version=version, server_side=True, contexts=(own, others)) as (transport, _, _peer):
            seen = transport.get_extra_info("peercert")
            contains(alternatives(seen), SERVER_NAME, "names of the client's certificate")

    loop.run_until_complete(main())


@requirement("tls-09")
def test_an_unknown_name_gives_the_default(loop: AbstractEventLoop) -> None:
    async def main() -> None:
        async with secured(loop) as (transport, _protocol, _peer):
            default = object()
            same(transport.get_extra_info("no such name"), None, "get_extra_info(unknown)")
            same(transport.get_extra_info("no such name", default), default, "get_extra_info(unknown, default)")

    loop.run_until_complete(main())


@requirement("tls-43")
@VERSIONS
@SIDES
def test_ssl_object_tells_version_and_side(loop: AbstractEventLoop, version: str, server_side: bool) -> None:
    async def main() -> None:
        async with secured(loop, version=version, server_side=server_side) as (transport, _protocol, _peer):
            seen = transport.get_extra_info("ssl_object")
            equal((seen.version(), seen.server_side), (version, server_side), "version and server_side of ssl_object")

    loop.run_until_complete(main())


@requirement("tls-43")
@VERSIONS
@SIDES
@pytest.mark.parametrize(
    ("own", "others", "chosen"),
    [(["h2", "http/1.1"], ["h2"], "h2"), (["h2"], ["http/1.1"], None), ([], ["h2"], None)],
    ids=["common", "nothing-common", "none-offered"],
)
def test_ssl_object_tells_the_protocol_chosen(
    loop: AbstractEventLoop, version: str, server_side: bool, own: list[str], others: list[str], chosen: str | None
) -> None:
    async def main() -> None:
        contexts = [tls_context(version, server_side=side) for side in (server_side, not server_side)]
        for context, protocols in zip(contexts, (own, others), strict=True):
            if protocols:
                context.set_alpn_protocols(protocols)
        async with secured(loop, version=version, server_side=server_side, contexts=(contexts[0], contexts[1])) as (
            transport,
            _protocol,
            peer,
        ):
            seen = transport.get_extra_info("ssl_object").selected_alpn_protocol()
            wanted = (chosen, chosen)
            equal((seen, peer.object.selected_alpn_protocol()), wanted, "protocol chosen, here and at the peer")

    loop.run_until_complete(main())


@requirement("tls-43")
def test_ssl_object_tells_the_name(loop: AbstractEventLoop) -> None:
    async def main() -> None:
        async with connected(loop) as (transport, protocol, far):
            above = await upgraded(loop, transport, protocol, TLSPeer(far))
            equal(above.get_extra_info("ssl_object").server_hostname, SERVER_NAME, "server_hostname of ssl_object")

    loop.run_until_complete(main())


@requirement("tls-43")
def test_a_server_may_choose_its_context_by_the_name(loop: AbstractEventLoop) -> None:
    async def main() -> None:
        first, second = (tls_context(NEWEST, server_side=True) for _ in range(2))
        second.set_alpn_protocols(["chosen"])
        client = tls_context(NEWEST, server_side=False)
        client.set_alpn_protocols(["chosen"])

        def choose(ssl_object: Any, name: str, _context: Any) -> None:
            names.append(name)
            ssl_object.context = second

        names: list[str] = []
        first.sni_callback = choose
        async with secured(loop, server_side=True, contexts=(first, client)) as (transport, _protocol, _peer):
            chosen = transport.get_extra_info("ssl_object").selected_alpn_protocol()
            equal((names, chosen), ([SERVER_NAME], "chosen"), "name seen by sni_callback, and protocol")

    loop.run_until_complete(main())


@requirement("tls-44")
@VERSIONS
@SIDES
def test_the_handshake_is_complete_inside_connection_made(
    loop: AbstractEventLoop, version: str, server_side: bool
) -> None:
    async def main() -> None:
        seen: list[Any] = []

        def made(transport: Any) -> None:
            seen.extend((transport.get_extra_info("cipher") is None, transport.get_extra_info("ssl_object") is None))
            transport.write(b"welcome")

        async with secured(loop, Reacting(made=made), version, server_side=server_side) as (_transport, _, peer):
            received = await beside(lambda: peer.receive(7))
            equal((seen, received), ([False, False], b"welcome"), "what was unknown, and what the peer received")

    loop.run_until_complete(main())


@requirement("tls-10")
@SIDES
def test_the_layer_below_is_known(loop: AbstractEventLoop, server_side: bool) -> None:
    async def main() -> None:
        async with secured(loop, server_side=server_side) as (transport, _protocol, peer):
            seen = [transport.get_extra_info(name) for name in ("peername", "sockname")]
            equal(seen, [peer.sock.getsockname(), peer.sock.getpeername()], "peername and sockname")
            sock = transport.get_extra_info("socket")
            equal(sock.getsockname(), peer.sock.getpeername(), "getsockname() of the socket")

    loop.run_until_complete(main())
