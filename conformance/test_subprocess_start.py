"""subprocess_exec and subprocess_shell: the program, its arguments, its surroundings, and what comes back."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from asyncio import AbstractEventLoop
from pathlib import Path
from typing import Any

import pytest

from loopcert.conformance.kit import (
    ChildRecorder,
    allowed,
    check,
    child,
    copies,
    descriptors,
    elsewhere,
    equal,
    exits,
    instance,
    outcome,
    pipe,
    posix,
    raises,
    requirement,
    same,
    says,
    script,
)

ARGUMENTS = script(
    'for each; do printf "<%s>" "$each"; done',
    "os.write(1, b''.join(b'<%s>' % os.fsencode(each) for each in sys.argv[1:]))",
)


@requirement("subprocess-01")
def test_subprocess_exec_returns_the_transport_and_the_protocol(loop: AbstractEventLoop) -> None:
    async def main() -> None:
        protocol = ChildRecorder()
        transport, given = await loop.subprocess_exec(lambda: protocol, *exits(0))
        await protocol.seen("lost")
        same(given, protocol, "the second of what subprocess_exec() returns")
        same(transport, protocol.transport, "the first of what subprocess_exec() returns")

    loop.run_until_complete(main())


@requirement("subprocess-43")
def test_the_protocol_factory_is_called_once_without_arguments(loop: AbstractEventLoop) -> None:
    made: list[tuple[Any, ...]] = []

    def factory(*args: Any) -> ChildRecorder:
        made.append(args)
        return ChildRecorder()

    async def main() -> None:
        _, protocol = await loop.subprocess_exec(factory, *exits(0))
        await protocol.seen("lost")

    loop.run_until_complete(main())
    equal(made, [()], "arguments of the calls of the protocol factory")


METHODS = ["get_pid", "get_returncode", "get_pipe_transport", "send_signal", "terminate", "kill"]
INHERITED = ["close", "is_closing", "get_extra_info", "set_protocol", "get_protocol"]


@requirement("subprocess-44")
@pytest.mark.parametrize("method", METHODS + INHERITED)
def test_the_transport_has_the_methods_of_a_subprocess_transport(loop: AbstractEventLoop, method: str) -> None:
    protocol = loop.run_until_complete(outcome(loop, exits(0)))
    found = getattr(protocol.transport, method, None)
    check(callable(found), f"{method} of the transport: saw {found!r}, wanted a method")


@requirement("subprocess-59")
def test_the_transport_is_a_subprocess_transport(loop: AbstractEventLoop) -> None:
    protocol = loop.run_until_complete(outcome(loop, exits(0)))
    instance(protocol.transport, asyncio.SubprocessTransport, "what subprocess_exec() returned")


@requirement("subprocess-02a")
@pytest.mark.parametrize("encode", [os.fsdecode, os.fsencode], ids=["str", "bytes"])
def test_program_and_arguments_may_be_str_or_bytes(loop: AbstractEventLoop, encode: Any) -> None:
    command = [encode(each) for each in (*ARGUMENTS, "one")]
    protocol = loop.run_until_complete(outcome(loop, tuple(command)))
    equal(protocol.output(), b"<one>", "what the child saw of its arguments")


@requirement("subprocess-02a")
def test_str_and_bytes_may_be_mixed(loop: AbstractEventLoop) -> None:
    command: Any = (os.fsencode(ARGUMENTS[0]), *ARGUMENTS[1:], "text", b"bytes")
    protocol = loop.run_until_complete(outcome(loop, command))
    equal(protocol.output(), b"<text><bytes>", "what the child saw of its arguments")


@requirement("subprocess-02a")
def test_a_str_argument_is_encoded_as_file_names_are(loop: AbstractEventLoop) -> None:
    protocol = loop.run_until_complete(outcome(loop, (*ARGUMENTS, "smör\udcff")))
    equal(protocol.output(), b"<" + os.fsencode("smör\udcff") + b">", "what the child saw of its argument")


@requirement("subprocess-02b")
@pytest.mark.parametrize(
    "arguments",
    [(), ("",), ("", "", "x"), ("a b", "'quo\"ted'", "$HOME;*"), tuple(map(str, range(200)))],
    ids=["none", "empty", "empties", "specials", "many"],
)
def test_the_child_gets_its_arguments_as_they_are(loop: AbstractEventLoop, arguments: tuple[str, ...]) -> None:
    protocol = loop.run_until_complete(outcome(loop, ARGUMENTS + arguments))
    wanted = "".join(f"<{each}>" for each in arguments).encode()
    equal(protocol.output(), wanted, "what the child saw of its arguments")


@requirement("subprocess-02b")
def test_a_program_without_a_path_is_looked_up(loop: AbstractEventLoop, tmp_path: Path) -> None:
    program = tmp_path / "loopcert-greets"
    program.write_text("#!/bin/sh\nprintf hello\n")
    program.chmod(0o700)
    posix("")
    os.environ["PATH"] = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    protocol = loop.run_until_complete(outcome(loop, (program.name,)))
    equal(protocol.output(), b"hello", "output of a program found on PATH")


@requirement("subprocess-09a")
def test_subprocess_shell_runs_the_command_through_the_shell(loop: AbstractEventLoop) -> None:
    async def main() -> ChildRecorder:
        _, protocol = await loop.subprocess_shell(ChildRecorder, "x=un; printf %s $x; (printf deux); exit 3")
        await protocol.seen("lost")
        return protocol

    protocol = loop.run_until_complete(main())
    equal((protocol.output(), protocol.codes), (b"undeux", [3]), "output and exit of a shell command")


@requirement("subprocess-09a")
def test_subprocess_shell_returns_the_transport_and_the_protocol(loop: AbstractEventLoop) -> None:
    async def main() -> None:
        protocol = ChildRecorder()
        transport, given = await loop.subprocess_shell(lambda: protocol, "exit 0")
        await protocol.seen("lost")
        same(given, protocol, "the second of what subprocess_shell() returns")
        same(transport, protocol.transport, "the first of what subprocess_shell() returns")

    loop.run_until_complete(main())


@requirement("subprocess-09b")
@pytest.mark.parametrize("cmd", ["printf h%s é", b"printf h%s \xc3\xa9"], ids=["str", "bytes"])
def test_a_shell_command_may_be_str_or_bytes(loop: AbstractEventLoop, cmd: str | bytes) -> None:
    async def main() -> ChildRecorder:
        _, protocol = await loop.subprocess_shell(ChildRecorder, cmd)
        await protocol.seen("lost")
        return protocol

    wanted = b"h" + (os.fsencode("é") if isinstance(cmd, str) else b"\xc3\xa9")
    equal(loop.run_until_complete(main()).output(), wanted, "output of a shell command")


@requirement("subprocess-31")
def test_an_unknown_program_is_not_found(loop: AbstractEventLoop, tmp_path: Path) -> None:
    async def main() -> None:
        with raises(FileNotFoundError, "subprocess_exec() of a program that does not exist"):
            await loop.subprocess_exec(ChildRecorder, str(tmp_path / "none"))

    loop.run_until_complete(main())


@requirement("subprocess-31")
def test_an_unknown_folder_is_not_found(loop: AbstractEventLoop, tmp_path: Path) -> None:
    async def main() -> None:
        # Windows says so of a folder where Popen is asked as well
        wanted = (FileNotFoundError, NotADirectoryError) if sys.platform == "win32" else FileNotFoundError
        with raises(wanted, "subprocess_exec() in a folder that does not exist"):
            await loop.subprocess_exec(ChildRecorder, *exits(0), cwd=str(tmp_path / "none"))

    loop.run_until_complete(main())


@requirement("subprocess-31")
def test_after_a_failed_start_children_can_be_started(loop: AbstractEventLoop, tmp_path: Path) -> None:
    async def main() -> None:
        with raises(Exception, "subprocess_exec() of a program that does not exist"):
            await loop.subprocess_exec(ChildRecorder, str(tmp_path / "none"))
        with allowed("subprocess_exec() after one that failed"):
            protocol = await outcome(loop, says("alive"))
        equal(protocol.output(), b"alive", "output of the next child")

    loop.run_until_complete(main())


@requirement("subprocess-61")
def test_a_failed_start_leaves_no_descriptor_open(loop: AbstractEventLoop, tmp_path: Path) -> None:
    async def main() -> set[str]:
        await outcome(loop, says("first"))
        await elsewhere(loop)
        before = descriptors()
        with raises(Exception, "subprocess_exec() of a program that does not exist"):
            await loop.subprocess_exec(ChildRecorder, str(tmp_path / "none"))
        await elsewhere(loop)
        return descriptors() - before

    equal(loop.run_until_complete(main()), set(), "descriptors left open by a child that could not be started")


@requirement("subprocess-52")
def test_a_cancelled_start_leaves_no_child(loop: AbstractEventLoop) -> None:
    reader, writer = pipe()
    idle, held = pipe()  # a child that nobody ends waits on this one for ever

    async def main() -> None:
        options = {"stdin": idle, "pass_fds": (writer.fileno(),)}
        start = loop.create_task(loop.subprocess_exec(ChildRecorder, *copies(), **options))
        await asyncio.sleep(0)
        start.cancel()
        with raises(asyncio.CancelledError, "a start that was cancelled"):
            transport, protocol = await start
            transport.close()
            await protocol.seen("lost")
        writer.close()
        rest = await loop.run_in_executor(None, reader.read, 1)
        equal(rest, b"", "read from a pipe whose writing end the child had")
        await loop.shutdown_default_executor()

    with reader, writer, idle, held:
        loop.run_until_complete(main())


@requirement("subprocess-48")
def test_the_popen_is_to_be_had_if_there_is_one(loop: AbstractEventLoop) -> None:
    async def main() -> None:
        async with child(loop, copies()) as (transport, _):
            popen = transport.get_extra_info("subprocess", None)
            seen = popen.pid if isinstance(popen, subprocess.Popen) else popen
            check(seen in (transport.get_pid(), None), f"extra info 'subprocess': saw {popen!r}, wanted its Popen")

    loop.run_until_complete(main())


@requirement("subprocess-49")
def test_unknown_extra_info_is_the_default(loop: AbstractEventLoop) -> None:
    default = object()

    async def main() -> None:
        async with child(loop, copies()) as (transport, _):
            same(transport.get_extra_info("loopcert"), None, "extra info that nobody knows, without default")
            same(transport.get_extra_info("loopcert", default), default, "extra info that nobody knows")

    loop.run_until_complete(main())
