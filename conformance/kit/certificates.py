"""Certificates for TLS on loopback: one authority a process, on an elliptic curve because that is made in no time."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable
from functools import cache, wraps
from typing import TypeVar

import trustme

from loopcert.conformance.kit.peers import LOOPBACK

T = TypeVar("T")
SERVER_NAME = "localhost"
_ONE_AT_A_TIME = threading.RLock()


def once(function: Callable[[], T]) -> Callable[[], T]:
    """Call ``function`` once a process; a peer's thread and the test may ask at the same time."""
    cached = cache(function)

    @wraps(function)
    def call() -> T:
        with _ONE_AT_A_TIME:
            return cached()

    return call


@once
def authority() -> trustme.CA:
    """Return the authority that signs what this process needs."""
    return trustme.CA(key_type=trustme.KeyType.ECDSA)


@once
def server_context() -> ssl.SSLContext:
    """Return a context for servers with a certificate for `SERVER_NAME` and the loopback address."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority().issue_cert(SERVER_NAME, LOOPBACK, key_type=trustme.KeyType.ECDSA).configure_cert(context)
    return context


@once
def client_context() -> ssl.SSLContext:
    """Return a context for clients that trusts the authority alone, and checks host names."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    authority().configure_trust(context)
    return context
