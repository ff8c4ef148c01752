"""Pipes of the program itself, brought under protocols."""

import os
import stat
from collections.abc import Callable
from typing import Any, ClassVar, TypeVar

from .pipe_reader import ReadPipeTransport
from .pipe_writer import WritePipeTransport
from .scheduler import Scheduler

_P = TypeVar("_P", bound=Any)


class Pipes(Scheduler):
    """The part of a loop that reads from and writes to pipes."""

    read_pipe_type: ClassVar[type[ReadPipeTransport]] = ReadPipeTransport
    write_pipe_type: ClassVar[type[WritePipeTransport]] = WritePipeTransport
    has_pipes = os.name == "posix"

    async def connect_read_pipe(self, protocol_factory: Callable[[], _P], pipe: Any) -> tuple[ReadPipeTransport, _P]:
        """Have a new protocol read from `pipe`, a file object (pipes-01, 04, 08, 13, 14).

        Raises:
            ValueError: it is a regular file or a folder, which no poll can wait for.
        """
        self.check_pipe(pipe)
        protocol = protocol_factory()
        transport = self.read_pipe_type(self, pipe, protocol)
        await self.pipe_begun(transport)
        return transport, protocol

    async def connect_write_pipe(self, protocol_factory: Callable[[], _P], pipe: Any) -> tuple[WritePipeTransport, _P]:
        """Have a new protocol write to `pipe`, a file object (pipes-02, 04, 05, 13, 14).

        Raises:
            ValueError: it is a regular file or a folder, which no poll can wait for.
        """
        self.check_pipe(pipe)
        protocol = protocol_factory()
        transport = self.write_pipe_type(self, pipe, protocol)
        await self.pipe_begun(transport)
        return transport, protocol

    def check_pipe(self, pipe: Any) -> None:
        """Refuse what cannot be polled (pipes-07, 13, 14)."""
        if not self.has_pipes:
            raise NotImplementedError("this platform cannot poll pipes")
        mode = os.fstat(pipe.fileno()).st_mode
        if not (stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode) or stat.S_ISCHR(mode)):
            raise ValueError(f"{pipe!r} is no pipe, socket or character device")

    async def pipe_begun(self, transport: ReadPipeTransport | WritePipeTransport) -> None:
        """Wait until connection_made() has been called; whoever is cancelled here gets no transport to close."""
        waiter = self.create_future()
        self.call_soon(transport.begin, waiter)
        try:
            await waiter
        except BaseException:
            transport.close()
            raise
