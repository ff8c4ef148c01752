"""What a protocol over TLS raises."""

from __future__ import annotations

from asyncio import AbstractEventLoop
from typing import Any

import pytest

from loopcert.conformance.kit import (
    Reacting,
    Recorder,
    TLSPeer,
    ViewRecorder,
    contains,
    requirement,
    same,
    secured,
    speaks,
)
from loopcert.conformance.kit.tls import VERSIONS


class FailingView(ViewRecorder):
    """Raises what it was given when its buffer has been filled."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.failure = error

    def happened(self, event: str) -> None:
        super().happened(event)
        if event == "data":
            raise self.failure


def failing(event: str, error: Exception) -> Reacting:
    """Return a protocol that raises at an event."""

    def fail(_transport: Any) -> None:
        raise error

    reactions: dict[str, Any] = {event: fail}
    return Reacting(**reactions)


def quiet(loop: AbstractEventLoop) -> list[Any]:
    """Have reports kept instead of shown; return the exceptions that come."""
    reported: list[Any] = []
    loop.set_exception_handler(lambda _loop, context: reported.append(context.get("exception")))
    return reported


@requirement("tls-22")
@VERSIONS
@pytest.mark.parametrize("kind", ["streaming", "buffered"])
def test_an_error_at_data_is_the_reason_of_the_loss(loop: AbstractEventLoop, version: str, kind: str) -> None:
    async def main() -> None:
        quiet(loop)
        error = ValueError("I can't read this")
        protocol = failing("data", error) if kind == "streaming" else FailingView(error)
        async with secured(loop, protocol, version) as (_transport, _, peer):
            peer.send(b"data")
            await protocol.seen("lost")
            same(protocol.error, error, "connection_lost()")

    loop.run_until_complete(main())


def provoke(event: str, transport: Any, peer: TLSPeer) -> None:
    """Make the loop call the protocol for an event."""
    if event == "data":
        peer.send(b"data")
    elif event == "eof":
        peer.sock.sendall(peer.goodbye())
        peer.send_eof()
    else:
        transport.abort()


@requirement("tls-67")
@pytest.mark.parametrize("event", ["data", "eof", "lost"])
def test_what_a_protocol_raises_is_reported(loop: AbstractEventLoop, event: str) -> None:
    async def main() -> None:
        reported = quiet(loop)
        error = ValueError("I can't take this")
        other = Recorder()
        protocol = failing(event, error)
        async with secured(loop, other) as (standing, _, friend), secured(loop, protocol) as (transport, _, peer):
            provoke(event, transport, peer)
            await protocol.seen("lost")
            await speaks(standing, other, friend)
            contains(reported, error, "exceptions that were reported")

    loop.run_until_complete(main())
