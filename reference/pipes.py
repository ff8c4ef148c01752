"""Pipes of the program itself, brought under protocols."""

import asyncio
import os
import select
import stat
from collections.abc import Callable
from selectors import EVENT_READ
from typing import Any, ClassVar, TypeVar

from .endpoint import Endpoint
from .reading import Reading
from .scheduler import Scheduler
from .writing import Writing

_P = TypeVar("_P", bound=Any)
_T = TypeVar("_T", bound="PipeEnd")


class PipeSocket:
    """The file of a pipe, with the methods of a socket that transports use."""

    def __init__(self, file: Any) -> None:
        self.fd: int = file.fileno()
        self.fileno = file.fileno
        self.close = file.close
        os.set_blocking(self.fd, False)

    def recv(self, size: int) -> bytes:
        """Read at most `size` bytes."""
        return os.read(self.fd, size)

    def recv_into(self, buffer: Any) -> int:
        """Read into `buffer`."""
        return os.readv(self.fd, [buffer])

    def send(self, data: Any) -> int:
        """Write as much as the pipe takes."""
        return os.write(self.fd, data)

    def sendmsg(self, chunks: list[Any]) -> int:
        """Write as many of the chunks as the pipe takes."""
        return os.writev(self.fd, chunks)


class PipeEnd(Endpoint):
    """One end of a pipe, a FIFO, a socket or a terminal; `pipe` is its file object, the rest is Endpoint's."""

    def __init__(self, loop: Scheduler, pipe: Any, protocol: asyncio.BaseProtocol) -> None:
        super().__init__(loop, PipeSocket(pipe), protocol, {"pipe": pipe})


class ReadPipeTransport(PipeEnd, Reading, asyncio.ReadTransport):
    """The end of a pipe that data comes out of (pipes-01)."""

    def start_reading(self) -> None:
        """Watch the pipe; some character devices, such as the null device, cannot be polled."""
        try:
            super().start_reading()
        except OSError as error:
            self.end(error)

    def read_eof(self) -> None:
        """Close at the end, whatever the protocol answers: there is no other direction (pipes-08)."""
        super().read_eof()
        self.close()


class WritePipeTransport(PipeEnd, Writing, asyncio.WriteTransport):
    """The end of a pipe that data goes into (pipes-02)."""

    def begin_reading(self) -> None:
        """Watch for the moment when the last reader goes; a terminal keeps silent about that."""
        mode = os.fstat(self.fd).st_mode
        if not self.closing and (stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)):
            self.loop.watch(self.fd, EVENT_READ, self.reader_may_be_gone, ())

    def reader_may_be_gone(self) -> None:
        """End if nobody reads any more, with an error if data is lost by it (pipes-06).

        A socket that merely has something to read is left alone.
        """
        poller = select.poll()
        poller.register(self.fd, 0)
        if not poller.poll(0):
            self.stop_reading()
        else:
            self.end(BrokenPipeError("the other end was closed before all data was read") if self.unsent else None)

    def write_eof(self) -> None:
        """Close once all is sent, as there is no other direction (pipes-10)."""
        self.close()


class Pipes(Scheduler):
    """The part of a loop that reads from and writes to pipes."""

    read_pipe_type: ClassVar[type[ReadPipeTransport]] = ReadPipeTransport
    write_pipe_type: ClassVar[type[WritePipeTransport]] = WritePipeTransport

    async def connect_read_pipe(self, protocol_factory: Callable[[], _P], pipe: Any) -> tuple[ReadPipeTransport, _P]:
        """Have a new protocol read from `pipe`, a file object (pipes-01, 04, 08, 13, 14).

        Raises:
            ValueError: it is a regular file or a folder, which no poll can wait for.
        """
        return await self.connect_pipe(self.read_pipe_type, protocol_factory, pipe)

    async def connect_write_pipe(self, protocol_factory: Callable[[], _P], pipe: Any) -> tuple[WritePipeTransport, _P]:
        """Have a new protocol write to `pipe`, a file object; raises as connect_read_pipe() (pipes-02, 04, 05)."""
        return await self.connect_pipe(self.write_pipe_type, protocol_factory, pipe)

    async def connect_pipe(self, kind: type[_T], protocol_factory: Callable[[], _P], pipe: Any) -> tuple[_T, _P]:
        """Put a transport of this kind on a pipe."""
        self.check_pipe(pipe)
        protocol = protocol_factory()
        transport = kind(self, pipe, protocol)
        await self.until_begun(transport)
        return transport, protocol

    def check_pipe(self, pipe: Any) -> None:
        """Refuse what cannot be polled (pipes-07, 13, 14)."""
        if os.name != "posix":
            raise NotImplementedError("this platform cannot poll pipes")
        mode = os.fstat(pipe.fileno()).st_mode
        if not (stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode) or stat.S_ISCHR(mode)):
            raise ValueError(f"{pipe!r} is no pipe, socket or character device")
