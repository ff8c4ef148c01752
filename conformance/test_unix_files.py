"""The files of Unix sockets: which ones a server removes, replaces and leaves alone."""

from __future__ import annotations

import asyncio
import os
import socket
import stat
from asyncio import AbstractEventLoop
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from loopcert.conformance.kit import (
    PATHS,
    Clients,
    allowed,
    elsewhere,
    equal,
    raises,
    requirement,
    stale,
    unix_knock,
    unix_server,
    visit,
)


async def by_close(server: Any) -> None:
    """Close the server."""
    server.close()
    await server.wait_closed()


async def by_block(server: Any) -> None:
    """Leave a block of the server."""
    async with server:
        pass


async def by_cancellation(server: Any) -> None:
    """Cancel serve_forever()."""
    task = asyncio.ensure_future(server.serve_forever())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task])


ENDS = {"close": by_close, "async with": by_block, "cancelled serve_forever": by_cancellation}


@requirement("unix-22")
@pytest.mark.parametrize("end", ENDS)
def test_the_file_goes_with_the_server(loop: AbstractEventLoop, tmp_path: Path, end: str) -> None:
    path = tmp_path / "s"

    async def body() -> None:
        async with unix_server(loop, Clients(), str(path)) as server:
            equal(path.is_socket(), True, "whether there is a socket file while the server serves")
            await ENDS[end](server)
            await elsewhere(loop)
        equal(os.listdir(tmp_path), [], "files that the server left behind")

    loop.run_until_complete(body())


@requirement("unix-22")
@pytest.mark.parametrize("kind", PATHS)
def test_the_file_goes_whatever_kind_of_path_it_had(loop: AbstractEventLoop, tmp_path: Path, kind: str) -> None:
    path = tmp_path / "s"

    async def body() -> None:
        async with unix_server(loop, Clients(), PATHS[kind](path)) as server:
            await by_close(server)
            await elsewhere(loop)
        equal(os.listdir(tmp_path), [], "files that the server left behind")

    loop.run_until_complete(body())


@requirement("unix-22")
@pytest.mark.parametrize("options", [{"start_serving": False}, {"cleanup_socket": True}], ids=["not started", "asked"])
def test_the_file_goes_under_other_options_too(
    loop: AbstractEventLoop, tmp_path: Path, options: dict[str, Any]
) -> None:
    async def body() -> None:
        async with unix_server(loop, Clients(), str(tmp_path / "s"), **options) as server:
            await by_close(server)
            await elsewhere(loop)
        equal(os.listdir(tmp_path), [], "files that the server left behind")

    loop.run_until_complete(body())


@requirement("unix-22")
def test_the_file_goes_although_a_connection_is_open(loop: AbstractEventLoop, tmp_path: Path) -> None:
    clients = Clients()

    async def body() -> None:
        async with unix_server(loop, clients, str(tmp_path / "s")) as server:
            protocol, _ = await visit(server, clients)
            server.close()
            await elsewhere(loop)
            equal(os.listdir(tmp_path), [], "files that the server left behind")
            protocol.expect("made")

    loop.run_until_complete(body())


@requirement("unix-23")
def test_the_file_of_a_given_socket_goes_too(loop: AbstractEventLoop, tmp_path: Path) -> None:
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    sock.bind(str(tmp_path / "s"))

    async def body() -> None:
        async with unix_server(loop, Clients(), sock=sock) as server:
            await by_close(server)
            await elsewhere(loop)
        equal(os.listdir(tmp_path), [], "files that the server left behind")

    with sock:
        loop.run_until_complete(body())


def plain_file(path: Path) -> None:
    """Put a plain file there."""
    path.write_text("mine")


def another_socket(path: Path) -> None:
    """Put the file of another socket there."""
    stale(str(path))


@requirement("unix-24")
@pytest.mark.parametrize("replace", [plain_file, another_socket, Path.mkdir])
def test_a_file_that_replaced_the_socket_stays(
    loop: AbstractEventLoop, tmp_path: Path, replace: Callable[[Path], object]
) -> None:
    path = tmp_path / "s"

    async def body() -> None:
        async with unix_server(loop, Clients(), str(path)) as server:
            path.rename(tmp_path / "former")  # and not removed, lest the new file be given the same inode
            replace(path)
            before = path.stat()
            with allowed("close() of a server whose file was replaced"):
                await by_close(server)
            await elsewhere(loop)
        equal("s" in os.listdir(tmp_path), True, "whether the file that replaced the socket is still there")
        after = path.stat()
        equal((after.st_ino, stat.S_IFMT(after.st_mode)), (before.st_ino, stat.S_IFMT(before.st_mode)), "the file")

    loop.run_until_complete(body())


@requirement("unix-24")
def test_the_successor_of_a_server_keeps_its_file(loop: AbstractEventLoop, tmp_path: Path) -> None:
    path, clients = tmp_path / "s", Clients()

    async def body() -> None:
        async with unix_server(loop, Clients(), str(path)) as former:
            path.rename(tmp_path / "former")
            async with unix_server(loop, clients, str(path)):
                await by_close(former)
                await elsewhere(loop)
                with unix_knock(str(path)):
                    await clients.made()

    loop.run_until_complete(body())


@requirement("unix-25")
def test_the_file_stays_if_that_is_wanted(loop: AbstractEventLoop, tmp_path: Path) -> None:
    path = tmp_path / "s"

    async def body() -> None:
        async with unix_server(loop, Clients(), str(path), cleanup_socket=False) as server:
            await by_close(server)
            await elsewhere(loop)
        equal(path.is_socket(), True, "whether the socket file is still there with cleanup_socket=False")

    loop.run_until_complete(body())


@requirement("unix-26")
def test_a_file_that_is_gone_already_is_not_missed(loop: AbstractEventLoop, tmp_path: Path) -> None:
    path = tmp_path / "s"

    async def body() -> None:
        async with unix_server(loop, Clients(), str(path)) as server:
            path.unlink()
            with allowed("close() of a server whose file is gone"):
                await by_close(server)
            equal(server.is_serving(), False, "is_serving() after close()")

    loop.run_until_complete(body())


@requirement("unix-27")
@pytest.mark.parametrize("kind", PATHS)
def test_a_stale_file_is_replaced(loop: AbstractEventLoop, tmp_path: Path, kind: str) -> None:
    path, clients = tmp_path / "s", Clients()
    stale(str(path))

    async def body() -> None:
        async with unix_server(loop, clients, PATHS[kind](path)):
            with unix_knock(str(path)):
                await clients.made()

    loop.run_until_complete(body())


@requirement("unix-28")
def test_a_file_of_another_kind_is_not_replaced(loop: AbstractEventLoop, tmp_path: Path) -> None:
    path = tmp_path / "s"
    path.write_text("precious")
    with raises(OSError, "create_unix_server at the path of a plain file"):
        loop.run_until_complete(loop.create_unix_server(Clients(), str(path)))
    equal(path.read_text(), "precious", "what the file holds")


@requirement("unix-28")
def test_a_folder_is_not_replaced(loop: AbstractEventLoop, tmp_path: Path) -> None:
    with raises(OSError, "create_unix_server at the path of a folder"):
        loop.run_until_complete(loop.create_unix_server(Clients(), str(tmp_path)))
    equal(tmp_path.is_dir(), True, "whether the folder is still there")
