"""What goes through the pipes of a child: data, ends, losses, flow control."""

from __future__ import annotations

import asyncio
from asyncio import AbstractEventLoop
from collections.abc import Callable
from subprocess import DEVNULL
from typing import Any

import pytest

from loopcert.conformance.kit import (
    BIG,
    ChildRecorder,
    Contexts,
    allowed,
    check,
    child,
    copies,
    dead,
    equal,
    gate,
    listens,
    outcome,
    posix,
    requirement,
    says,
)


@requirement("subprocess-20")
def test_data_come_with_the_number_of_their_pipe(loop: AbstractEventLoop) -> None:
    protocol = loop.run_until_complete(outcome(loop, says("out", "err")))
    equal({fd for fd, _ in protocol.chunks}, {1, 2}, "numbers given with data")
    equal((protocol.output(1), protocol.output(2)), (b"out", b"err"), "data by number")


@requirement("subprocess-20")
def test_data_are_never_empty(loop: AbstractEventLoop) -> None:
    protocol = loop.run_until_complete(outcome(loop, posix("printf x; printf ''; exec 1>&-; exec 2>&-")))
    equal(protocol.chunks, [(1, b"x")], "what pipe_data_received() was given")


@requirement("subprocess-20")
def test_data_arrive_while_the_child_runs(loop: AbstractEventLoop) -> None:
    async def main() -> None:
        async with child(loop, copies()) as (transport, protocol):
            for word in (b"one", b"two", b"three"):
                before = len(protocol.output())
                transport.get_pipe_transport(0).write(word)
                heard = await protocol.heard(before + len(word))
                equal(heard[before:], word, "what the child sent back")

    loop.run_until_complete(main())


@requirement("subprocess-33")
@pytest.mark.parametrize("fd", [1, 2])
def test_all_output_arrives_before_connection_lost(loop: AbstractEventLoop, fd: int) -> None:
    async def main() -> None:
        async with child(loop, posix(f"exec cat >&{fd}")) as (transport, protocol):
            transport.get_pipe_transport(0).write(BIG)
            transport.get_pipe_transport(0).close()
            await protocol.seen("lost")
            check(protocol.output(fd) == BIG, f"{len(protocol.output(fd))} bytes came, wanted the {len(BIG)} sent")

    loop.run_until_complete(main())


@requirement("subprocess-33")
def test_the_last_words_of_a_child_that_is_gone_arrive(loop: AbstractEventLoop) -> None:
    async def main() -> None:
        async with child(loop, posix("read -r line; printf out; printf err >&2; kill -KILL $$")) as (
            transport,
            protocol,
        ):
            transport.get_pipe_transport(0).write(b"\n")
            # the loop does not run until the child is dead and its output waits in the pipes
            dead(transport.get_pid())
            await protocol.seen("lost")
            equal((protocol.output(1), protocol.output(2)), (b"out", b"err"), "output of a child that was dead already")

    loop.run_until_complete(main())


@requirement("subprocess-33")
def test_output_of_a_grandchild_arrives_after_the_exit(loop: AbstractEventLoop) -> None:
    async def main(waits: int, go_on: Callable[[], object]) -> None:
        command = posix(f"(read -r line </dev/fd/{waits}; printf late) & exit 0")
        async with child(loop, command, pass_fds=(waits,)) as (_, protocol):
            await protocol.seen("exited")
            go_on()
            await protocol.seen("lost")
            equal(protocol.output(), b"late", "output of a grandchild that outlived the child")

    with gate() as (waits, go_on):
        loop.run_until_complete(main(waits, go_on))


@requirement("subprocess-30")
def test_connection_lost_waits_for_a_grandchild_that_holds_the_pipes(loop: AbstractEventLoop) -> None:
    async def main(waits: int, go_on: Callable[[], object]) -> None:
        async with child(loop, posix(f"(read -r line </dev/fd/{waits}) & exit 0"), pass_fds=(waits,)) as (_, protocol):
            await protocol.seen("exited")
            await outcome(loop, says("another"))  # one that ends in the meantime
            before = list(protocol.events)
            go_on()
            await protocol.seen("lost")
            check("lost" not in before, f"events while a grandchild held the pipes: saw {before!r}, wanted no 'lost'")

    with gate() as (waits, go_on):
        loop.run_until_complete(main(waits, go_on))


@requirement("subprocess-21")
@pytest.mark.parametrize("missing", [None, "stdin", "stdout", "stderr"], ids=str)
def test_the_loss_of_each_pipe_is_told_once(loop: AbstractEventLoop, missing: str | None) -> None:
    options = {missing: DEVNULL} if missing else {}
    protocol = loop.run_until_complete(outcome(loop, says("out", "err"), **options))
    wanted = [f"pipe {fd}" for fd, name in enumerate(("stdin", "stdout", "stderr")) if name != missing]
    equal(sorted(each for each in protocol.events if each.startswith("pipe")), wanted, "pipes that were lost")


@requirement("subprocess-60")
@pytest.mark.parametrize("fd", [1, 2])
def test_a_pipe_that_the_child_closes_is_lost_while_the_child_lives(loop: AbstractEventLoop, fd: int) -> None:
    async def main() -> None:
        async with child(loop, posix(f"exec {fd}>&-; read -r line")) as (transport, protocol):
            await protocol.seen(f"pipe {fd}")
            equal(protocol.events, ["made", f"pipe {fd}"], "events of a child that closed one pipe and lives")
            transport.get_pipe_transport(0).write(b"\n")
            await protocol.seen("lost")

    loop.run_until_complete(main())


