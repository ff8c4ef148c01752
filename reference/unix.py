"""Stream connections and servers on Unix sockets."""

import os
import socket
from typing import Any, cast

from .connect import Factory, Pair, bind, check_stream_socket
from .listen import Servers
from .server import Server
from .sockets import closed_on_failure
from .tls_options import client_options, server_options
from .unix_files import SocketFile, is_unix, remove_stale

Path = str | bytes | os.PathLike[str] | os.PathLike[bytes]


class UnixSockets(Servers):
    """The part of a loop that connects to paths and serves on them."""

    async def create_unix_connection(
        self, protocol_factory: Factory, path: Path | None = None, *,
        ssl: Any = None, sock: socket.socket | None = None, server_hostname: str | None = None,
        ssl_handshake_timeout: float | None = None, ssl_shutdown_timeout: float | None = None
    ) -> Pair:  # fmt: skip
        """Connect to a path or an abstract name, or take over a connected socket (unix-01 to 11).

        Arguments:
            protocol_factory: makes the protocol, once the connection is up.
            path: where the server is.
            ssl, server_hostname, ssl_handshake_timeout, ssl_shutdown_timeout: see client_options().
            sock: used instead of connecting.

        Raises:
            OSError: nobody listens there.
            ValueError: the arguments contradict each other.
        """
        check_arguments(path, sock)
        tls = client_options(ssl, None, server_hostname, ssl_handshake_timeout, ssl_shutdown_timeout)
        if sock is not None:
            return await self.establish(sock, protocol_factory, tls)
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        with closed_on_failure(sock):
            sock.setblocking(False)
            await self.connect_resolved(sock, os.fspath(cast("Path", path)))
        return await self.establish(sock, protocol_factory, tls, own=True)

    async def create_unix_server(  # type: ignore[override]  # typeshed wants asyncio.Server, a class of its loops
        self, protocol_factory: Factory, path: Path | None = None, *,
        sock: socket.socket | None = None, backlog: int = 100, ssl: Any = None,
        ssl_handshake_timeout: float | None = None, ssl_shutdown_timeout: float | None = None,
        start_serving: bool = True, cleanup_socket: bool = True
    ) -> Server:  # fmt: skip
        """Listen on a path or an abstract name, or on a bound socket (unix-12 to 28).

        Arguments:
            protocol_factory: makes a protocol for each connection.
            path: the file to make; one that a former server left behind is replaced.
            sock: used instead of binding.
            backlog: how many connections the kernel may keep waiting.
            ssl, ssl_handshake_timeout, ssl_shutdown_timeout: see server_options().
            start_serving: False leaves that to start_serving() or serve_forever().
            cleanup_socket: remove the file when the server is closed.

        Raises:
            OSError: the path is in use.
            ValueError: the arguments contradict each other.
        """
        check_arguments(path, sock)
        tls = server_options(ssl, ssl_handshake_timeout, ssl_shutdown_timeout)
        listener = sock or bind_path(os.fspath(cast("Path", path)))
        server = self.server_type(self, [listener], protocol_factory, tls, backlog)
        if cleanup_socket:
            server.socket_file = SocketFile.of(listener)
        if start_serving:
            await server.start_serving()
        return server


def check_arguments(path: Path | None, sock: socket.socket | None) -> None:
    """Ask for Unix sockets, and for either a path or a stream socket of that kind (unix-07, 08, 16)."""
    if not hasattr(socket, "AF_UNIX"):
        raise NotImplementedError("this platform has no Unix sockets")
    if sock is None:
        if path is None:
            raise ValueError("path was not specified, and no sock specified")
        return
    if path is not None:
        raise ValueError("path and sock can not be specified at the same time")
    if not is_unix(sock.family):
        raise ValueError(f"A UNIX Domain Stream Socket was expected, got {sock!r}")
    check_stream_socket(sock)


def bind_path(path: str | bytes) -> socket.socket:
    """Bind a socket to `path`.

    Raises:
        OSError: the path is in use, or cannot be made.
    """
    remove_stale(path)
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    with closed_on_failure(sock):
        bind(sock, path)
    return sock
