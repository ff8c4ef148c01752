"""Transports that get writing wrong: in order, whole, without waiting, and too late."""

from __future__ import annotations

import socket
from collections.abc import Iterable
from contextlib import suppress
from itertools import islice
from typing import Any

from loopcert.conformance.faults import fault
from loopcert.conformance.faults._streams import in_a_loop
from loopcert.reference import Loop as ReferenceLoop
from loopcert.reference.stream import StreamTransport


@fault(breaks="transport-21a", shows="hang")
@in_a_loop
class WriteWaits(StreamTransport):
    """write() waits until the peer has read."""

    def write(self, data: Any) -> None:
        self.sock.setblocking(True)
        self.sock.sendall(data)


@fault(breaks="transport-21a", shows="hang")
class LeavesSocketsBlocking(ReferenceLoop):
    """A socket that was blocking when it was given stays so."""

    async def establish(self, sock: socket.socket, *args: Any, **options: Any) -> Any:
        timeout = sock.gettimeout()
        pair = await super().establish(sock, *args, **options)
        sock.settimeout(timeout)
        return pair


@fault(breaks="transport-21b")
@in_a_loop
class WriteCounts(StreamTransport):
    """write() returns the number of bytes."""

    def write(self, data: Any) -> Any:
        super().write(data)
        return len(data)


@fault(breaks="transport-22")
@in_a_loop
class Stutters(StreamTransport):
    """The first byte of each write is sent twice."""

    def write(self, data: Any) -> None:
        super().write(data[:1])
        super().write(data)


@fault(breaks="transport-22")
@in_a_loop
class NewestFirst(StreamTransport):
    """What cannot be sent yet is put before what waits already."""

    def keep(self, data: memoryview) -> None:
        super().keep(data)
        if self.buffer is not None:
            self.buffer.rotate(1)


@fault(breaks="transport-23")
@in_a_loop
class MergesEqualWrites(StreamTransport):
    """A write of the same byte as the one before it is not sent."""

    last: Any = None

    def write(self, data: Any) -> None:
        if len(data) != 1 or data != self.last:
            super().write(data)
        self.last = data


@fault(breaks="transport-63")
@in_a_loop
class BytesOnly(StreamTransport):
    """write() takes bytes alone."""

    def write(self, data: Any) -> None:
        if not isinstance(data, bytes):
            raise TypeError("bytes expected")
        super().write(data)


@fault(breaks="transport-24")
@in_a_loop
class TakesAnything(StreamTransport):
    """write() silently drops what is not bytes-like."""

    def write(self, data: Any) -> None:
        with suppress(TypeError):
            super().write(data)


@fault(breaks="transport-25")
@in_a_loop
class FirstLineTwice(StreamTransport):
    """writelines() sends its first element twice."""

    def writelines(self, list_of_data: Iterable[Any]) -> None:
        lines = [bytes(each) for each in list_of_data]
        first = next(filter(None, lines), b"")
        super().writelines([first, *lines])


@fault(breaks="transport-25")
@in_a_loop
class OneSystemCall(StreamTransport):
    """writelines() forgets what does not fit into one system call."""

    def writelines(self, list_of_data: Iterable[Any]) -> None:
        super().writelines(islice(list_of_data, 1024))


@fault(breaks="transport-79", shows="hang")
@in_a_loop
class EmptyLinesStay(StreamTransport):
    """An empty element stays in the buffer for ever."""

    def writelines(self, list_of_data: Iterable[Any]) -> None:
        lines = list(list_of_data)
        super().writelines(lines)
        self.unsent += not all(lines)


@fault(breaks="transport-58")
@in_a_loop
class SomethingOfNothing(StreamTransport):
    """Writing nothing sends a zero byte."""

    def write(self, data: Any) -> None:
        super().write(data or b"\0")


@fault(breaks="transport-45a")
@in_a_loop
class CannotWriteWhenLost(StreamTransport):
    """write() is an error once the connection is lost."""

    def write(self, data: Any) -> None:
        if self.ended:
            raise RuntimeError("the transport is closed")
        super().write(data)


@fault(breaks="transport-64")
@in_a_loop
class CannotWriteLinesWhenClosed(StreamTransport):
    """writelines() is an error once the transport closes."""

    def writelines(self, list_of_data: Iterable[Any]) -> None:
        if self.closing:
            raise AttributeError("'NoneType' object has no attribute 'send'")
        super().writelines(list_of_data)


@fault(breaks="transport-73")
@in_a_loop
class CannotWriteWhenClosing(StreamTransport):
    """write() is an error between close() and connection_lost()."""

    def write(self, data: Any) -> None:
        if self.closing and not self.ended:
            raise RuntimeError("the transport is closing")
        super().write(data)


@fault(breaks="transport-46")
@in_a_loop
class OnlyQueues(StreamTransport):
    """write() leaves the sending to the next iteration."""

    def write(self, data: Any) -> None:
        if data and not self.closing:
            self.keep(memoryview(data))


@fault(breaks="transport-59", shows="hang")
@in_a_loop
class OneThingAtATime(StreamTransport):
    """Nothing is read while unsent data waits."""

    def start_writing(self) -> None:
        super().start_writing()
        self.stop_reading()

    def stop_writing(self) -> None:
        super().stop_writing()
        if not self.closing:
            self.start_reading()
