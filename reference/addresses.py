"""Addresses: literal ones that need no resolver, and the order in which to try many. Nothing here opens a socket."""

import socket
from collections.abc import Iterable
from itertools import zip_longest
from typing import Any, NamedTuple

# The families whose addresses are host and port
INTERNET = (socket.AF_INET, *([socket.AF_INET6] if hasattr(socket, "AF_INET6") else []))

USUAL_PROTOCOL: dict[int, int] = {socket.SOCK_STREAM: socket.IPPROTO_TCP, socket.SOCK_DGRAM: socket.IPPROTO_UDP}


class Address(NamedTuple):
    """One answer of socket.getaddrinfo()."""

    family: int
    type: int
    proto: int
    canonical_name: str
    address: Any


def literal_address(host: object, port: object, family: int, kind: int, proto: int) -> Address | None:
    """Give what a resolver would answer for an address in numbers, or None when it has to be asked.

    Arguments:
        host: a name or a literal, as the caller gave it.
        port: a number, a service's name, or None for 0.
        family: AF_UNSPEC for both.
        kind: SOCK_STREAM or SOCK_DGRAM.
        proto: 0 for the usual one of `kind`.
    """
    number = literal_port(port)
    if number is None or not isinstance(host, str) or "%" in host:  # a scope needs the machine's list of interfaces
        return None
    proto = proto or USUAL_PROTOCOL.get(kind, 0)
    families = INTERNET if family == socket.AF_UNSPEC else (family,)
    for each in families:
        try:
            socket.inet_pton(each, host)
        except (OSError, ValueError):
            continue
        address = (host, number) if each == socket.AF_INET else (host, number, 0, 0)
        return Address(each, kind, proto, "", address)
    return None


def literal_port(port: object) -> int | None:
    """Give the number that `port` means without a look-up, or None."""
    if port is None or port in ("", b""):
        return 0
    if isinstance(port, int):
        return port
    try:
        return int(port) if isinstance(port, (str, bytes)) else None
    except ValueError:
        return None


def interleaved(addresses: Iterable[Address], first_count: int) -> list[Address]:
    """Order addresses so that their families take turns (connect-15a; RFC 8305, section 4).

    Arguments:
        addresses: in the order of the resolver.
        first_count: how many of the first family come before the turns begin; at least 1.
    """
    by_family: dict[int, list[Address]] = {}
    for address in addresses:
        by_family.setdefault(address.family, []).append(address)
    if not by_family:
        return []
    first, *others = by_family.values()
    head, rest = first[: first_count - 1], first[first_count - 1 :]
    turns = zip_longest(rest, *others)
    return head + [address for turn in turns for address in turn if address is not None]


class Race:
    """Happy eyeballs: when the next attempt to connect starts (connect-13, 14; RFC 8305, section 5).

    The next attempt starts when the last one has failed or, with a delay, when so many seconds went by without an
    answer; the earlier ones then go on beside it.

    Arguments:
        addresses: in the order to try them.
        delay: seconds; None waits for each attempt to fail.
    """

    def __init__(self, addresses: Iterable[Address], delay: float | None) -> None:
        self.waiting = list(addresses)
        self.waiting.reverse()
        self.delay = delay
        self.running = 0
        self.next_start: float | None = None  # on the caller's clock; None: once the last attempt has failed

    def start(self, now: float) -> Address | None:
        """Give the address to try at the time `now`, or None when it is not yet time or none is left."""
        if not self.waiting:
            return None
        if self.running and (self.next_start is None or now < self.next_start):
            return None
        return self.begin(now)

    def begin(self, now: float) -> Address:
        """Count one more attempt."""
        self.running += 1
        self.next_start = None if self.delay is None else now + self.delay
        return self.waiting.pop()

    def failed(self, now: float) -> None:
        """Count one attempt less; the next may start at once."""
        self.running -= 1
        self.next_start = now

    def patience(self, now: float) -> float | None:
        """Give the seconds until the next start is due, or None when only a failure brings it."""
        if not self.waiting or self.next_start is None:
            return None
        return max(0.0, self.next_start - now)
