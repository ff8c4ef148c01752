"""Transports that get half-closing wrong."""

from __future__ import annotations

import socket
from typing import Any

from loopcert.conformance.faults import fault
from loopcert.conformance.faults._streams import in_a_loop
from loopcert.reference.stream import StreamTransport


@fault(breaks="transport-26a")
@in_a_loop
class EndsBeforeTheFlush(StreamTransport):
    """write_eof() shuts the socket down although data is left."""

    def write_eof(self) -> None:
        self.eof_written = True
        self.shut_down_writing()


@fault(breaks="transport-26a", shows="hang")
@in_a_loop
class NeverEnds(StreamTransport):
    """The end is never sent."""

    def shut_down_writing(self) -> None: ...


@fault(breaks="transport-26b")
@in_a_loop
class EndsBothDirections(StreamTransport):
    """write_eof() ends reading too."""

    def shut_down_writing(self) -> None:
        self.sock.shutdown(socket.SHUT_RDWR)


@fault(breaks="transport-74")
@in_a_loop
class EofCloses(StreamTransport):
    """write_eof() closes the transport after the flush."""

    def shut_down_writing(self) -> None:
        super().shut_down_writing()
        self.close()


@fault(breaks="transport-27")
@in_a_loop
class IgnoresWritesAfterEof(StreamTransport):
    """What is written after write_eof() is silently dropped."""

    def write(self, data: Any) -> None:
        if not self.eof_written:
            super().write(data)


@fault(breaks="transport-28")
@in_a_loop
class DeniesHalfClosing(StreamTransport):
    """can_write_eof() says no although write_eof() works."""

    def can_write_eof(self) -> bool:
        return False


@fault(breaks="transport-50")
@in_a_loop
class DropsAfterEof(StreamTransport):
    """Data is sent a turn later, and close() after write_eof() drops it."""

    def write(self, data: Any) -> None:
        self.keep(memoryview(data))

    def close(self) -> None:
        if self.eof_written:
            self.end(None)
        super().close()


@fault(breaks="transport-66")
@in_a_loop
class EofOnlyOnce(StreamTransport):
    """write_eof() raises where there is nothing left to end."""

    def write_eof(self) -> None:
        if self.eof_written or self.closing:
            raise RuntimeError("cannot write EOF")
        super().write_eof()
