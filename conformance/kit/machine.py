"""What this machine has and what it lacks: probes of the kernel, never of the loop."""

from __future__ import annotations

import socket
import sys

import pytest

LOOPBACK6 = "::1"


def need_ipv6() -> None:
    """Leave the test out where there is no IPv6 loopback."""
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_STREAM) as probe:
            probe.bind((LOOPBACK6, 0))
    except OSError:
        pytest.skip("this machine has no IPv6 loopback")


def need_abstract_names() -> None:
    """Leave the test out where Unix sockets have no names outside the file system."""
    if not sys.platform.startswith("linux"):
        pytest.skip("this machine has no abstract names of Unix sockets")
