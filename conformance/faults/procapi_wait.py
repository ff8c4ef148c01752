"""Loops on which Process.wait() and communicate() go wrong."""

from __future__ import annotations

import asyncio
from typing import Any

from loopcert.conformance.faults import fault
from loopcert.conformance.faults.subprocess import of_children
from loopcert.reference import Loop as ReferenceLoop
from loopcert.reference.child import ChildTransport
from loopcert.reference.pipes import WritePipeTransport


class Hasty(ChildTransport):
    """A transport that does not wait for the exit."""

    async def wait(self) -> Any:
        """Give what is known now."""
        return self.returncode


@fault(breaks="procapi-04")
class DoesNotWait(ReferenceLoop):
    """Waiting for a child returns at once."""

    process_type = Hasty


@fault(breaks="procapi-05c")
class LeavesEarly(ReferenceLoop):
    """Waiting for a child, at the end of communicate(), returns at once."""

    process_type = Hasty


@fault(breaks="procapi-19")
@of_children
class SaysItOnce(ChildTransport):
    """Waiting for a child that has exited returns None."""

    async def wait(self) -> Any:
        return None if self.returncode is not None else await super().wait()


@fault(breaks="procapi-18")
@of_children
class TellsTheFirst(ChildTransport):
    """Only the first who waits for a child is told its code."""

    async def wait(self) -> Any:
        late = bool(self.exit_waiters)
        code = await super().wait()
        return None if late else code


@fault(breaks="procapi-18")
@of_children
class DiesWithItsWaiter(ChildTransport):
    """A child is killed when a wait for it is cancelled."""

    async def wait(self) -> int:
        try:
            return await super().wait()
        except asyncio.CancelledError:
            self.popen.kill()
            raise


@fault(breaks="procapi-22")
@of_children
class ShortLived(ChildTransport):
    """A child is killed after a millisecond."""

    def begin(self, waiter: Any) -> None:
        super().begin(waiter)
        self.loop.call_later(0.001, self.kill_if_running)


class Unending(WritePipeTransport):
    """A writing end that is never closed."""

    def close(self) -> None:
        """Stay open."""


@fault(breaks="procapi-05a", shows="hang")
class KeepsStdinOpen(ReferenceLoop):
    """close() of stdin does nothing."""

    write_pipe_type = Unending


@fault(breaks="procapi-07", shows="hang")
class KeepsUnusedStdinOpen(ReferenceLoop):
    """close() of stdin does nothing, also where nothing was written."""

    write_pipe_type = Unending


@fault(breaks="procapi-05b")
@of_children
class Repeats(ChildTransport):
    """Data are handed over twice."""

    def pipe_data(self, fd: int, data: bytes) -> None:
        super().pipe_data(fd, data)
        super().pipe_data(fd, data)


class Strict(WritePipeTransport):
    """A writing end that raises its own error once it is closed."""

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Refuse what comes after the end, or meets it."""
        super().write(data)
        if self.closing:
            raise RuntimeError("this pipe is closed")


class Renames(ChildTransport):
    """A child whose broken pipe is a RuntimeError."""

    def tell_pipe_lost(self, fd: int, error: BaseException | None) -> None:
        """Hand on another error."""
        super().tell_pipe_lost(fd, error and RuntimeError("the pipe is broken"))


@fault(breaks="procapi-06")
class BreaksPipesInItsOwnWay(ReferenceLoop):
    """A child that does not read makes writing a RuntimeError."""

    write_pipe_type = Strict
    process_type = Renames


@fault(breaks="procapi-08a")
@of_children
class AlwaysZero(ChildTransport):
    """get_returncode() is 0 from the beginning."""

    def get_returncode(self) -> int:
        return 0


@fault(breaks="procapi-08b")
@of_children
class NeverNegative(ChildTransport):
    """Death by signal N is 128 + N."""

    def get_returncode(self) -> int | None:
        return 128 - self.returncode if self.returncode and self.returncode < 0 else self.returncode
