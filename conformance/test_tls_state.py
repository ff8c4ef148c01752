"""What a TLS transport can do, whether it is closing, and whose it is."""

from __future__ import annotations

import asyncio
from asyncio import AbstractEventLoop
from typing import Any

import pytest

from loopcert.conformance.kit import (
    BufferedRecorder,
    Events,
    Reacting,
    Recorder,
    arrived,
    beside,
    check,
    equal,
    raises,
    requirement,
    same,
    secured,
)
from loopcert.conformance.kit.tls import SIDES, VERSIONS


@requirement("tls-11")
@SIDES
def test_the_end_of_one_direction_cannot_be_written(loop: AbstractEventLoop, server_side: bool) -> None:
    async def main() -> None:
        async with secured(loop, server_side=server_side) as (transport, _protocol, _peer):
            same(transport.can_write_eof(), False, "can_write_eof() of a TLS transport")

    loop.run_until_complete(main())


@requirement("tls-12")
@VERSIONS
def test_write_eof_is_refused_and_does_no_harm(loop: AbstractEventLoop, version: str) -> None:
    async def main() -> None:
        async with secured(loop, version=version) as (transport, protocol, peer):
            if not transport.can_write_eof():
                with raises(NotImplementedError, "write_eof() where can_write_eof() is False"):
                    transport.write_eof()
                transport.write(b"more")
                equal(await beside(lambda: peer.receive(4)), b"more", "what the peer received afterwards")
                peer.send(b"more")
                await arrived(protocol, 4)

    loop.run_until_complete(main())


@requirement("tls-63")
@pytest.mark.parametrize("method", ["close", "abort"])
def test_is_closing_from_close_or_abort_on(loop: AbstractEventLoop, method: str) -> None:
    async def main() -> None:
        seen: list[bool] = []
        protocol = Reacting(made=lambda transport: seen.append(transport.is_closing()))
        async with secured(loop, protocol) as (transport, _, peer):
            seen.append(transport.is_closing())
            getattr(transport, method)()
            seen.append(transport.is_closing())
            await beside(peer.answer)
            await protocol.seen("lost")
            seen.append(transport.is_closing())
            equal(seen, [False, False, True, True], f"is_closing(): at first, open, after {method}(), after the loss")

    loop.run_until_complete(main())


@requirement("tls-63")
@VERSIONS
@pytest.mark.parametrize("polite", [True, False], ids=["goodbye", "cut"])
def test_is_closing_after_the_peer_has_ended(loop: AbstractEventLoop, version: str, polite: bool) -> None:
    async def main() -> None:
        async with secured(loop, version=version) as (transport, protocol, peer):
            if polite:
                await beside(peer.leave)
            peer.sock.close()
            await protocol.seen("lost")
            same(transport.is_closing(), True, "is_closing() after connection_lost()")

    loop.run_until_complete(main())


KINDS: dict[str, tuple[type[Events], type[Events]]] = {
    "streaming": (Recorder, Recorder),
    "to-buffered": (Recorder, BufferedRecorder),
    "from-buffered": (BufferedRecorder, Recorder),
    "both-buffered": (BufferedRecorder, BufferedRecorder),
}


@requirement("tls-61")
@pytest.mark.parametrize("kinds", KINDS.values(), ids=KINDS)
def test_another_protocol_takes_over(loop: AbstractEventLoop, kinds: tuple[type[Any], type[Any]]) -> None:
    async def main() -> None:
        first, second = (kind() for kind in kinds)
        async with secured(loop, first, heirs=(second,)) as (transport, _, peer):
            same(transport.get_protocol(), first, "get_protocol()")
            peer.send(b"first")
            await arrived(first, 5)
            transport.set_protocol(second)
            same(transport.get_protocol(), second, "get_protocol() after set_protocol()")
            peer.send(b"second")
            await arrived(second, 6)
            await beside(peer.leave)
            await second.seen("lost")
            equal((bytes(first.data), bytes(second.data)), (b"first", b"second"), "what each received")
            equal(
                (first.events, second.events[-1]), (["made", "data"], "lost"), "events of the first, last of the other"
            )

    loop.run_until_complete(main())


@requirement("tls-61")
def test_flow_control_goes_to_the_protocol_set_last(loop: AbstractEventLoop) -> None:
    async def main() -> None:
        heir = Recorder()
        async with secured(loop, narrow=True, heirs=(heir,)) as (transport, protocol, _peer):
            transport.set_protocol(heir)
            while "pause" not in heir.events + protocol.events:
                transport.write(bytes(10_000))
                await asyncio.sleep(0)
            check("pause" in heir.events, "pause_writing() was called on the protocol before, wanted the one set last")

    loop.run_until_complete(main())
