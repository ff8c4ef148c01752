"""TLS over Unix sockets: connections, servers, and their time for the handshake."""

from __future__ import annotations

import socket
from asyncio import AbstractEventLoop
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from loopcert.conformance.kit import (
    SERVER_NAME,
    Clients,
    Recorder,
    TLSPeer,
    allowed,
    beside,
    client_context,
    equal,
    failing,
    requirement,
    server_context,
    unix_knock,
    unix_listening,
    unix_server,
)
from loopcert.conformance.kit.handshakes import (
    GREETING,
    OTHER_NAME,
    call,
    greeters,
    heard,
    hosting_at,
    meet,
    misnamed_context,
)
from loopcert.conformance.kit.peers import receive
from loopcert.conformance.kit.spoilers import behave, host, silent
from loopcert.conformance.kit.tls import TLS_VERSIONS, shaken, speaks, tls_context, usual_context

SHORT = 0.03


@requirement("unix-35")
@pytest.mark.parametrize(("server", "name"), [(server_context, SERVER_NAME), (misnamed_context, OTHER_NAME)])
def test_a_unix_connection_with_ssl_speaks_tls(loop: AbstractEventLoop, tmp_path: Path, server: Any, name: str) -> None:
    path = str(tmp_path / "s")

    async def main() -> None:
        with unix_listening(path) as listener:
            async with hosting_at(listener, partial(meet, context=server())) as peer:
                with allowed("create_unix_connection(ssl=, server_hostname=)"):
                    transport, protocol = await loop.create_unix_connection(
                        Recorder, path, ssl=client_context(), server_hostname=name
                    )
                await heard(protocol)
                transport.write(b"thanks")
                transport.close()
                await protocol.seen("lost")
                equal((await beside(peer.result)).data, b"thanks", "what the TLS peer received")

    loop.run_until_complete(main())


@requirement("unix-35")
def test_a_certificate_that_does_not_match_is_refused(loop: AbstractEventLoop, tmp_path: Path) -> None:
    path = str(tmp_path / "s")

    async def main() -> None:
        with unix_listening(path) as listener:
            async with hosting_at(listener, partial(meet, context=misnamed_context())):
                with failing("create_unix_connection(server_hostname=) to a server of another name"):
                    transport, _ = await loop.create_unix_connection(
                        Recorder, path, ssl=client_context(), server_hostname=SERVER_NAME
                    )
                    transport.abort()

    loop.run_until_complete(main())


@requirement("unix-33")
def test_a_unix_server_with_ssl_speaks_tls(loop: AbstractEventLoop, tmp_path: Path) -> None:
    path = str(tmp_path / "s")
    clients = greeters()

    def visit() -> bytes:
        try:
            with call(unix_knock(path)) as peer:
                got = receive(peer, len(GREETING))
                peer.sendall(b"thanks")
                return got
        except OSError as error:
            return repr(error).encode()

    async def main() -> None:
        async with unix_server(loop, clients, path, ssl=server_context()):
            equal(await beside(visit), GREETING, "what a TLS client received")
            equal(await (await clients.made()).received(6), b"thanks", "what the server received")

    loop.run_until_complete(main())


@requirement("unix-34")
def test_a_unix_connection_gives_up_a_handshake(loop: AbstractEventLoop, tmp_path: Path) -> None:
    path = str(tmp_path / "s")
    options: dict[str, Any] = {"ssl": client_context(), "server_hostname": SERVER_NAME, "ssl_handshake_timeout": SHORT}

    async def main() -> None:
        with unix_listening(path) as listener:
            async with hosting_at(listener, partial(host, silent)):
                with failing("create_unix_connection(ssl_handshake_timeout=) to a silent server"):
                    transport, _ = await loop.create_unix_connection(Recorder, path, **options)
                    transport.abort()

    loop.run_until_complete(main())


@requirement("unix-34")
def test_a_unix_server_cuts_off_a_silent_client(loop: AbstractEventLoop, tmp_path: Path) -> None:
    path = str(tmp_path / "s")

    async def main() -> None:
        async with unix_server(loop, greeters(), path, ssl=server_context(), ssl_handshake_timeout=SHORT):
            await beside(lambda: behave(silent, unix_knock(path)))  # it ends when the server ends it

    loop.run_until_complete(main())


@requirement("unix-39")
def test_a_unix_connection_leaves_a_peer_that_says_no_goodbye(loop: AbstractEventLoop) -> None:
    async def main(near: socket.socket, far: socket.socket) -> None:
        options: dict[str, Any] = {"ssl": usual_context(TLS_VERSIONS[-1], False), "server_hostname": SERVER_NAME}

        async def make() -> Any:
            return await loop.create_unix_connection(Recorder, sock=near, ssl_shutdown_timeout=SHORT, **options)

        with allowed("create_unix_connection(ssl=, ssl_shutdown_timeout=)"):
            transport, protocol = await shaken(TLSPeer(far), make)
        transport.close()
        await protocol.seen("lost")

    near, far = socket.socketpair()
    near.setblocking(False)
    with near, far:
        loop.run_until_complete(main(near, far))


@requirement("unix-39")
def test_a_unix_server_leaves_a_client_that_says_no_goodbye(loop: AbstractEventLoop, tmp_path: Path) -> None:
    path = str(tmp_path / "s")
    clients = Clients()
    context = usual_context(TLS_VERSIONS[-1], True)

    async def main() -> None:
        async with unix_server(loop, clients, path, ssl=context, ssl_shutdown_timeout=SHORT):
            with unix_knock(path) as sock:
                await shaken(TLSPeer(sock, server_side=False), clients.made)
                protocol = await clients.made()
                protocol.transport.close()
                await protocol.seen("lost")

    loop.run_until_complete(main())


@requirement("unix-41")
def test_an_empty_name_matches_none(loop: AbstractEventLoop) -> None:
    context = tls_context(TLS_VERSIONS[-1], server_side=False)
    context.check_hostname = False

    async def main(near: socket.socket, far: socket.socket) -> None:
        async def make() -> Any:
            return await loop.create_unix_connection(Recorder, sock=near, ssl=context, server_hostname="")

        peer = TLSPeer(far)
        with allowed("create_unix_connection(ssl=, server_hostname='')"):
            transport, protocol = await shaken(peer, make)
        await speaks(transport, protocol, peer)
        transport.abort()
        await protocol.seen("lost")

    near, far = socket.socketpair()
    near.setblocking(False)
    with near, far:
        loop.run_until_complete(main(near, far))
