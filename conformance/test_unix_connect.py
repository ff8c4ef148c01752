"""create_unix_connection: to paths of every kind, over a socket that is given, and to where nobody listens."""

from __future__ import annotations

import os
import socket
import ssl
from asyncio import AbstractEventLoop
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from loopcert.conformance.kit import (
    BIG,
    PATHS,
    Clients,
    Recorder,
    allowed,
    beside,
    check,
    descriptors,
    elsewhere,
    equal,
    failing,
    instance,
    need_abstract_names,
    raises,
    receive,
    receive_all,
    requirement,
    same,
    stale,
    unix_connection,
    unix_listening,
)


@asynccontextmanager
async def dialled(loop: AbstractEventLoop, path: Any, bound: Any) -> AsyncIterator[tuple[Any, Any, socket.socket]]:
    """Connect the loop to ``path``, where a plain socket ``bound`` listens; give transport, protocol, peer."""
    clients = Clients()
    with unix_listening(bound) as listener:
        transport, protocol = await unix_connection(loop, clients, path)
        peer, _ = listener.accept()
        try:
            yield transport, protocol, peer
        finally:
            peer.close()
            await clients.clear()


@requirement("unix-01")
def test_a_connection_works_both_ways(loop: AbstractEventLoop, tmp_path: Path) -> None:
    path = str(tmp_path / "s")

    async def body() -> None:
        async with dialled(loop, path, path) as (transport, protocol, peer):
            transport.write(b"question")
            equal(await beside(partial(receive, peer, 8)), b"question", "what the server received")
            peer.sendall(b"answer")
            equal(await protocol.received(6), b"answer", "what the client received")

    loop.run_until_complete(body())


@requirement("unix-01")
def test_a_connection_carries_much_and_ends(loop: AbstractEventLoop, tmp_path: Path) -> None:
    path = str(tmp_path / "s")

    async def body() -> None:
        async with dialled(loop, path, path) as (transport, protocol, peer):
            transport.write(BIG)
            transport.close()
            data = await beside(partial(receive_all, peer))
            check(data == BIG, f"the server received {len(data)} bytes, wanted {len(BIG)}")
            await protocol.seen("lost")

    loop.run_until_complete(body())


@requirement("unix-01")
def test_the_end_of_the_server_is_told(loop: AbstractEventLoop, tmp_path: Path) -> None:
    path = str(tmp_path / "s")

    async def body() -> None:
        async with dialled(loop, path, path) as (_, protocol, peer):
            peer.sendall(b"goodbye")
            peer.close()
            await protocol.seen("lost")
            protocol.expect("made", "data", "eof", "lost")
            equal((bytes(protocol.data), protocol.error), (b"goodbye", None), "data and error that the client was told")

    loop.run_until_complete(body())


@requirement("unix-02")
def test_the_socket_is_a_unix_stream(loop: AbstractEventLoop, tmp_path: Path) -> None:
    path = str(tmp_path / "s")

    async def body() -> None:
        async with dialled(loop, path, path) as (transport, _, _):
            sock = transport.get_extra_info("socket")
            equal((sock.family, sock.type), (socket.AF_UNIX, socket.SOCK_STREAM), "family and type")

    loop.run_until_complete(body())


@requirement("unix-03")
def test_the_protocol_is_made_and_told_before_the_pair_is_returned(loop: AbstractEventLoop, tmp_path: Path) -> None:
    path, clients = str(tmp_path / "s"), Clients()

    async def body() -> None:
        with unix_listening(path):
            transport, protocol = await unix_connection(loop, clients, path)
            seen = list(protocol.events)
            await clients.clear()
        equal((clients.called, seen), ([()], ["made"]), "calls of the factory and of the protocol")
        same(protocol, clients.protocols[0], "the protocol")
        same(protocol.transport, transport, "what connection_made() was given")

    loop.run_until_complete(body())


@requirement("unix-04")
@pytest.mark.parametrize("kind", PATHS)
def test_a_path_of_any_kind_is_connected_to(loop: AbstractEventLoop, tmp_path: Path, kind: str) -> None:
    path = tmp_path / "s"

    async def body() -> None:
        with unix_listening(str(path)) as listener:
            clients = Clients()
            await unix_connection(loop, clients, PATHS[kind](path))
            listener.accept()[0].close()
            await clients.clear()

    loop.run_until_complete(body())


@requirement("unix-04")
def test_a_path_need_not_be_ascii(loop: AbstractEventLoop, tmp_path: Path) -> None:
    path = str(tmp_path / "größe")

    async def body() -> None:
        async with dialled(loop, path, path) as (transport, _, peer):
            transport.write(b"x")
            equal(await beside(partial(receive, peer, 1)), b"x", "what the server received")

    loop.run_until_complete(body())


@requirement("unix-05")
@pytest.mark.parametrize("kind", [str, bytes])
def test_an_abstract_name_is_connected_to(loop: AbstractEventLoop, tmp_path: Path, kind: Any) -> None:
    need_abstract_names()
    name = b"\0loopcert" + os.fsencode(tmp_path)

    async def body() -> None:
        async with dialled(loop, name if kind is bytes else name.decode(), name) as (transport, _, peer):
            transport.write(b"x")
            equal(await beside(partial(receive, peer, 1)), b"x", "what the server received")

    loop.run_until_complete(body())


