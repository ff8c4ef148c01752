"""Loops that get the calls on datagram sockets wrong."""

from __future__ import annotations

import socket
from typing import Any

from loopcert.conformance.faults import fault
from loopcert.reference import Loop as ReferenceLoop


@fault(breaks="sock-03")
class RecvfromGivesItsOwnAddress(ReferenceLoop):
    """sock_recvfrom returns the receiver's address in place of the sender's."""

    async def sock_recvfrom(self, sock: socket.socket, bufsize: int) -> Any:
        data, _ = await super().sock_recvfrom(sock, bufsize)
        return data, sock.getsockname()


@fault(breaks="sock-03")
class DatagramsAreAStream(ReferenceLoop):
    """What a datagram has beyond bufsize comes with the next call."""

    left = b""
    sender: Any = None

    async def sock_recvfrom(self, sock: socket.socket, bufsize: int) -> Any:
        if not self.left:
            self.left, self.sender = await super().sock_recvfrom(sock, 65536)
        data, self.left = self.left[:bufsize], self.left[bufsize:]
        return data, self.sender


@fault(breaks="sock-03")
class SendersArePairs(ReferenceLoop):
    """sock_recvfrom gives host and port alone, with IPv6 too."""

    async def sock_recvfrom(self, sock: socket.socket, bufsize: int) -> Any:
        data, sender = await super().sock_recvfrom(sock, bufsize)
        return data, sender[:2] if isinstance(sender, tuple) else sender


@fault(breaks="sock-04a")
class RecvfromIntoBytearrays(ReferenceLoop):
    """sock_recvfrom_into takes no buffer but a bytearray."""

    async def sock_recvfrom_into(self, sock: socket.socket, buf: Any, nbytes: int = 0) -> Any:
        if not isinstance(buf, bytearray):
            raise TypeError("a bytearray was expected")
        return await super().sock_recvfrom_into(sock, buf, nbytes)


@fault(breaks="sock-04a")
class RecvfromIntoForgetsTheSender(ReferenceLoop):
    """sock_recvfrom_into returns no address."""

    async def sock_recvfrom_into(self, sock: socket.socket, buf: Any, nbytes: int = 0) -> Any:
        count, _ = await super().sock_recvfrom_into(sock, buf, nbytes)
        return count, None


@fault(breaks="sock-04b")
class ZeroMeansNothing(ReferenceLoop):
    """sock_recvfrom_into stores nothing where nbytes is 0."""

    async def sock_recvfrom_into(self, sock: socket.socket, buf: Any, nbytes: int = 0) -> Any:
        if nbytes:
            return await super().sock_recvfrom_into(sock, buf, nbytes)
        data, sender = await self.sock_recvfrom(sock, nbytes)
        return len(data), sender


@fault(breaks="sock-07")
class SendtoKnowsPairs(ReferenceLoop):
    """sock_sendto takes addresses of IPv4 alone."""

    async def sock_sendto(self, sock: socket.socket, data: Any, address: Any) -> Any:
        if isinstance(address, tuple):
            _host, _port = address
        return await super().sock_sendto(sock, data, address)


@fault(breaks="sock-07")
class SendtoReturnsNone(ReferenceLoop):
    """sock_sendto does not say how much went out."""

    async def sock_sendto(self, sock: socket.socket, data: Any, address: Any) -> Any:
        await super().sock_sendto(sock, data, address)


@fault(breaks="sock-07", shows="hang")
class SendtoSticksToAnAddress(ReferenceLoop):
    """sock_sendto sends everything to the first address that it was given."""

    address: Any = None

    async def sock_sendto(self, sock: socket.socket, data: Any, address: Any) -> int:
        self.address = self.address or address
        return await super().sock_sendto(sock, data, self.address)


@fault(breaks="sock-30")
class EmptyDatagramsStayHere(ReferenceLoop):
    """sock_sendto of nothing sends nothing."""

    async def sock_sendto(self, sock: socket.socket, data: Any, address: Any) -> int:
        return await super().sock_sendto(sock, data, address) if data else 0
