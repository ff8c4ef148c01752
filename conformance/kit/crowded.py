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
def crowded(host: str = LOOPBACK, port: int = 0, family: int = socket.AF_INET) -> Iterator[Any]:
    """Give the address of a listening socket that has no place left; leave the test out where that cannot be.

    Kernels drop what asks to connect then, and it asks again a second later. The moment that the last guest is
    watched for only decides whether the machine counts as one that can do this.
    """
    with ExitStack() as stack:
        server = stack.enter_context(socket.socket(family, socket.SOCK_STREAM))
        server.bind((host, port))
        server.listen(0)
        for _ in range(_GUESTS):
            guest = stack.enter_context(socket.socket(family, socket.SOCK_STREAM))
            guest.setblocking(False)
            if guest.connect_ex(server.getsockname()) in {0, errno.EINPROGRESS} and not connected(guest):
                yield server.getsockname()
                return
        pytest.skip("this machine never lets a connection wait")


def connected(guest: socket.socket) -> bool:
    """Whether a connection stands or has failed after a moment."""
    return bool(select.select([], [guest], [], _MOMENT)[1])
