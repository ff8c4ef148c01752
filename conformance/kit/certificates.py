"""Certificates for TLS on loopback: one authority a process, on an elliptic curve because that is made in no time."""

from __future__ import annotations

import datetime as dt
import ssl
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import cache, wraps
from typing import TYPE_CHECKING, TypeVar

from loopcert.conformance.kit.peers import LOOPBACK
from loopcert.conformance.kit.verify import CouldNotRun

if TYPE_CHECKING:
    import trustme

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


def new_authority() -> trustme.CA:
    """Return an authority that nobody knows yet; `CouldNotRun` where this machine cannot make certificates."""
    try:
        # here: importing it takes longer than most tests, and not every machine has what it needs
        import trustme
    except ImportError as error:
        raise CouldNotRun(f"certificates cannot be made here: {error}") from error
    return trustme.CA(key_type=trustme.KeyType.ECDSA)


@once
def authority() -> trustme.CA:
    """Return the authority that signs what this process needs."""
    return new_authority()


def prepare() -> None:
    """Make what most TLS tests need, in a process whose forks are to run them: each would make it anew."""
    with suppress(CouldNotRun):  # the tests themselves will say so
        server_context()
        client_context()


def certificate_for(
    *names: str,
    by: trustme.CA | None = None,
    not_before: dt.datetime | None = None,
    not_after: dt.datetime | None = None,
) -> trustme.LeafCert:
    """Return a certificate for ``names``, signed by the authority or ``by`` another."""
    issuer = by or authority()
    import trustme

    return issuer.issue_cert(*names, key_type=trustme.KeyType.ECDSA, not_before=not_before, not_after=not_after)


@once
def server_context() -> ssl.SSLContext:
    """Return a context for servers with a certificate for `SERVER_NAME` and the loopback address."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate_for(SERVER_NAME, LOOPBACK).configure_cert(context)
    return context


@once
def client_context() -> ssl.SSLContext:
    """Return a context for clients that trusts the authority alone, and checks host names."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    authority().configure_trust(context)
    return context
