"""Loops that get sock_accept() or sock_connect() wrong."""

from __future__ import annotations

import errno
import socket
from typing import Any

from loopcert.conformance.faults import fault
from loopcert.reference import Loop as ReferenceLoop


@fault(breaks="sock-11")
class AcceptGivesItsOwnAddress(ReferenceLoop):
    """sock_accept returns the address of the server's side."""

    async def sock_accept(self, sock: socket.socket) -> Any:
        accepted, _ = await super().sock_accept(sock)
        return accepted, accepted.getsockname()


@fault(breaks="sock-11")
class AcceptGivesPairs(ReferenceLoop):
    """sock_accept gives host and port alone, with IPv6 too."""

    async def sock_accept(self, sock: socket.socket) -> Any:
        accepted, address = await super().sock_accept(sock)
        return accepted, address[:2] if isinstance(address, tuple) else address


@fault(breaks="sock-12")
class AcceptedSocketsBlock(ReferenceLoop):
    """The socket of sock_accept is blocking."""

    async def sock_accept(self, sock: socket.socket) -> Any:
        accepted, address = await super().sock_accept(sock)
        accepted.setblocking(True)
        return accepted, address


@fault(breaks="sock-35")
class AcceptedSocketsAreInherited(ReferenceLoop):
    """The socket of sock_accept stays open in children."""

    async def sock_accept(self, sock: socket.socket) -> Any:
        accepted, address = await super().sock_accept(sock)
        accepted.set_inheritable(True)
        return accepted, address


@fault(breaks="sock-08", shows="hang")
class ConnectDoesNothing(ReferenceLoop):
    """sock_connect ends without having connected."""

    async def sock_connect(self, _sock: socket.socket, _address: Any) -> None:
        return


@fault(breaks="sock-08", shows="hang")
class ConnectBlocks(ReferenceLoop):
    """sock_connect keeps the loop until the connection stands."""

    async def sock_connect(self, sock: socket.socket, address: Any) -> None:
        sock.setblocking(True)
        try:
            sock.connect(address)
        finally:
            sock.setblocking(False)


@fault(breaks="sock-10")
class ConnectGivesTheSocket(ReferenceLoop):
    """sock_connect returns the socket."""

    async def sock_connect(self, sock: socket.socket, address: Any) -> Any:
        await super().sock_connect(sock, address)
        return sock


@fault(breaks="sock-09")
class ConnectWantsNumbers(ReferenceLoop):
    """sock_connect takes no host names."""

    async def sock_connect(self, sock: socket.socket, address: Any) -> None:
        if not address[0][:1].isdigit():
            raise OSError(errno.EINVAL, "the address must be resolved")
        await super().sock_connect(sock, address)


@fault(breaks="sock-27")
class RefusalsAreSwallowed(ReferenceLoop):
    """sock_connect ends in peace when it was refused."""

    async def sock_connect(self, sock: socket.socket, address: Any) -> None:
        try:
            await super().sock_connect(sock, address)
        except ConnectionRefusedError:
            return
