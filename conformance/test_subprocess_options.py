"""Keyword arguments of subprocess_exec that are those of subprocess.Popen."""

from __future__ import annotations

import os
import signal
from asyncio import AbstractEventLoop
from pathlib import Path
from subprocess import DEVNULL
from typing import Any

import pytest

from loopcert.conformance.kit import (
    ChildRecorder,
    child,
    copies,
    equal,
    outcome,
    pipe,
    posix,
    raises,
    requirement,
    script,
)


@requirement("subprocess-06")
@pytest.mark.parametrize("kind", [str, os.fsencode, Path], ids=["str", "bytes", "path"])
def test_cwd_is_the_folder_of_the_child(loop: AbstractEventLoop, tmp_path: Path, kind: Any) -> None:
    command = script("pwd -P", "os.write(1, os.getcwd().encode())")
    protocol = loop.run_until_complete(outcome(loop, command, cwd=kind(tmp_path)))
    equal(protocol.output().strip().decode(), os.path.realpath(tmp_path), "folder of the child")


VARIABLES = script(
    'printf %s "${LOOPCERT_OURS-unset} ${LOOPCERT_GIVEN-unset}"',
    "names = 'LOOPCERT_OURS', 'LOOPCERT_GIVEN'\n"
    "os.write(1, ' '.join(os.environ.get(name, 'unset') for name in names).encode())",
)


@requirement("subprocess-06")
@pytest.mark.parametrize(
    ("options", "wanted"),
    [({}, b"here unset"), ({"env": None}, b"here unset"), ({"env": {"LOOPCERT_GIVEN": "x=y"}}, b"unset x=y")],
    ids=["omitted", "none", "given"],
)
def test_env_replaces_the_environment(loop: AbstractEventLoop, options: dict[str, Any], wanted: bytes) -> None:
    os.environ["LOOPCERT_OURS"] = "here"
    protocol = loop.run_until_complete(outcome(loop, VARIABLES, **options))
    equal(protocol.output(), wanted, "variables of the child")


@requirement("subprocess-45")
def test_an_empty_env_gives_an_empty_environment(loop: AbstractEventLoop) -> None:
    os.environ["LOOPCERT_OURS"] = "here"
    protocol = loop.run_until_complete(outcome(loop, VARIABLES, env={}))
    equal(protocol.output(), b"unset unset", "variables of a child with env={}")


@requirement("subprocess-45")
def test_an_empty_env_gives_a_shell_an_empty_environment(loop: AbstractEventLoop) -> None:
    async def main() -> ChildRecorder:
        command = 'printf %s "${LOOPCERT_OURS-unset}"'
        _, protocol = await loop.subprocess_shell(ChildRecorder, command, stdin=DEVNULL, env={})
        await protocol.seen("lost")
        return protocol

    os.environ["LOOPCERT_OURS"] = "here"
    equal(loop.run_until_complete(main()).output(), b"unset", "variable of a shell with env={}")


@requirement("subprocess-47")
def test_a_new_session_is_led_by_the_child(loop: AbstractEventLoop) -> None:
    async def main() -> None:
        async with child(loop, copies(), start_new_session=True) as (transport, _):
            pid = transport.get_pid()
            equal(os.getsid(pid), pid, "session of a child with start_new_session=True")

    loop.run_until_complete(main())


@requirement("subprocess-47")
def test_a_process_group_is_led_by_the_child(loop: AbstractEventLoop) -> None:
    async def main() -> None:
        async with child(loop, copies(), process_group=0) as (transport, _):
            pid = transport.get_pid()
            equal(os.getpgid(pid), pid, "group of a child with process_group=0")

    loop.run_until_complete(main())


@requirement("subprocess-47")
def test_umask_is_that_of_the_child(loop: AbstractEventLoop) -> None:
    protocol = loop.run_until_complete(outcome(loop, posix("umask"), umask=0o157))
    equal(int(protocol.output(), 8), 0o157, "umask of the child")


@requirement("subprocess-47")
def test_executable_is_run_under_the_name_of_the_first_argument(loop: AbstractEventLoop) -> None:
    sh, *rest = posix('printf %s "$0"')
    protocol = loop.run_until_complete(outcome(loop, ("another-name", rest[0], rest[1]), executable=sh))
    equal(protocol.output(), b"another-name", "name under which the program runs")


@requirement("subprocess-47")
def test_signals_that_python_ignores_are_restored(loop: AbstractEventLoop) -> None:
    protocol = loop.run_until_complete(outcome(loop, posix("kill -PIPE $$; exit 7")))
    equal(protocol.codes, [-signal.SIGPIPE], "exit of a child that sends itself SIGPIPE")


@requirement("subprocess-46")
@pytest.mark.parametrize("options", [{}, {"close_fds": True}], ids=["default", "close_fds"])
def test_other_descriptors_stay_with_us(loop: AbstractEventLoop, options: dict[str, Any]) -> None:
    reader, writer = pipe()
    os.set_blocking(reader.fileno(), False)
    os.set_inheritable(writer.fileno(), True)

    async def main() -> None:
        async with child(loop, copies(), **options) as (transport, protocol):
            transport.get_pipe_transport(0).write(b"x")
            await protocol.heard(1)
            writer.close()
            # None: a child that has the other end keeps this from ending
            equal(reader.read(1), b"", "read from a pipe whose writing end only we had")

    with reader, writer:
        loop.run_until_complete(main())


@requirement("subprocess-46")
def test_pass_fds_go_to_the_child_under_their_numbers(loop: AbstractEventLoop) -> None:
    reader, writer = pipe()
    number = writer.fileno()

    async def main() -> None:
        async with child(loop, posix(f"printf through >/dev/fd/{number}"), pass_fds=(number,)) as (_, protocol):
            await protocol.seen("lost")
        writer.close()
        equal(reader.read(64), b"through", "what the child wrote to a descriptor passed to it")

    with reader, writer:
        loop.run_until_complete(main())


@requirement("subprocess-29")
@pytest.mark.parametrize(
    "option",
    [{"bufsize": 1}, {"universal_newlines": True}, {"text": True}, {"encoding": "utf-8"}, {"errors": "strict"}],
    ids=lambda option: next(iter(option)),
)
@pytest.mark.parametrize("method", ["subprocess_exec", "subprocess_shell"])
def test_text_and_buffering_are_refused(loop: AbstractEventLoop, method: str, option: dict[str, Any]) -> None:
    async def main() -> None:
        with raises(ValueError, f"{method}() with {option}"):
            transport, protocol = await getattr(loop, method)(ChildRecorder, "true", **option)
            transport.close()
            await protocol.seen("lost")

    loop.run_until_complete(main())
