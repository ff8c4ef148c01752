"""Pipes with one end under the loop under test and a plain blocking file at the other."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, TypeAlias

from loopcert.conformance.kit.peers import Events, Recorder

PipeStream: TypeAlias = tuple[Any, Any, Any]
"""A transport of the loop under test, its protocol, and an unbuffered blocking file: the other end."""

_PATIENCE = 0.5


def pipe() -> tuple[Any, Any]:
    """Return both ends of a pipe as unbuffered files: the one to read from, the one to write to."""
    reader, writer = os.pipe()
    return open(reader, "rb", buffering=0), open(writer, "wb", buffering=0)


@asynccontextmanager
async def reading(
    loop: asyncio.AbstractEventLoop, protocol: Events | None = None, ends: tuple[Any, Any] | None = None
) -> AsyncIterator[PipeStream]:
    """Have the loop read from a pipe for the time of a block; the third of what it gives is the writing end."""
    recorder: Any = protocol or Recorder()
    near, far = ends or pipe()
    async with _cleared(recorder, near, far, "close"):
        transport, _ = await loop.connect_read_pipe(lambda: recorder, near)
        yield transport, recorder, far


@asynccontextmanager
async def writing(
    loop: asyncio.AbstractEventLoop, protocol: Events | None = None, ends: tuple[Any, Any] | None = None
) -> AsyncIterator[PipeStream]:
    """Have the loop write to a pipe for the time of a block; the third of what it gives is the reading end."""
    recorder: Any = protocol or Recorder()
    far, near = ends or pipe()
    async with _cleared(recorder, near, far, "abort"):
        transport, _ = await loop.connect_write_pipe(lambda: recorder, near)
        yield transport, recorder, far


@asynccontextmanager
async def _cleared(recorder: Any, near: Any, far: Any, end: str) -> AsyncIterator[None]:
    """Close all of it in the end. Waiting for connection_lost() has a limit here and proves nothing."""
    try:
        yield
    finally:
        far.close()
        if recorder.transport is not None and "lost" not in recorder.events:
            getattr(recorder.transport, end)()
            wait = asyncio.ensure_future(recorder.seen("lost"))
            await asyncio.wait([wait], timeout=_PATIENCE)
            wait.cancel()
        with contextlib.suppress(OSError):
            near.close()
