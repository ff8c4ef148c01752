"""Where create_server listens: hosts, ports, families, and a socket that is given."""

from __future__ import annotations

import socket
import sys
from asyncio import AbstractEventLoop
from typing import Any

import pytest

from loopcert.conformance.kit import (
    LOOPBACK,
    LOOPBACK6,
    Clients,
    addresses,
    allowed,
    check,
    client_of,
    equal,
    knock,
    need_ipv6,
    raises,
    refused,
    refused_port,
    requirement,
    tcp_server,
)

V4, V6 = socket.AF_INET, socket.AF_INET6
METHODS = [
    "close",
    "get_loop",
    "start_serving",
    "serve_forever",
    "is_serving",
    "wait_closed",
    "__aenter__",
    "__aexit__",
]
NOWHERE = "192.0.2.1"
"""An address kept for documentation: no machine has it."""


def hosts(server: Any) -> set[str]:
    """Return the hosts that a server says it listens on."""
    return {each[0] for each in addresses(server)}


@requirement("server-01")
@pytest.mark.parametrize("name", METHODS)
def test_a_server_has_the_documented_method(loop: AbstractEventLoop, name: str) -> None:
    async def body() -> None:
        async with tcp_server(loop, Clients()) as server:
            check(callable(getattr(server, name, None)), f"{type(server).__name__} has no {name}(), wanted one")

    loop.run_until_complete(body())


@requirement("server-02a")
@pytest.mark.parametrize("host", [LOOPBACK, LOOPBACK6, "localhost"])
def test_a_host_is_the_interface_that_is_bound(loop: AbstractEventLoop, host: str) -> None:
    if host == LOOPBACK6:
        need_ipv6()
    clients = Clients()
    wanted = {each[4][0] for each in socket.getaddrinfo(host, 0, type=socket.SOCK_STREAM)}

    async def body() -> None:
        async with tcp_server(loop, clients, host) as server:
            check(hosts(server) <= wanted, f"a server on {host!r} listens on {hosts(server)}, wanted {wanted}")
            with client_of(server):
                await clients.made()

    loop.run_until_complete(body())


@requirement("server-02b")
@pytest.mark.parametrize("kind", [list, tuple])
def test_each_of_several_hosts_is_bound(loop: AbstractEventLoop, kind: Any) -> None:
    need_ipv6()
    clients = Clients()

    async def body() -> None:
        async with tcp_server(loop, clients, kind([LOOPBACK, LOOPBACK6])) as server:
            equal(hosts(server), {LOOPBACK, LOOPBACK6}, "hosts on which the server listens")
            with knock(addresses(server)[0], server.sockets[0].family):
                await clients.made(1)
            with knock(addresses(server)[1], server.sockets[1].family):
                await clients.made(2)

    loop.run_until_complete(body())


@requirement("server-02c")
@pytest.mark.parametrize("family", [V4, V6])
@pytest.mark.parametrize("host", [None, ""], ids=["none", "empty"])
def test_without_a_host_all_interfaces_are_served(loop: AbstractEventLoop, host: str | None, family: int) -> None:
    if family == V6:
        need_ipv6()
    near, clients = LOOPBACK6 if family == V6 else LOOPBACK, Clients()

    async def body() -> None:
        async with tcp_server(loop, clients, host) as server:
            ports = [address[1] for address in addresses(server)]
            open_ports = [port for port in ports if not refused((near, port), family)]
            check(open_ports, f"at {near} none of the ports {ports} of a server on all interfaces lets clients in")
            await clients.made()

    loop.run_until_complete(body())


@requirement("server-03a")
def test_port_zero_is_a_free_port_of_the_kernels_choice(loop: AbstractEventLoop) -> None:
    clients = Clients()

    async def body() -> None:
        async with tcp_server(loop, clients) as one, tcp_server(loop, clients) as other:
            ports = [addresses(each)[0][1] for each in (one, other)]
            check(all(ports) and ports[0] != ports[1], f"ports of two servers made with port 0: saw {ports}")
            with client_of(one), client_of(other):
                await clients.made(2)

    loop.run_until_complete(body())


@requirement("server-03b")
def test_port_none_is_a_free_port_too(loop: AbstractEventLoop) -> None:
    clients = Clients()

    async def body() -> None:
        async with tcp_server(loop, clients, LOOPBACK, None) as server:
            check(addresses(server)[0][1], f"the server listens on {addresses(server)}, wanted a port")
            with client_of(server):
                await clients.made()

    loop.run_until_complete(body())


@requirement("server-03c")
def test_each_interface_gets_a_port_of_its_own(loop: AbstractEventLoop) -> None:
    need_ipv6()

    async def body() -> None:
        counts = []
        for _ in range(3):
            async with tcp_server(loop, Clients(), [LOOPBACK, LOOPBACK6]) as server:
                counts.append(len({address[1] for address in addresses(server)}))
        check(2 in counts, "three servers on two interfaces had one port for both, wanted a port for each")

    loop.run_until_complete(body())


