"""Listening: from an interface and a port to a server."""

import contextlib
import errno
import os
import socket
import sys
from collections.abc import Sequence
from typing import Any, ClassVar

from .addresses import Address
from .connect import Connections, Factory, bind, check_stream_socket
from .reports import logger
from .server import Server
from .sockets import closed_on_failure, switch_on
from .tls_options import server_options

# What a machine says that lacks the family, or the address
ABSENT = {errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL}


class Servers(Connections):
    """The part of a loop that makes servers."""

    server_type: ClassVar[type[Server]] = Server

    async def create_server(  # type: ignore[override]  # typeshed tells host from sock by overloads
        self, protocol_factory: Factory, host: str | Sequence[str] | None = None, port: int | None = None, *,
        family: int = socket.AF_UNSPEC, flags: int = socket.AI_PASSIVE, sock: socket.socket | None = None,
        backlog: int = 100, ssl: Any = None, reuse_address: bool | None = None, reuse_port: bool | None = None,
        keep_alive: bool | None = None, ssl_handshake_timeout: float | None = None,
        ssl_shutdown_timeout: float | None = None, start_serving: bool = True
    ) -> Server:  # fmt: skip
        """Listen on a host and port, or on a bound socket (server-01 to 15, 42, 43, 48).

        Arguments:
            protocol_factory: makes a protocol for each connection.
            host: a name, several, or None or "" for all interfaces.
            port: 0 or None lets the kernel choose, for each interface.
            family, flags: for the resolver.
            sock: used instead of binding.
            backlog: how many connections the kernel may keep waiting.
            ssl: an SSLContext; see server_options().
            reuse_address: SO_REUSEADDR; None means yes on Unix.
            reuse_port: SO_REUSEPORT.
            keep_alive: SO_KEEPALIVE.
            ssl_handshake_timeout, ssl_shutdown_timeout: see server_options().
            start_serving: False leaves that to start_serving() or serve_forever().

        Raises:
            OSError: an address cannot be bound.
            ValueError: the arguments contradict each other.
        """
        tls = server_options(ssl, ssl_handshake_timeout, ssl_shutdown_timeout)
        if sock is not None:
            if host is not None or port is not None:
                raise ValueError("host/port and sock can not be specified at the same time")
            check_stream_socket(sock)
            sockets = [sock]
        else:
            if reuse_address is None:
                reuse_address = os.name == "posix" and sys.platform != "cygwin"
            options = {"SO_REUSEADDR": reuse_address, "SO_REUSEPORT": reuse_port, "SO_KEEPALIVE": keep_alive}
            sockets = bind_all(await self.interfaces(host, port, family, flags), options)
        server = self.server_type(self, sockets, protocol_factory, tls, backlog)
        if start_serving:
            await server.start_serving()
        return server

    async def interfaces(
        self, host: str | Sequence[str] | None, port: int | None, family: int, flags: int
    ) -> list[Address]:
        """Give the addresses to listen on, each once (server-02a to 04b)."""
        hosts = [host] if host is None or isinstance(host, str) else host
        found: dict[Any, Address] = {}
        for each in hosts:
            for address in await self.resolve((each or None, port or 0), family, socket.SOCK_STREAM, 0, flags):
                found.setdefault((address.family, address.address), address)
        return list(found.values())


def bind_all(addresses: Sequence[Address], options: dict[str, bool | None]) -> list[socket.socket]:
    """Bind a socket to every address that this machine has (server-48).

    Raises:
        OSError: one is in use, or none is left.
    """
    sockets: list[socket.socket] = []
    with contextlib.ExitStack() as on_failure:
        for address in addresses:
            try:
                sockets.append(on_failure.enter_context(bind_one(address, options)))
            except OSError as error:
                if error.errno not in ABSENT:
                    raise
                logger.warning("%s", error)
        if not sockets:
            raise OSError(f"could not bind on any address out of {[address.address for address in addresses]!r}")
        on_failure.pop_all()
    return sockets


def bind_one(address: Address, options: dict[str, bool | None]) -> socket.socket:
    """Make a socket with these options, and bind it."""
    sock = socket.socket(address.family, address.type, address.proto)
    with closed_on_failure(sock):
        switch_on(sock, **options)
        if address.family == getattr(socket, "AF_INET6", None) and hasattr(socket, "IPPROTO_IPV6"):
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)  # 0.0.0.0 has a socket of its own
        bind(sock, address.address)
    return sock
