"""Sockets of Unix under the loop's own calls: sock_connect() and its like, and loop.sendfile()."""

from __future__ import annotations

import os
import socket
from asyncio import AbstractEventLoop
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from loopcert.conformance.kit import (
    BIG,
    Peer,
    Recorder,
    allowed,
    beside,
    check,
    equal,
    receive_all,
    requirement,
    unix_listening,
)

KINDS: dict[str, Callable[[Path], Any]] = {"str": str, "bytes": os.fsencode}


@requirement("unix-36")
@pytest.mark.parametrize("kind", KINDS)
def test_sock_connect_connects_to_a_path(loop: AbstractEventLoop, tmp_path: Path, kind: str) -> None:
    path = tmp_path / "s"
    with unix_listening(str(path)) as server, socket.socket(socket.AF_UNIX) as sock:
        sock.setblocking(False)
        with allowed("sock_connect() of a Unix socket"):
            loop.run_until_complete(loop.sock_connect(sock, KINDS[kind](path)))
        peer, _ = server.accept()
        with peer:
            peer.sendall(b"hello")
            equal(loop.run_until_complete(loop.sock_recv(sock, 10)), b"hello", "what sock_recv() gave")


@requirement("unix-36")
def test_sock_accept_accepts_from_a_path(loop: AbstractEventLoop, tmp_path: Path) -> None:
    path = str(tmp_path / "s")
    with unix_listening(path) as server, socket.socket(socket.AF_UNIX) as client:
        server.setblocking(False)
        client.connect(path)
        with allowed("sock_accept() of a Unix socket"):
            sock, _ = loop.run_until_complete(loop.sock_accept(server))
        with sock:
            loop.run_until_complete(loop.sock_sendall(sock, b"hello"))
            equal(client.recv(10), b"hello", "what the client received")


@requirement("unix-37")
def test_a_file_is_sent_over_a_unix_socket(loop: AbstractEventLoop, tmp_path: Path) -> None:
    async def main(near: socket.socket, far: socket.socket) -> bytes:
        with allowed("create_unix_connection(sock=)"):
            transport, protocol = await loop.create_unix_connection(Recorder, sock=near)
        reader = Peer(lambda: receive_all(far))
        with path.open("rb") as file, allowed("sendfile() over a Unix socket"):
            equal(await loop.sendfile(transport, file), len(BIG), "sendfile()")
        transport.close()
        await protocol.seen("lost")
        return await beside(reader.result)

    path = tmp_path / "file"
    path.write_bytes(BIG)
    near, far = socket.socketpair()
    near.setblocking(False)
    with near, far:
        got = loop.run_until_complete(main(near, far))
    check(got == BIG, f"the peer got {len(got)} bytes, wanted the {len(BIG)} bytes of the file")
