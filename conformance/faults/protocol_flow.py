"""Transports that get flow control wrong: too seldom, too often, too early, or to the wrong one."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from loopcert.conformance.faults import fault
from loopcert.conformance.faults._streams import in_a_loop
from loopcert.reference.stream import StreamTransport


@fault(breaks="protocol-05")
@in_a_loop
class NeverPauses(StreamTransport):
    """pause_writing() is never called."""

    def buffer_rose(self) -> None: ...


@fault(breaks="protocol-05")
@in_a_loop
class AlwaysPauses(StreamTransport):
    """pause_writing() is called as soon as anything stays, whatever the limits."""

    def buffer_rose(self) -> None:
        if self.unsent and not self.marks.paused:
            self.marks.paused = True
            self.tell_protocol("pause_writing")


@fault(breaks="protocol-06")
@in_a_loop
class ResumesAboveLow(StreamTransport):
    """resume_writing() is called while more than low is left."""

    def buffer_fell(self) -> None:
        if self.marks.fell(max(0, self.unsent - 60000)):
            self.tell_protocol("resume_writing")


@fault(breaks="protocol-06")
@in_a_loop
class ResumesAtOnce(StreamTransport):
    """resume_writing() follows every pause_writing() in the next iteration."""

    def buffer_rose(self) -> None:
        if self.marks.rose(self.unsent):
            self.tell_protocol("pause_writing")
            self.loop.call_soon(self.tell_protocol, "resume_writing")


@fault(breaks="protocol-07a")
@in_a_loop
class PausesAtEachWrite(StreamTransport):
    """Each write over the high mark pauses, paused or not."""

    def buffer_rose(self) -> None:
        if self.unsent > self.marks.high:
            self.marks.paused = True
            self.tell_protocol("pause_writing")


@fault(breaks="protocol-07a")
@in_a_loop
class ResumesTwice(StreamTransport):
    """resume_writing() is called twice."""

    def buffer_fell(self) -> None:
        if self.marks.fell(self.unsent):
            self.tell_protocol("resume_writing")
            self.tell_protocol("resume_writing")


@fault(breaks="protocol-35")
@in_a_loop
class OneCallbackAtATime(StreamTransport):
    """No transport can be written to inside resume_writing()."""

    def tell_protocol(self, method: str) -> None:
        loop: Any = self.loop
        loop.telling = True
        super().tell_protocol(method)
        loop.telling = False

    def write(self, data: Any) -> None:
        if getattr(self.loop, "telling", False):
            raise RuntimeError("a callback is under way")
        super().write(data)


@fault(breaks="protocol-36")
@in_a_loop
class ResumesWhomItPaused(StreamTransport):
    """resume_writing() goes to the protocol that was paused, though another was set."""

    before: Any = None

    def tell_protocol(self, method: str) -> None:
        if method == "pause_writing":
            self.before = self.protocol
        now, self.protocol = self.protocol, self.before
        super().tell_protocol(method)
        self.protocol = now


@fault(breaks="protocol-26")
@in_a_loop
class FlowErrorsAreFatal(StreamTransport):
    """What a flow callback raises ends the connection."""

    def tell_protocol(self, method: str) -> None:
        try:
            getattr(self.protocol, method)()
        except ArithmeticError as error:
            self.protocol_failed(error)


@fault(breaks="protocol-26")
@in_a_loop
class FlowErrorsVanish(StreamTransport):
    """What a flow callback raises is not reported."""

    def tell_protocol(self, method: str) -> None:
        with suppress(ArithmeticError):
            getattr(self.protocol, method)()
