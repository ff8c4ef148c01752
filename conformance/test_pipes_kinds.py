"""What may be a pipe: pipes, FIFOs, sockets and terminals, but no regular file; and whose it is in the end."""

from __future__ import annotations

import asyncio
import os
import socket
from asyncio import AbstractEventLoop
from pathlib import Path
from typing import Any

import pytest

from loopcert.conformance.kit import (
    Peer,
    Recorder,
    allowed,
    equal,
    failing,
    pipe,
    reading,
    requirement,
    writing,
)


def fifo(folder: Path) -> tuple[Any, Any]:
    """Return both ends of a named pipe."""
    path = folder / "fifo"
    os.mkfifo(path)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    writer = os.open(path, os.O_WRONLY)
    os.set_blocking(reader, True)
    return open(reader, "rb", buffering=0), open(writer, "wb", buffering=0)


def sockets(_folder: Path) -> tuple[Any, Any]:
    """Return two connected sockets, as files."""
    reader, writer = socket.socketpair()
    return open(reader.detach(), "rb", buffering=0), open(writer.detach(), "wb", buffering=0)


def terminal(_folder: Path) -> tuple[Any, Any]:
    """Return the two sides of a terminal, for what comes from the outside."""
    if not hasattr(os, "openpty"):
        pytest.skip("this machine has no terminals")
    outside, inside = os.openpty()
    return open(inside, "rb", buffering=0), open(outside, "wb", buffering=0)


KINDS = pytest.mark.parametrize("kind", [fifo, sockets, terminal])


@requirement("pipes-14")
@KINDS
def test_this_kind_can_be_read_from(loop: AbstractEventLoop, tmp_path: Path, kind: Any) -> None:
    async def main() -> None:
        ends = kind(tmp_path)
        with allowed(f"connect_read_pipe() of a {kind.__name__}"):
            async with reading(loop, ends=ends) as (_, protocol, far):
                far.write(b"a line\n")
                equal(await protocol.received(7), b"a line\n", "what came")

    loop.run_until_complete(main())


@requirement("pipes-14")
@KINDS
def test_this_kind_can_be_written_to(loop: AbstractEventLoop, tmp_path: Path, kind: Any) -> None:
    async def main() -> None:
        reader, writer = kind(tmp_path)
        with allowed(f"connect_write_pipe() of a {kind.__name__}"):
            async with writing(loop, ends=(reader, writer)) as (transport, _, far), reading(loop) as (_, seen, back):
                with Peer(lambda: back.write(far.read(7))):
                    transport.write(b"a line\n")
                    equal(await seen.received(7), b"a line\n", "what came")

    loop.run_until_complete(main())


@requirement("pipes-13")
@pytest.mark.parametrize("method", ["connect_read_pipe", "connect_write_pipe"])
def test_a_regular_file_is_refused(loop: AbstractEventLoop, tmp_path: Path, method: str) -> None:
    async def main() -> None:
        with (tmp_path / "file").open("w+b", buffering=0) as file, failing(f"{method}() of a regular file"):
            transport, protocol = await getattr(loop, method)(Recorder, file)
            transport.close()
            await protocol.seen("lost")

    loop.run_until_complete(main())


@requirement("pipes-15")
@pytest.mark.parametrize("connect", [reading, writing])
@pytest.mark.parametrize("end", ["near", "far"])
def test_the_pipe_is_closed_with_its_transport(loop: AbstractEventLoop, connect: Any, end: str) -> None:
    ends = pipe()
    near = ends[connect is writing]

    async def main() -> None:
        async with connect(loop, ends=ends) as (transport, protocol, far):
            if end == "near":
                transport.close()
            else:
                far.close()
            await protocol.seen("lost")
            await asyncio.sleep(0)
            equal(near.closed, True, "whether the file of the pipe is closed after connection_lost()")

    loop.run_until_complete(main())
