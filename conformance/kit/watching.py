"""Watching descriptors: callbacks that end a run when they were called often enough, and a poll that proves silence."""

from __future__ import annotations

import socket
from asyncio import AbstractEventLoop
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from loopcert.conformance.kit.running import drain
from loopcert.conformance.kit.verify import allowed


class Calls:
    """A callback that keeps the arguments of each call; `wait` runs the loop until there were ``enough`` calls.

    ``also`` is called after the recording of every call, with the same arguments.
    """

    def __init__(self, loop: AbstractEventLoop, enough: int = 1, also: Callable[..., object] | None = None) -> None:
        self.seen: list[tuple[Any, ...]] = []
        self._loop = loop
        self._enough = enough
        self._also = also

    def __call__(self, *args: Any) -> None:
        """Record one call."""
        self.seen.append(args)
        if len(self.seen) >= self._enough:
            self._loop.stop()
        if self._also is not None:
            self._also(*args)

    def wait(self) -> None:
        """Run the loop until the calls were enough; calls that never come are a hang."""
        while len(self.seen) < self._enough:
            self._loop.run_forever()


def polled(loop: AbstractEventLoop) -> None:
    """Run the loop until it has polled twice: what could be noticed has been noticed, and its callbacks have run."""
    for _ in range(2):
        near, far = socket.socketpair()
        with near, far:
            far.send(b"x")
            calls = Calls(loop)
            loop.add_reader(near, calls)
            calls.wait()
            loop.remove_reader(near)
        drain(loop)


def fill(sock: socket.socket) -> int:
    """Send on a non-blocking stream socket until it takes no more; return how many bytes it took."""
    taken = 0
    try:
        while True:
            taken += sock.send(bytes(65536))
    except BlockingIOError:
        return taken


@contextmanager
def ready_socket() -> Iterator[socket.socket]:
    """Give a socket that can be read from and written to, and close it and its peer afterwards."""
    near, far = socket.socketpair()
    near.setblocking(False)
    with near, far:
        far.send(b"x")
        yield near


def watch(loop: AbstractEventLoop, way: str, fd: Any, callback: Any, *args: Any) -> None:
    """Call add_reader or add_writer."""
    with allowed(f"add_{way}({fd!r})"):
        getattr(loop, f"add_{way}")(fd, callback, *args)


def unwatch(loop: AbstractEventLoop, way: str, fd: Any) -> object:
    """Call remove_reader or remove_writer."""
    with allowed(f"remove_{way}({fd!r})"):
        removed: object = getattr(loop, f"remove_{way}")(fd)
    return removed
