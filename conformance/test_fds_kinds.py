"""Readers and writers: which descriptors and which callables are accepted."""

from __future__ import annotations

import os
import socket
from asyncio import AbstractEventLoop
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest

from loopcert.conformance.kit import LOOPBACK, Calls, check, equal, polled, requirement
from loopcert.conformance.kit.watching import ready_socket, unwatch, watch

BOTH = pytest.mark.parametrize("way", ["reader", "writer"])


class File:
    """An object that has a descriptor, and nothing else that a loop could use."""

    def __init__(self, fd: int) -> None:
        self.fd = fd

    def fileno(self) -> int:
        """Give the descriptor."""
        return self.fd


@pytest.fixture
def ready(loop: AbstractEventLoop) -> Iterator[socket.socket]:  # noqa: ARG001 - closed before the loop
    """A socket that can be read from and written to."""
    with ready_socket() as near:
        yield near


@requirement("fds-09")
@BOTH
@pytest.mark.parametrize("added", ["number", "object"])
@pytest.mark.parametrize("removed", ["number", "object"])
def test_a_descriptor_is_a_number_or_an_object(
    loop: AbstractEventLoop, ready: socket.socket, way: str, added: str, removed: str
) -> None:
    forms = {"number": ready.fileno(), "object": File(ready.fileno())}
    calls = Calls(loop)
    watch(loop, way, forms[added], calls)
    calls.wait()
    unwatch(loop, way, forms[removed])
    before = len(calls.seen)
    polled(loop)
    equal(len(calls.seen), before, f"calls of a {way} added by {added} and removed by {removed}; before the removal")


@requirement("fds-19")
@BOTH
def test_a_callback_may_be_a_partial_with_keywords(loop: AbstractEventLoop, ready: socket.socket, way: str) -> None:
    got: list[dict[str, Any]] = []
    calls = Calls(loop)

    def callback(_number: int, **keywords: Any) -> None:
        got.append(keywords)
        calls()

    watch(loop, way, ready, partial(callback, key="value"), 1)
    calls.wait()
    unwatch(loop, way, ready)
    equal(got[0], {"key": "value"}, "keywords of a partial")


@requirement("fds-20")
@BOTH
def test_a_callback_is_not_called_inside_the_registration(
    loop: AbstractEventLoop, ready: socket.socket, way: str
) -> None:
    calls = Calls(loop)
    watch(loop, way, ready, calls)
    before = len(calls.seen)
    calls.wait()
    unwatch(loop, way, ready)
    equal(before, 0, f"calls inside add_{way}()")


def _udp() -> socket.socket:
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind((LOOPBACK, 0))
    sock.sendto(b"", sock.getsockname())
    return sock


@requirement("fds-10a")
@BOTH
@pytest.mark.parametrize("as_number", [True, False], ids=["number", "object"])
def test_a_datagram_socket_is_accepted(loop: AbstractEventLoop, way: str, as_number: bool) -> None:
    with _udp() as sock:
        calls = Calls(loop)
        watch(loop, way, sock.fileno() if as_number else sock, calls)
        calls.wait()
        unwatch(loop, way, sock)
    check(calls.seen, f"calls of the {way} of a datagram socket: saw none")


@requirement("fds-10b")
@BOTH
def test_a_pipe_is_accepted(loop: AbstractEventLoop, way: str) -> None:
    read_end, write_end = os.pipe()
    os.write(write_end, b"x")
    fd = read_end if way == "reader" else write_end
    calls = Calls(loop)
    watch(loop, way, fd, calls)
    calls.wait()
    unwatch(loop, way, fd)
    os.close(read_end)
    os.close(write_end)
    check(calls.seen, f"calls of the {way} of a pipe: saw none")
