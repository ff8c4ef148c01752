"""Loops that get wrong what goes through the pipes of a child: data, losses, flow control."""

from __future__ import annotations

import asyncio
from itertools import count
from typing import Any

from loopcert.conformance.faults import fault
from loopcert.conformance.faults.subprocess import of_children
from loopcert.reference import Loop as ReferenceLoop
from loopcert.reference.child import ChildTransport
from loopcert.reference.pipes import ReadPipeTransport, WritePipeTransport


@fault(breaks="subprocess-20")
@of_children
class SwapsNumbers(ChildTransport):
    """Data of stdout come as those of stderr, and the other way round."""

    def pipe_data(self, fd: int, data: bytes) -> None:
        super().pipe_data(3 - fd, data)


@fault(breaks="subprocess-20")
@of_children
class EndsWithEmptyData(ChildTransport):
    """The end of a pipe comes as empty data first."""

    def pipe_lost(self, fd: int, error: BaseException | None) -> None:
        if fd:
            self.pipe_data(fd, b"")
        super().pipe_lost(fd, error)


@fault(breaks="subprocess-20", shows="hang")
@of_children
class DeliversAtTheEnd(ChildTransport):
    """Data are kept until the pipe is lost."""

    def pipe_data(self, fd: int, data: bytes) -> None:
        kept = self.__dict__.setdefault("kept", {})
        kept[fd] = kept.get(fd, b"") + data

    def pipe_lost(self, fd: int, error: BaseException | None) -> None:
        if data := self.__dict__.get("kept", {}).get(fd):
            super().pipe_data(fd, data)
        super().pipe_lost(fd, error)


@fault(breaks="subprocess-33")
@of_children
class LosesAPart(ChildTransport):
    """The third piece of data is lost."""

    def pipe_data(self, fd: int, data: bytes) -> None:
        pieces = self.__dict__.setdefault("pieces", count(1))
        if next(pieces) != 3:
            super().pipe_data(fd, data)


@fault(breaks="subprocess-33")
@of_children
class StopsReadingAtTheExit(ChildTransport):
    """Nothing is read from the pipes of a child that has ended."""

    def begin(self, waiter: Any) -> None:
        self.popen.returncode = None
        super().begin(waiter)

    def pipe_data(self, fd: int, data: bytes) -> None:
        if self.popen.poll() is None:
            super().pipe_data(fd, data)


@fault(breaks="subprocess-30")
@of_children
class EndsAtTheExit(ChildTransport):
    """connection_lost() follows the exit, whoever still holds the pipes."""

    def child_ended(self) -> None:
        self.open_pipes.clear()
        super().child_ended()


@fault(breaks="subprocess-30")
@of_children
class EndsWithTheFirstPipe(ChildTransport):
    """connection_lost() follows the loss of any pipe."""

    def pipe_lost(self, fd: int, error: BaseException | None) -> None:
        super().pipe_lost(fd, error)
        if not self.losing:
            self.closing = self.losing = True
            self.loop.call_soon(self.finish)


@fault(breaks="subprocess-21")
@of_children
class SilentAboutStdin(ChildTransport):
    """The loss of stdin is not told."""

    def tell_pipe_lost(self, fd: int, error: BaseException | None) -> None:
        if fd:
            super().tell_pipe_lost(fd, error)


@fault(breaks="subprocess-21")
@of_children
class LosesTwice(ChildTransport):
    """The loss of stdout and stderr is told twice."""

    def tell_pipe_lost(self, fd: int, error: BaseException | None) -> None:
        super().tell_pipe_lost(fd, error)
        if fd:
            super().tell_pipe_lost(fd, error)


@fault(breaks="subprocess-60", shows="hang")
@of_children
class LosesAtTheExit(ChildTransport):
    """The loss of a pipe is told when the child has ended."""

    def pipe_lost(self, fd: int, error: BaseException | None) -> None:
        if self.returncode is None:
            self.loop.call_later(0.001, self.pipe_lost, fd, error)
        else:
            super().pipe_lost(fd, error)


@fault(breaks="subprocess-55")
@of_children
class DataComeLate(ChildTransport):
    """Data are handed over some iterations after they were read, losses at once."""

    def pipe_data(self, fd: int, data: bytes, turns: int = 6) -> None:
        if turns:
            self.loop.call_soon(self.pipe_data, fd, data, turns - 1)
        else:
            super().pipe_data(fd, data)


class Impatient(WritePipeTransport):
    """A writing end that forgets what it has not sent."""

    def close(self) -> None:
        """Close at once."""
        self.abort()


@fault(breaks="subprocess-34")
class ForgetsTheRest(ReferenceLoop):
    """close() of stdin drops what was not sent yet."""

    write_pipe_type = Impatient


class Loud(WritePipeTransport):
    """A writing end that raises when nobody reads."""

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Refuse what comes after the end."""
        if self.closing:
            raise BrokenPipeError
        super().write(data)


@fault(breaks="subprocess-56")
class RaisesBrokenPipes(ReferenceLoop):
    """Writing to a child that reads no more raises BrokenPipeError."""

    write_pipe_type = Loud


class Boundless(WritePipeTransport):
    """A writing end that never pauses."""

    def buffer_rose(self) -> None:
        """Say nothing."""


@fault(breaks="subprocess-35", shows="hang")
class NeverPauses(ReferenceLoop):
    """A protocol is never told to pause writing."""

    write_pipe_type = Boundless


class Restless(ReadPipeTransport):
    """A reading end that cannot be paused."""

    def pause_reading(self) -> None:
        """Do nothing."""


@fault(breaks="subprocess-54")
class ReadsOn(ReferenceLoop):
    """pause_reading() of a child's pipe does nothing."""

    read_pipe_type = Restless


class Exhausted(ChildTransport):
    """A child that is heard only if it is among the first five."""

    def pipe_data(self, fd: int, data: bytes) -> None:
        """Hand over what the first five say."""
        if self.loop.order.setdefault(self, len(self.loop.order)) < 5:  # type: ignore[attr-defined]  # see below
            super().pipe_data(fd, data)


@fault(breaks="subprocess-50")
class Exhausts(ReferenceLoop):
    """After five children the next ones are not heard."""

    process_type = Exhausted

    def __init__(self) -> None:
        super().__init__()
        self.order: dict[asyncio.SubprocessTransport, int] = {}
