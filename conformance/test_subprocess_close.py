"""The order of a child's callbacks, and close() of its transport."""

from __future__ import annotations

import signal
from asyncio import AbstractEventLoop
from typing import Any

import pytest

from loopcert.conformance.kit import (
    BIG,
    KILLED,
    ChildRecorder,
    allowed,
    check,
    child,
    copies,
    dead,
    drain,
    equal,
    exits,
    outcome,
    posix,
    requirement,
    same,
    says,
    stopped,
)
from loopcert.conformance.kit.children import bring_to_end


@requirement("subprocess-25a")
@pytest.mark.parametrize("command", [exits(0), says("out", "err"), copies()], ids=["exits", "says", "copies"])
def test_connection_made_comes_first_and_once(loop: AbstractEventLoop, command: tuple[str, ...]) -> None:
    protocol = loop.run_until_complete(outcome(loop, command))
    equal((protocol.events[0], protocol.events.count("made")), ("made", 1), "the first event, and how often it came")


@requirement("subprocess-25a")
def test_connection_made_comes_first_for_a_child_that_is_dead_by_then(loop: AbstractEventLoop) -> None:
    class Waits(ChildRecorder):
        def connection_made(self, transport: Any) -> None:
            dead(transport.get_pid())
            super().connection_made(transport)

    protocol = loop.run_until_complete(outcome(loop, says("out", "err"), protocol=Waits()))
    equal(protocol.events[:1], ["made"], "the first event of a child that was dead before it")
    equal((protocol.output(1), protocol.output(2)), (b"out", b"err"), "output of a child that was dead before")


@requirement("subprocess-25b")
@pytest.mark.parametrize("end", ["exit", "signal", "close"])
def test_connection_lost_comes_last_and_once(loop: AbstractEventLoop, end: str) -> None:
    async def main() -> ChildRecorder:
        async with child(loop, posix("printf out; printf err >&2; read -r line")) as (transport, protocol):
            await protocol.heard(3, 1)
            await protocol.heard(3, 2)
            if end == "signal":
                transport.kill()
            elif end == "close":
                transport.close()
            else:
                transport.get_pipe_transport(0).write(b"\n")
            await protocol.seen("lost")
            made: ChildRecorder = protocol
            return made

    protocol = loop.run_until_complete(main())
    drain(loop)
    equal((protocol.events[-1], protocol.events.count("lost")), ("lost", 1), "the last event, and how often it came")


@requirement("subprocess-25b")
@pytest.mark.parametrize("end", ["exit", "signal", "close"])
def test_connection_lost_is_given_none(loop: AbstractEventLoop, end: str) -> None:
    async def main() -> None:
        async with child(loop, copies()) as (transport, protocol):
            bring_to_end(transport, end)
            await protocol.seen("lost")
            same(protocol.error, None, "what connection_lost() was given after an end without error")

    loop.run_until_complete(main())


@requirement("subprocess-30")
def test_connection_lost_comes_after_the_exit_and_all_losses(loop: AbstractEventLoop) -> None:
    protocol = loop.run_until_complete(outcome(loop, says("out", "err")))
    before = [event for event in protocol.events[:-1] if event not in {"made", "data"}]
    equal(sorted(before), ["exited", "pipe 0", "pipe 1", "pipe 2"], "events before connection_lost()")


@requirement("subprocess-19a")
@pytest.mark.parametrize(
    "command",
    [copies(), ("sh", "-c", "trap '' TERM INT HUP; printf x; while :; do read -r line; done")],
    ids=["plain", "stubborn"],
)
def test_close_kills_the_child(loop: AbstractEventLoop, command: tuple[str, ...]) -> None:
    async def main() -> None:
        async with child(loop, command) as (transport, protocol):
            if "-c" in command:
                await protocol.heard(1)
            transport.close()
            await protocol.seen("exited")
            equal(protocol.codes, [-signal.SIGKILL], "code after close()")

    loop.run_until_complete(main())


@requirement("subprocess-19a")
def test_close_kills_a_child_that_is_stopped(loop: AbstractEventLoop) -> None:
    async def main() -> None:
        async with child(loop, copies()) as (transport, protocol):
            transport.send_signal(signal.SIGSTOP)
            stopped(transport.get_pid())
            transport.close()
            await protocol.seen("exited")
            equal(protocol.codes, [-signal.SIGKILL], "code of a stopped child after close()")

    loop.run_until_complete(main())


@requirement("subprocess-19a")
def test_close_kills_while_data_wait_to_be_written(loop: AbstractEventLoop) -> None:
    async def main() -> None:
        async with child(loop, posix("printf x; kill -STOP $$")) as (transport, protocol):
            await protocol.heard(1)
            transport.get_pipe_transport(0).write(BIG)
            transport.close()
            await protocol.seen("exited")
            equal(protocol.codes, [-signal.SIGKILL], "code of a child that was closed with data on the way")

    loop.run_until_complete(main())


