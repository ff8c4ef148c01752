"""Loops whose sendto() sends elsewhere, something else, or nothing."""

from __future__ import annotations

import socket
from typing import Any

from loopcert.conformance.faults import fault
from loopcert.conformance.faults._datagrams import Inside, in_an_endpoint
from loopcert.reference.datagram import DatagramTransport


@fault(breaks="datagram-12")
@in_an_endpoint
class WantsAnAddressEachTime(DatagramTransport):
    """sendto() without an address is refused, though there is a remote one."""

    def sendto(self, data: Any, addr: Any = None) -> None:
        if addr is None and self.sock.family == socket.AF_INET:
            raise ValueError("where to?")
        super().sendto(data, addr)


@fault(breaks="datagram-67", shows="hang")
@in_an_endpoint
class StaysWithTheFirst(DatagramTransport):
    """The first address that was given holds for all that follows."""

    first: Any = None

    def sendto(self, data: Any, addr: Any = None) -> None:
        self.first = self.first or addr
        super().sendto(data, self.first)


@fault(breaks="datagram-13")
@in_an_endpoint
class NoAddressPlease(DatagramTransport):
    """A connected endpoint takes no address at all."""

    def sendto(self, data: Any, addr: Any = None) -> None:
        if self.connected and addr is not None:
            raise ValueError("already connected")
        super().sendto(data, addr)


@fault(breaks="datagram-34")
@in_an_endpoint
class AddressOverlooked(DatagramTransport):
    """A connected endpoint does not look at the address."""

    def sendto(self, data: Any, addr: Any = None) -> None:
        super().sendto(data, None if self.connected else addr)


@fault(breaks="datagram-14")
@in_an_endpoint
class NothingIsNothing(DatagramTransport):
    """An empty datagram is not sent."""

    def sendto(self, data: Any, addr: Any = None) -> None:
        if len(data):
            super().sendto(data, addr)


@fault(breaks="datagram-41")
@in_an_endpoint
class NoLeadingZeros(DatagramTransport):
    """Zeros at the start of a datagram are lost."""

    def sendto(self, data: Any, addr: Any = None) -> None:
        super().sendto(data.lstrip(b"0") if isinstance(data, bytes) else data, addr)


@fault(breaks="datagram-68")
@in_an_endpoint
class SaysItTwice(DatagramTransport):
    """Each datagram goes out twice, to be sure."""

    def sendto(self, data: Any, addr: Any = None) -> None:
        super().sendto(data, addr)
        super().sendto(data, addr)


@fault(breaks="datagram-39")
@in_an_endpoint
class BytesOnly(DatagramTransport):
    """Only bytes can be sent."""

    def sendto(self, data: Any, addr: Any = None) -> None:
        if not isinstance(data, bytes):
            raise TypeError("bytes, please")
        super().sendto(data, addr)


@fault(breaks="datagram-40")
@in_an_endpoint
class AnythingGoes(DatagramTransport):
    """What is not bytes-like is sent as text, or left aside."""

    def sendto(self, data: Any, addr: Any = None) -> None:
        if isinstance(data, (bytes, bytearray, memoryview)):
            super().sendto(data, addr)


@fault(breaks="datagram-53")
@in_an_endpoint
class Counts(DatagramTransport):
    """sendto() returns the number of bytes."""

    def sendto(self, data: Any, addr: Any = None) -> int:
        super().sendto(data, addr)
        return len(data)


@fault(breaks="datagram-50", shows="hang")
@in_an_endpoint
class SilentInside(Inside):
    """What a callback sends is lost."""

    def sendto(self, data: Any, addr: Any = None) -> None:
        if not self.inside:
            super().sendto(data, addr)


@fault(breaks="datagram-48")
@in_an_endpoint
class SaysThatItIsClosed(DatagramTransport):
    """sendto() on an endpoint that is closing raises an exception."""

    def sendto(self, data: Any, addr: Any = None) -> None:
        if self.closing:
            raise RuntimeError("closed")
        super().sendto(data, addr)
