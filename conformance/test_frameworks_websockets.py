"""The websockets library on the loop: its server and its client meet plain sockets."""

from __future__ import annotations

import socket
from asyncio import AbstractEventLoop
from typing import Any

from loopcert.conformance.kit import LOOPBACK, beside, equal, listening, raises, requirement, server_context
from loopcert.conformance.kit.frameworks import framework, settled, stands
from loopcert.conformance.kit.web import WebSocket, echoing, secure, shake_hands, websocket_to

LONG = "two" * 5000


async def _shout(line: Any) -> None:
    async for message in line:
        await line.send(message.upper())


def _visit(port: int) -> list[str | None]:
    end = websocket_to(port)
    end.send("one")
    end.send(LONG)
    heard = [end.receive(), end.receive()]
    end.close()
    return heard


@requirement("frameworks-16")
def test_websockets_serves(loop: AbstractEventLoop) -> None:
    server_module = framework("websockets.asyncio.server")

    async def body() -> None:
        async with server_module.serve(_shout, LOOPBACK, 0, compression=None) as server:
            port = server.sockets[0].getsockname()[1]
            equal(await beside(lambda: _visit(port)), ["ONE", "TWO" * 5000], "what the server sent back")
        await settled()

    with stands("websockets' serve()"):
        loop.run_until_complete(body())


@requirement("frameworks-16")
def test_websockets_serves_over_tls(loop: AbstractEventLoop) -> None:
    server_module = framework("websockets.asyncio.server")

    def visit(port: int) -> str | None:
        with secure(socket.create_connection((LOOPBACK, port))) as sock:
            end: WebSocket = shake_hands(sock, "/")
            end.send(LONG)
            return end.receive()

    async def body() -> None:
        async with server_module.serve(_shout, LOOPBACK, 0, compression=None, ssl=server_context()) as server:
            port = server.sockets[0].getsockname()[1]
            equal(await beside(lambda: visit(port)), LONG.upper(), "what the server sent back over TLS")
        await settled()

    with stands("websockets' serve() over TLS"):
        loop.run_until_complete(body())


@requirement("frameworks-17")
def test_websockets_connects(loop: AbstractEventLoop) -> None:
    client = framework("websockets.asyncio.client")

    async def body(server: socket.socket) -> None:
        far = loop.create_task(beside(lambda: echoing(server)))
        async with client.connect(f"ws://{LOOPBACK}:{server.getsockname()[1]}/", proxy=None) as line:
            await line.send("one")
            await line.send(LONG)
            equal([await line.recv(), await line.recv()], ["ONE", LONG.upper()], "what came back")
        equal(await far, ["one", LONG], "what the other end heard")
        await settled()

    with listening() as server, stands("websockets' connect()"):
        loop.run_until_complete(body(server))
        loop.run_until_complete(loop.shutdown_default_executor())


@requirement("frameworks-18")
def test_websockets_gives_up_the_handshake(loop: AbstractEventLoop) -> None:
    client = framework("websockets.asyncio.client")

    async def body(server: socket.socket) -> None:
        url = f"ws://{LOOPBACK}:{server.getsockname()[1]}/"
        with raises(TimeoutError, "connect() to a server that never answers, with 10 ms for opening"):
            await client.connect(url, proxy=None, open_timeout=0.01)
        await settled()

    with listening() as server, stands("websockets' open_timeout"):
        loop.run_until_complete(body(server))
        loop.run_until_complete(loop.shutdown_default_executor())


@requirement("frameworks-19")
def test_websockets_notices_a_dead_peer(loop: AbstractEventLoop) -> None:
    """The keepalive task pings, and closes the connection when no pong comes back in time."""
    server_module, exceptions = framework("websockets.asyncio.server"), framework("websockets.exceptions")

    async def body() -> None:
        ended = loop.create_future()

        async def wait(line: Any) -> None:
            try:
                await line.recv()
            except exceptions.ConnectionClosed as error:
                ended.set_result(error.sent.code if error.sent else None)

        options = {"ping_interval": 0.01, "ping_timeout": 0.01, "close_timeout": 0.01}
        async with server_module.serve(wait, LOOPBACK, 0, **options) as server:
            port = server.sockets[0].getsockname()[1]
            silent = await beside(lambda: websocket_to(port))
            equal(await ended, 1011, "the close code for a peer that answers no ping")
            silent.sock.close()
        await settled()

    with stands("websockets' keepalive"):
        loop.run_until_complete(body())
