"""Streams on Unix sockets."""

from __future__ import annotations

import asyncio
import socket
from asyncio import AbstractEventLoop
from pathlib import Path
from typing import Any

import pytest

from loopcert.conformance.kit import (
    PATHS,
    allowed,
    beside,
    equal,
    instance,
    receive,
    receive_all,
    requirement,
    unix_knock,
    unix_listening,
)
from loopcert.conformance.kit.readers import Guests, hang_up, put_away


async def talk(reader: Any, writer: Any, peer: socket.socket) -> None:
    """Verify that a stream works both ways and ends for the peer."""
    instance(reader, asyncio.StreamReader, "the reader")
    instance(writer, asyncio.StreamWriter, "the writer")
    peer.sendall(b"question")
    equal(await reader.readexactly(8), b"question", "what the stream read")
    writer.write(b"answer")
    writer.close()
    equal(await beside(lambda: receive_all(peer)), b"answer", "what the peer received before the end")


@requirement("stream-06")
@pytest.mark.parametrize("kind", PATHS)
def test_a_path_is_connected_to(loop: AbstractEventLoop, tmp_path: Path, kind: str) -> None:
    path = tmp_path / "s"

    async def body() -> None:
        with unix_listening(str(path)) as listener:
            with allowed("open_unix_connection() to a server that listens"):
                reader, writer = await asyncio.open_unix_connection(PATHS[kind](path))
            peer, _ = listener.accept()
            try:
                await talk(reader, writer, peer)
            finally:
                hang_up(peer)
                await put_away(writer)

    loop.run_until_complete(body())


@requirement("stream-06")
def test_a_connected_socket_is_taken(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        near, far = socket.socketpair(socket.AF_UNIX)
        with allowed("open_unix_connection(sock=)"):
            reader, writer = await asyncio.open_unix_connection(sock=near)
        try:
            await talk(reader, writer, far)
        finally:
            hang_up(far)
            await put_away(writer)

    loop.run_until_complete(body())


@requirement("stream-07")
@pytest.mark.parametrize("kind", PATHS)
def test_a_path_is_listened_at(loop: AbstractEventLoop, tmp_path: Path, kind: str) -> None:
    path = tmp_path / "s"

    async def body() -> None:
        guests = Guests()
        with allowed("start_unix_server()"):
            server = await asyncio.start_unix_server(guests, PATHS[kind](path))
        try:
            for number in (1, 2):
                guests.peers.append(unix_knock(str(path)))
                await talk(*await guests.came(number), guests.peers[-1])
        finally:
            server.close()
            await guests.clear()

    loop.run_until_complete(body())


@requirement("stream-07")
def test_a_coroutine_serves_at_a_path(loop: AbstractEventLoop, tmp_path: Path) -> None:
    path = str(tmp_path / "s")

    async def body() -> None:
        guests = Guests()

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            guests(reader, writer)
            writer.write(await reader.readexactly(4))

        with allowed("start_unix_server()"):
            server = await asyncio.start_unix_server(serve, path)
        try:
            peer = unix_knock(path)
            guests.peers.append(peer)
            peer.sendall(b"echo")
            equal(await beside(lambda: receive(peer, 4)), b"echo", "what the client received")
        finally:
            server.close()
            await guests.clear()

    loop.run_until_complete(body())
