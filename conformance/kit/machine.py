"""What this machine has and what it lacks: probes of the kernel, never of the loop."""

from __future__ import annotations

import functools
import gc
import os
import socket
import struct
import sys

import pytest

LOOPBACK6 = "::1"

# Windows has none to look into; under Wine the folder is there, but it is that of Wine's own server
FD_FOLDER = "" if sys.platform == "win32" else "/proc/self/fd" if os.path.isdir("/proc/self/fd") else "/dev/fd"
"""The folder that lists the open descriptors of a process; empty where there is none."""


def need_ipv6() -> None:
    """Leave the test out where there is no IPv6 loopback."""
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_STREAM) as probe:
            probe.bind((LOOPBACK6, 0))
    except OSError:
        pytest.skip("this machine has no IPv6 loopback")


def need_refusal_of_foreign_addresses(host: str) -> None:
    """Leave the test out where a socket can be bound to an address that this machine does not have (Wine lets it)."""
    with socket.socket(type=socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((host, 0))
        except OSError:
            return
    pytest.skip("this machine binds addresses that it does not have")


def need_truncation() -> None:
    """Leave the test out where a datagram that is longer than the buffer is an error (Windows) instead of being cut."""
    with socket.socket(type=socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        probe.sendto(b"long", probe.getsockname())
        try:
            probe.recvfrom(2)
        except OSError:
            pytest.skip("this machine refuses to cut a datagram that is longer than the buffer")


def need_resets() -> None:
    """Leave the test out where recv() takes a reset that came before it for the end of the stream (Wine does)."""
    if not _resets_are_told():
        pytest.skip("this machine tells recv() nothing of a reset that came before it")


@functools.cache
def _resets_are_told() -> bool:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        with socket.create_connection(server.getsockname()) as near:
            far, _ = server.accept()
            layout = "hh" if sys.platform == "win32" else "ii"
            far.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack(layout, 1, 0))
            far.close()
            try:
                near.recv(1)
            except ConnectionResetError:
                return True
    return False


def need_abstract_names() -> None:
    """Leave the test out where Unix sockets have no names outside the file system."""
    if not sys.platform.startswith("linux"):
        pytest.skip("this machine has no abstract names of Unix sockets")


def descriptors() -> set[str]:
    """Return the open descriptors of this process, what only garbage holds left out."""
    if not FD_FOLDER:
        pytest.skip("Windows does not list the descriptors of a process")
    gc.collect()
    return set(os.listdir(FD_FOLDER))
