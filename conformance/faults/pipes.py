"""Loops that connect pipes wrongly, or read from them wrongly."""

from __future__ import annotations

import os
import socket
import stat
from itertools import count
from typing import Any

from loopcert.conformance.faults import fault
from loopcert.reference import Loop as ReferenceLoop
from loopcert.reference.pipes import PipeEnd, ReadPipeTransport, WritePipeTransport


def of_pipes(transport: type[PipeEnd]) -> type[ReferenceLoop]:
    """Return the loop whose reading or writing ends of pipes have this class, under its name."""
    part = "write_pipe_type" if issubclass(transport, WritePipeTransport) else "read_pipe_type"
    names = {part: transport, "__doc__": transport.__doc__, "__module__": transport.__module__}
    return type(transport.__name__, (ReferenceLoop,), names)


@fault(breaks="pipes-01")
class SwapsReadPair(ReferenceLoop):
    """connect_read_pipe returns protocol and transport."""

    async def connect_read_pipe(self, protocol_factory: Any, pipe: Any) -> Any:
        transport, protocol = await super().connect_read_pipe(protocol_factory, pipe)
        return protocol, transport


@fault(breaks="pipes-02")
class SwapsWritePair(ReferenceLoop):
    """connect_write_pipe returns protocol and transport."""

    async def connect_write_pipe(self, protocol_factory: Any, pipe: Any) -> Any:
        transport, protocol = await super().connect_write_pipe(protocol_factory, pipe)
        return protocol, transport


@fault(breaks="pipes-04")
class TriesTheFactory(ReferenceLoop):
    """The protocol factory is called once more than needed."""

    async def connect_read_pipe(self, protocol_factory: Any, pipe: Any) -> Any:
        protocol_factory()
        return await super().connect_read_pipe(protocol_factory, pipe)

    async def connect_write_pipe(self, protocol_factory: Any, pipe: Any) -> Any:
        protocol_factory()
        return await super().connect_write_pipe(protocol_factory, pipe)


@fault(breaks="pipes-14")
class TakesPipesOnly(ReferenceLoop):
    """FIFOs, sockets and terminals are refused."""

    def check_pipe(self, pipe: Any) -> None:
        if not os.path.realpath(f"/dev/fd/{pipe.fileno()}").rpartition("/")[2].startswith("pipe:"):
            raise ValueError("this is no pipe")
        super().check_pipe(pipe)


@fault(breaks="pipes-13")
class TakesFilesForEmpty(ReferenceLoop):
    """A regular file is accepted, and nothing comes of it."""

    async def connect_read_pipe(self, protocol_factory: Any, pipe: Any) -> Any:
        return await super().connect_read_pipe(protocol_factory, stand_in(pipe))

    async def connect_write_pipe(self, protocol_factory: Any, pipe: Any) -> Any:
        return await super().connect_write_pipe(protocol_factory, stand_in(pipe))


def stand_in(pipe: Any) -> Any:
    """Return a socket without an other side in place of a regular file."""
    return socket.socketpair()[0] if stat.S_ISREG(os.fstat(pipe.fileno()).st_mode) else pipe


class KeepsReading(ReadPipeTransport):
    """A reading end that leaves its file open."""

    def release(self) -> None:
        """Forget the file."""
        self.ended = True


class KeepsWriting(WritePipeTransport):
    """A writing end that leaves its file open."""

    def release(self) -> None:
        """Forget the file."""
        self.ended = True


@fault(breaks="pipes-15")
class LeavesFilesOpen(ReferenceLoop):
    """The file of a pipe is left to its owner to close."""

    read_pipe_type = KeepsReading
    write_pipe_type = KeepsWriting


@fault(breaks="pipes-17")
@of_pipes
class ReadsFirst(ReadPipeTransport):
    """What waits in a pipe is delivered before connection_made()."""

    def begin(self, waiter: Any = None) -> None:
        self.read_ready()
        super().begin(waiter)


