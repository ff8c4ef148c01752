"""Loops that deliver datagrams changed, late, or not at all, or cannot bear what the protocol raises."""

from __future__ import annotations

import contextlib
import socket
import weakref
from selectors import EVENT_READ
from typing import Any

from loopcert.conformance.faults import fault
from loopcert.conformance.faults._datagrams import in_an_endpoint
from loopcert.reference import Loop as ReferenceLoop
from loopcert.reference.datagram import DatagramTransport


class Changing(DatagramTransport):
    """Delivers in a way of its own."""

    def read(self) -> None:
        """Take one datagram."""
        try:
            data, addr = self.sock.recvfrom(self.largest)
        except (BlockingIOError, InterruptedError):
            return
        except OSError as error:
            self.tell_protocol("error_received", error)
            return
        self.deliver(data, addr)

    def deliver(self, data: bytes, addr: Any) -> None:
        """Hand it over."""
        self.protocol.datagram_received(data, addr)


@fault(breaks="datagram-18")
@in_an_endpoint
class Anonymous(Changing):
    """The sender of a datagram is not told."""

    def deliver(self, data: bytes, addr: Any) -> None:
        super().deliver(data, addr if self.sock.family == socket.AF_UNIX else None)


@fault(breaks="datagram-69")
@in_an_endpoint
class Halves(Changing):
    """Each datagram comes in two pieces."""

    def deliver(self, data: bytes, addr: Any) -> None:
        super().deliver(data[: len(data) // 2], addr)
        super().deliver(data[len(data) // 2 :], addr)


@fault(breaks="datagram-69")
@in_an_endpoint
class Cuts(Changing):
    """A datagram is cut where a frame of Ethernet would end."""

    def deliver(self, data: bytes, addr: Any) -> None:
        super().deliver(data[:1472], addr)


@fault(breaks="datagram-35")
@in_an_endpoint
class EmptyIsNone(Changing):
    """An empty datagram is not delivered."""

    def deliver(self, data: bytes, addr: Any) -> None:
        if data:
            super().deliver(data, addr)


@fault(breaks="datagram-70", shows="hang")
class StartsAfresh(ReferenceLoop):
    """What has come while the loop stood still is thrown away when it runs again."""

    def run_forever(self) -> None:
        for transport in list(self.transports.values()):
            if isinstance(transport, DatagramTransport):
                with contextlib.suppress(OSError):
                    while True:
                        transport.sock.recv(1)
        super().run_forever()


@fault(breaks="datagram-60", shows="hang")
@in_an_endpoint
class HeldWeakly(DatagramTransport):
    """The loop does not keep the transports whose sockets it watches."""

    def begin_reading(self) -> None:
        one = weakref.ref(self)

        def read() -> None:
            transport = one()
            if transport is not None:
                transport.read()

        if not self.closing:
            self.loop.watch(self.fd, EVENT_READ, read, ())


@fault(breaks="datagram-25")
@in_an_endpoint
class Unreported(Changing):
    """What datagram_received() raises is lost."""

    def deliver(self, data: bytes, addr: Any) -> None:
        with contextlib.suppress(Exception):
            super().deliver(data, addr)


@fault(breaks="datagram-25", shows="hang")
@in_an_endpoint
class OneFailureIsTheEnd(Changing):
    """What datagram_received() raises ends the endpoint, as it does with streams."""

    def deliver(self, data: bytes, addr: Any) -> None:
        try:
            super().deliver(data, addr)
        except Exception as error:  # noqa: BLE001 - a protocol raises what it likes
            self.report("datagram_received() failed", error)
            self.end(error)


@fault(breaks="datagram-59")
@in_an_endpoint
class UnreportedEnds(DatagramTransport):
    """What connection_made() and connection_lost() raise is lost."""

    def tell_made(self) -> None:
        with contextlib.suppress(Exception):
            super().tell_made()

    def tell_lost(self, error: BaseException | None) -> None:
        with contextlib.suppress(Exception):
            super().tell_lost(error)


@fault(breaks="datagram-61", shows="hang")
@in_an_endpoint
class Greedy(DatagramTransport):
    """An endpoint receives as long as there is something to receive."""

    def read(self) -> None:
        before = -1
        while not self.closing and before != self.received:
            before = self.received
            super().read()

    @property
    def received(self) -> int:
        """How many datagrams the protocol has been given."""
        return len(getattr(self.protocol, "datagrams", ()))
