"""The end of a child: exit codes, signals, and the last callbacks."""

from __future__ import annotations

import asyncio
import os
import signal
from asyncio import AbstractEventLoop
from collections.abc import Callable
from typing import Any

import pytest

from loopcert.conformance.kit import (
    ChildRecorder,
    check,
    child,
    copies,
    dead,
    equal,
    exits,
    gate,
    in_thread,
    instance,
    outcome,
    posix,
    requirement,
    says,
    stopped,
)
from loopcert.conformance.kit.children import bring_to_end


@requirement("subprocess-11")
def test_get_pid_is_the_pid_of_the_child(loop: AbstractEventLoop) -> None:
    protocol = loop.run_until_complete(outcome(loop, posix('printf %s "$$"')))
    instance(protocol.transport.get_pid(), int, "get_pid()")
    equal(protocol.transport.get_pid(), int(protocol.output()), "get_pid()")


@requirement("subprocess-11")
def test_get_pid_outlives_the_child(loop: AbstractEventLoop) -> None:
    async def main() -> None:
        async with child(loop, copies()) as (transport, protocol):
            before = transport.get_pid()
            transport.get_pipe_transport(0).close()
            await protocol.seen("lost")
            equal(transport.get_pid(), before, "get_pid() after the end")

    loop.run_until_complete(main())


@requirement("subprocess-14a")
@pytest.mark.parametrize("status", [0, 1, 2, 127, 128, 255])
def test_get_returncode_is_the_exit_code(loop: AbstractEventLoop, status: int) -> None:
    protocol = loop.run_until_complete(outcome(loop, exits(status)))
    equal(protocol.transport.get_returncode(), status, "get_returncode() after the exit")


@requirement("subprocess-14a")
def test_get_returncode_is_none_while_the_child_runs(loop: AbstractEventLoop) -> None:
    async def main() -> None:
        async with child(loop, copies()) as (transport, protocol):
            before = transport.get_returncode()
            transport.get_pipe_transport(0).write(b"x")
            await protocol.heard(1)
            equal((before, transport.get_returncode()), (None, None), "get_returncode() of a child that runs")

    loop.run_until_complete(main())


@requirement("subprocess-14a")
def test_a_stopped_child_has_not_exited(loop: AbstractEventLoop) -> None:
    async def main() -> None:
        async with child(loop, copies()) as (transport, protocol):
            transport.send_signal(signal.SIGSTOP)
            stopped(transport.get_pid())
            await outcome(loop, exits(0))  # an exit that is noticed later than the stop
            equal((transport.get_returncode(), protocol.codes), (None, []), "code of a child that is stopped")
            transport.send_signal(signal.SIGCONT)
            transport.get_pipe_transport(0).close()
            await protocol.seen("lost")
            equal(protocol.codes, [0], "code of a child that went on")

    loop.run_until_complete(main())


@requirement("subprocess-14b")
@pytest.mark.parametrize("name", ["KILL", "TERM", "USR1", "ABRT"])
def test_death_by_a_signal_is_a_negative_code(loop: AbstractEventLoop, name: str) -> None:
    protocol = loop.run_until_complete(outcome(loop, posix(f"kill -{name} $$; exit 99")))
    wanted = -signal.Signals[f"SIG{name}"]
    equal((protocol.transport.get_returncode(), protocol.codes), (wanted, [wanted]), f"code after death by SIG{name}")


@requirement("subprocess-14b")
def test_an_exit_code_like_that_of_a_shell_is_no_signal(loop: AbstractEventLoop) -> None:
    protocol = loop.run_until_complete(outcome(loop, exits(128 + signal.SIGTERM)))
    equal(protocol.codes, [128 + signal.SIGTERM], "code of a child that exits with 128 and more")


