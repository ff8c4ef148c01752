"""Transports that cannot stand being called inside their own callbacks."""

from __future__ import annotations

from typing import Any

from loopcert.conformance.faults import fault
from loopcert.conformance.faults._streams import in_a_loop
from loopcert.reference.stream import StreamTransport


class Holding(StreamTransport):
    """Holds back what is written inside a callback, and forgets it if the transport was closed there."""

    waiting_room: list[Any] | None = None

    def write(self, data: Any) -> None:
        """Send, or hold back."""
        if self.waiting_room is None:
            super().write(data)
        else:
            self.waiting_room.append(data)

    def begin_holding(self) -> None:
        """Begin to hold back."""
        self.waiting_room = []

    def let_go(self) -> None:
        """Send what was held back."""
        waiting, self.waiting_room = self.waiting_room or [], None
        if not self.closing:
            for data in waiting:
                self.write(data)


@fault(breaks="protocol-28")
@in_a_loop
class ClosedTooEarly(Holding):
    """What connection_made() writes is sent after it returns, unless it closed the transport."""

    def begin(self, waiter: Any) -> None:
        self.begin_holding()
        super().begin(waiter)
        self.let_go()


@fault(breaks="protocol-37")
@in_a_loop
class AnswersAreDropped(Holding):
    """What data_received() writes is sent after it returns, unless it closed the transport."""

    def read(self) -> None:
        self.begin_holding()
        super().read()
        self.let_go()


@fault(breaks="protocol-37")
@in_a_loop
class AnswersAreMixedUp(Holding):
    """What data_received() writes is sent after it returns, its second half first."""

    def read(self) -> None:
        self.begin_holding()
        super().read()
        self.waiting_room = [each[len(each) // 2 :] + each[: len(each) // 2] for each in self.waiting_room or ()]
        self.let_go()


@fault(breaks="protocol-29")
@in_a_loop
class EndsTwice(StreamTransport):
    """A transport that is closed inside a flow callback ends once more when the callback returns."""

    def tell_protocol(self, method: str) -> None:
        super().tell_protocol(method)
        if self.closing:
            self.loop.call_soon(self.protocol.connection_lost, None)


@fault(breaks="protocol-38")
@in_a_loop
class FlowCallbacksEndAtOnce(StreamTransport):
    """close() inside a flow callback drops what is unsent."""

    def tell_protocol(self, method: str) -> None:
        super().tell_protocol(method)
        if self.closing:
            self.end(None)


@fault(breaks="protocol-39")
@in_a_loop
class PausesInsideThePause(StreamTransport):
    """A write inside pause_writing() pauses once more."""

    depth = 0

    def buffer_rose(self) -> None:
        if self.unsent > self.marks.high and self.depth < 2:
            self.depth += 1
            self.marks.paused = True
            self.tell_protocol("pause_writing")
            self.depth -= 1


@fault(breaks="protocol-40")
@in_a_loop
class EofIsClose(StreamTransport):
    """write_eof() closes the transport."""

    def write_eof(self) -> None:
        self.close()
