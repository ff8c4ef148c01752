"""Transports that send what a stream writes wrongly, or end it wrongly."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterable
from typing import Any, ClassVar

from loopcert.conformance.faults import fault
from loopcert.conformance.faults._readers import DropsOverflow, feeds_a_reader
from loopcert.conformance.faults._streams import in_a_loop
from loopcert.reference import Loop as ReferenceLoop
from loopcert.reference.stream import StreamTransport


@fault(breaks="stream-20")
@in_a_loop
class FewKinds(StreamTransport):
    """A stream's transport takes bytes alone."""

    def write(self, data: Any) -> None:
        if feeds_a_reader(self) and type(data) is not bytes:
            raise TypeError("bytes are expected")
        super().write(data)


@fault(breaks="stream-20")
@in_a_loop
class BytesReversed(StreamTransport):
    """A few bytes leave in the wrong order."""

    def write(self, data: Any) -> None:
        super().write(bytes(data)[::-1] if feeds_a_reader(self) and len(data) < 9 else data)


@fault(breaks="stream-20")
@in_a_loop
class QueueOverflows(DropsOverflow):
    """What is written while 64 kB wait never arrives."""


@fault(breaks="stream-21")
@in_a_loop
class LinesBackwards(StreamTransport):
    """writelines() sends the last item first."""

    def writelines(self, list_of_data: Iterable[Any]) -> None:
        super().writelines(list(list_of_data)[::-1] if feeds_a_reader(self) else list_of_data)


@fault(breaks="stream-21")
@in_a_loop
class ListsAlone(StreamTransport):
    """writelines() wants a list."""

    def writelines(self, list_of_data: Iterable[Any]) -> None:
        if feeds_a_reader(self) and not isinstance(list_of_data, list):
            raise TypeError("a list is expected")
        super().writelines(list_of_data)


class Cut(StreamTransport):
    """A write that is followed by close() at once is lost."""

    def write(self, data: Any) -> None:
        if not feeds_a_reader(self):
            super().write(data)
            return
        self.loop.call_soon(self.send_unless_closed, bytes(data))

    def send_unless_closed(self, data: bytes) -> None:
        """Write, as long as that is allowed."""
        if not self.closing and not self.eof_written:
            super().write(data)


@fault(breaks="stream-24")
@in_a_loop
class CloseCutsOff(Cut):
    """close() of a stream drops what was written just before."""


@fault(breaks="stream-24")
@in_a_loop
class DumbAtFirst(StreamTransport):
    """What a stream writes before connection_made() has returned is lost."""

    fresh = True

    def tell_made(self) -> None:
        super().tell_made()
        self.fresh = False

    def write(self, data: Any) -> None:
        if not (self.fresh and feeds_a_reader(self)):
            super().write(data)


@fault(breaks="stream-24", shows="hang")
@in_a_loop
class CloseKeepsTheSocket(StreamTransport):
    """close() tells the stream that it is over, and leaves a socket open."""

    kept: ClassVar[list[socket.socket]] = []

    def tell_lost(self, error: BaseException | None) -> None:
        if not self.eof_seen and feeds_a_reader(self):
            self.kept.append(self.sock.dup())
        super().tell_lost(error)


@fault(breaks="stream-25")
@in_a_loop
class LostTooEarly(StreamTransport):
    """A stream is told of the loss at close(), though most of the data is still to be sent."""

    told = False

    def close(self) -> None:
        super().close()
        if self.unsent and feeds_a_reader(self):
            self.told = True
            super().tell_lost(None)

    def tell_lost(self, error: BaseException | None) -> None:
        if not self.told:
            super().tell_lost(error)


@fault(breaks="stream-25", shows="hang")
@in_a_loop
class NeverLost(StreamTransport):
    """A stream is never told that its connection is closed."""

    def tell_lost(self, error: BaseException | None) -> None:
        if not feeds_a_reader(self):
            super().tell_lost(error)


@fault(breaks="stream-26")
@in_a_loop
class ClosingOnlyWhenLost(StreamTransport):
    """is_closing() of a stream's transport is False as long as data are flushed."""

    def is_closing(self) -> bool:
        return self.losing if feeds_a_reader(self) else super().is_closing()


@fault(breaks="stream-27")
@in_a_loop
class CannotWriteEOF(StreamTransport):
    """can_write_eof() of a stream's transport is False."""

    def can_write_eof(self) -> bool:
        return not feeds_a_reader(self)


@fault(breaks="stream-28")
@in_a_loop
class EOFOvertakes(StreamTransport):
    """write_eof() of a stream does not wait for what is still to be sent."""

    def write_eof(self) -> None:
        if feeds_a_reader(self):
            self.unsent = 0
            self.drop_buffer()
            self.stop_writing()
        super().write_eof()


@fault(breaks="stream-28")
@in_a_loop
class EOFIsTheEnd(StreamTransport):
    """write_eof() of a stream ends reading as well."""

    def write_eof(self) -> None:
        super().write_eof()
        if feeds_a_reader(self):
            self.stop_reading()
            self.protocol.eof_received()


class Shadow(asyncio.Transport):
    """Looks like a transport, and what is written on it goes nowhere."""

    def __init__(self, real: Any) -> None:
        super().__init__()
        self.real = real

    def __getattribute__(self, name: str) -> Any:
        if name in {"real", "write", "writelines", "__class__"}:
            return object.__getattribute__(self, name)
        return getattr(self.real, name)

    def write(self, data: Any) -> None:
        """Do nothing."""


@fault(breaks="stream-29")
class GivesAShadow(ReferenceLoop):
    """create_connection() gives a stream another transport than the one that was made."""

    async def create_connection(self, protocol_factory: Any, *args: Any, **options: Any) -> Any:
        transport, protocol = await super().create_connection(protocol_factory, *args, **options)
        if isinstance(protocol, asyncio.StreamReaderProtocol):
            return Shadow(transport), protocol
        return transport, protocol


@fault(breaks="stream-30")
@in_a_loop
class KnowsNothing(StreamTransport):
    """get_extra_info() has no default and knows no addresses."""

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return super().get_extra_info(name) if name == "socket" or not feeds_a_reader(self) else None
