"""TLS transports that deliver something else than what was sent."""

from __future__ import annotations

from typing import Any

from loopcert.conformance.faults import fault
from loopcert.conformance.faults._tls import driven, layered
from loopcert.reference.tls_layer import TLSLayer
from loopcert.reference.tls_machine import TLSMachine


@fault(breaks="tls-58")
@driven
class MangledAtTheEnd(TLSMachine):
    """The last byte of everything that is read comes out wrong."""

    def read(self) -> bytes:
        data = super().read()
        return data[:-1] + b"?" if data else data

    def read_into(self, buffer: Any) -> int:
        count = super().read_into(buffer)
        if count:
            memoryview(buffer)[count - 1 : count] = b"?"
        return count


def whole(data: bytes) -> int:
    """Return how many of some bytes are whole records."""
    end = 0
    while end + 5 <= len(data) and end + 5 + int.from_bytes(data[end + 3 : end + 5], "big") <= len(data):
        end += 5 + int.from_bytes(data[end + 3 : end + 5], "big")
    return end


@fault(breaks="tls-59", shows="hang")
@driven
class WholeRecordsOnly(TLSMachine):
    """What arrives has to be whole records; the rest is dropped."""

    def feed(self, data: Any) -> None:
        super().feed(bytes(data)[: whole(bytes(data))])


@fault(breaks="tls-59", shows="hang")
@layered
class OneRecordAtATime(TLSLayer):
    """Of what arrives at once only the first record is delivered, and each time something arrives one more."""

    def deliver(self) -> None:
        paused, self.transport.paused = self.transport.paused, True
        try:
            self.machine.read = self.machine.attempt_read  # type: ignore[method-assign]
            if not paused:
                self.deliver_one()
        finally:
            self.transport.paused = paused

    def deliver_one(self) -> None:
        """Deliver a record."""
        data: Any = self.machine.attempt_read(1 << 14)
        if not data:
            return
        if hasattr(self.transport.protocol, "data_received"):
            self.tell_data(data)
            return
        self.transport.protocol.get_buffer(-1)[: len(data)] = data
        self.transport.protocol.buffer_updated(len(data))


@fault(breaks="tls-60")
@driven
class MangledInTheBuffer(TLSMachine):
    """The first byte put into a protocol's own buffer comes out wrong."""

    def read_into(self, buffer: Any) -> int:
        count = super().read_into(buffer)
        if count:
            memoryview(buffer)[:1] = b"?"
        return count


@fault(breaks="tls-60")
@layered
class CountsTheBuffer(TLSLayer):
    """buffer_updated() is told the size of the buffer instead of what came into it."""

    def fill_buffer(self, protocol: Any) -> bool:
        buffer = protocol.get_buffer(-1)
        count = self.machine.read_into(buffer)
        if count:
            protocol.buffer_updated(len(buffer))
        return count > 0


@fault(breaks="tls-74")
@driven
class FillsACopy(TLSMachine):
    """Data for a buffer that is no memoryview goes into a copy of it (python/cpython#156275)."""

    def read_into(self, buffer: Any) -> int:
        return super().read_into(buffer if isinstance(buffer, memoryview) else bytearray(len(buffer)))


@fault(breaks="tls-74")
@driven
class FillsNoViews(TLSMachine):
    """Data for a memoryview goes into a copy of it."""

    def read_into(self, buffer: Any) -> int:
        return super().read_into(bytearray(len(buffer)) if isinstance(buffer, memoryview) else buffer)
