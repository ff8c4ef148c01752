"""Transports that call their protocol in the wrong order, too often, or with the wrong things."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from loopcert.conformance.faults import fault
from loopcert.conformance.faults._streams import in_a_loop
from loopcert.conformance.faults.transport_info import Introduced
from loopcert.reference.stream import StreamTransport


@fault(breaks="protocol-01")
@in_a_loop
class MadeTwice(StreamTransport):
    """connection_made() is called twice."""

    def begin(self, waiter: Any) -> None:
        self.protocol.connection_made(self)
        super().begin(waiter)


@fault(breaks="protocol-01")
@in_a_loop
class MadeLater(StreamTransport):
    """create_connection() returns before connection_made() is called."""

    def begin(self, waiter: Any) -> None:
        if waiter is not None:
            waiter.set_result(None)
        self.loop.call_later(0.005, super().begin, None)


@fault(breaks="protocol-30")
@in_a_loop
class ShowsALookalike(Introduced):
    """connection_made() is given another object than the one that create_connection() returns."""


@fault(breaks="protocol-04")
@in_a_loop
class ReadsFirst(StreamTransport):
    """What is there already is delivered before connection_made()."""

    def begin(self, waiter: Any) -> None:
        self.read()
        super().begin(waiter)


@fault(breaks="protocol-04")
@in_a_loop
class ResumesTheDead(StreamTransport):
    """resume_writing() is called after connection_lost()."""

    def finish(self, error: BaseException | None) -> None:
        protocol = self.protocol
        super().finish(error)
        protocol.resume_writing()


@fault(breaks="protocol-04")
@in_a_loop
class PausesTheUnborn(StreamTransport):
    """pause_writing() is called before connection_made()."""

    def begin(self, waiter: Any) -> None:
        self.protocol.pause_writing()
        super().begin(waiter)


@fault(breaks="protocol-09")
@in_a_loop
class GivesBytearrays(StreamTransport):
    """data_received() is given a bytearray."""

    def read(self) -> None:
        with suppress(BlockingIOError):
            if data := self.sock.recv(65536):
                self.protocol.data_received(bytearray(data))
            else:
                self.read_eof()


@fault(breaks="protocol-09")
@in_a_loop
class GivesNothing(StreamTransport):
    """data_received() is given an empty bytes object at the end."""

    def read_eof(self) -> None:
        self.protocol.data_received(b"")
        super().read_eof()


@fault(breaks="protocol-10")
@in_a_loop
class SwapsHalves(StreamTransport):
    """The halves of a big piece are delivered the wrong way round."""

    def read(self) -> None:
        with suppress(BlockingIOError):
            if data := self.sock.recv(65536):
                half = len(data) // 2 if len(data) > 4096 else 0
                self.protocol.data_received(data[half:] + data[:half])
            else:
                self.read_eof()


@fault(breaks="protocol-11")
@in_a_loop
class DataAfterTheEnd(StreamTransport):
    """data_received() is called once more after eof_received()."""

    def read_eof(self) -> None:
        super().read_eof()
        self.protocol.data_received(b"after the end")


@fault(breaks="protocol-22")
@in_a_loop
class CallsMore(StreamTransport):
    """A callback is called that no base class has."""

    def finish(self, error: BaseException | None) -> None:
        protocol = self.protocol
        super().finish(error)
        protocol.connection_closed()
