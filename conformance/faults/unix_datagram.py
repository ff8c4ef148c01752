"""Loops whose datagram endpoints cannot cope with paths."""

from __future__ import annotations

import errno
import os
import socket
from typing import Any

from loopcert.conformance.faults import fault
from loopcert.reference import Loop as ReferenceLoop
from loopcert.reference.datagram import DatagramTransport


class Forwarding:
    """Stands before a protocol and changes what it is told."""

    def __init__(self, protocol: Any) -> None:
        self.protocol = protocol

    def __getattr__(self, name: str) -> Any:
        return getattr(self.protocol, name)

    def datagram_received(self, data: bytes, _addr: Any) -> None:
        """Lose a byte, and the address."""
        self.protocol.datagram_received(data[:-1], None)


@fault(breaks="unix-29")
class LosesTheSender(ReferenceLoop):
    """Of a datagram that comes over a Unix socket the sender is forgotten, and the last byte."""

    class Careless(DatagramTransport):
        """Puts something between itself and the protocol."""

        def begin_reading(self) -> None:
            if self.sock.family == socket.AF_UNIX:
                stand_in: Any = Forwarding(self.protocol)
                self.protocol = stand_in
            super().begin_reading()

    datagram_type = Careless


@fault(breaks="unix-30")
class PairsOnly(ReferenceLoop):
    """Datagram endpoints want pairs of host and port."""

    async def create_datagram_endpoint(self, *args: Any, **options: Any) -> Any:
        for name in ("local_addr", "remote_addr"):
            if isinstance(options.get(name), str):
                raise TypeError(f"{name} must be a tuple of (host, port)")
        return await super().create_datagram_endpoint(*args, **options)


@fault(breaks="unix-30")
class SaysMore(ReferenceLoop):
    """A datagram that goes out over a Unix socket has a zero byte at its end."""

    class Terminated(DatagramTransport):
        """Thinks of C."""

        def sendto(self, data: Any, addr: Any = None) -> None:
            super().sendto(data + b"\0" if self.sock.family == socket.AF_UNIX else data, addr)

    datagram_type = Terminated


@fault(breaks="unix-31")
class RespectsTheStale(ReferenceLoop):
    """Whatever is at the path, the address is in use."""

    async def create_datagram_endpoint(self, *args: Any, **options: Any) -> Any:
        path = options.get("local_addr")
        if isinstance(path, str) and os.path.lexists(path):
            raise OSError(errno.EADDRINUSE, "in use")
        return await super().create_datagram_endpoint(*args, **options)


@fault(breaks="unix-40")
class GivenSocketsAreUDP(ReferenceLoop):
    """create_datagram_endpoint refuses a sock that is not of UDP."""

    async def create_datagram_endpoint(self, *args: Any, **options: Any) -> Any:
        if options.get("sock") is not None and options["sock"].family == socket.AF_UNIX:
            raise ValueError("a UDP socket was expected")
        return await super().create_datagram_endpoint(*args, **options)
