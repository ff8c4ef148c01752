"""Process: its streams, its child, and waiting for the end."""

from __future__ import annotations

import asyncio
import signal
from asyncio import AbstractEventLoop
from asyncio.subprocess import DEVNULL, PIPE, STDOUT
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from loopcert.conformance.kit import (
    BIG,
    copies,
    equal,
    exits,
    gate,
    instance,
    listens,
    posix,
    process,
    requirement,
    same,
    says,
    standing_in,
)


@requirement("procapi-01a")
def test_create_subprocess_exec_returns_a_process(loop: AbstractEventLoop) -> None:
    async def main() -> None:
        async with process(says("hello"), stdout=PIPE) as made:
            instance(made, asyncio.subprocess.Process, "what create_subprocess_exec() returned")
            equal(await made.communicate(), (b"hello", None), "what the program wrote")

    loop.run_until_complete(main())


@requirement("procapi-01b")
@pytest.mark.parametrize("fd", [1, 2])
def test_output_is_inherited_unless_told_otherwise(loop: AbstractEventLoop, tmp_path: Path, fd: int) -> None:
    async def main() -> None:
        async with process(says("out", "err")) as made:
            await made.wait()

    with (tmp_path / "output").open("w+b") as file:
        with standing_in(fd, file.fileno()):
            loop.run_until_complete(main())
        file.seek(0)
        equal(file.read(), {1: b"out", 2: b"err"}[fd], f"what our own descriptor {fd} got")


@requirement("procapi-01b")
def test_stdin_is_inherited_unless_told_otherwise(loop: AbstractEventLoop, tmp_path: Path) -> None:
    path = tmp_path / "input"
    path.write_bytes(b"ours")

    async def main() -> bytes | None:
        async with process(copies(), stdout=PIPE) as made:
            return (await made.communicate())[0]

    with path.open("rb") as file, standing_in(0, file.fileno()):
        equal(loop.run_until_complete(main()), b"ours", "what the child read")


@requirement("procapi-02")
def test_create_subprocess_shell_runs_the_command_through_the_shell(loop: AbstractEventLoop) -> None:
    async def main() -> None:
        made = await asyncio.create_subprocess_shell("x=5; printf $x; exit $x", stdout=PIPE)
        instance(made, asyncio.subprocess.Process, "what create_subprocess_shell() returned")
        equal(await made.communicate(), (b"5", None), "what the command wrote")
        equal(made.returncode, 5, "returncode")

    loop.run_until_complete(main())


@requirement("procapi-02")
def test_the_code_is_that_of_the_shell(loop: AbstractEventLoop) -> None:
    async def main() -> None:
        made = await asyncio.create_subprocess_shell("sh -c 'kill -TERM $$'; exit $?")
        equal(await made.wait(), 128 + signal.SIGTERM, "code of a shell whose own child was killed")

    loop.run_until_complete(main())


@requirement("procapi-11")
def test_pipes_are_streams(loop: AbstractEventLoop) -> None:
    async def main() -> None:
        async with process(copies(), stdin=PIPE, stdout=PIPE, stderr=PIPE) as made:
            instance(made.stdin, asyncio.StreamWriter, "stdin")
            instance(made.stdout, asyncio.StreamReader, "stdout")
            instance(made.stderr, asyncio.StreamReader, "stderr")

    loop.run_until_complete(main())


@requirement("procapi-11")
@pytest.mark.parametrize(
    "options", [{}, dict.fromkeys(("stdin", "stdout", "stderr"), DEVNULL)], ids=["none", "devnull"]
)
def test_what_is_no_pipe_is_none(loop: AbstractEventLoop, options: dict[str, Any]) -> None:
    async def main() -> None:
        async with process(exits(0), **options) as made:
            equal((made.stdin, made.stdout, made.stderr), (None, None, None), "streams of a process without pipes")

    loop.run_until_complete(main())


@requirement("procapi-20")
def test_a_conversation_with_a_child(loop: AbstractEventLoop) -> None:
    async def main() -> None:
        async with process(copies(), stdin=PIPE, stdout=PIPE) as made:
            assert made.stdin
            assert made.stdout
            for line in (b"one\n", b"two\n", b"three\n"):
                made.stdin.write(line)
                await made.stdin.drain()
                equal(await made.stdout.readline(), line, "what came back")

    loop.run_until_complete(main())


@requirement("procapi-20")
def test_both_outputs_are_read_to_their_ends(loop: AbstractEventLoop) -> None:
    async def main() -> None:
        async with process(says("out", "err"), stdout=PIPE, stderr=PIPE) as made:
            assert made.stdout
            assert made.stderr
            equal(await made.stderr.read(), b"err", "stderr to its end")
            equal(await made.stdout.readexactly(3), b"out", "three bytes of stdout")
            equal(await made.stdout.read(), b"", "the rest of stdout")

    loop.run_until_complete(main())


@requirement("procapi-20")
def test_the_output_of_a_killed_child_has_an_end(loop: AbstractEventLoop) -> None:
    async def main() -> None:
        async with process(posix("printf last; read -r line"), stdin=PIPE, stdout=PIPE) as made:
            assert made.stdout
            equal(await made.stdout.readexactly(4), b"last", "what the child wrote")
            made.kill()
            equal(await made.stdout.read(), b"", "the rest of stdout of a killed child")

    loop.run_until_complete(main())