@requirement("subprocess-60")
def test_all_pipes_may_be_lost_while_the_child_lives(loop: AbstractEventLoop) -> None:
    async def main(waits: int, go_on: Callable[[], object]) -> None:
        command = posix(f"exec 0<&- 1>&- 2>&-; read -r line </dev/fd/{waits}; exit 5")
        async with child(loop, command, pass_fds=(waits,)) as (transport, protocol):
            await protocol.seen("pipe 1")
            await protocol.seen("pipe 2")
            equal(transport.get_returncode(), None, "code of a child that outlives its pipes")
            go_on()
            await protocol.seen("exited")
            equal(protocol.codes, [5], "exit of a child that outlived its pipes")
            transport.get_pipe_transport(0).close()
            await protocol.seen("lost")

    with gate() as (waits, go_on):
        loop.run_until_complete(main(waits, go_on))


@requirement("subprocess-21")
def test_closing_a_pipe_of_ours_is_told_while_the_child_lives(loop: AbstractEventLoop) -> None:
    async def main() -> None:
        async with child(loop, listens()) as (transport, protocol):
            transport.get_pipe_transport(2).close()
            await protocol.seen("pipe 2")
            equal(protocol.events, ["made", "pipe 2"], "events after one of the pipes was closed")
            transport.get_pipe_transport(0).write(b"on\n")
            await protocol.seen("lost")
            equal(protocol.output(), b"on", "what the child wrote to another pipe")

    loop.run_until_complete(main())


class Ordered(ChildRecorder):
    """Keeps data and losses of all pipes in one list."""

    def __init__(self) -> None:
        super().__init__()
        self.order: list[tuple[int, str]] = []

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        """Keep the order."""
        self.order.append((fd, "data"))
        super().pipe_data_received(fd, data)

    def pipe_connection_lost(self, fd: int, exc: BaseException | None) -> None:
        """Keep the order."""
        self.order.append((fd, "lost"))
        super().pipe_connection_lost(fd, exc)


@requirement("subprocess-55")
def test_nothing_comes_from_a_pipe_that_was_lost(loop: AbstractEventLoop) -> None:
    protocol = Ordered()
    loop.run_until_complete(outcome(loop, posix("printf out; printf err >&2"), protocol=protocol))
    for fd in (1, 2):
        told = [event for number, event in protocol.order if number == fd]
        equal(told, ["data", "lost"], f"what was told of pipe {fd}, in this order")


@requirement("subprocess-34")
@pytest.mark.parametrize("end", ["close", "write_eof"])
def test_the_end_of_stdin_comes_after_all_that_was_written(loop: AbstractEventLoop, end: str) -> None:
    async def main() -> None:
        async with child(loop, copies()) as (transport, protocol):
            stdin = transport.get_pipe_transport(0)
            stdin.write(BIG)
            getattr(stdin, end)()
            await protocol.seen("lost")
            check(protocol.output() == BIG, f"{len(protocol.output())} bytes came, wanted the {len(BIG)} sent")
            equal(protocol.codes, [0], "exit of a child whose stdin ended")

    loop.run_until_complete(main())


@requirement("subprocess-56")
def test_writing_to_a_child_that_reads_no_more_is_harmless(loop: AbstractEventLoop) -> None:
    errors = Contexts(loop)

    async def main() -> None:
        async with child(loop, posix("exec 0<&-; printf gone")) as (transport, protocol):
            stdin = transport.get_pipe_transport(0)
            await protocol.heard(4)
            with allowed("writing to a pipe that nobody reads"):
                for _ in range(8):
                    stdin.write(b"nobody reads this")
            await protocol.seen("lost")

    loop.run_until_complete(main())
    errors.expect_silence()


@requirement("subprocess-35")
def test_a_child_that_does_not_read_pauses_the_writer(loop: AbstractEventLoop) -> None:
    async def main(waits: int, go_on: Callable[[], object]) -> None:
        command = posix(f"read -r line </dev/fd/{waits}; exec cat >/dev/null")
        async with child(loop, command, pass_fds=(waits,)) as (transport, protocol):
            stdin = transport.get_pipe_transport(0)
            stdin.write(BIG)
            await protocol.seen("pause")
            go_on()
            await protocol.seen("resume")
            stdin.close()
            await protocol.seen("lost")
            seen = [event for event in protocol.events if event in {"pause", "resume"}]
            equal(seen, ["pause", "resume"], "flow control of a child that reads late")

    with gate() as (waits, go_on):
        loop.run_until_complete(main(waits, go_on))


@requirement("subprocess-54")
@pytest.mark.parametrize("fd", [1, 2])
def test_a_paused_pipe_delivers_after_resume_reading(loop: AbstractEventLoop, fd: int) -> None:
    other = 3 - fd

    async def main() -> None:
        command = posix(f"read -r line; printf held >&{fd}; printf passed >&{other}; read -r line")
        async with child(loop, command) as (transport, protocol):
            pipe = transport.get_pipe_transport(fd)
            pipe.pause_reading()
            transport.get_pipe_transport(0).write(b"\n")
            await protocol.heard(6, other)
            for _ in range(4):
                await asyncio.sleep(0)
            equal(protocol.output(fd), b"", f"data of pipe {fd} while it was paused")
            pipe.resume_reading()
            equal(await protocol.heard(4, fd), b"held", f"data of pipe {fd} after it was resumed")

    loop.run_until_complete(main())


@requirement("subprocess-50")
def test_children_at_different_pipes_do_not_mix(loop: AbstractEventLoop) -> None:
    async def main() -> list[Any]:
        return await asyncio.gather(*(outcome(loop, says(f"out{n}", f"err{n}")) for n in range(8)))

    for number, protocol in enumerate(loop.run_until_complete(main())):
        wanted = (f"out{number}".encode(), f"err{number}".encode())
        equal((protocol.output(1), protocol.output(2)), wanted, f"output of child {number}")
