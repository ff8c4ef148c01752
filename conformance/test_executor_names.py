"""Name look-ups, with literal addresses of the loopback interface only: no network is asked."""

from __future__ import annotations

import asyncio
import socket
from asyncio import AbstractEventLoop
from typing import Any

import pytest

from loopcert.conformance.kit import equal, raises, requirement, violated

NUMERIC = socket.NI_NUMERICHOST | socket.NI_NUMERICSERV
STREAM = {"type": socket.SOCK_STREAM}


async def look_up(loop: AbstractEventLoop, host: Any, port: Any, **options: int) -> list[Any]:
    """Await a look-up; its answer may be a coroutine's or a Future's."""
    return list(await loop.getaddrinfo(host, port, **options))


def compare(loop: AbstractEventLoop, host: Any, port: Any, **options: int) -> None:
    """Fail unless the loop finds what socket.getaddrinfo() finds."""
    seen = loop.run_until_complete(look_up(loop, host, port, **options))
    equal(seen, socket.getaddrinfo(host, port, **options), f"getaddrinfo({host!r}, {port!r}, {options})")


@requirement("executor-13")
@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "0.0.0.0", "::", "fe80::1"])
def test_a_literal_address_gives_what_the_socket_module_gives(loop: AbstractEventLoop, host: str) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    compare(loop, host, 80, family=family, type=socket.SOCK_STREAM)


@requirement("executor-13")
@pytest.mark.parametrize("port", [0, 65535, "80", None])
def test_a_port_is_a_number_a_numeral_or_none(loop: AbstractEventLoop, port: Any) -> None:
    compare(loop, "127.0.0.1", port, family=socket.AF_INET, **STREAM)


@requirement("executor-13")
def test_no_host_gives_the_loopback_address(loop: AbstractEventLoop) -> None:
    compare(loop, None, 80, family=socket.AF_INET, **STREAM)


@requirement("executor-13")
def test_the_answer_is_a_list_of_five_tuples(loop: AbstractEventLoop) -> None:
    async def main() -> Any:
        return await loop.getaddrinfo("127.0.0.1", 80, type=socket.SOCK_STREAM)

    seen: Any = loop.run_until_complete(main())
    equal((type(seen), [len(each) for each in seen]), (list, [5]), "type of the answer, and the length of its tuples")


@requirement("executor-13")
def test_look_ups_side_by_side_have_their_own_answers(loop: AbstractEventLoop) -> None:
    async def main() -> list[list[Any]]:
        return await asyncio.gather(*(look_up(loop, "127.0.0.1", port, **STREAM) for port in range(1, 30)))

    seen = [answer[0][4][1] for answer in loop.run_until_complete(main())]
    equal(seen, list(range(1, 30)), "ports of look-ups made at the same time")


@requirement("executor-14")
def test_options_of_getaddrinfo_are_keyword_only(loop: AbstractEventLoop) -> None:
    async def main() -> Any:
        with raises(TypeError, "getaddrinfo() with a positional family"):
            return await loop.getaddrinfo("127.0.0.1", 80, socket.AF_INET)  # type: ignore[call-arg]  # what is tested

    loop.run_until_complete(main())


@requirement("executor-15")
@pytest.mark.parametrize("address", [("127.0.0.1", 80), ("::1", 443, 0, 0)], ids=["IPv4", "IPv6"])
def test_getnameinfo_gives_what_the_socket_module_gives(loop: AbstractEventLoop, address: Any) -> None:
    async def main() -> list[Any]:
        return [await loop.getnameinfo(address, NUMERIC), await loop.getnameinfo(address, flags=NUMERIC)]

    equal(loop.run_until_complete(main()), [socket.getnameinfo(address, NUMERIC)] * 2, f"getnameinfo({address!r})")


@requirement("executor-18a")
@pytest.mark.parametrize("family", [socket.AF_INET, socket.AF_INET6])
def test_only_addresses_of_the_family_are_given(loop: AbstractEventLoop, family: int) -> None:
    seen = loop.run_until_complete(look_up(loop, None, 80, family=family))
    equal({each[0] for each in seen}, {family}, "families of the addresses")


@requirement("executor-18b")
@pytest.mark.parametrize("kind", [socket.SOCK_STREAM, socket.SOCK_DGRAM])
def test_only_addresses_of_the_type_are_given(loop: AbstractEventLoop, kind: int) -> None:
    seen = loop.run_until_complete(look_up(loop, "127.0.0.1", 80, type=kind))
    equal({each[1] for each in seen}, {kind}, "types of the addresses")


@requirement("executor-18b")
@pytest.mark.parametrize("proto", [socket.IPPROTO_TCP, socket.IPPROTO_UDP])
def test_only_addresses_of_the_protocol_are_given(loop: AbstractEventLoop, proto: int) -> None:
    seen = loop.run_until_complete(look_up(loop, "127.0.0.1", 80, proto=proto))
    equal({each[2] for each in seen}, {proto}, "protocols of the addresses")


@requirement("executor-35")
def test_passive_gives_the_wildcard_address(loop: AbstractEventLoop) -> None:
    compare(loop, None, 80, family=socket.AF_INET, flags=socket.AI_PASSIVE, **STREAM)


@requirement("executor-35")
def test_canonname_gives_the_canonical_name(loop: AbstractEventLoop) -> None:
    compare(loop, "127.0.0.1", 80, flags=socket.AI_CANONNAME, **STREAM)


def failure(host: Any, port: Any, **options: int) -> int | None:
    """Give the code with which socket.getaddrinfo() fails."""
    try:
        socket.getaddrinfo(host, port, **options)
    except socket.gaierror as error:
        return error.errno
    return violated(f"socket.getaddrinfo({host!r}, {port!r}, {options}) does not fail here")


def compare_failures(loop: AbstractEventLoop, host: Any, port: Any, **options: int) -> None:
    """Fail unless the loop's look-up fails as that of the socket module does."""

    async def main() -> Any:
        with raises(socket.gaierror, f"getaddrinfo({host!r}, {port!r}, {options})") as caught:
            await loop.getaddrinfo(host, port, **options)
        return caught.error.errno

    equal(loop.run_until_complete(main()), failure(host, port, **options), "code of the gaierror")


@requirement("executor-33")
def test_a_look_up_of_nothing_raises_gaierror(loop: AbstractEventLoop) -> None:
    compare_failures(loop, None, None)


@requirement("executor-33")
def test_a_look_up_in_an_unknown_family_raises_gaierror(loop: AbstractEventLoop) -> None:
    compare_failures(loop, "127.0.0.1", 80, family=12345)


@requirement("executor-33")
def test_a_look_up_of_an_unknown_service_raises_gaierror(loop: AbstractEventLoop) -> None:
    compare_failures(loop, "127.0.0.1", "loopcert-no-such-service", **STREAM)


@requirement("executor-35")
def test_numerichost_refuses_a_name(loop: AbstractEventLoop) -> None:
    compare_failures(loop, "localhost", 80, flags=socket.AI_NUMERICHOST)


@requirement("executor-35")
def test_numericserv_refuses_a_name(loop: AbstractEventLoop) -> None:
    compare_failures(loop, "127.0.0.1", "http", flags=socket.AI_NUMERICSERV, **STREAM)


@requirement("executor-34")
def test_getnameinfo_of_a_name_raises_gaierror(loop: AbstractEventLoop) -> None:
    async def main() -> None:
        with raises(socket.gaierror, "getnameinfo() of the address ('localhost', 80)"):
            await loop.getnameinfo(("localhost", 80), NUMERIC)

    loop.run_until_complete(main())