@requirement("procapi-20")
def test_much_output_is_read_bit_by_bit(loop: AbstractEventLoop) -> None:
    async def main() -> None:
        # the reader pauses the pipe again and again
        async with process(posix("exec cat"), stdin=PIPE, stdout=PIPE, limit=1024) as made:
            assert made.stdin
            assert made.stdout
            made.stdin.write(BIG)
            made.stdin.close()
            seen = bytearray()
            while data := await made.stdout.read(10_000):
                seen += data
            equal(len(seen), len(BIG), "bytes that came back")
            equal(bytes(seen[-16:]), BIG[-16:], "the last bytes that came back")

    loop.run_until_complete(main())


@requirement("procapi-21")
def test_drain_waits_for_a_child_that_reads_late(loop: AbstractEventLoop) -> None:
    async def main(waits: int, go_on: Callable[[], object]) -> None:
        command = posix(f"read -r line </dev/fd/{waits}; exec cat >/dev/null")
        async with process(command, stdin=PIPE, pass_fds=(waits,)) as made:
            assert made.stdin
            made.stdin.write(BIG)
            draining = asyncio.ensure_future(made.stdin.drain())
            async with process(exits(0)) as other:  # something else that takes its time
                await other.wait()
            equal(draining.done(), False, "whether drain() is over before the child reads")
            go_on()
            await draining

    with gate() as (waits, go_on):
        loop.run_until_complete(main(waits, go_on))


@requirement("procapi-21")
def test_wait_closed_ends_once_stdin_is_closed(loop: AbstractEventLoop) -> None:
    async def main() -> None:
        async with process(posix("cat >/dev/null; exit 4"), stdin=PIPE) as made:
            assert made.stdin
            made.stdin.write(BIG)
            made.stdin.close()
            await made.stdin.wait_closed()
            equal(await made.wait(), 4, "code of a child that read to the end of stdin")

    loop.run_until_complete(main())


@requirement("procapi-13")
def test_stderr_joins_stdout(loop: AbstractEventLoop) -> None:
    async def main() -> None:
        async with process(says("out", "err"), stdout=PIPE, stderr=STDOUT) as made:
            same(made.stderr, None, "stderr that goes to stdout")
            equal(await made.communicate(), (b"outerr", None), "what communicate() returned")

    loop.run_until_complete(main())


@requirement("procapi-14")
def test_stdin_devnull_is_empty(loop: AbstractEventLoop, tmp_path: Path) -> None:
    path = tmp_path / "input"
    path.write_bytes(b"ours")

    async def main() -> None:
        async with process(copies(), stdin=DEVNULL, stdout=PIPE) as made:
            equal(await made.communicate(), (b"", None), "what the child read from the null device")

    with path.open("rb") as file, standing_in(0, file.fileno()):
        loop.run_until_complete(main())


@requirement("procapi-14")
@pytest.mark.parametrize("name", ["stdout", "stderr"])
def test_output_to_devnull_is_gone(loop: AbstractEventLoop, tmp_path: Path, name: str) -> None:
    async def main() -> None:
        async with process(says("out", "err"), **{"stdout": PIPE, "stderr": PIPE, name: DEVNULL}) as made:
            wanted = (None, b"err") if name == "stdout" else (b"out", None)
            equal(await made.communicate(), wanted, f"what communicate() returned with {name}=DEVNULL")

    with (tmp_path / "output").open("w+b") as file:
        with standing_in(1, file.fileno()), standing_in(2, file.fileno()):
            loop.run_until_complete(main())
        file.seek(0)
        equal(file.read(), b"", "what our own descriptors got")


@requirement("procapi-09")
def test_pid_is_that_of_the_child(loop: AbstractEventLoop) -> None:
    async def main() -> None:
        async with process(posix("printf %s $$"), stdout=PIPE) as made:
            out, _ = await made.communicate()
            equal(made.pid, int(out), "pid")

    loop.run_until_complete(main())


@requirement("procapi-09")
def test_pid_is_that_of_the_shell(loop: AbstractEventLoop) -> None:
    async def main() -> None:
        made = await asyncio.create_subprocess_shell("printf %s $$", stdout=PIPE)
        out, _ = await made.communicate()
        equal(made.pid, int(out), "pid of a shell")

    loop.run_until_complete(main())


@requirement("procapi-10")
def test_kill_sends_sigkill(loop: AbstractEventLoop) -> None:
    async def main() -> None:
        async with process(posix("trap '' TERM INT HUP; printf x; read -r line"), stdin=PIPE, stdout=PIPE) as made:
            assert made.stdout
            await made.stdout.readexactly(1)
            made.kill()
            equal(await made.wait(), -signal.SIGKILL, "code after kill()")

    loop.run_until_complete(main())


@requirement("procapi-15")
@pytest.mark.parametrize("name", ["USR1", "INT", "HUP"])
def test_send_signal_sends_that_signal(loop: AbstractEventLoop, name: str) -> None:
    number = signal.Signals[f"SIG{name}"]
    if signal.getsignal(number) == signal.SIG_IGN:
        pytest.skip(f"SIG{name} is ignored here, as in the background of a shell, and children inherit that")

    async def main() -> None:
        async with process(listens(), stdin=PIPE, stdout=PIPE) as made:
            made.send_signal(number)
            equal(await made.wait(), -number, f"code after send_signal({name})")

    loop.run_until_complete(main())


@requirement("procapi-16")
def test_terminate_sends_sigterm(loop: AbstractEventLoop) -> None:
    async def main() -> None:
        async with process(copies(), stdin=PIPE, stdout=PIPE) as made:
            made.terminate()
            equal(await made.wait(), -signal.SIGTERM, "code after terminate()")

    loop.run_until_complete(main())
