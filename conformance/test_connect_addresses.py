"""create_connection() to a host of two addresses: which is tried when, and how failures are told."""

from __future__ import annotations

import socket
import time
from asyncio import AbstractEventLoop
from typing import Any

import pytest

from loopcert.conformance.kit import (
    LOOPBACK,
    Recorder,
    allowed,
    check,
    contains,
    crowd,
    dialled,
    equal,
    instance,
    listening,
    raises,
    refused_port,
    requirement,
    two_addresses,
)

FAR = 3600.0


async def reached(loop: AbstractEventLoop, server: socket.socket, host: Any, **options: Any) -> Any:
    """Connect to a server by ``host``; return the family of the connection."""
    async with dialled(loop, server, host=host, **options) as (transport, _, _peer):
        return transport.get_extra_info("socket").family


@requirement("connect-13")
def test_the_second_address_is_tried_after_the_first_failed(loop: AbstractEventLoop) -> None:
    with two_addresses() as (host, (_first, second)):
        second.listen()
        with allowed("create_connection() to a host whose second address listens"):
            family = loop.run_until_complete(reached(loop, second, host))
        equal(family, second.family, "family of the connection")


@requirement("connect-41")
def test_addresses_are_tried_in_the_order_of_the_resolver(loop: AbstractEventLoop) -> None:
    with two_addresses() as (host, (first, second)):
        first.listen()
        second.listen()
        first.setblocking(False)
        with allowed("create_connection() to a host whose addresses both listen"):
            family = loop.run_until_complete(reached(loop, first, host))
        equal(family, first.family, "family of the connection")


@requirement("connect-12")
@pytest.mark.parametrize("chosen", [0, 1])
def test_family_chooses_among_the_addresses(loop: AbstractEventLoop, chosen: int) -> None:
    with two_addresses() as (host, sockets):
        for sock in sockets:
            sock.listen()
            sock.setblocking(False)
        wanted = sockets[chosen]
        with allowed(f"create_connection() with family={wanted.family!r}"):
            family = loop.run_until_complete(reached(loop, wanted, host, family=wanted.family))
        equal(family, wanted.family, "family of the connection")


@requirement("connect-12")
def test_family_leaves_other_addresses_alone(loop: AbstractEventLoop) -> None:
    async def main(host: Any, port: int, family: int) -> None:
        with raises(OSError, "create_connection() with the family of an address that refuses"):
            await loop.create_connection(Recorder, host, port, family=family)

    with two_addresses() as (host, (first, second)):
        second.listen()
        loop.run_until_complete(main(host, second.getsockname()[1], first.family))


@requirement("connect-12")
def test_a_literal_of_another_family_is_an_error(loop: AbstractEventLoop) -> None:
    async def main() -> None:
        with raises(OSError, "create_connection() to an IPv4 address with family=AF_INET6"):
            await loop.create_connection(Recorder, LOOPBACK, server.getsockname()[1], family=socket.AF_INET6)

    with listening() as server:
        loop.run_until_complete(main())


async def failure(loop: AbstractEventLoop, *args: Any, **options: Any) -> Any:
    """Return what create_connection() raises."""
    with raises(Exception, "create_connection() to addresses that refuse") as caught:
        await loop.create_connection(Recorder, *args, **options)
    return caught.error


@requirement("connect-22b")
def test_two_failures_are_told_in_one(loop: AbstractEventLoop) -> None:
    async def main(host: Any, port: int) -> None:
        single = [str(await failure(loop, host, port, family=sock.family)) for sock in sockets]
        error = await failure(loop, host, port)
        instance(error, OSError, "what two failures raised")
        if single[0] != single[1]:
            for text in single:
                contains(str(error), text, "text of the one error for two failures")

    with two_addresses() as (host, sockets):
        loop.run_until_complete(main(host, sockets[0].getsockname()[1]))


