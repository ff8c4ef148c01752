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
    number = 0 if port is None else port
    if not isinstance(number, int) or not isinstance(host, str) or "%" in host:  # a scope needs the list of interfaces
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


def interleaved(addresses: Iterable[Address], first_count: int) -> list[Address]:
    """Order addresses so that their families take turns (connect-15a; RFC 8305, section 4).

    Arguments:
        addresses: in the order of the resolver.
        first_count: how many of the first family come before the turns begin; at least 1.
    """
    by_family: dict[int, list[Address]] = {}
    for address in addresses:
        by_family.setdefault(address.family, []).append(address)
    first, *others = by_family.values() or [[]]
    turns = zip_longest(first[first_count - 1 :], *others)
    return first[: first_count - 1] + [address for turn in turns for address in turn if address is not None]
