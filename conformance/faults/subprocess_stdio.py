"""Loops that connect the stdin, stdout and stderr of a child to something else, or hide that they are pipes."""

from __future__ import annotations

import os
from subprocess import DEVNULL, PIPE, STDOUT
from typing import Any

from loopcert.conformance.faults import fault
from loopcert.conformance.faults.subprocess import of_children
from loopcert.conformance.faults.subprocess_options import spawning
from loopcert.reference.child import ChildTransport


@fault(breaks="subprocess-03a")
@of_children
class ShutsStdin(ChildTransport):
    """The pipe to stdin is closed as soon as the child runs."""

    def begin(self, waiter: Any) -> None:
        super().begin(waiter)
        if 0 in self.pipes:
            self.pipes[0].close()


@fault(breaks="subprocess-04")
@of_children
class DeafToStdout(ChildTransport):
    """What comes from stdout is thrown away."""

    def pipe_data(self, fd: int, data: bytes) -> None:
        if fd != 1:
            super().pipe_data(fd, data)


@fault(breaks="subprocess-05a")
@of_children
class DeafToStderr(ChildTransport):
    """What comes from stderr is thrown away."""

    def pipe_data(self, fd: int, data: bytes) -> None:
        if fd != 2:
            super().pipe_data(fd, data)


@fault(breaks="subprocess-08")
@of_children
class Decodes(ChildTransport):
    """Data of pipes are text."""

    def pipe_data(self, fd: int, data: Any) -> None:
        super().pipe_data(fd, data.decode("latin-1"))


@fault(breaks="subprocess-08")
@of_children
class ChangesLineEnds(ChildTransport):
    """Line ends in the data of pipes become those of Unix."""

    def pipe_data(self, fd: int, data: bytes) -> None:
        super().pipe_data(fd, data.replace(b"\r\n", b"\n"))


@fault(breaks="subprocess-12a")
@of_children
class KeepsPipesToItself(ChildTransport):
    """get_pipe_transport() gives an object that can do nothing, a new one each time."""

    def get_pipe_transport(self, fd: int) -> Any:
        return object() if fd in self.pipes else None


@fault(breaks="subprocess-12a")
@of_children
class PipesComeLater(ChildTransport):
    """get_pipe_transport() is None until connection_made() has returned."""

    def get_pipe_transport(self, fd: int) -> Any:
        return super().get_pipe_transport(fd) if self.exit_watch else None


@fault(breaks="subprocess-12b")
@of_children
class HasPipesOfAnyNumber(ChildTransport):
    """get_pipe_transport() of an unknown number is that of stderr."""

    def get_pipe_transport(self, fd: int) -> Any:
        return self.pipes.get(fd, self.pipes[2])


@fault(breaks="subprocess-13")
@of_children
class FindsAnotherPipe(ChildTransport):
    """get_pipe_transport() of what is no PIPE is another pipe."""

    def get_pipe_transport(self, fd: int) -> Any:
        return self.pipes.get(fd) or next(iter(self.pipes.values()), None)


@fault(breaks="subprocess-03b")
@spawning
def reads_no_files(options: dict[str, Any]) -> None:
    """A file or descriptor as stdin is taken for the null device."""
    if options["stdin"] not in (PIPE, None):
        options["stdin"] = DEVNULL


@fault(breaks="subprocess-03b", wide="the descriptor is another one's by the time it is closed again")
@spawning
def takes_files_for_its_own(options: dict[str, Any]) -> None:
    """A file that is given as stdin is closed, as if it were the loop's."""
    if hasattr(options["stdin"], "fileno"):
        copy = os.dup(options["stdin"].fileno())
        options["stdin"].close()
        options["stdin"] = copy


@fault(breaks="subprocess-03c")
@spawning
def inherits_no_stdin(options: dict[str, Any]) -> None:
    """stdin=None is the null device."""
    options["stdin"] = DEVNULL if options["stdin"] is None else options["stdin"]


@fault(breaks="subprocess-03d")
@spawning
def inherits_stdin_for_nothing(options: dict[str, Any]) -> None:
    """stdin=DEVNULL is our own stdin."""
    options["stdin"] = None if options["stdin"] == DEVNULL else options["stdin"]


def is_file(stream: object) -> bool:
    """Whether it is neither a constant nor nothing."""
    return stream not in (PIPE, DEVNULL, STDOUT, None)


@fault(breaks="subprocess-04")
@spawning
def writes_no_stdout_files(options: dict[str, Any]) -> None:
    """A file as stdout is taken for the null device."""
    options["stdout"] = DEVNULL if is_file(options["stdout"]) else options["stdout"]


@fault(breaks="subprocess-04")
@spawning
def exchanges_none_and_devnull_of_stdout(options: dict[str, Any]) -> None:
    """stdout=None throws output away, stdout=DEVNULL inherits ours."""
    options["stdout"] = {None: DEVNULL, DEVNULL: None}.get(options["stdout"], options["stdout"])


@fault(breaks="subprocess-05a")
@spawning
def writes_no_stderr_files(options: dict[str, Any]) -> None:
    """A file as stderr is taken for the null device."""
    options["stderr"] = DEVNULL if is_file(options["stderr"]) else options["stderr"]


@fault(breaks="subprocess-05a")
@spawning
def exchanges_none_and_devnull_of_stderr(options: dict[str, Any]) -> None:
    """stderr=None throws output away, stderr=DEVNULL inherits ours."""
    options["stderr"] = {None: DEVNULL, DEVNULL: None}.get(options["stderr"], options["stderr"])


@fault(breaks="subprocess-05b")
@spawning
def throws_joined_stderr_away(options: dict[str, Any]) -> None:
    """stderr=STDOUT is the null device."""
    options["stderr"] = DEVNULL if options["stderr"] == STDOUT else options["stderr"]
