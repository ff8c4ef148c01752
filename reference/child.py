"""The transport of a child process: three pipes and an exit."""

import asyncio
import contextlib
import signal
import subprocess
from collections.abc import Sequence
from typing import Any, ClassVar

from .child_exit import EXIT_WATCHES
from .flow import HasProtocol
from .pipes import Pipes, ReadPipeTransport, WritePipeTransport
from .private import ChildNames
from .scheduler import Waiter, set_ready


class ChildTransport(ChildNames, HasProtocol, asyncio.SubprocessTransport):
    """A running child and what is known of it (subprocess-11 to 42, 59).

    It is over, and connection_lost() called, once the child has been reaped and all of its pipes are closed: a
    grandchild that still writes is heard to its end.

    Arguments:
        loop: the loop that it lives on.
        popen: the child, with unbuffered binary pipes, which the transport owns from here on.
        protocol: who is told what happens.
    """

    # The ways to learn of the exit; the first that is available is taken, and the last one always is
    exit_watches: ClassVar[Sequence[type[Any]]] = EXIT_WATCHES

    loop: Pipes

    def __init__(self, loop: Pipes, popen: "subprocess.Popen[bytes]", protocol: asyncio.BaseProtocol) -> None:
        self.loop = loop
        self.popen = popen
        self.protocol: Any = protocol
        self.returncode: int | None = None
        self.exit_watch: Any = None
        self.exit_waiters: list[asyncio.Future[int]] = []
        self.closing = self.losing = False
        self.pipes: dict[int, ReadPipeTransport | WritePipeTransport] = {}
        if popen.stdin is not None:
            self.pipes[0] = loop.write_pipe_type(loop, popen.stdin, PipeRelay(self, 0))
        for fd, file in ((1, popen.stdout), (2, popen.stderr)):
            if file is not None:
                self.pipes[fd] = loop.read_pipe_type(loop, file, PipeRelay(self, fd))
        self.open_pipes = set(self.pipes)

    def begin(self, waiter: Waiter) -> None:
        """Tell the protocol, and then only let pipes and exit speak (subprocess-25a)."""
        try:
            self.tell_made()
        finally:
            for pipe in self.pipes.values():
                pipe.begin()
            self.exit_watch = self.watch_exit()
            set_ready(waiter)

    def watch_exit(self) -> Any:
        """Have child_ended() called when the child has ended."""
        *better, last = self.exit_watches
        for watch in better:
            with contextlib.suppress(OSError):  # not on this platform, not in this sandbox, no more descriptors
                return watch(self.loop, self.popen, self.child_ended)
        return last(self.loop, self.popen, self.child_ended)

    # What pipes and exit say.

    def pipe_data(self, fd: int, data: bytes) -> None:
        """Hand over what the child wrote (subprocess-20, 33)."""
        self.protocol.pipe_data_received(fd, data)

    def pipe_lost(self, fd: int, error: BaseException | None) -> None:
        """Tell of the end of a pipe (subprocess-21)."""
        self.open_pipes.discard(fd)
        try:
            self.tell_pipe_lost(fd, error)
        finally:
            self.check_over()

    def tell_pipe_lost(self, fd: int, error: BaseException | None) -> None:
        """Call pipe_connection_lost()."""
        self.protocol.pipe_connection_lost(fd, error)

    def child_ended(self) -> None:
        """Reap the child and tell of its exit (subprocess-22, 24, 37)."""
        assert self.exit_watch is not None
        self.returncode = self.reap()
        self.exit_watch.cancel()
        self.exit_watch = None
        self.wake_waiters(self.returncode)
        try:
            self.tell_exited()
        finally:
            self.check_over()

    def wake_waiters(self, returncode: int) -> None:
        """Let everybody who is in wait() go on (procapi-18)."""
        for waiter in self.exit_waiters:
            if not waiter.done():
                waiter.set_result(returncode)
        self.exit_waiters.clear()

    def tell_exited(self) -> None:
        """Call process_exited()."""
        self.protocol.process_exited()

    def reap(self) -> int:
        """Give the exit code of a child that has ended, negative for a signal (subprocess-14a, 14b)."""
        return self.popen.wait()

    def check_over(self) -> None:
        """Have the protocol told of the end when nothing more can come (subprocess-25b, 30)."""
        if self.returncode is not None and not self.open_pipes and not self.losing:
            self.closing = self.losing = True
            self.loop.call_soon(self.finish)

    def finish(self) -> None:
        """Tell the protocol that it is over."""
        try:
            self.tell_lost()
        finally:
            self.protocol = None  # the two usually refer to each other

    def tell_lost(self) -> None:
        """Call connection_lost()."""
        self.protocol.connection_lost(None)

    async def wait(self) -> int:
        """Give the exit code once there is one; any number of Tasks may wait (procapi-04, 18, 19)."""
        if self.returncode is None:
            waiter = self.loop.create_future()
            self.exit_waiters.append(waiter)
            await waiter
        assert self.returncode is not None
        return self.returncode

    # What its user says.

    def send_signal(self, number: int) -> None:
        """Send a signal to the child, and never to another process (subprocess-17, 18).

        Raises:
            ProcessLookupError: the child has ended.
        """
        if self.returncode is not None:
            raise ProcessLookupError
        self.popen.send_signal(number)

    def terminate(self) -> None:
        """Send SIGTERM (subprocess-16); raises as send_signal() does."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """Send SIGKILL (subprocess-15); raises as send_signal() does."""
        self.send_signal(signal.SIGKILL)

    def close(self) -> None:
        """Kill the child if it still runs, and close the pipes; its exit is still told (subprocess-19a to 39)."""
        if self.closing:
            return
        self.closing = True
        self.close_pipes()
        self.kill_if_running()

    def close_pipes(self) -> None:
        """Close all pipes; what was written to the child and did not reach it has nobody left to read it."""
        for pipe in self.pipes.values():
            pipe.abort()

    def kill_if_running(self) -> None:
        """Kill the child, unless it has ended."""
        if self.returncode is None and self.popen.poll() is None:
            with contextlib.suppress(PermissionError):  # it has become another user's
                self.popen.kill()

    # What is known about it.

    def get_pid(self) -> int:
        """Give the process id (subprocess-11)."""
        return self.popen.pid

    def get_returncode(self) -> int | None:
        """Give the exit code, None while the child runs (subprocess-14a, 14b)."""
        return self.returncode

    def get_pipe_transport(self, fd: int) -> asyncio.BaseTransport | None:
        """Give the transport of stdin, stdout or stderr; None for what is no pipe (subprocess-12a to 13)."""
        return self.pipes.get(fd)

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """Give the Popen as "subprocess", `default` for anything else (transport-10, subprocess-48)."""
        return self.popen if name == "subprocess" else default

    def __repr__(self) -> str:
        return f"<{type(self).__name__} pid={self.popen.pid} returncode={self.returncode}>"


class PipeRelay(asyncio.Protocol):
    """The protocol of one pipe: it tells the child's transport, with the number that the pipe has in the child."""

    def __init__(self, child: ChildTransport, fd: int) -> None:
        self.child = child
        self.fd = fd

    def data_received(self, data: bytes) -> None:
        """Pass data on."""
        self.child.pipe_data(self.fd, data)

    def connection_lost(self, exc: BaseException | None) -> None:
        """Pass the end on."""
        self.child.pipe_lost(self.fd, exc)

    def pause_writing(self) -> None:
        """Have the writer of stdin wait (subprocess-35)."""
        self.child.protocol.pause_writing()

    def resume_writing(self) -> None:
        """Have the writer of stdin go on (subprocess-35)."""
        self.child.protocol.resume_writing()