@requirement("subprocess-15")
def test_kill_sends_sigkill(loop: AbstractEventLoop) -> None:
    async def main() -> None:
        async with child(loop, posix("trap '' TERM INT HUP; printf x; read -r line")) as (transport, protocol):
            await protocol.heard(1)
            transport.kill()
            await protocol.seen("lost")
            equal(protocol.codes, [-signal.SIGKILL], "code after kill()")

    loop.run_until_complete(main())


# a shell runs its trap when `read` has been interrupted or has ended
TRAPPED = "trap 'exit 7' {}; printf x; while :; do read -r line; done"


@requirement("subprocess-16")
def test_terminate_sends_sigterm(loop: AbstractEventLoop) -> None:
    async def main() -> None:
        async with child(loop, posix(TRAPPED.format("TERM"))) as (transport, protocol):
            await protocol.heard(1)
            transport.terminate()
            transport.get_pipe_transport(0).write(b"\n")
            await protocol.seen("lost")
            equal(protocol.codes, [7], "code of a child that exits with 7 on SIGTERM")

    loop.run_until_complete(main())


@requirement("subprocess-16")
def test_terminate_ends_a_child_that_does_not_mind(loop: AbstractEventLoop) -> None:
    async def main() -> None:
        async with child(loop, copies()) as (transport, protocol):
            transport.terminate()
            await protocol.seen("lost")
            equal(protocol.codes, [-signal.SIGTERM], "code after terminate()")

    loop.run_until_complete(main())


@requirement("subprocess-17")
@pytest.mark.parametrize("kind", ["USR1", "int", "HUP"])
def test_send_signal_sends_that_signal(loop: AbstractEventLoop, kind: str) -> None:
    number = int(signal.SIGUSR2) if kind == "int" else signal.Signals[f"SIG{kind}"]

    async def main() -> None:
        async with child(loop, copies()) as (transport, protocol):
            transport.send_signal(number)
            await protocol.seen("lost")
            equal(protocol.codes, [-number], f"code after send_signal({number!r})")

    loop.run_until_complete(main())


@requirement("subprocess-17")
def test_a_signal_reaches_no_other_child(loop: AbstractEventLoop) -> None:
    async def main() -> None:
        async with child(loop, copies()) as (_, bystander), child(loop, copies()) as (transport, protocol):
            transport.send_signal(signal.SIGKILL)
            await protocol.seen("lost")
            bystander.transport.get_pipe_transport(0).close()
            await bystander.seen("lost")
            equal((protocol.codes, bystander.codes), ([-signal.SIGKILL], [0]), "codes of the child and of another one")

    loop.run_until_complete(main())


@requirement("subprocess-18")
@pytest.mark.parametrize("method", ["kill", "terminate", "send_signal"])
def test_a_signal_after_the_exit_is_no_other_error(loop: AbstractEventLoop, method: str) -> None:
    protocol = loop.run_until_complete(outcome(loop, exits(0)))
    arguments = (signal.SIGTERM,) if method == "send_signal" else ()
    try:
        getattr(protocol.transport, method)(*arguments)
    except ProcessLookupError:
        pass
    except Exception as error:  # noqa: BLE001 - what else comes is what the test is about
        check(False, f"{method}() after the exit: saw {error!r}, wanted nothing or ProcessLookupError")
    equal(protocol.transport.get_returncode(), 0, f"code after {method}() came too late")


@requirement("subprocess-22")
@pytest.mark.parametrize("end", ["exit", "signal", "close"])
def test_process_exited_is_called_once(loop: AbstractEventLoop, end: str) -> None:
    async def main() -> None:
        async with child(loop, copies()) as (transport, protocol):
            bring_to_end(transport, end)
            await protocol.seen("lost")
            await outcome(loop, exits(0))
            equal(protocol.events.count("exited"), 1, "calls of process_exited()")

    loop.run_until_complete(main())