@requirement("unix-06")
@pytest.mark.parametrize("blocking", [True, False], ids=["blocking", "nonblocking"])
def test_a_socket_that_is_given_is_used_and_closed(loop: AbstractEventLoop, blocking: bool) -> None:
    near, far = socket.socketpair(socket.AF_UNIX)
    near.setblocking(blocking)

    async def body() -> None:
        with allowed("create_unix_connection with a socket"):
            transport, protocol = await loop.create_unix_connection(Recorder, sock=near)
        transport.write(b"hello")
        transport.close()
        await protocol.seen("lost")

    with far, near:
        loop.run_until_complete(body())
        equal(near.fileno(), -1, "the descriptor of the socket after the transport was closed")
        equal(receive_all(far), b"hello", "what the peer received")


@requirement("unix-07")
@pytest.mark.parametrize("both", [True, False], ids=["both", "neither"])
def test_a_connection_wants_a_path_or_a_socket(loop: AbstractEventLoop, tmp_path: Path, both: bool) -> None:
    near, far = socket.socketpair(socket.AF_UNIX)
    arguments: dict[str, Any] = {"path": str(tmp_path / "s"), "sock": near} if both else {}
    with near, far, raises(ValueError, f"create_unix_connection with {sorted(arguments) or 'nothing'}"):
        loop.run_until_complete(loop.create_unix_connection(Recorder, **arguments))


@requirement("unix-08")
@pytest.mark.parametrize("kind", ["TCP", "datagram"])
@pytest.mark.parametrize("name", ["create_unix_connection", "create_unix_server"])
def test_another_kind_of_socket_is_refused(loop: AbstractEventLoop, name: str, kind: str) -> None:
    what = (socket.AF_INET, socket.SOCK_STREAM) if kind == "TCP" else (socket.AF_UNIX, socket.SOCK_DGRAM)
    with socket.socket(*what) as sock, failing(f"{name} with a {kind} socket"):
        loop.run_until_complete(getattr(loop, name)(Recorder, sock=sock))


def leave(path: Path, what: str) -> None:
    """Leave something at ``path`` where nobody listens."""
    if what == "a stale file":
        stale(str(path))
    if what == "a plain file":
        path.write_text("no socket")


@requirement("unix-09")
@pytest.mark.parametrize("left", ["nothing", "a stale file", "a plain file"])
def test_a_path_where_nobody_listens_is_an_error(loop: AbstractEventLoop, tmp_path: Path, left: str) -> None:
    leave(tmp_path / "s", left)
    with failing(f"create_unix_connection to {left}"):
        loop.run_until_complete(loop.create_unix_connection(Recorder, str(tmp_path / "s")))


@requirement("unix-32")
@pytest.mark.parametrize("left", ["nothing", "a stale file"])
def test_no_protocol_is_made_where_nobody_listens(loop: AbstractEventLoop, tmp_path: Path, left: str) -> None:
    clients = Clients()
    leave(tmp_path / "s", left)
    with failing(f"create_unix_connection to {left}"):
        loop.run_until_complete(loop.create_unix_connection(clients, str(tmp_path / "s")))
    equal(clients.called, [], "calls of the factory without a connection")


@requirement("unix-09")
def test_a_refusal_leaves_the_loop_as_it_was(loop: AbstractEventLoop, tmp_path: Path) -> None:
    path = str(tmp_path / "s")

    async def body() -> None:
        with failing("create_unix_connection to nothing"):
            await loop.create_unix_connection(Recorder, path)
        async with dialled(loop, path, path) as (transport, _, peer):
            transport.write(b"x")
            equal(await beside(partial(receive, peer, 1)), b"x", "what a server received that listens there now")
        await elsewhere(loop)

    loop.run_until_complete(body())


@requirement("unix-10")
@pytest.mark.parametrize("wanted", [FileNotFoundError, ConnectionRefusedError])
def test_the_error_says_what_is_wrong_there(loop: AbstractEventLoop, tmp_path: Path, wanted: type[Exception]) -> None:
    path = str(tmp_path / "s")
    if wanted is ConnectionRefusedError:
        stale(path)
    with raises(OSError, "create_unix_connection where nobody listens") as caught:
        loop.run_until_complete(loop.create_unix_connection(Recorder, path))
    instance(caught.error, wanted, "the error")


@requirement("unix-43")
def test_a_connection_to_nobody_leaves_no_socket_open(loop: AbstractEventLoop, tmp_path: Path) -> None:
    async def body() -> set[str]:
        await elsewhere(loop)
        before = descriptors()
        with raises(OSError, "create_unix_connection where there is no file"):
            await loop.create_unix_connection(Recorder, str(tmp_path / "none"))
        await elsewhere(loop)
        return descriptors() - before

    equal(loop.run_until_complete(body()), set(), "descriptors left open by a connection to nobody")


@requirement("unix-11")
def test_tls_needs_a_name(loop: AbstractEventLoop, tmp_path: Path) -> None:
    path, context = str(tmp_path / "s"), ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    with unix_listening(path), raises(ValueError, "create_unix_connection with ssl and without server_hostname"):
        loop.run_until_complete(loop.create_unix_connection(Recorder, path, ssl=context))
