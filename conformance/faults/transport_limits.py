"""Transports that get their limits and the size of their buffer wrong."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from loopcert.conformance.faults import fault
from loopcert.conformance.faults._streams import in_a_loop
from loopcert.reference.stream import StreamTransport


@fault(breaks="transport-31")
@in_a_loop
class CountsForEver(StreamTransport):
    """get_write_buffer_size() is what was ever written."""

    total = 0

    def write(self, data: Any) -> None:
        super().write(data)
        self.total += len(data)

    def get_write_buffer_size(self) -> int:
        return self.total


@fault(breaks="transport-31")
@in_a_loop
class CountsNothing(StreamTransport):
    """get_write_buffer_size() is always 0."""

    def get_write_buffer_size(self) -> int:
        return 0


@fault(breaks="transport-32")
@in_a_loop
class HighFirst(StreamTransport):
    """get_write_buffer_limits() gives (high, low)."""

    def get_write_buffer_limits(self) -> tuple[int, int]:
        return self.marks.high, self.marks.low - 1


@fault(breaks="transport-33")
@in_a_loop
class TakesAnyLimits(StreamTransport):
    """Limits that make no sense are silently ignored."""

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        with suppress(ValueError):
            super().set_write_buffer_limits(high, low)


@fault(breaks="transport-75")
@in_a_loop
class RefusesTooLate(StreamTransport):
    """Limits are refused after they have been set."""

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        if high is not None and low is not None:
            self.marks.high, self.marks.low = high, low
        super().set_write_buffer_limits(high, low)


@fault(breaks="transport-34")
@in_a_loop
class LowStays(StreamTransport):
    """high alone leaves low where it was."""

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        before = self.marks.low
        super().set_write_buffer_limits(high, low)
        if low is None:
            self.marks.low = before


@fault(breaks="transport-35a")
@in_a_loop
class LowIsAtLeastOne(StreamTransport):
    """high=0 makes low 1."""

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        super().set_write_buffer_limits(high, low)
        self.marks.low = max(self.marks.low, 1)


@fault(breaks="transport-35b")
@in_a_loop
class ZeroIsNoLimit(StreamTransport):
    """high=0 switches flow control off."""

    def buffer_rose(self) -> None:
        if self.marks.high:
            super().buffer_rose()


@fault(breaks="transport-36")
@in_a_loop
class ResumesTooEarly(StreamTransport):
    """resume_writing() comes although some bytes more than low are left."""

    def buffer_fell(self) -> None:
        if self.marks.fell(max(0, self.unsent - 60000)):
            self.tell_protocol("resume_writing")


class QuietLines(StreamTransport):
    """A transport that keeps to itself how full it is while it takes lines."""

    quiet = False

    def writelines(self, list_of_data: Iterable[Any]) -> None:
        self.quiet = True
        super().writelines(list_of_data)
        self.quiet = False

    def buffer_rose(self) -> None:
        if not self.quiet:
            super().buffer_rose()


@fault(breaks="transport-49")
@in_a_loop
class LinesSkipFlowControl(QuietLines):
    """writelines() does not look at the high mark."""
