"""Loops on which Process shows something wrong: streams, numbers, signals."""

from __future__ import annotations

import os
import signal
from subprocess import DEVNULL, STDOUT
from typing import Any

from loopcert.conformance.faults import fault
from loopcert.conformance.faults.subprocess import of_children
from loopcert.conformance.faults.subprocess_options import spawning
from loopcert.reference import Loop as ReferenceLoop
from loopcert.reference.child import ChildTransport
from loopcert.reference.pipes import WritePipeTransport


@fault(breaks="procapi-01a")
@of_children
class HearsNothing(ChildTransport):
    """The output of a child is thrown away."""

    def pipe_data(self, fd: int, data: bytes) -> None:
        """Throw it away."""


@fault(breaks="procapi-01b")
@spawning
def inherits_nothing(options: dict[str, Any]) -> None:
    """What is None is the null device."""
    for name in ("stdin", "stdout", "stderr"):
        options[name] = DEVNULL if options[name] is None else options[name]


@fault(breaks="procapi-02")
class RunsTrue(ReferenceLoop):
    """A shell command is checked by the shell and not run."""

    def spawn(self, command: Any, **options: Any) -> Any:
        return super().spawn(f"sh -n -c '{command}'" if options["shell"] else command, **options)


@fault(breaks="procapi-11")
@of_children
class HidesPipes(ChildTransport):
    """get_pipe_transport() is always None."""

    def get_pipe_transport(self, fd: int) -> Any:
        """Know of no pipe."""


@fault(breaks="procapi-11")
@of_children
class ServesForPipes(ChildTransport):
    """get_pipe_transport() of what is no PIPE is the child's own transport."""

    def get_pipe_transport(self, fd: int) -> Any:
        return self.pipes.get(fd, self)


@fault(breaks="procapi-20")
@of_children
class Stutters(ChildTransport):
    """Data are handed over twice."""

    def pipe_data(self, fd: int, data: bytes) -> None:
        super().pipe_data(fd, data)
        super().pipe_data(fd, data)


class Boundless(WritePipeTransport):
    """A writing end that never pauses."""

    def buffer_rose(self) -> None:
        """Say nothing."""


@fault(breaks="procapi-21")
class NeverPausesStdin(ReferenceLoop):
    """Nobody is told to pause writing to stdin."""

    write_pipe_type = Boundless


@fault(breaks="procapi-21", shows="hang")
@of_children
class HidesTheEndOfStdin(ChildTransport):
    """The loss of stdin is not told."""

    def tell_pipe_lost(self, fd: int, error: BaseException | None) -> None:
        if fd:
            super().tell_pipe_lost(fd, error)


@fault(breaks="procapi-13")
@spawning
def loses_joined_stderr(options: dict[str, Any]) -> None:
    """stderr=STDOUT is the null device."""
    options["stderr"] = DEVNULL if options["stderr"] == STDOUT else options["stderr"]


@fault(breaks="procapi-14")
@spawning
def inherits_for_nothing(options: dict[str, Any]) -> None:
    """DEVNULL inherits ours."""
    for name in ("stdin", "stdout", "stderr"):
        options[name] = None if options[name] == DEVNULL else options[name]


@fault(breaks="procapi-09")
@of_children
class NamesTheParent(ChildTransport):
    """get_pid() is our own process id."""

    def get_pid(self) -> int:
        return os.getpid()


@fault(breaks="procapi-10")
@of_children
class KillIsAbort(ChildTransport):
    """kill() sends SIGABRT."""

    def kill(self) -> None:
        self.send_signal(signal.SIGABRT)


@fault(breaks="procapi-15")
@of_children
class SendsTermOnly(ChildTransport):
    """send_signal() sends SIGTERM whatever it was asked for."""

    def send_signal(self, _signal: int) -> None:
        super().send_signal(signal.SIGTERM)


@fault(breaks="procapi-16")
@of_children
class TerminateIsKill(ChildTransport):
    """terminate() sends SIGKILL."""

    def terminate(self) -> None:
        self.kill()


class Twin(ChildTransport):
    """A child that has the code of the first one."""

    def reap(self) -> int:
        """Reap this child and give the code of the first that was reaped."""
        code = super().reap()
        first: int = self.loop.__dict__.setdefault("first_code", code)
        return first


@fault(breaks="procapi-23")
class TakesChildrenForOne(ReferenceLoop):
    """All children have the code of the first that exited."""

    process_type = Twin
