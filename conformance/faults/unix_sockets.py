"""Loops whose own calls on sockets do not know those of Unix."""

from __future__ import annotations

import socket
from typing import Any

from loopcert.conformance.faults import fault
from loopcert.reference import Loop as ReferenceLoop


@fault(breaks="unix-36")
class ConnectTakesPairs(ReferenceLoop):
    """sock_connect takes the address for host and port."""

    async def sock_connect(self, sock: socket.socket, address: Any) -> None:
        if len(address) > 4:
            raise OSError(f"host and port were expected, not {address!r}")
        await super().sock_connect(sock, address)


@fault(breaks="unix-36")
class AcceptTakesTCP(ReferenceLoop):
    """sock_accept sets an option of TCP on what it has accepted."""

    async def sock_accept(self, sock: socket.socket) -> Any:
        accepted, address = await super().sock_accept(sock)
        accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return accepted, address


@fault(breaks="unix-37")
class FilesNeedTCP(ReferenceLoop):
    """sendfile refuses transports that are not TCP."""

    async def sendfile(self, transport: Any, *args: Any, **options: Any) -> Any:
        if transport.get_extra_info("socket").family == socket.AF_UNIX:
            raise RuntimeError("sendfile is not supported for Unix sockets")
        return await super().sendfile(transport, *args, **options)
