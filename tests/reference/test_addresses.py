import socket

import pytest

from loopcert.reference.addresses import Address, interleaved, literal_address


def four(number: int) -> Address:
    return Address(socket.AF_INET, socket.SOCK_STREAM, 6, "", (f"192.0.2.{number}", 80))


def six(number: int) -> Address:
    return Address(socket.AF_INET6, socket.SOCK_STREAM, 6, "", (f"2001:db8::{number}", 80, 0, 0))


# Literal addresses.


def test_numbers_need_no_resolver() -> None:
    found = literal_address("127.0.0.1", 80, socket.AF_UNSPEC, socket.SOCK_STREAM, 0)
    assert found == Address(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", ("127.0.0.1", 80))
    found = literal_address("::1", None, socket.AF_UNSPEC, socket.SOCK_DGRAM, 0)
    assert found == Address(socket.AF_INET6, socket.SOCK_DGRAM, socket.IPPROTO_UDP, "", ("::1", 0, 0, 0))


@pytest.mark.parametrize(
    ("host", "port", "family"),
    [
        ("localhost", 80, socket.AF_UNSPEC),
        ("127.0.0.1", "http", socket.AF_UNSPEC),
        ("127.0.0.1", "80", socket.AF_UNSPEC),
        ("127.0.0.1", 80, socket.AF_INET6),
        ("::1", 80, socket.AF_INET),
        ("fe80::1%eth0", 80, socket.AF_UNSPEC),
        (None, 80, socket.AF_UNSPEC),
        ("127.0.0.1\0", 80, socket.AF_UNSPEC),
    ],
)
def test_everything_else_does(host: str | None, port: int | str, family: int) -> None:
    assert literal_address(host, port, family, socket.SOCK_STREAM, 0) is None


# The order of addresses.


def test_families_take_turns() -> None:
    addresses = [six(1), six(2), six(3), four(1), four(2)]
    assert interleaved(addresses, 1) == [six(1), four(1), six(2), four(2), six(3)]


def test_the_first_family_may_have_a_start() -> None:
    addresses = [six(1), six(2), six(3), four(1), four(2)]
    assert interleaved(addresses, 2) == [six(1), six(2), four(1), six(3), four(2)]
    assert interleaved(addresses, 9) == [six(1), six(2), six(3), four(1), four(2)]


def test_nothing_is_lost_where_there_is_one_family_or_none() -> None:
    assert interleaved([four(1), four(2)], 1) == [four(1), four(2)]
    assert interleaved([], 1) == []
