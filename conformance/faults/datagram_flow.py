"""Loops that lose, mix up or miscount the datagrams that have to wait, or do not tell the protocol of them."""

from __future__ import annotations

from typing import Any

from loopcert.conformance.faults import fault
from loopcert.conformance.faults._datagrams import Inside, in_an_endpoint
from loopcert.reference.datagram import HEADER, DatagramTransport


@fault(breaks="datagram-11a", shows="hang")
@in_an_endpoint
class WaitsForTheSocket(DatagramTransport):
    """sendto() comes back when the socket has taken the datagram."""

    def sendto(self, data: Any, addr: Any = None) -> None:
        self.sock.setblocking(True)
        super().sendto(data, addr)
        self.sock.setblocking(False)


@fault(breaks="datagram-11b", shows="hang")
@in_an_endpoint
class DropsWhatDoesNotFit(DatagramTransport):
    """A datagram that the socket cannot take now is lost."""

    def send_one(self, data: Any, addr: Any) -> None:
        try:
            super().send_one(data, addr)
        except BlockingIOError:
            return


@fault(breaks="datagram-11b")
@in_an_endpoint
class LastComesFirst(DatagramTransport):
    """What waits goes out last in, first out."""

    def sendto(self, data: Any, addr: Any = None) -> None:
        waiting = len(self.queue)
        super().sendto(data, addr)
        if len(self.queue) > waiting:
            self.queue.rotate()


@fault(breaks="datagram-11b")
@in_an_endpoint
class Overtakes(DatagramTransport):
    """A new datagram goes out at once where it can, though others wait."""

    def sendto(self, data: Any, addr: Any = None) -> None:
        if self.queue:
            try:
                self.send_one(data, addr)
            except BlockingIOError:
                pass
            else:
                return
        super().sendto(data, addr)


@fault(breaks="datagram-71", shows="hang")
@in_an_endpoint
class OneAddressForAll(DatagramTransport):
    """All that waits goes to the address of the last one."""

    def flush(self) -> None:
        last = self.queue[-1][1] if self.queue else None
        for index, (data, _) in enumerate(self.queue):
            self.queue[index] = (data, last)
        super().flush()


@fault(breaks="datagram-33")
@in_an_endpoint
class KeepsTheirs(DatagramTransport):
    """What waits is the sender's own bytearray."""

    def sendto(self, data: Any, addr: Any = None) -> None:
        waiting = len(self.queue)
        super().sendto(data, addr)
        if len(self.queue) > waiting:
            self.queue[-1] = (data, addr)


@fault(breaks="datagram-72")
@in_an_endpoint
class NeverAnything(DatagramTransport):
    """get_write_buffer_size() is always 0."""

    def get_write_buffer_size(self) -> int:
        return 0


@fault(breaks="datagram-72")
@in_an_endpoint
class HeadersStay(DatagramTransport):
    """The header of a datagram that waited is never taken off the size again."""

    def forget_first(self) -> None:
        super().forget_first()
        self.unsent += HEADER


@fault(breaks="datagram-15")
@in_an_endpoint
class NoHeaders(DatagramTransport):
    """Only the data of a datagram count."""

    def sendto(self, data: Any, addr: Any = None) -> None:
        waiting = len(self.queue)
        super().sendto(data, addr)
        if len(self.queue) > waiting:
            self.unsent -= HEADER

    def forget_first(self) -> None:
        super().forget_first()
        self.unsent += HEADER


class Unpaused(DatagramTransport):
    """Never tells its protocol to pause."""

    def buffer_rose(self) -> None:
        """Look away."""


@fault(breaks="datagram-23")
@in_an_endpoint
class NeverPauses(Unpaused):
    """pause_writing() is never called."""


@fault(breaks="datagram-36")
@in_an_endpoint
class NeverPausesEither(Unpaused):
    """pause_writing() is not called, whatever the limits."""


@fault(breaks="datagram-36")
@in_an_endpoint
class PausesAtOnce(DatagramTransport):
    """pause_writing() is called as soon as anything waits."""

    def buffer_rose(self) -> None:
        if self.unsent and not self.marks.paused:
            self.marks.paused = True
            self.tell_protocol("pause_writing")


@fault(breaks="datagram-36")
@in_an_endpoint
class PausesEachTime(DatagramTransport):
    """pause_writing() is called by each sendto() above the mark."""

    def buffer_rose(self) -> None:
        if self.unsent > self.marks.high:
            self.marks.paused = True
            self.tell_protocol("pause_writing")


@fault(breaks="datagram-73", shows="hang")
@in_an_endpoint
class DropsWhatResumeSends(Inside):
    """What resume_writing() sends is lost."""

    def sendto(self, data: Any, addr: Any = None) -> None:
        if self.inside != "resume_writing":
            super().sendto(data, addr)