@requirement("connect-23")
def test_all_errors_groups_every_failure(loop: AbstractEventLoop) -> None:
    with two_addresses() as (host, sockets):
        port = sockets[0].getsockname()[1]
        error = loop.run_until_complete(failure(loop, host, port, all_errors=True))
    instance(error, ExceptionGroup, "what was raised with all_errors=True")
    equal([isinstance(each, OSError) for each in error.exceptions], [True, True], "whether its members are OSErrors")


@requirement("connect-23")
def test_all_errors_groups_a_single_failure_too(loop: AbstractEventLoop) -> None:
    error = loop.run_until_complete(failure(loop, LOOPBACK, refused_port(), all_errors=True))
    instance(error, ExceptionGroup, "what was raised with all_errors=True")
    equal([type(each) for each in error.exceptions], [ConnectionRefusedError], "types of its members")


@requirement("connect-23")
def test_without_all_errors_a_failure_is_no_group(loop: AbstractEventLoop) -> None:
    with two_addresses() as (host, sockets):
        port = sockets[0].getsockname()[1]
        error = loop.run_until_complete(failure(loop, host, port, all_errors=False))
    check(not isinstance(error, ExceptionGroup), f"without all_errors: saw {error!r}, wanted a plain OSError")


@requirement("connect-14")
def test_happy_eyeballs_pass_an_address_that_does_not_answer(loop: AbstractEventLoop) -> None:
    with two_addresses() as (host, (first, second)):
        second.listen()
        with crowd(first), allowed("create_connection() with happy_eyeballs_delay"):
            family = loop.run_until_complete(reached(loop, second, host, happy_eyeballs_delay=0.01))
        equal(family, second.family, "family of the connection")


@requirement("connect-14")
def test_happy_eyeballs_wait_before_the_next_attempt(loop: AbstractEventLoop) -> None:
    """Half of the delay is enough: how exact timers are is another chapter's question."""
    delay = 0.02
    with two_addresses() as (host, (first, second)):
        second.listen()
        with crowd(first), allowed("create_connection() with happy_eyeballs_delay"):
            start = time.monotonic()
            loop.run_until_complete(reached(loop, second, host, happy_eyeballs_delay=delay))
            elapsed = time.monotonic() - start
    check(elapsed >= delay / 2, f"connected after {elapsed} s, wanted no second attempt for {delay} s")


@requirement("connect-14")
def test_happy_eyeballs_stay_with_an_address_that_answers(loop: AbstractEventLoop) -> None:
    with two_addresses() as (host, (first, second)):
        first.listen()
        second.listen()
        first.setblocking(False)
        with allowed("create_connection() with happy_eyeballs_delay"):
            family = loop.run_until_complete(reached(loop, first, host, happy_eyeballs_delay=FAR))
        equal(family, first.family, "family of the connection")


@requirement("connect-42")
def test_happy_eyeballs_do_not_wait_after_a_failure(loop: AbstractEventLoop) -> None:
    with two_addresses() as (host, (_first, second)):
        second.listen()
        with allowed("create_connection() with happy_eyeballs_delay"):
            family = loop.run_until_complete(reached(loop, second, host, happy_eyeballs_delay=FAR))
        equal(family, second.family, "family of the connection")


@requirement("connect-49")
@pytest.mark.parametrize("options", [{"interleave": 0}, {"interleave": 1}, {"interleave": 2},
                                     {"interleave": 1, "happy_eyeballs_delay": 1.0}, {"happy_eyeballs_delay": None}],
                         ids=["0", "1", "2", "with a delay", "no delay"])  # fmt: skip
def test_interleave_is_accepted_and_the_first_address_stays_first(
    loop: AbstractEventLoop, options: dict[str, Any]
) -> None:
    with two_addresses() as (host, (first, second)):
        first.listen()
        second.listen()
        first.setblocking(False)
        with allowed(f"create_connection() with {options}"):
            family = loop.run_until_complete(reached(loop, first, host, **options))
        equal(family, first.family, "family of the connection")
