"""Unix sockets: servers of the loop on them, plain clients and listeners, and refusals that say nothing of a loop."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from pathlib import Path
from typing import Any

from loopcert.conformance.kit.servers import Clients, knock, serving
from loopcert.conformance.kit.verify import allowed


class PathLike:
    """A path that is neither a string nor a pathlib.Path: only os.fspath() knows it."""

    def __init__(self, path: str | bytes) -> None:
        self.path = path

    def __fspath__(self) -> Any:
        return self.path


PATHS: dict[str, Callable[[Path], Any]] = {
    "str": str,
    "bytes": os.fsencode,
    "Path": Path,
    "path-like": lambda path: PathLike(str(path)),
}
"""The kinds of paths that the documents name; each is made from a pathlib.Path."""


def unix_server(
    loop: asyncio.AbstractEventLoop, clients: Clients, path: Any = None, **options: Any
) -> AbstractAsyncContextManager[Any]:
    """Give `serving` for a server on a Unix socket."""

    async def creation() -> Any:
        return await loop.create_unix_server(clients, path, **options)

    return serving(creation(), clients)


@contextmanager
def unix_listening(path: Any) -> Iterator[socket.socket]:
    """Give a blocking Unix socket that listens at ``path``."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as server:
        server.bind(path)
        server.listen(8)
        yield server


def unix_knock(path: Any) -> socket.socket:
    """Return a blocking Unix socket connected to ``path``; a refusal is a Violation."""
    return knock(path, socket.AF_UNIX)


def stale(path: Any) -> None:
    """Leave a socket file behind whose server is gone."""
    with unix_listening(path):
        pass


async def unix_connection(loop: asyncio.AbstractEventLoop, clients: Clients, path: Any) -> tuple[Any, Any]:
    """Return transport and protocol of a connection to ``path``; that it fails is a Violation."""
    with allowed("create_unix_connection to a server that listens"):
        transport, protocol = await loop.create_unix_connection(clients, path)
    return transport, protocol