@requirement("server-50")
def test_a_port_that_is_given_is_the_one(loop: AbstractEventLoop) -> None:
    port, clients = refused_port(), Clients()

    async def body() -> None:
        async with tcp_server(loop, clients, LOOPBACK, port) as server:
            equal(addresses(server), [(LOOPBACK, port)], "addresses of the server")
            with knock((LOOPBACK, port)):
                await clients.made()

    loop.run_until_complete(body())


@requirement("server-50")
def test_a_port_that_is_given_holds_for_each_host(loop: AbstractEventLoop) -> None:
    need_ipv6()
    port = refused_port()

    async def body() -> None:
        async with tcp_server(loop, Clients(), [LOOPBACK, LOOPBACK6], port) as server:
            equal({address[:2] for address in addresses(server)}, {(LOOPBACK, port), (LOOPBACK6, port)}, "addresses")

    loop.run_until_complete(body())


@requirement("server-50")
@pytest.mark.parametrize("family", [V4, V6])
def test_a_port_that_is_given_holds_on_all_interfaces(loop: AbstractEventLoop, family: int) -> None:
    """A socket of IPv6 that takes IPv4 as well gets in the way of the other one."""
    need_ipv6()
    port, clients = refused_port(), Clients()

    async def body() -> None:
        async with tcp_server(loop, clients, None, port):
            with knock((LOOPBACK6 if family == V6 else LOOPBACK, port), family):
                await clients.made()

    loop.run_until_complete(body())


@requirement("server-51")
def test_a_host_named_twice_is_bound_once(loop: AbstractEventLoop) -> None:
    port = refused_port()

    async def body() -> None:
        async with tcp_server(loop, Clients(), [LOOPBACK, LOOPBACK], port) as server:
            equal(addresses(server), [(LOOPBACK, port)], "addresses of the server")

    loop.run_until_complete(body())


@requirement("server-04a")
@pytest.mark.parametrize(("family", "host"), [(V4, None), (V6, None), (V4, LOOPBACK), (V6, LOOPBACK6)])
def test_family_restricts_the_sockets(loop: AbstractEventLoop, family: int, host: str | None) -> None:
    if family == V6:
        need_ipv6()

    async def body() -> None:
        async with tcp_server(loop, Clients(), host, family=family) as server:
            equal({each.family for each in server.sockets}, {family}, "families of the sockets")

    loop.run_until_complete(body())


@requirement("server-04b")
@pytest.mark.parametrize("host", [LOOPBACK, LOOPBACK6])
def test_without_family_the_host_decides(loop: AbstractEventLoop, host: str) -> None:
    need_ipv6()

    async def body() -> None:
        async with tcp_server(loop, Clients(), host) as server:
            equal([each.family for each in server.sockets], [V6 if ":" in host else V4], "families of the sockets")

    loop.run_until_complete(body())


@requirement("server-05")
def test_a_flag_makes_a_name_no_host(loop: AbstractEventLoop) -> None:
    with raises(Exception, "create_server with AI_NUMERICHOST and the name localhost"):
        loop.run_until_complete(loop.create_server(Clients(), "localhost", 0, flags=socket.AI_NUMERICHOST)).close()


@requirement("server-05")
def test_a_flag_leaves_a_literal_address_a_host(loop: AbstractEventLoop) -> None:
    flags = socket.AI_NUMERICHOST | socket.AI_PASSIVE

    async def body() -> None:
        async with tcp_server(loop, Clients(), LOOPBACK, flags=flags) as server:
            equal(hosts(server), {LOOPBACK}, "hosts on which the server listens")

    loop.run_until_complete(body())


@requirement("server-48")
def test_an_address_that_is_not_there_is_skipped(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        async with tcp_server(loop, Clients(), [LOOPBACK, NOWHERE]) as server:
            equal(hosts(server), {LOOPBACK}, "hosts on which the server listens")

    loop.run_until_complete(body())


@requirement("server-48")
def test_no_address_at_all_is_an_error(loop: AbstractEventLoop) -> None:
    with raises(OSError, f"create_server on {NOWHERE}, which this machine does not have"):
        loop.run_until_complete(loop.create_server(Clients(), NOWHERE, 0)).close()


@requirement("server-42")
def test_a_port_in_use_is_an_error(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        async with tcp_server(loop, Clients()) as server:
            with raises(OSError, "create_server on the port of another server"):
                (await loop.create_server(Clients(), *addresses(server)[0])).close()

    loop.run_until_complete(body())


@requirement("server-56")
def test_a_failure_on_one_host_leaves_none_bound(loop: AbstractEventLoop) -> None:
    need_ipv6()
    with socket.socket(V6) as busy, socket.socket() as after:
        if sys.platform != "win32":
            after.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with socket.socket() as probe:  # a port that is free on both, as far as the kernel knows
            probe.bind((LOOPBACK, 0))
            port = probe.getsockname()[1]
            busy.bind((LOOPBACK6, port))
        busy.listen()
        with raises(Exception, "create_server on two hosts, with the port of one in use"):
            loop.run_until_complete(loop.create_server(Clients(), [LOOPBACK, LOOPBACK6], port)).close()
        with allowed("binding the other address after that"):
            after.bind((LOOPBACK, port))
            after.listen()
