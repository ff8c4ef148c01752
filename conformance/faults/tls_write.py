"""TLS transports that write something else than they are given, or get flow control wrong."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from loopcert.conformance.faults import fault
from loopcert.conformance.faults._tls import carried, driven
from loopcert.reference.tls_machine import TLSMachine
from loopcert.reference.tls_transport import TLSTransport


@fault(breaks="tls-56")
@driven
class MangledBeforehand(TLSMachine):
    """The last byte of everything that is written comes out wrong."""

    def write(self, data: Any) -> int:
        return super().write(bytes(data)[:-1] + b"?")


@fault(breaks="tls-57")
@carried
class LinesBackwards(TLSTransport):
    """writelines() begins at the end."""

    def writelines(self, list_of_data: Iterable[Any]) -> None:
        for data in reversed(list(list_of_data)):
            self.write(data)


@fault(breaks="tls-62", shows="hang")
@carried
class DropsWhatWaits(TLSTransport):
    """What cannot be sent at once is lost."""

    def write(self, data: Any) -> None:
        super().write(data)
        self.drop()


@fault(breaks="tls-25")
@carried
class NeverPauses(TLSTransport):
    """pause_writing() is never called."""

    def buffer_rose(self) -> None:
        pass


@fault(breaks="tls-25", shows="hang")
@carried
class NeverResumes(TLSTransport):
    """resume_writing() is never called."""

    def buffer_fell(self) -> None:
        pass


@fault(breaks="tls-54")
@carried
class LimitsTheOtherWay(TLSTransport):
    """get_write_buffer_limits() begins with the high one."""

    def get_write_buffer_limits(self) -> tuple[int, int]:
        low, high = super().get_write_buffer_limits()
        return high, low


@fault(breaks="tls-54")
@carried
class AnyLimits(TLSTransport):
    """Negative limits, and a low above the high, are taken."""

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        try:
            super().set_write_buffer_limits(high, low)
        except ValueError:
            self.marks.low, self.marks.high = low or 0, high or 0


@fault(breaks="tls-55")
@carried
class SizeOfNothing(TLSTransport):
    """get_write_buffer_size() is always 0."""

    def get_write_buffer_size(self) -> int:
        return 0


class ForShow(TLSTransport):
    """Limits are kept and shown; what decides is always the same."""

    high = 1 << 16
    shown: tuple[int, int] | None = None

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """Keep the limits."""
        super().set_write_buffer_limits(high, low)
        self.shown = super().get_write_buffer_limits()
        super().set_write_buffer_limits(self.high)

    def get_write_buffer_limits(self) -> tuple[int, int]:
        """Show what was kept."""
        return self.shown or super().get_write_buffer_limits()


@fault(breaks="tls-75")
@carried
class LimitsAreLow(ForShow):
    """A TLS transport pauses at 64 kB, whatever limits were set."""


@fault(breaks="tls-75")
@carried
class LimitsAreHigh(ForShow):
    """A TLS transport pauses at 64 MB, whatever limits were set."""

    high = 1 << 26
