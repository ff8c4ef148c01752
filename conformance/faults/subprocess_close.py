"""Loops that mistake close() of a child's transport, or the first and the last of its callbacks."""

from __future__ import annotations

import select
import signal
from asyncio import SubprocessProtocol
from typing import Any

from loopcert.conformance.faults import fault
from loopcert.conformance.faults.subprocess import of_children
from loopcert.reference.child import ChildTransport
from loopcert.reference.pipes import ReadPipeTransport


@fault(breaks="subprocess-25a")
@of_children
class MadeTwice(ChildTransport):
    """connection_made() is called twice."""

    def tell_made(self) -> None:
        super().tell_made()
        super().tell_made()


@fault(breaks="subprocess-25a")
@of_children
class ReadsBeforehand(ChildTransport):
    """What waits in the pipes is handed over before connection_made()."""

    def begin(self, waiter: Any) -> None:
        for pipe in self.pipes.values():
            if isinstance(pipe, ReadPipeTransport) and select.select([pipe.fd], [], [], 0.1)[0]:
                pipe.read()
        super().begin(waiter)


@fault(breaks="subprocess-25b")
@of_children
class LostTwice(ChildTransport):
    """connection_lost() is called twice."""

    def tell_lost(self) -> None:
        super().tell_lost()
        super().tell_lost()


@fault(breaks="subprocess-25b")
@of_children
class LostForAReason(ChildTransport):
    """connection_lost() is given an exception at every end."""

    def tell_lost(self) -> None:
        self.protocol.connection_lost(ConnectionResetError("the child has ended"))


@fault(breaks="subprocess-19a")
@of_children
class CloseAborts(ChildTransport):
    """close() sends SIGABRT."""

    def kill_if_running(self) -> None:
        if self.returncode is None:
            self.popen.send_signal(signal.SIGABRT)


@fault(breaks="subprocess-19a", shows="hang")
@of_children
class CloseAsks(ChildTransport):
    """close() sends SIGTERM, as PEP 3156 had it."""

    def kill_if_running(self) -> None:
        if self.returncode is None:
            self.popen.terminate()


@fault(breaks="subprocess-19b")
@of_children
class CloseLeavesPipes(ChildTransport):
    """close() kills the child and leaves the pipes to their end."""

    def close(self) -> None:
        self.closing = True
        self.kill_if_running()


@fault(breaks="subprocess-57", shows="hang")
@of_children
class SilentAfterClose(ChildTransport):
    """After close() the protocol hears nothing more."""

    def close(self) -> None:
        super().close()
        self.protocol = SubprocessProtocol()


@fault(breaks="subprocess-57")
@of_children
class TellsOfPipesAfterTheEnd(ChildTransport):
    """After close() connection_lost() follows the first pipe that is lost, and the others are told behind it."""

    def pipe_lost(self, fd: int, error: BaseException | None) -> None:
        super().pipe_lost(fd, error)
        if self.closing and not self.losing:
            self.losing = True
            self.tell_lost()


@fault(breaks="subprocess-38")
@of_children
class EndsAgain(ChildTransport):
    """close() after the end calls connection_lost() again."""

    last: Any = None

    def tell_lost(self) -> None:
        self.last = self.protocol
        super().tell_lost()

    def close(self) -> None:
        super().close()
        if self.last is not None:
            self.last.connection_lost(None)


@fault(breaks="subprocess-38")
@of_children
class CloseOverwritesTheCode(ChildTransport):
    """close() after the end makes the code that of a killed child."""

    def close(self) -> None:
        super().close()
        if self.protocol is None:
            self.returncode = -signal.SIGKILL


@fault(breaks="subprocess-58")
@of_children
class ClosesTwice(ChildTransport):
    """A second close() is told as a second exit."""

    def close(self) -> None:
        if self.closing:
            self.loop.call_soon(self.protocol.process_exited)
        super().close()