@fault(breaks="pipes-17")
@of_pipes
class LostTwice(ReadPipeTransport):
    """connection_lost() of a read pipe is called twice."""

    def tell_lost(self, error: BaseException | None) -> None:
        super().tell_lost(error)
        super().tell_lost(error)


@fault(breaks="pipes-08")
@of_pipes
class TellsOfNoEnd(ReadPipeTransport):
    """The end of a pipe goes straight to connection_lost()."""

    def read_eof(self) -> None:
        self.close()


@fault(breaks="pipes-08")
@of_pipes
class LosesAPart(ReadPipeTransport):
    """The third piece that is read is lost."""

    def read(self) -> None:
        pieces = self.__dict__.setdefault("pieces", count(1))
        if next(pieces) == 3:
            os.read(self.fd, 1000)
        super().read()


@fault(breaks="pipes-08")
@of_pipes
class DeliversItsBuffer(ReadPipeTransport):
    """Data are delivered as a bytearray."""

    def read(self) -> None:
        plain = self.protocol
        self.protocol = Wraps(plain)
        super().read()
        self.protocol = plain


class Wraps:
    """Stands between a transport and its protocol."""

    def __init__(self, protocol: Any) -> None:
        self._protocol = protocol

    def data_received(self, data: bytes) -> None:
        """Pass a bytearray on."""
        self._protocol.data_received(bytearray(data))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._protocol, name)


@fault(breaks="pipes-12")
@of_pipes
class ReadsOn(ReadPipeTransport):
    """pause_reading() does nothing."""

    def pause_reading(self) -> None: ...


@fault(breaks="pipes-12", shows="hang")
@of_pipes
class CountsPauses(ReadPipeTransport):
    """A pipe that was paused twice is not resumed."""

    def pause_reading(self) -> None:
        self.twice = self.paused
        super().pause_reading()

    def resume_reading(self) -> None:
        if not self.twice:
            super().resume_reading()


@fault(breaks="pipes-23")
@of_pipes
class AlwaysReads(ReadPipeTransport):
    """is_reading() is always True."""

    def is_reading(self) -> bool:
        return True


@fault(breaks="pipes-19")
@of_pipes
class ReadsTheRest(ReadPipeTransport):
    """close() delivers what is there first."""

    def close(self) -> None:
        if not self.closing:
            self.closing = True
            self.read()
            self.closing = False
        super().close()


@fault(breaks="pipes-19")
@of_pipes
class ClosesTwice(ReadPipeTransport):
    """close() of a read pipe leads to two connection_lost()."""

    def close(self) -> None:
        protocol = self.protocol
        super().close()
        self.loop.call_soon(protocol.connection_lost, None)


class NeverClosingReader(ReadPipeTransport):
    """A reading end that does not admit that it closes."""

    def is_closing(self) -> bool:
        """Say no."""
        return False


class NeverClosingWriter(WritePipeTransport):
    """A writing end that does not admit that it closes."""

    def is_closing(self) -> bool:
        """Say no."""
        return False


@fault(breaks="pipes-20")
class NeverClosing(ReferenceLoop):
    """is_closing() of pipes is always False."""

    read_pipe_type = NeverClosingReader
    write_pipe_type = NeverClosingWriter


@fault(breaks="pipes-12")
@of_pipes
class BeginsAllTheSame(ReadPipeTransport):
    """pause_reading() inside connection_made() is forgotten."""

    def begin_reading(self) -> None:
        if not self.closing and not self.eof_seen:
            self.start_reading()


@fault(breaks="pipes-24")
@of_pipes
class KeepsItsProtocol(ReadPipeTransport):
    """set_protocol() changes what get_protocol() gives, and nothing else."""

    shown: Any = None

    def set_protocol(self, protocol: Any) -> None:
        self.shown = protocol

    def get_protocol(self) -> Any:
        return self.shown or super().get_protocol()