@requirement("subprocess-19b")
def test_close_closes_the_pipes(loop: AbstractEventLoop) -> None:
    async def main() -> None:
        async with child(loop, copies()) as (transport, protocol):
            pipes = [transport.get_pipe_transport(fd) for fd in range(3)]
            transport.close()
            equal([pipe.is_closing() for pipe in pipes], [True] * 3, "is_closing() of the pipes after close()")
            await protocol.seen("lost")

    loop.run_until_complete(main())


@requirement("subprocess-57")
def test_exit_and_end_are_told_after_close(loop: AbstractEventLoop) -> None:
    async def main() -> None:
        async with child(loop, copies()) as (transport, protocol):
            transport.close()
            await protocol.seen("exited")
            await protocol.seen("lost")
            wanted = ["exited", "lost", "made", "pipe 0", "pipe 1", "pipe 2"]
            equal(sorted(protocol.events), wanted, "events of a child whose transport was closed")

    loop.run_until_complete(main())


@requirement("subprocess-57")
def test_close_in_connection_made_ends_the_child(loop: AbstractEventLoop) -> None:
    class Closes(ChildRecorder):
        def connection_made(self, transport: Any) -> None:
            super().connection_made(transport)
            transport.close()

    async def main() -> None:
        async with child(loop, copies(), Closes()) as (_, protocol):
            await protocol.seen("lost")
            equal(protocol.codes, [KILLED], "code of a child closed in connection_made()")

    loop.run_until_complete(main())


@requirement("subprocess-57")
@pytest.mark.parametrize("callback", ["pipe_data_received", "pipe_connection_lost", "process_exited"])
def test_close_in_another_callback_ends_the_child(loop: AbstractEventLoop, callback: str) -> None:
    protocol = ChildRecorder()
    plain = getattr(protocol, callback)

    def closes(*args: Any) -> None:
        plain(*args)
        protocol.transport.close()

    setattr(protocol, callback, closes)
    loop.run_until_complete(outcome(loop, says("out", "err"), protocol=protocol))
    equal((protocol.events.count("exited"), protocol.events[-1]), (1, "lost"), "exits, and the last event")


@requirement("subprocess-38")
def test_close_after_the_end_calls_nothing(loop: AbstractEventLoop) -> None:
    protocol = loop.run_until_complete(outcome(loop, says("out", "err")))
    before = list(protocol.events)
    with allowed("close() after the end"):
        protocol.transport.close()
    drain(loop)
    equal(protocol.events, before, "events after close() came too late")


@requirement("subprocess-38")
def test_close_after_the_exit_keeps_the_code(loop: AbstractEventLoop) -> None:
    protocol = loop.run_until_complete(outcome(loop, exits(3)))
    protocol.transport.close()
    drain(loop)
    equal(protocol.transport.get_returncode(), 3, "get_returncode() after close() came too late")


@requirement("subprocess-58")
def test_close_twice_is_close_once(loop: AbstractEventLoop) -> None:
    async def main() -> None:
        async with child(loop, copies()) as (transport, protocol):
            with allowed("close() of a transport that is closing"):
                transport.close()
                transport.close()
            await protocol.seen("lost")
            counts = [protocol.events.count(each) for each in ("exited", "lost")]
            equal(counts, [1, 1], "calls of process_exited() and connection_lost() after two close()")

    loop.run_until_complete(main())


@requirement("subprocess-39")
def test_is_closing_after_close(loop: AbstractEventLoop) -> None:
    async def main() -> None:
        async with child(loop, copies()) as (transport, protocol):
            before = transport.is_closing()
            transport.close()
            equal((before, transport.is_closing()), (False, True), "is_closing() before and after close()")
            await protocol.seen("lost")
            check(transport.is_closing(), "is_closing() after connection_lost(): saw False, wanted True")

    loop.run_until_complete(main())


@requirement("subprocess-53")
def test_get_protocol_is_the_protocol(loop: AbstractEventLoop) -> None:
    async def main() -> None:
        async with child(loop, copies()) as (transport, protocol):
            same(transport.get_protocol(), protocol, "get_protocol()")

    loop.run_until_complete(main())


@requirement("subprocess-53")
def test_set_protocol_changes_who_is_told(loop: AbstractEventLoop) -> None:
    heir = ChildRecorder()

    async def main() -> None:
        async with child(loop, posix("read -r line; printf out; exit 2")) as (transport, protocol):
            transport.set_protocol(heir)
            heir.transport = transport
            same(transport.get_protocol(), heir, "get_protocol() after set_protocol()")
            transport.get_pipe_transport(0).write(b"\n")
            await heir.seen("lost")
            protocol.happened("lost")  # nothing is left to be cleared away
            equal((heir.output(), heir.codes, protocol.chunks), (b"out", [2], []), "what the heir and the old one got")

    loop.run_until_complete(main())
