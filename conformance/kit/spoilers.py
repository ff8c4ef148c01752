"""Those who don't shake hands: they stall, leave, reset, or speak something else, at either end of a connection."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeAlias

from loopcert.conformance.kit.certificates import SERVER_NAME, client_context
from loopcert.conformance.kit.peers import prompt, receive_all
from loopcert.conformance.kit.streams import reset

_EVERY = 0.002
_RECORD = b"\x16\x03\x03\x40\x00"  # the head of a handshake record of 16 kB


def ended(sock: socket.socket) -> None:
    """Receive until the other side ends the connection, in whatever way."""
    with suppress(OSError):
        receive_all(sock)


def hello() -> bytes:
    """Return the first message of a TLS client."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    with suppress(ssl.SSLWantReadError):
        client_context().wrap_bio(incoming, outgoing, server_hostname=SERVER_NAME).do_handshake()
    return outgoing.read()


def silent(sock: socket.socket) -> None:
    """Say nothing."""
    ended(sock)


def halting(sock: socket.socket) -> None:
    """Begin a record and stop."""
    sock.sendall(hello()[:40])
    ended(sock)


def trickling(sock: socket.socket) -> None:
    """Send a record byte by byte, and so slowly that it takes longer than any test."""
    prompt(sock)
    sock.sendall(_RECORD)
    while True:
        sock.sendall(b"\0")
        time.sleep(_EVERY)


def leaving(sock: socket.socket) -> None:
    """Hear the first message and leave."""
    sock.recv(65536)


def stopping(sock: socket.socket) -> None:
    """Hear the first message and leave in the middle of a record."""
    sock.recv(65536)
    sock.sendall(_RECORD + b"\x02")


def resetting(sock: socket.socket) -> None:
    """Hear the first message and reset the connection."""
    sock.recv(65536)
    reset(sock)


def refusing(sock: socket.socket) -> None:
    """Hear the first message and answer with the alert that a handshake fails."""
    sock.recv(65536)
    alerting(sock)


def alerting(sock: socket.socket) -> None:
    """Begin with the alert that a handshake fails."""
    sock.sendall(b"\x15\x03\x03\x00\x02\x02\x28")
    ended(sock)


def chattering(sock: socket.socket) -> None:
    """Speak another protocol."""
    sock.sendall(b"GET / HTTP/1.1\r\nHost: loopback\r\n\r\n")
    ended(sock)


def rambling(sock: socket.socket) -> None:
    """Send bytes that mean nothing."""
    sock.sendall(bytes(range(256)) * 8)
    ended(sock)


def quitting(_sock: socket.socket) -> None:
    """Leave at once."""


def breaking_off(sock: socket.socket) -> None:
    """Leave in the middle of the first record."""
    sock.sendall(hello()[:40])


def vanishing(sock: socket.socket) -> None:
    """Say hello like a client, hear the answer and leave."""
    sock.sendall(hello())
    sock.recv(1)


def crashing(sock: socket.socket) -> None:
    """Say hello like a client, hear the answer and reset the connection."""
    vanishing(sock)
    reset(sock)


Behaviour: TypeAlias = Callable[[socket.socket], None]

STALLS: list[Behaviour] = [silent, halting, trickling]
"""Peers that never complete a handshake and never end."""

SPOILERS: list[Behaviour] = [leaving, stopping, resetting, refusing, chattering, rambling]
"""Servers that spoil the handshake of a client."""

INTRUDERS: list[Behaviour] = [quitting, breaking_off, vanishing, crashing, alerting, chattering, rambling]
"""Clients that spoil the handshake of a server."""


def host(how: Behaviour, server: socket.socket) -> None:
    """Accept one client and treat it as ``how`` says, for `hosting`."""
    behave(how, server.accept()[0])


def behave(how: Behaviour, sock: socket.socket) -> None:
    """Do as ``how`` says, and close the socket."""
    with sock, suppress(OSError):
        how(sock)


def intrude(how: Behaviour, address: Any) -> None:
    """Be a client that behaves as ``how`` says, unless nobody lets it in."""
    with suppress(OSError):
        behave(how, socket.create_connection(address[:2]))
