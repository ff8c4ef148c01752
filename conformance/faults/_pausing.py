"""What transports of every kind get wrong about pauses: to be put before the class of the transport."""

from __future__ import annotations

from asyncio import ReadTransport


class CountedPauses(ReadTransport):
    """Each pause needs a resumption of its own."""

    count = 0

    def pause_reading(self) -> None:
        self.count += 1
        super().pause_reading()

    def resume_reading(self) -> None:
        self.count -= 1
        if not self.count:
            super().resume_reading()


class PausesWhileOpen(ReadTransport):
    """pause_reading() is an error once the transport closes."""

    def pause_reading(self) -> None:
        if self.is_closing():
            raise RuntimeError("cannot pause a closing transport")
        super().pause_reading()
