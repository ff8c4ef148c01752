"""create_connection() that fails or is cancelled: what is raised, and that nothing is left behind."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from asyncio import AbstractEventLoop
from typing import Any

import pytest

from loopcert.conformance.kit import (
    LOOPBACK,
    Recorder,
    check,
    crowd,
    crowded,
    descriptors,
    dialled,
    elsewhere,
    equal,
    listening,
    raises,
    refused_port,
    requirement,
    same,
    tcp_pair,
    two_addresses,
)


class Broken(Exception):
    """What a factory raises here."""


async def turns() -> None:
    """Let the loop iterate a few times."""
    for _ in range(4):
        await asyncio.sleep(0)


async def left_by_cancelling(loop: AbstractEventLoop, address: Any, **options: Any) -> set[str]:
    """Cancel a connection under way; return the descriptors that are open and were not before."""
    await elsewhere(loop)
    before = descriptors()
    task = asyncio.ensure_future(loop.create_connection(Recorder, *address, **options))
    await turns()
    check(not task.done(), f"create_connection() to a full server: saw {task!r}, wanted it to wait")
    task.cancel()
    await asyncio.wait([task])
    await elsewhere(loop)
    return descriptors() - before


async def left_by_refusal(loop: AbstractEventLoop, **options: Any) -> set[str]:
    """Connect in vain; return the descriptors that are open and were not before."""
    await elsewhere(loop)
    before = descriptors()
    with raises(OSError, "create_connection() to a port that nobody listens on"):
        await loop.create_connection(Recorder, LOOPBACK, refused_port(), **options)
    await elsewhere(loop)
    return descriptors() - before


OPTIONS = pytest.mark.parametrize("options", [{}, {"local_addr": (LOOPBACK, 0)}], ids=["plain", "local_addr"])


@requirement("connect-34")
@OPTIONS
def test_cancelling_leaves_no_socket_open(loop: AbstractEventLoop, options: dict[str, Any]) -> None:
    with crowded() as address:
        left = loop.run_until_complete(left_by_cancelling(loop, address, **options))
    equal(left, set(), "descriptors left open by a cancelled connection")


@requirement("connect-43")
@OPTIONS
def test_a_refusal_leaves_no_socket_open(loop: AbstractEventLoop, options: dict[str, Any]) -> None:
    left = loop.run_until_complete(left_by_refusal(loop, **options))
    equal(left, set(), "descriptors left open by a refused connection")


@requirement("connect-51")
def test_cancelling_happy_eyeballs_leaves_no_socket_open(loop: AbstractEventLoop) -> None:
    with crowded() as address:
        left = loop.run_until_complete(left_by_cancelling(loop, address, happy_eyeballs_delay=0.01))
    equal(left, set(), "descriptors left open by cancelled happy eyeballs")


@requirement("connect-51")
def test_refused_happy_eyeballs_leave_no_socket_open(loop: AbstractEventLoop) -> None:
    left = loop.run_until_complete(left_by_refusal(loop, happy_eyeballs_delay=0.01))
    equal(left, set(), "descriptors left open by refused happy eyeballs")


@requirement("connect-51")
def test_the_loser_of_happy_eyeballs_is_closed(loop: AbstractEventLoop) -> None:
    async def main(host: Any) -> set[str]:
        await elsewhere(loop)
        before = descriptors()
        async with dialled(loop, second, host=host, happy_eyeballs_delay=0.01):
            pass
        await elsewhere(loop)
        return descriptors() - before

    with two_addresses() as (host, (first, second)):
        second.listen()
        with crowd(first):
            equal(loop.run_until_complete(main(host)), set(), "descriptors left open by happy eyeballs")


@requirement("connect-35")
def test_an_error_of_the_factory_comes_out(loop: AbstractEventLoop) -> None:
    def factory() -> Any:
        raise error

    async def main() -> None:
        with raises(Broken, "create_connection() with a factory that raises") as caught:
            await loop.create_connection(factory, LOOPBACK, server.getsockname()[1])
        same(caught.error, error, "what came out")

    error = Broken("no protocol")
    with listening() as server:
        loop.run_until_complete(main())
    error.__traceback__ = None  # its frames hold the socket in loops that leave it to the garbage collector


@requirement("connect-44")
@pytest.mark.parametrize("late", [1, 2], ids=["after a turn", "after two turns"])
@pytest.mark.parametrize("method", ["create_connection", "connect_accepted_socket"])
def test_cancelling_never_closes_a_descriptor_behind_its_socket(
    loop: AbstractEventLoop, method: str, late: int
) -> None:
    """A descriptor that the socket object still holds will be closed once more, when its number belongs to another."""

    async def main() -> None:
        if method == "create_connection":
            task: Any = asyncio.ensure_future(loop.create_connection(lambda: protocol, sock=near))
        else:
            task = asyncio.ensure_future(loop.connect_accepted_socket(lambda: protocol, near))
        for _ in range(late):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])
        if not task.cancelled():
            task.result()[0].abort()
        await elsewhere(loop)
        await elsewhere(loop)

    protocol = Recorder()
    near, far = tcp_pair()
    number, identity = near.fileno(), _identity(near)
    with near, far:
        loop.run_until_complete(main())
        held, seen = near.fileno() != -1, _identity(near)
        if seen != identity:
            near.detach()
        if held:
            equal(seen, identity, f"inode or address of descriptor {number}, which the socket still holds")


def _identity(sock: socket.socket) -> Any:
    """Return the inode of a socket or, on Windows, where it has none, its address; None if it was closed."""
    try:
        return sock.getsockname() if sys.platform == "win32" else os.fstat(sock.fileno()).st_ino
    except OSError:
        return None


@requirement("connect-50")
def test_a_name_that_nobody_knows_is_a_gaierror(loop: AbstractEventLoop) -> None:
    """AI_NUMERICHOST keeps the question on this machine."""

    async def main() -> None:
        with raises(socket.gaierror, "create_connection() to a host that the resolver does not know") as caught:
            await loop.create_connection(Recorder, "nobody.invalid", 9, flags=socket.AI_NUMERICHOST)
        equal(caught.error.errno, socket.EAI_NONAME, "code of the resolver's error")

    loop.run_until_complete(main())
