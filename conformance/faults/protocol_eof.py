"""Transports that get eof_received() and its answer wrong."""

from __future__ import annotations

from loopcert.conformance.faults import fault
from loopcert.conformance.faults._streams import in_a_loop
from loopcert.reference.stream import StreamTransport


@fault(breaks="protocol-12")
@in_a_loop
class EofTwice(StreamTransport):
    """eof_received() is called twice."""

    def read_eof(self) -> None:
        self.protocol.eof_received()
        super().read_eof()


@fault(breaks="protocol-12")
@in_a_loop
class LevelTriggered(StreamTransport):
    """The end is told again and again while the transport is open."""

    def read_eof(self) -> None:
        super().read_eof()
        if not self.closing:
            self.start_reading()


@fault(breaks="protocol-13")
@in_a_loop
class StaysOpen(StreamTransport):
    """The answer of eof_received() is ignored and the transport stays open."""

    def read_eof(self) -> None:
        self.stop_reading()
        self.protocol.eof_received()


@fault(breaks="protocol-13")
@in_a_loop
class AbortsAtTheEnd(StreamTransport):
    """A false answer drops what is unsent."""

    def read_eof(self) -> None:
        self.stop_reading()
        if not self.protocol.eof_received():
            self.abort()


@fault(breaks="protocol-13")
@in_a_loop
class DeafInsideEof(StreamTransport):
    """What is written inside eof_received() is dropped."""

    def read_eof(self) -> None:
        self.stop_reading()
        self.closing = True
        keep_open = self.protocol.eof_received()
        self.closing = False
        if not keep_open:
            self.close()


@fault(breaks="protocol-14")
@in_a_loop
class ClosesAnyway(StreamTransport):
    """The transport closes whatever eof_received() answers."""

    def read_eof(self) -> None:
        super().read_eof()
        self.close()


@fault(breaks="protocol-27")
@in_a_loop
class OnlyTheAnswerCounts(StreamTransport):
    """close() and abort() inside eof_received() do nothing."""

    answering = False

    def read_eof(self) -> None:
        self.stop_reading()
        self.answering = True
        keep_open = self.protocol.eof_received()
        self.answering = False
        if not keep_open:
            self.close()

    def close(self) -> None:
        if not self.answering:
            super().close()

    def abort(self) -> None:
        if not self.answering:
            super().abort()
