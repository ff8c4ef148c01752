"""Child programs, as small as they come: what a child does is told to sh where there is one, and to Python elsewhere.

sh and cat start in a millisecond or two, an interpreter takes ten or more.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any, TypeAlias

import pytest

from loopcert.conformance.kit.peers import Events

Command: TypeAlias = tuple[str, ...]
"""A program and its arguments."""

_SH, _CAT = shutil.which("sh"), shutil.which("cat")
KILLED: int = 1 if sys.platform == "win32" else -signal.SIGKILL
"""The code of a child that was killed: on Windows it is ended with a status."""

_PATIENCE = 0.5
_COPY = "import os\nwhile data := os.read(0, 65536):\n    while data: data = data[os.write(1, data):]"


def script(shell: str, python: str, *arguments: str) -> Command:
    """Return a command that does the same by either text: ``"$1"`` and ``sys.argv[1]`` are the first argument."""
    if _SH:
        return (_SH, "-c", shell, "sh", *arguments)
    return (sys.executable, "-S", "-E", "-c", f"import os, sys\n{python}", *arguments)


def posix(shell: str, *arguments: str) -> Command:
    """Return a command for what only a POSIX shell can say."""
    if not _SH:
        pytest.skip("this machine has no sh")
    return script(shell, "", *arguments)


def copies() -> Command:
    """A child that copies stdin to stdout: without input it lives until its stdin ends, and exits with 0."""
    return (_CAT,) if _CAT else script("", _COPY)


def exits(status: int) -> Command:
    """A child that exits at once."""
    return script('exit "$1"', "sys.exit(int(sys.argv[1]))", str(status))


def says(out: str, err: str = "") -> Command:
    """A child that writes to stdout, then to stderr, and exits with 0."""
    python = "os.write(1, sys.argv[1].encode())\nos.write(2, sys.argv[2].encode())"
    return script('printf %s "$1"; printf %s "$2" >&2', python, out, err)


def listens() -> Command:
    """A child that reads one line from stdin, writes it to stdout and exits with 0."""
    return script('read -r line; printf %s "$line"', "os.write(1, sys.stdin.readline().strip().encode())")


class ChildRecorder(Events, asyncio.SubprocessProtocol):
    """A protocol that records what a child's transport tells it.

    Its events are ``made``, ``data``, ``pipe 0`` to ``pipe 2`` (that pipe was lost), ``exited``, ``lost``, ``pause``
    and ``resume``. ``chunks`` holds what pipe_data_received() was given; ``codes`` what get_returncode() said inside
    process_exited().
    """

    def __init__(self) -> None:
        super().__init__()
        self.chunks: list[tuple[int, Any]] = []
        self.codes: list[int | None] = []
        self.pipe_errors: dict[int, BaseException | None] = {}

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        """Record ``data`` and keep the chunk."""
        self.chunks.append((fd, data))
        self.happened("data")

    def pipe_connection_lost(self, fd: int, exc: BaseException | None) -> None:
        """Record the loss of a pipe and keep the exception."""
        self.pipe_errors[fd] = exc
        self.happened(f"pipe {fd}")

    def process_exited(self) -> None:
        """Record the exit and what the transport says of it now."""
        self.codes.append(self.transport.get_returncode())
        self.happened("exited")

    def output(self, fd: int = 1) -> bytes:
        """Return all that came from one of the child's pipes."""
        return b"".join(data for number, data in self.chunks if number == fd)

    async def heard(self, count: int, fd: int = 1) -> bytes:
        """Wait for ``count`` bytes from a pipe and return what has come."""
        await self.until(lambda: len(self.output(fd)) >= count)
        return self.output(fd)


@asynccontextmanager
async def child(
    loop: asyncio.AbstractEventLoop, command: Command, protocol: ChildRecorder | None = None, **options: Any
) -> AsyncIterator[tuple[Any, Any]]:
    """Start a child for the time of a block, give its transport and protocol, and clear it away afterwards.

    Clearing away waits a while for connection_lost() and proves nothing: a test that wants it waits itself.
    """
    recorder = protocol or ChildRecorder()
    transport, _ = await loop.subprocess_exec(lambda: recorder, *command, **options)
    try:
        yield transport, recorder
    finally:
        if "lost" not in recorder.events:
            transport.close()
            wait = asyncio.ensure_future(recorder.seen("lost"))
            await asyncio.wait([wait], timeout=_PATIENCE)
            wait.cancel()


def bring_to_end(transport: asyncio.SubprocessTransport, end: str) -> None:
    """End a child that copies: by the end of its input ("exit"), by a signal, or by closing the transport."""
    if end == "signal":
        transport.kill()
    elif end == "close":
        transport.close()
    else:
        stdin = transport.get_pipe_transport(0)
        if stdin is not None:
            stdin.close()


async def outcome(loop: asyncio.AbstractEventLoop, command: Command, **options: Any) -> ChildRecorder:
    """Run a child until connection_lost(); return the protocol. Its stdin is closed at once."""
    async with child(loop, command, **options) as (transport, recorder):
        if (stdin := transport.get_pipe_transport(0)) is not None:
            stdin.close()
        await recorder.seen("lost")
    made: ChildRecorder = recorder
    return made


@asynccontextmanager
async def process(command: Command, **options: Any) -> AsyncIterator[asyncio.subprocess.Process]:
    """Give a Process of the running loop for the time of a block, and clear it away afterwards."""
    made = await asyncio.create_subprocess_exec(*command, **options)
    try:
        yield made
    finally:
        if made.returncode is None:
            with suppress(ProcessLookupError):
                made.kill()
        if made.stdin is not None:
            made.stdin.close()
        ending = [asyncio.ensure_future(each.read()) for each in (made.stdout, made.stderr) if each is not None]
        ending.append(asyncio.ensure_future(made.wait()))  # type: ignore[arg-type]  # of one kind only for asyncio.wait
        await asyncio.wait(ending, timeout=_PATIENCE)
        for each in ending:
            each.cancel()
        await asyncio.gather(*ending, return_exceptions=True)
        for _ in range(4):
            await asyncio.sleep(0)


def dead(pid: int) -> None:
    """Block until a child of ours has ended; it is left to the loop to reap it."""
    with suppress(ChildProcessError):  # the loop has a thread that was faster
        os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)


def stopped(pid: int) -> None:
    """Block until a child of ours has been stopped by a signal."""
    os.waitid(os.P_PID, pid, os.WSTOPPED | os.WNOWAIT)


@contextmanager
def gate() -> Iterator[tuple[int, Callable[[], object]]]:
    """Give a descriptor to pass to a child, which waits by reading a line from it, and what lets it go on."""
    reader, writer = os.pipe()
    try:
        yield reader, lambda: os.write(writer, b"\n")
    finally:
        os.close(reader)
        os.close(writer)


@contextmanager
def standing_in(number: int, descriptor: int) -> Iterator[None]:
    """Make one of our own standard streams ``descriptor`` for the time of a block: what a child may inherit."""
    kept = os.dup(number)
    try:
        os.dup2(descriptor, number)
        yield
    finally:
        os.dup2(kept, number)
        os.close(kept)
