"""Loops that get create_connection(sock=) or connect_accepted_socket() wrong."""

from __future__ import annotations

import socket
from types import SimpleNamespace
from typing import Any

from loopcert.conformance.faults import fault
from loopcert.reference import Loop as ReferenceLoop
from loopcert.reference.stream import StreamTransport


@fault(breaks="connect-16a", wide="the socket that was given keeps the connection open for its peer")
class DuplicatesTheSocket(ReferenceLoop):
    """The transport uses a duplicate of the socket that was given."""

    async def create_connection(self, *args: Any, sock: Any = None, **options: Any) -> Any:
        return await super().create_connection(*args, sock=sock and sock.dup(), **options)


class ShutsDown(StreamTransport):
    """A transport that shuts its socket down and leaves it open."""

    def release(self) -> None:
        """Let go of the socket."""
        self.loop.transports.pop(self.fd, None)
        self.sock.shutdown(socket.SHUT_RDWR)


@fault(breaks="connect-17")
class LeavesTheGivenSocketOpen(ReferenceLoop):
    """The end of a transport leaves its socket open."""

    stream_type = ShutsDown


@fault(breaks="connect-30b")
class LeavesTheAcceptedSocketOpen(ReferenceLoop):
    """The end of a transport leaves its accepted socket open."""

    stream_type = ShutsDown


@fault(breaks="connect-38")
class LeavesSocketsBlocking(ReferenceLoop):
    """A socket that was given blocking stays so."""

    async def create_connection(self, *args: Any, sock: Any = None, **options: Any) -> Any:
        timeout = sock.gettimeout() if sock is not None else 0.0
        pair = await super().create_connection(*args, sock=sock, **options)
        if sock is not None:
            sock.settimeout(timeout)
        return pair


@fault(breaks="connect-66")
class ConnectionsAreInherited(ReferenceLoop):
    """The sockets of connections stay open in children."""

    async def establish(self, sock: socket.socket, *args: Any, **options: Any) -> Any:
        sock.set_inheritable(True)
        return await super().establish(sock, *args, **options)


@fault(breaks="connect-30a")
class DuplicatesTheAcceptedSocket(ReferenceLoop):
    """The transport uses a duplicate of the accepted socket."""

    async def connect_accepted_socket(self, protocol_factory: Any, sock: socket.socket, **options: Any) -> Any:
        return await super().connect_accepted_socket(protocol_factory, sock.dup(), **options)


@fault(breaks="connect-30a")
class GivesAStandIn(ReferenceLoop):
    """connect_accepted_socket returns a stand-in for the transport that the protocol got."""

    async def connect_accepted_socket(self, *args: Any, **options: Any) -> Any:
        transport, protocol = await super().connect_accepted_socket(*args, **options)
        return SimpleNamespace(abort=transport.abort), protocol


class TypeErrors(ReferenceLoop):
    """A loop that says TypeError where it ought to say ValueError."""

    async def create_connection(self, *args: Any, **options: Any) -> Any:
        """Connect, or raise TypeError."""
        try:
            return await super().create_connection(*args, **options)
        except ValueError as error:
            raise TypeError(str(error)) from error

    async def connect_accepted_socket(self, *args: Any, **options: Any) -> Any:
        """Wrap a socket, or raise TypeError."""
        try:
            return await super().connect_accepted_socket(*args, **options)
        except ValueError as error:
            raise TypeError(str(error)) from error


@fault(breaks="connect-16b")
class SocketAndAddressAreATypeError(TypeErrors):
    """A socket and an address are a TypeError."""


@fault(breaks="connect-45")
class NothingIsATypeError(TypeErrors):
    """Neither socket nor address are a TypeError."""


@fault(breaks="connect-37")
class DatagramsAreATypeError(TypeErrors):
    """A datagram socket is a TypeError."""
