"""create_connection(ssl=...): which context is used, and which name the certificate has to match."""

from __future__ import annotations

import socket
import ssl
from asyncio import AbstractEventLoop
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from loopcert.conformance.kit import (
    LOOPBACK,
    SERVER_NAME,
    Recorder,
    allowed,
    authority,
    beside,
    check,
    client_context,
    equal,
    raises,
    refused_port,
    requirement,
    server_context,
    tcp_pair,
    two_addresses,
)
from loopcert.conformance.kit.handshakes import (
    OTHER_NAME,
    certified_context,
    demanding_context,
    expired_context,
    greeted,
    heard,
    hosting,
    hosting_at,
    meet,
    misnamed_context,
    nameless_context,
    presenting,
    secured,
    turned_away,
    unknown_context,
)


@pytest.fixture
def trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make our authority the only one that default contexts of OpenSSL trust."""
    path = tmp_path / "authority.pem"
    authority().cert_pem.write_to_path(str(path))
    monkeypatch.setenv("SSL_CERT_FILE", str(path))


@requirement("connect-07a")
@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize("options", [{}, {"server_hostname": SERVER_NAME}], ids=["host", "server_hostname"])
def test_true_connects_to_a_server_of_a_trusted_authority(loop: AbstractEventLoop, options: dict[str, Any]) -> None:
    meeting = loop.run_until_complete(greeted(loop, True, **options))
    equal((meeting.error, meeting.data), (None, b"thanks"), "error and data of the TLS peer")


@requirement("connect-07a")
@pytest.mark.parametrize("server", [unknown_context, expired_context])
def test_true_checks_certificates(loop: AbstractEventLoop, server: Callable[[], ssl.SSLContext]) -> None:
    what = "create_connection(ssl=True) to a server whose certificate nobody trusts"
    loop.run_until_complete(turned_away(loop, True, server(), what))


@requirement("connect-07a")
@pytest.mark.usefixtures("trusted")
def test_true_checks_host_names(loop: AbstractEventLoop) -> None:
    what = "create_connection(ssl=True) to a server whose certificate is for another name"
    loop.run_until_complete(turned_away(loop, True, misnamed_context(), what))


@requirement("connect-07b")
def test_what_the_context_says_is_offered(loop: AbstractEventLoop) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    authority().configure_trust(context)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["loopcert/1"])
    server = presenting(LOOPBACK)
    server.set_alpn_protocols(["loopcert/0", "loopcert/1"])
    meeting = loop.run_until_complete(greeted(loop, context, server))
    equal((meeting.alpn, meeting.version), ("loopcert/1", "TLSv1.2"), "protocol and version of the TLS peer")


@requirement("connect-07b")
def test_the_certificate_of_the_context_is_shown_when_asked_for(loop: AbstractEventLoop) -> None:
    meeting = loop.run_until_complete(greeted(loop, certified_context(), demanding_context()))
    equal(meeting.error, None, "error of a TLS peer that demands a certificate")
    check(meeting.certificate, f"certificate that the TLS peer saw: {meeting.certificate!r}, wanted the context's")


@requirement("connect-07b")
@pytest.mark.parametrize("server", [unknown_context, expired_context, misnamed_context])
def test_a_context_that_checks_nothing_connects_to_everybody(
    loop: AbstractEventLoop, server: Callable[[], ssl.SSLContext]
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    meeting = loop.run_until_complete(greeted(loop, context, server()))
    equal((meeting.error, meeting.data), (None, b"thanks"), "error and data of the TLS peer")


@requirement("connect-07b")
def test_one_context_serves_several_connections_at_once(loop: AbstractEventLoop) -> None:
    async def main() -> None:
        context = client_context()
        async with secured(loop, context) as (one, first, peer), secured(loop, context) as (two, second, other):
            for transport, protocol, text in ((one, first, b"first"), (two, second, b"second")):
                await heard(protocol)
                transport.write(text)
            for transport in (one, two):
                transport.close()
            seen = [(await beside(each.result)).data for each in (peer, other)]
        equal(seen, [b"first", b"second"], "what two TLS peers received")

    loop.run_until_complete(main())


@requirement("connect-61")
@pytest.mark.parametrize("server", [unknown_context, expired_context])
def test_a_certificate_that_the_context_does_not_accept_is_refused(
    loop: AbstractEventLoop, server: Callable[[], ssl.SSLContext]
) -> None:
    what = "create_connection() to a server whose certificate the context does not accept"
    loop.run_until_complete(turned_away(loop, nameless_context(), server(), what))


@requirement("connect-08a")
def test_server_hostname_takes_the_place_of_host(loop: AbstractEventLoop) -> None:
    meeting = loop.run_until_complete(greeted(loop, client_context(), misnamed_context(), server_hostname=OTHER_NAME))
    equal((meeting.error, meeting.data), (None, b"thanks"), "error and data of the TLS peer")


@requirement("connect-08a")
@pytest.mark.parametrize("name", ["another.test", "sub.other.test", "test"])
def test_a_server_hostname_that_does_not_match_is_refused(loop: AbstractEventLoop, name: str) -> None:
    what = f"create_connection(server_hostname={name!r}) to a server with a certificate for its address and other.test"
    server = presenting(LOOPBACK, OTHER_NAME)
    loop.run_until_complete(turned_away(loop, client_context(), server, what, server_hostname=name))


@requirement("connect-08a")
def test_server_hostname_may_be_an_address(loop: AbstractEventLoop) -> None:
    meeting = loop.run_until_complete(
        greeted(loop, client_context(), presenting(LOOPBACK), host=SERVER_NAME, server_hostname=LOOPBACK)
    )
    equal((meeting.error, meeting.data), (None, b"thanks"), "error and data of the TLS peer")


@requirement("connect-08b")
@pytest.mark.parametrize("host", [LOOPBACK, SERVER_NAME])
def test_host_is_the_name_to_match(loop: AbstractEventLoop, host: str) -> None:
    context = client_context()
    meeting = loop.run_until_complete(greeted(loop, context, presenting(host), host, family=socket.AF_INET))
    equal((meeting.error, meeting.data), (None, b"thanks"), "error and data of the TLS peer")


@requirement("connect-08b")
@pytest.mark.parametrize(("host", "certified"), [(LOOPBACK, SERVER_NAME), (SERVER_NAME, LOOPBACK)])
def test_a_certificate_for_another_name_of_the_host_is_refused(
    loop: AbstractEventLoop, host: str, certified: str
) -> None:
    what = f"create_connection({host!r}) to a server with a certificate for {certified!r} alone"
    server = presenting(certified)
    loop.run_until_complete(turned_away(loop, client_context(), server, what, host, family=socket.AF_INET))


@requirement("connect-11")
@pytest.mark.parametrize("server", [server_context, misnamed_context])
def test_an_empty_server_hostname_matches_everything(
    loop: AbstractEventLoop, server: Callable[[], ssl.SSLContext]
) -> None:
    meeting = loop.run_until_complete(greeted(loop, nameless_context(), server(), server_hostname=""))
    equal((meeting.error, meeting.data), (None, b"thanks"), "error and data of the TLS peer")


@requirement("connect-11")
@pytest.mark.usefixtures("trusted")
def test_true_with_an_empty_server_hostname_matches_everything(loop: AbstractEventLoop) -> None:
    meeting = loop.run_until_complete(greeted(loop, True, misnamed_context(), server_hostname=""))
    equal((meeting.error, meeting.data), (None, b"thanks"), "error and data of the TLS peer")


@requirement("connect-62")
@pytest.mark.parametrize("server", [unknown_context, expired_context])
def test_an_empty_server_hostname_still_checks_the_certificate(
    loop: AbstractEventLoop, server: Callable[[], ssl.SSLContext]
) -> None:
    what = "create_connection(server_hostname='') to a server whose certificate nobody trusts"
    loop.run_until_complete(turned_away(loop, nameless_context(), server(), what, server_hostname=""))


@requirement("connect-33")
def test_a_context_that_checks_names_needs_one(loop: AbstractEventLoop) -> None:
    async def main() -> None:
        near, far = tcp_pair()
        far.close()
        with near, raises(ValueError, "create_connection(server_hostname='') with check_hostname"):
            await loop.create_connection(Recorder, sock=near, ssl=client_context(), server_hostname="")

    loop.run_until_complete(main())


@requirement("connect-60")
def test_the_name_is_told_to_the_server(loop: AbstractEventLoop) -> None:
    names: list[Any] = []
    server = presenting(LOOPBACK, OTHER_NAME, SERVER_NAME)
    server.sni_callback = lambda _sock, name, _context: names.append(name)

    async def main() -> None:
        await greeted(loop, client_context(), server, server_hostname=OTHER_NAME)
        await greeted(loop, client_context(), server, SERVER_NAME, family=socket.AF_INET)

    loop.run_until_complete(main())
    equal(names, [OTHER_NAME, SERVER_NAME], "names that the TLS peer was asked for")


@requirement("connect-58")
@pytest.mark.parametrize("options", [{}, {"happy_eyeballs_delay": 3600.0}], ids=["in turn", "happy eyeballs"])
def test_tls_is_made_over_the_address_that_answers(loop: AbstractEventLoop, options: dict[str, Any]) -> None:
    options = {**options, "ssl": client_context(), "server_hostname": SERVER_NAME}

    async def main(host: Any, server: socket.socket) -> None:
        async with hosting_at(server, partial(meet, context=server_context())):
            with allowed("create_connection(ssl=) to a host whose second address listens"):
                transport, protocol = await loop.create_connection(Recorder, host, server.getsockname()[1], **options)
            await heard(protocol)
            transport.close()
            await protocol.seen("lost")

    with two_addresses() as (host, (_first, second)):
        second.listen()
        loop.run_until_complete(main(host, second))


@requirement("connect-58")
def test_tls_goes_with_local_addr(loop: AbstractEventLoop) -> None:
    async def main() -> Any:
        async with secured(loop, client_context(), local_addr=(LOOPBACK, 0)) as (transport, protocol, _):
            await heard(protocol)
            return transport.get_extra_info("sockname")[0]

    equal(loop.run_until_complete(main()), LOOPBACK, "local address of the TLS transport")


@requirement("connect-65")
@pytest.mark.parametrize("blocking", [True, False], ids=["blocking", "non-blocking"])
@pytest.mark.parametrize("name", [SERVER_NAME, LOOPBACK])
def test_a_socket_that_is_connected_already_gets_tls(loop: AbstractEventLoop, name: str, blocking: bool) -> None:
    async def main() -> None:
        async with hosting(partial(meet, context=server_context())) as (port, peer):
            sock = socket.create_connection((LOOPBACK, port))
            sock.setblocking(blocking)
            try:
                with allowed("create_connection(sock=, ssl=, server_hostname=)"):
                    transport, protocol = await loop.create_connection(
                        Recorder, sock=sock, ssl=client_context(), server_hostname=name
                    )
            except BaseException:
                sock.close()
                raise
            transport.write(b"thanks")
            await heard(protocol)
            transport.close()
            equal((await beside(peer.result)).data, b"thanks", "what the TLS peer received")
            await protocol.seen("lost")

    loop.run_until_complete(main())


@requirement("connect-09")
@pytest.mark.parametrize("ssl_option", ["True", "context"])
def test_without_host_a_server_hostname_is_needed(loop: AbstractEventLoop, ssl_option: str) -> None:
    async def main() -> None:
        near, far = tcp_pair()
        context = True if ssl_option == "True" else client_context()
        with near, far, raises(ValueError, "create_connection(sock=, ssl=) without server_hostname"):
            await loop.create_connection(Recorder, sock=near, ssl=context)

    loop.run_until_complete(main())


@requirement("connect-10")
@pytest.mark.parametrize("option", [None, False])
def test_server_hostname_without_ssl_is_refused(loop: AbstractEventLoop, option: bool | None) -> None:
    async def main() -> None:
        with raises(ValueError, f"create_connection(server_hostname=) with ssl={option}"):
            await loop.create_connection(Recorder, LOOPBACK, refused_port(), ssl=option, server_hostname=SERVER_NAME)

    loop.run_until_complete(main())
