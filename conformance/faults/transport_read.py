"""Transports that get pausing and resuming wrong."""

from __future__ import annotations

import select
import socket
from contextlib import suppress
from typing import Any

from loopcert.conformance.faults import fault
from loopcert.conformance.faults._pausing import CountedPauses, PausesWhileOpen
from loopcert.conformance.faults._streams import in_a_loop
from loopcert.reference.stream import StreamTransport


@fault(breaks="transport-16a")
@in_a_loop
class AlwaysReading(StreamTransport):
    """is_reading() does not know of pauses."""

    def is_reading(self) -> bool:
        return not self.closing


@fault(breaks="transport-16b")
@in_a_loop
class ReadingWhenClosed(StreamTransport):
    """is_reading() does not know of close()."""

    def is_reading(self) -> bool:
        return not self.paused


@fault(breaks="transport-17")
@in_a_loop
class PausesInNameOnly(StreamTransport):
    """pause_reading() notes the pause and goes on reading."""

    def pause_reading(self) -> None:
        self.paused = True


@fault(breaks="transport-17")
@in_a_loop
class ReadsAfterConnectionMade(StreamTransport):
    """Reading starts after connection_made(), whatever was called there."""

    def begin(self, waiter: Any) -> None:
        super().begin(waiter)
        self.start_reading()


@fault(breaks="transport-17")
@in_a_loop
class ResumesLater(StreamTransport):
    """resume_reading() takes effect in a later iteration, also where reading is paused again by then."""

    def resume_reading(self) -> None:
        if self.paused and not self.closing:
            self.paused = False
            self.loop.call_soon(self.start_reading)


@fault(breaks="transport-18a")
@in_a_loop
class PausesOnce(StreamTransport):
    """pause_reading() is an error while reading is paused."""

    def pause_reading(self) -> None:
        if self.paused:
            raise RuntimeError("already paused")
        super().pause_reading()


@fault(breaks="transport-18a", shows="hang")
@in_a_loop
class CountsPauses(CountedPauses, StreamTransport):
    """Each pause needs a resumption of its own."""


@fault(breaks="transport-18b")
@in_a_loop
class CannotPauseClosed(PausesWhileOpen, StreamTransport):
    """pause_reading() is an error once the transport closes."""


@fault(breaks="transport-67")
@in_a_loop
class CannotResumeClosed(StreamTransport):
    """resume_reading() is an error once the transport closes."""

    def resume_reading(self) -> None:
        if self.closing:
            raise RuntimeError("cannot resume a closing transport")
        super().resume_reading()


@fault(breaks="transport-19")
@in_a_loop
class MangledByThePause(StreamTransport):
    """The first byte that arrived during a pause comes out wrong."""

    def resume_reading(self) -> None:
        paused = self.paused
        super().resume_reading()
        if paused and not self.closing:
            with suppress(BlockingIOError):
                if self.sock.recv(1):
                    self.protocol.data_received(b"?")


@fault(breaks="transport-20")
@in_a_loop
class ResumesOnlyAfterAPause(StreamTransport):
    """resume_reading() is an error while the transport reads."""

    def resume_reading(self) -> None:
        if not self.paused:
            raise RuntimeError("not paused")
        super().resume_reading()


@fault(breaks="transport-68", shows="hang")
@in_a_loop
class PausesWritingToo(StreamTransport):
    """Nothing is sent while reading is paused."""

    def start_writing(self) -> None:
        if not self.paused:
            super().start_writing()

    def resume_reading(self) -> None:
        super().resume_reading()
        if self.unsent:
            super().start_writing()


@fault(breaks="transport-56", shows="hang")
@in_a_loop
class EndIsMissed(StreamTransport):
    """The end of the peer is an event of its own, and one that comes during a pause is lost."""

    def resume_reading(self) -> None:
        with suppress(OSError):
            if self.paused and not self.closing and not self.sock.recv(1, socket.MSG_PEEK):
                self.paused = False
                return
        super().resume_reading()


@fault(breaks="transport-56")
@in_a_loop
class EndOvertakes(StreamTransport):
    """The end of the peer is told at once, during a pause too."""

    def pause_reading(self) -> None:
        super().pause_reading()
        self.look()

    def look(self) -> None:
        poller = select.poll()
        poller.register(self.sock, select.POLLRDHUP)
        if self.paused and not self.closing:
            if poller.poll(0):
                self.read_eof()
            else:
                self.loop.call_soon(self.look)