@requirement("subprocess-22")
def test_process_exited_is_called_for_a_child_without_pipes(loop: AbstractEventLoop) -> None:
    nothing = dict.fromkeys(("stdin", "stdout", "stderr"), asyncio.subprocess.DEVNULL)
    protocol = loop.run_until_complete(outcome(loop, exits(4), **nothing))
    equal((protocol.events, protocol.codes), (["made", "exited", "lost"], [4]), "events of a child without pipes")


@requirement("subprocess-24")
@pytest.mark.parametrize("status", [0, 3])
def test_the_code_is_known_inside_process_exited(loop: AbstractEventLoop, status: int) -> None:
    protocol = loop.run_until_complete(outcome(loop, exits(status)))
    equal(protocol.codes, [status], "get_returncode() inside process_exited()")


@requirement("subprocess-37")
def test_an_exit_wakes_an_idle_loop(loop: AbstractEventLoop) -> None:
    nothing = dict.fromkeys(("stdin", "stdout", "stderr"), asyncio.subprocess.DEVNULL)

    async def main(waits: int, go_on: Callable[[], object]) -> ChildRecorder:
        options: dict[str, Any] = {**nothing, "pass_fds": (waits,)}
        async with child(loop, posix(f"read -r line </dev/fd/{waits}; exit 6"), **options) as (_, protocol):
            # the loop has nothing else to wake it
            go_on()
            await protocol.seen("exited")
            await protocol.seen("lost")
            made: ChildRecorder = protocol
            return made

    with gate() as (waits, go_on):
        equal(loop.run_until_complete(main(waits, go_on)).codes, [6], "code of a child that exited meanwhile")


@requirement("subprocess-37")
def test_a_kill_by_somebody_else_is_noticed(loop: AbstractEventLoop) -> None:
    async def main() -> None:
        async with child(loop, copies()) as (transport, protocol):
            in_thread(lambda: os.kill(transport.get_pid(), signal.SIGKILL))
            await protocol.seen("lost")
            equal(protocol.codes, [-signal.SIGKILL], "code of a child that somebody else killed")

    loop.run_until_complete(main())


@requirement("subprocess-37")
def test_an_exit_while_the_loop_did_not_run_is_noticed(loop: AbstractEventLoop) -> None:
    protocol = ChildRecorder()
    loop.run_until_complete(loop.subprocess_exec(lambda: protocol, *exits(8)))
    transport = protocol.transport
    dead(transport.get_pid())
    transport.get_pipe_transport(0).close()
    loop.run_until_complete(protocol.seen("lost"))
    equal(protocol.codes, [8], "code of a child that exited between two runs of the loop")


@requirement("subprocess-50")
def test_children_that_exit_at_once_are_all_noticed(loop: AbstractEventLoop) -> None:
    async def main() -> list[ChildRecorder]:
        return await asyncio.gather(*(outcome(loop, exits(status)) for status in range(12)))

    codes = [protocol.codes for protocol in loop.run_until_complete(main())]
    equal(codes, [[status] for status in range(12)], "codes of children that ran at once")


@requirement("subprocess-50")
def test_children_dead_before_the_loop_looks_are_all_noticed(loop: AbstractEventLoop) -> None:
    async def main() -> None:
        started: list[Any] = [
            await loop.subprocess_exec(ChildRecorder, *posix(f"read -r _; exit {n}")) for n in range(5)
        ]
        for transport, _ in started:
            transport.get_pipe_transport(0).write(b"\n")
            # several exits are one signal
            dead(transport.get_pid())
        for transport, protocol in started:
            transport.get_pipe_transport(0).close()
            await protocol.seen("lost")
        equal([protocol.codes for _, protocol in started], [[n] for n in range(5)], "codes of children dead at once")

    loop.run_until_complete(main())


@requirement("subprocess-50")
def test_children_follow_each_other(loop: AbstractEventLoop) -> None:
    async def main() -> list[bytes]:
        return [(await outcome(loop, says(str(number)))).output() for number in range(10)]

    equal(loop.run_until_complete(main()), [b"%d" % n for n in range(10)], "output of children one after the other")
