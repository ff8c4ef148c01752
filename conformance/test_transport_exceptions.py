"""What becomes of exceptions that protocols raise into their transport."""

from __future__ import annotations

import socket
from asyncio import AbstractEventLoop
from typing import Any

import pytest

from loopcert.conformance.kit import (
    BufferedRecorder,
    Contexts,
    Reacting,
    beside,
    connected,
    elsewhere,
    equal,
    requirement,
)


class Oops(Exception):
    """What the protocols of this file raise."""


def explode(_transport: Any) -> None:
    """React by raising."""
    raise Oops


@requirement("transport-47a")
@pytest.mark.parametrize("event", ["data", "eof"])
def test_an_exception_of_a_protocol_is_reported(loop: AbstractEventLoop, event: str) -> None:
    async def body() -> None:
        contexts = Contexts(loop)
        reactions: dict[str, Any] = {event: explode}
        async with connected(loop, Reacting(**reactions)) as (_, protocol, peer):
            peer.sendall(b"x")
            peer.shutdown(socket.SHUT_WR)
            await protocol.seen("lost")
            seen = [type(context.get("exception")) for context in contexts.seen]
            equal(seen, [Oops], f"exceptions reported when the callback for {event!r} raises")

    loop.run_until_complete(body())


@requirement("transport-47b")
@pytest.mark.parametrize("event", ["data", "eof"])
def test_an_exception_of_a_protocol_ends_the_connection(loop: AbstractEventLoop, event: str) -> None:
    async def body() -> None:
        Contexts(loop)
        reactions: dict[str, Any] = {event: explode}
        protocol = Reacting(keep_open=True, **reactions)
        async with connected(loop, protocol) as (transport, _, peer):
            peer.sendall(b"x")
            peer.shutdown(socket.SHUT_WR)
            await protocol.seen("lost")
            equal((type(protocol.error), transport.is_closing()), (Oops, True), "reason of the loss, and is_closing()")

    loop.run_until_complete(body())


class Buffered(BufferedRecorder):
    """A buffered protocol that raises in one of its methods."""

    def __init__(self, where: str) -> None:
        super().__init__()
        self.where = where

    def get_buffer(self, sizehint: int) -> Any:
        """Raise, if that is where."""
        if self.where == "get_buffer":
            raise Oops
        return super().get_buffer(sizehint)

    def buffer_updated(self, nbytes: int) -> None:
        """Raise, if that is where."""
        if self.where == "buffer_updated":
            raise Oops
        super().buffer_updated(nbytes)


@requirement("transport-47b")
@pytest.mark.parametrize("where", ["get_buffer", "buffer_updated"])
def test_an_exception_of_a_buffered_protocol_ends_the_connection(loop: AbstractEventLoop, where: str) -> None:
    async def body() -> None:
        Contexts(loop)
        async with connected(loop, Buffered(where)) as (_, protocol, peer):
            peer.sendall(b"x")
            await protocol.seen("lost")
            equal(type(protocol.error), Oops, f"reason of the loss when {where}() raises")

    loop.run_until_complete(body())


@requirement("transport-76")
def test_an_exception_of_connection_made_is_reported_and_the_connection_lives(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        contexts = Contexts(loop)
        async with connected(loop, Reacting(made=explode)) as (_, protocol, peer):
            peer.sendall(b"x")
            await elsewhere(loop)
            equal(bytes(protocol.data), b"x", "data received afterwards")
            equal([type(each.get("exception")) for each in contexts.seen], [Oops], "exceptions reported")

    loop.run_until_complete(body())


@requirement("transport-76")
def test_an_exception_of_connection_lost_is_reported_and_the_socket_closed(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        contexts = Contexts(loop)
        async with connected(loop, Reacting(lost=explode)) as (transport, protocol, peer):
            transport.close()
            await protocol.seen("lost")
            await elsewhere(loop)
            equal([type(each.get("exception")) for each in contexts.seen], [Oops], "exceptions reported")
            end = await beside(lambda: peer.recv(1))
            equal((end, protocol.events), (b"", ["made", "lost"]), "what the peer reads, and events")

    loop.run_until_complete(body())


@requirement("transport-77")
@pytest.mark.parametrize("kind", [KeyboardInterrupt, SystemExit])
def test_exits_raised_by_a_protocol_leave_the_loop(loop: AbstractEventLoop, kind: type[BaseException]) -> None:
    seen: list[BaseException] = []

    def leave(_transport: Any) -> None:
        if not seen:
            raise kind("out of data_received()")

    async def body() -> None:
        async with connected(loop, Reacting(data=leave)) as (_, _protocol, peer):
            peer.sendall(b"x")
            await elsewhere(loop)

    task = loop.create_task(body())
    try:
        loop.run_until_complete(task)
    except (KeyboardInterrupt, SystemExit) as error:
        seen.append(error)
    loop.run_until_complete(task)
    equal([type(error) for error in seen], [kind], "what came out of run_until_complete()")
