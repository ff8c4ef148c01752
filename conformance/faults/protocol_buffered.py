"""Transports that get protocols with a buffer of their own wrong."""

from __future__ import annotations

import asyncio
from typing import Any

from loopcert.conformance.faults import fault
from loopcert.conformance.faults._streams import in_a_loop
from loopcert.reference.stream import StreamTransport


class Filling(StreamTransport):
    """Reads into the protocol's buffer in steps that a fault can change."""

    hint = -1

    def read_into_buffer(self) -> None:
        """Ask for a buffer, fill it, tell how far."""
        buffer = self.give()
        try:
            count = self.fill(memoryview(buffer).cast("B"))
        except BlockingIOError:
            return
        except OSError as error:
            self.end(error)
            return
        if count:
            self.told(count, buffer)
        else:
            self.read_eof()

    def give(self) -> Any:
        """Return the protocol's buffer."""
        return self.protocol.get_buffer(self.hint)

    def fill(self, view: memoryview) -> int:
        """Read into the buffer and return the number of bytes."""
        return self.sock.recv_into(view)

    def told(self, count: int, _buffer: Any) -> None:
        """Tell the protocol."""
        self.protocol.buffer_updated(count)


@fault(breaks="protocol-15a")
@in_a_loop
class HintsZero(Filling):
    """The size hint is 0."""

    hint = 0


@fault(breaks="protocol-15b")
@in_a_loop
class FillsBackwards(Filling):
    """The bytes stand in the buffer the wrong way round."""

    def fill(self, view: memoryview) -> int:
        count = super().fill(view)
        view[:count] = bytes(view[:count])[::-1]
        return count


@fault(breaks="protocol-17")
@in_a_loop
class OneSizeFits(Filling):
    """A buffer that has not 4096 bytes is filled with something else."""

    def fill(self, view: memoryview) -> int:
        count = super().fill(view)
        if len(view) != 4096:
            view[:count] = b"?" * count
        return count


@fault(breaks="protocol-33")
@in_a_loop
class BytearraysOnly(Filling):
    """A buffer that is no bytearray ends the connection."""

    def give(self) -> Any:
        buffer = super().give()
        if not isinstance(buffer, bytearray):
            self.end(TypeError("a bytearray was expected"))
            buffer = bytearray(1)
        return buffer

    def told(self, count: int, _buffer: Any) -> None:
        if not self.losing:
            self.protocol.buffer_updated(count)


@fault(breaks="protocol-18")
@in_a_loop
class TellsTheSize(Filling):
    """buffer_updated() is given the size of the buffer."""

    def told(self, _count: int, buffer: Any) -> None:
        self.protocol.buffer_updated(len(buffer))


@fault(breaks="protocol-18")
@in_a_loop
class EndIsAnUpdate(StreamTransport):
    """The end of the peer is told by buffer_updated(0) too, before eof_received()."""

    def read_eof(self) -> None:
        if isinstance(self.protocol, asyncio.BufferedProtocol):
            self.protocol.buffer_updated(0)
        super().read_eof()


@fault(breaks="protocol-18")
@in_a_loop
class ClearsTheRest(Filling):
    """What lies behind the received bytes is set to zero."""

    def fill(self, view: memoryview) -> int:
        count = super().fill(view)
        view[count:] = bytes(len(view) - count)
        return count


@fault(breaks="protocol-34")
@in_a_loop
class KeepsTheBuffer(Filling):
    """get_buffer() is called once and its buffer used for ever."""

    kept: Any = None

    def give(self) -> Any:
        self.kept = self.kept or super().give()
        return self.kept


@fault(breaks="protocol-41")
@in_a_loop
class FillsOn(Filling):
    """Everything that is there is read in one go, whatever buffer_updated() does."""

    def told(self, count: int, buffer: Any) -> None:
        super().told(count, buffer)
        self.read_into_buffer()


@fault(breaks="protocol-19a")
@in_a_loop
class TurnsTheAnswer(StreamTransport):
    """A buffered protocol's answer at the end is taken the wrong way round."""

    def read_eof(self) -> None:
        self.stop_reading()
        keep_open = self.protocol.eof_received()
        if isinstance(self.protocol, asyncio.BufferedProtocol):
            keep_open = not keep_open
        if not keep_open:
            self.close()


@fault(breaks="protocol-19b")
@in_a_loop
class AsksAfterTheEnd(StreamTransport):
    """get_buffer() is called once more after the end."""

    def read_eof(self) -> None:
        super().read_eof()
        if isinstance(self.protocol, asyncio.BufferedProtocol):
            self.protocol.get_buffer(-1)


@fault(breaks="protocol-20", shows="hang")
@in_a_loop
class ServersDoNotBuffer(StreamTransport):
    """A buffered protocol on the side of a server is served like a plain one."""

    def read_into_buffer(self) -> None:
        if self.server is None:
            super().read_into_buffer()
        else:
            self.read()


@fault(breaks="protocol-16")
@in_a_loop
class EmptyBufferIsTheEnd(Filling):
    """No bytes in an empty buffer are taken for the end of the peer."""
