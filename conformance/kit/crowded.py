"""A server whose queue is full: connecting to it neither succeeds nor fails, for as long as a test needs."""

from __future__ import annotations

import errno
import select
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest

from loopcert.conformance.kit.peers import LOOPBACK

_GUESTS = 8
_MOMENT = 0.05


@contextmanager
def crowded() -> Iterator[Any]:
    """Give the address of a server that has no place left; leave the test out where that cannot be."""
    with socket.socket() as server:
        server.bind((LOOPBACK, 0))
        with crowd(server):
            yield server.getsockname()


@contextmanager
def crowd(server: socket.socket) -> Iterator[None]:
    """Have a bound socket listen and fill its queue.

    Kernels drop what asks to connect then, and it asks again a second later. The moment that the last guest is
    watched for only decides whether the machine counts as one that can do this.
    """
    with ExitStack() as stack:
        server.listen(0)
        for _ in range(_GUESTS):
            guest = stack.enter_context(socket.socket(server.family, socket.SOCK_STREAM))
            guest.setblocking(False)
            if guest.connect_ex(server.getsockname()) in {0, errno.EINPROGRESS} and not _answered(guest):
                yield
                return
        pytest.skip("this machine never lets a connection wait")


def _answered(guest: socket.socket) -> bool:
    return bool(select.select([], [guest], [], _MOMENT)[1])
