"""What TLS does of its own accord when the handshake is long over."""

from __future__ import annotations

import ssl
from asyncio import AbstractEventLoop
from functools import partial

import pytest

from loopcert.conformance.kit import (
    TLS_VERSIONS,
    allowed,
    arrived,
    authority,
    beside,
    certificate,
    check,
    equal,
    requirement,
    secured,
    tls_context,
)

NEWEST = TLS_VERSIONS[-1]


@requirement("tls-68")
def test_a_client_shows_its_certificate_later(loop: AbstractEventLoop) -> None:
    async def main() -> None:
        own, others = tls_context(NEWEST, server_side=False), tls_context(NEWEST, server_side=True)
        own.post_handshake_auth = others.post_handshake_auth = True
        certificate().configure_cert(own)
        authority().configure_trust(others)
        others.verify_mode = ssl.CERT_REQUIRED
        async with secured(loop, contexts=(own, others)) as (transport, protocol, peer):
            before = peer.object.getpeercert()
            with allowed("asking a client that agreed to it for its certificate"):
                peer.object.verify_client_post_handshake()
            peer.send(b"who are you?")
            await arrived(protocol, 12)
            transport.write(b"me")
            received = await beside(lambda: peer.receive(2))
            equal((before, received), (None, b"me"), "certificate at first, and what came after it")
            check(peer.object.getpeercert(), "the peer saw no certificate, wanted that of the client")

    loop.run_until_complete(main())


@requirement("tls-70")
@pytest.mark.parametrize("version", TLS_VERSIONS)
def test_a_session_can_be_taken_up_again(loop: AbstractEventLoop, version: str) -> None:
    async def main() -> None:
        contexts = (tls_context(version, server_side=True), tls_context(version, server_side=False))
        session, reused = None, []
        for _ in range(2):
            making = secured(loop, version=version, server_side=True, contexts=contexts, session=session)
            async with making as (transport, protocol, peer):
                transport.write(b"welcome")
                await beside(partial(peer.receive, 7))
                session = peer.object.session
                reused.append(peer.object.session_reused)
                await beside(peer.leave)
                await protocol.seen("lost")
        equal(reused, [False, True], "whether the first and the second connection took up a session")

    loop.run_until_complete(main())
