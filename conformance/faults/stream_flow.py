"""Transports whose flow control a stream cannot rely on."""

from __future__ import annotations

from typing import Any

from loopcert.conformance.faults import fault
from loopcert.conformance.faults._readers import Forgets, feeds_a_reader
from loopcert.conformance.faults._streams import in_a_loop
from loopcert.conformance.faults.transport_limits import QuietLines
from loopcert.reference.stream import StreamTransport


@fault(breaks="stream-22a")
@in_a_loop
class NeverFull(StreamTransport):
    """A stream is never told that the write buffer is full."""

    def buffer_rose(self) -> None:
        if not feeds_a_reader(self):
            super().buffer_rose()


@fault(breaks="stream-22a", shows="hang")
@in_a_loop
class NeverDown(StreamTransport):
    """A stream that waits is never told to go on."""

    def buffer_fell(self) -> None:
        if not feeds_a_reader(self):
            super().buffer_fell()


@fault(breaks="stream-37")
@in_a_loop
class LinesUnseen(QuietLines):
    """What writelines() wrote does not count for drain()."""


@fault(breaks="stream-22b")
@in_a_loop
class FullForATurn(StreamTransport):
    """Every write() pauses the stream until the next iteration."""

    def write(self, data: Any) -> None:
        super().write(data)
        if feeds_a_reader(self) and not self.marks.paused:
            self.tell_protocol("pause_writing")
            self.loop.call_soon(self.go_on)

    def go_on(self) -> None:
        """Resume a stream that is still there."""
        if self.protocol is not None:
            self.tell_protocol("resume_writing")


@fault(breaks="stream-23")
@in_a_loop
class BreaksInSilence(StreamTransport):
    """A connection that breaks is lost without an error, as if it had been closed."""

    def end(self, error: BaseException | None) -> None:
        super().end(None if feeds_a_reader(self) else error)


@fault(breaks="stream-23", shows="hang")
@in_a_loop
class BreaksUnseen(StreamTransport):
    """A stream is never told that its connection broke."""

    def tell_lost(self, error: BaseException | None) -> None:
        if error is None or not feeds_a_reader(self):
            super().tell_lost(error)


@fault(breaks="stream-32")
@in_a_loop
class CannotPause(StreamTransport):
    """A reader cannot pause its transport."""

    def pause_reading(self) -> None:
        if not feeds_a_reader(self):
            super().pause_reading()


@fault(breaks="stream-32")
@in_a_loop
class LosesDuringAPause(Forgets):
    """What arrived during a pause is gone when reading goes on."""


@fault(breaks="stream-36")
@in_a_loop
class BrokenIsEnded(StreamTransport):
    """A connection that breaks looks to the reader like one that ends."""

    def end(self, error: BaseException | None) -> None:
        super().end(None if feeds_a_reader(self) else error)
