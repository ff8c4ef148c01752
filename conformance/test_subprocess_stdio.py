"""stdin, stdout and stderr of a child: pipes, files, descriptors, what we have ourselves, and nothing."""

from __future__ import annotations

import os
from asyncio import AbstractEventLoop
from pathlib import Path
from subprocess import DEVNULL, PIPE, STDOUT
from typing import Any

import pytest

from loopcert.conformance.kit import (
    ChildRecorder,
    check,
    child,
    copies,
    equal,
    instance,
    listens,
    outcome,
    posix,
    requirement,
    same,
    says,
    standing_in,
)


@requirement("subprocess-03a")
@pytest.mark.parametrize("options", [{}, {"stdin": PIPE}], ids=["default", "pipe"])
def test_what_is_written_to_the_pipe_is_read_by_the_child(loop: AbstractEventLoop, options: dict[str, Any]) -> None:
    async def main() -> None:
        async with child(loop, listens(), **options) as (transport, protocol):
            transport.get_pipe_transport(0).write(b"through the pipe\n")
            await protocol.seen("lost")
            equal(protocol.output(), b"through the pipe", "what the child read")

    loop.run_until_complete(main())


@requirement("subprocess-03b")
@pytest.mark.parametrize("kind", ["file", "descriptor"])
def test_a_file_may_be_stdin(loop: AbstractEventLoop, tmp_path: Path, kind: str) -> None:
    path = tmp_path / "input"
    path.write_bytes(b"from the file")
    with path.open("rb") as file:
        stdin = file if kind == "file" else file.fileno()
        protocol = loop.run_until_complete(outcome(loop, copies(), stdin=stdin))
        equal(protocol.output(), b"from the file", f"what the child read from a {kind}")
        check(not file.closed, "the file that was given as stdin: saw it closed, wanted it left alone")
        os.fstat(file.fileno())


@requirement("subprocess-03b")
def test_a_pipe_of_ours_may_be_stdin(loop: AbstractEventLoop) -> None:
    reader, writer = os.pipe()
    os.write(writer, b"from a pipe")
    os.close(writer)
    protocol = loop.run_until_complete(outcome(loop, copies(), stdin=reader))
    os.close(reader)
    equal(protocol.output(), b"from a pipe", "what the child read from a pipe of ours")


@requirement("subprocess-03c")
def test_stdin_none_is_inherited(loop: AbstractEventLoop, tmp_path: Path) -> None:
    path = tmp_path / "input"
    path.write_bytes(b"inherited")
    with path.open("rb") as file, standing_in(0, file.fileno()):
        protocol = loop.run_until_complete(outcome(loop, copies(), stdin=None))
    equal(protocol.output(), b"inherited", "what the child read from our own stdin")


@requirement("subprocess-03d")
def test_stdin_devnull_is_empty(loop: AbstractEventLoop, tmp_path: Path) -> None:
    path = tmp_path / "input"
    path.write_bytes(b"inherited")
    with path.open("rb") as file, standing_in(0, file.fileno()):
        protocol = loop.run_until_complete(outcome(loop, copies(), stdin=DEVNULL))
    equal((protocol.output(), protocol.codes), (b"", [0]), "what the child read from the null device, and its exit")


@requirement("subprocess-04")
@pytest.mark.parametrize("options", [{}, {"stdout": PIPE}], ids=["default", "pipe"])
def test_stdout_goes_through_a_pipe(loop: AbstractEventLoop, options: dict[str, Any]) -> None:
    protocol = loop.run_until_complete(outcome(loop, says("out"), **options))
    equal(protocol.output(1), b"out", "what came from stdout")


@requirement("subprocess-05a")
@pytest.mark.parametrize("options", [{}, {"stderr": PIPE}], ids=["default", "pipe"])
def test_stderr_goes_through_a_pipe_of_its_own(loop: AbstractEventLoop, options: dict[str, Any]) -> None:
    protocol = loop.run_until_complete(outcome(loop, says("out", "err"), **options))
    equal((protocol.output(1), protocol.output(2)), (b"out", b"err"), "what came from stdout and stderr")


@requirement("subprocess-04")
def test_stdout_goes_to_a_file(loop: AbstractEventLoop, tmp_path: Path) -> None:
    with (tmp_path / "output").open("w+b") as file:
        protocol = loop.run_until_complete(outcome(loop, says("out", "err"), stdout=file))
        file.seek(0)
        equal((file.read(), protocol.output(2)), (b"out", b"err"), "what the file has, and what came from stderr")


@requirement("subprocess-05a")
def test_stderr_goes_to_a_file(loop: AbstractEventLoop, tmp_path: Path) -> None:
    with (tmp_path / "output").open("w+b") as file:
        protocol = loop.run_until_complete(outcome(loop, says("out", "err"), stderr=file))
        file.seek(0)
        equal((protocol.output(1), file.read()), (b"out", b"err"), "what came from stdout, and what the file has")


@requirement("subprocess-04")
def test_one_file_may_be_all_three(loop: AbstractEventLoop, tmp_path: Path) -> None:
    with (tmp_path / "file").open("w+b") as file:
        loop.run_until_complete(outcome(loop, says("out", "err"), stdin=file, stdout=file, stderr=file))
        file.seek(0)
        equal(file.read(), b"outerr", "what the file has")


@requirement("subprocess-04")
def test_stdout_none_is_inherited(loop: AbstractEventLoop, tmp_path: Path) -> None:
    with (tmp_path / "output").open("w+b") as file:
        with standing_in(1, file.fileno()):
            loop.run_until_complete(outcome(loop, says("out", "err"), stdout=None))
        file.seek(0)
        equal(file.read(), b"out", "what our own stdout got")


@requirement("subprocess-05a")
def test_stderr_none_is_inherited(loop: AbstractEventLoop, tmp_path: Path) -> None:
    with (tmp_path / "output").open("w+b") as file:
        with standing_in(2, file.fileno()):
            loop.run_until_complete(outcome(loop, says("out", "err"), stderr=None))
        file.seek(0)
        equal(file.read(), b"err", "what our own stderr got")


@requirement("subprocess-04")
def test_stdout_devnull_is_thrown_away(loop: AbstractEventLoop, tmp_path: Path) -> None:
    with (tmp_path / "output").open("w+b") as file:
        with standing_in(1, file.fileno()):
            protocol = loop.run_until_complete(outcome(loop, says("out", "err"), stdout=DEVNULL))
        file.seek(0)
        equal((protocol.chunks, file.read()), ([(2, b"err")], b""), "what came, and what our own stdout got")


@requirement("subprocess-05a")
def test_stderr_devnull_is_thrown_away(loop: AbstractEventLoop, tmp_path: Path) -> None:
    with (tmp_path / "output").open("w+b") as file:
        with standing_in(2, file.fileno()):
            protocol = loop.run_until_complete(outcome(loop, says("out", "err"), stderr=DEVNULL))
        file.seek(0)
        equal((protocol.chunks, file.read()), ([(1, b"out")], b""), "what came, and what our own stderr got")


@requirement("subprocess-05b")
def test_stderr_goes_into_the_pipe_of_stdout(loop: AbstractEventLoop) -> None:
    protocol = loop.run_until_complete(outcome(loop, says("out", "err"), stderr=STDOUT))
    equal((protocol.output(1), protocol.output(2)), (b"outerr", b""), "what came as stdout and as stderr")


@requirement("subprocess-05b")
def test_stderr_goes_into_the_file_of_stdout(loop: AbstractEventLoop, tmp_path: Path) -> None:
    with (tmp_path / "output").open("w+b") as file:
        loop.run_until_complete(outcome(loop, says("out", "err"), stdout=file, stderr=STDOUT))
        file.seek(0)
        equal(file.read(), b"outerr", "what the file has")


@requirement("subprocess-05b")
def test_stderr_goes_into_an_inherited_stdout(loop: AbstractEventLoop, tmp_path: Path) -> None:
    with (tmp_path / "output").open("w+b") as file:
        with standing_in(1, file.fileno()):
            loop.run_until_complete(outcome(loop, says("out", "err"), stdout=None, stderr=STDOUT))
        file.seek(0)
        equal(file.read(), b"outerr", "what our own stdout got")


@requirement("subprocess-08")
def test_pipe_data_is_bytes(loop: AbstractEventLoop) -> None:
    protocol = loop.run_until_complete(outcome(loop, posix(r"printf 'r\r\n\377\000'; printf x >&2")))
    for _, data in protocol.chunks:
        instance(data, bytes, "data of a pipe")
    equal(protocol.output(), b"r\r\n\xff\0", "what came from stdout")


@requirement("subprocess-12a")
@pytest.mark.parametrize("fd", [0, 1, 2])
def test_each_pipe_has_a_transport_of_its_kind(loop: AbstractEventLoop, fd: int) -> None:
    methods = ("write", "writelines", "write_eof", "abort") if fd == 0 else ("pause_reading", "resume_reading")

    async def main() -> None:
        async with child(loop, copies()) as (transport, _):
            pipe = transport.get_pipe_transport(fd)
            for method in (*methods, "close", "is_closing"):
                check(callable(getattr(pipe, method, None)), f"transport of pipe {fd}: saw {pipe!r} without {method}()")

    loop.run_until_complete(main())


@requirement("subprocess-12a")
def test_the_transport_of_a_pipe_stays_the_same(loop: AbstractEventLoop) -> None:
    async def main() -> None:
        async with child(loop, copies()) as (transport, _):
            for fd in (0, 1, 2):
                pipe = transport.get_pipe_transport(fd)
                same(transport.get_pipe_transport(fd), pipe, f"transport of pipe {fd}, asked for again")

    loop.run_until_complete(main())


@requirement("subprocess-12a")
def test_the_pipes_are_there_in_connection_made(loop: AbstractEventLoop) -> None:
    class Looks(ChildRecorder):
        def connection_made(self, transport: Any) -> None:
            super().connection_made(transport)
            self.pipes = [transport.get_pipe_transport(fd) is not None for fd in range(3)]

    async def main() -> None:
        async with child(loop, copies(), Looks()) as (_, protocol):
            equal(protocol.pipes, [True] * 3, "pipes that have a transport in connection_made()")

    loop.run_until_complete(main())


@requirement("subprocess-12b")
@pytest.mark.parametrize("fd", [3, -1, 1000])
def test_another_number_has_no_pipe(loop: AbstractEventLoop, fd: int) -> None:
    async def main() -> None:
        async with child(loop, copies()) as (transport, _):
            same(transport.get_pipe_transport(fd), None, f"transport of pipe {fd}")

    loop.run_until_complete(main())


@requirement("subprocess-13")
@pytest.mark.parametrize("other", [None, DEVNULL], ids=["inherited", "devnull"])
@pytest.mark.parametrize("name", ["stdin", "stdout", "stderr"])
def test_what_is_no_pipe_has_no_transport(loop: AbstractEventLoop, name: str, other: int | None) -> None:
    fd = ["stdin", "stdout", "stderr"].index(name)

    async def main() -> None:
        options: dict[str, Any] = {name: other} if name == "stdin" else {name: other, "stdin": PIPE}
        async with child(loop, copies(), **options) as (transport, _):
            same(transport.get_pipe_transport(fd), None, f"transport of {name}={other}")
            for other_fd in {0, 1, 2} - {fd}:
                check(transport.get_pipe_transport(other_fd), f"transport of pipe {other_fd}: saw none, wanted one")

    with open(os.devnull, "rb") as nothing, standing_in(0, nothing.fileno()):
        loop.run_until_complete(main())


@requirement("subprocess-13")
def test_stderr_that_goes_into_stdout_has_no_transport(loop: AbstractEventLoop) -> None:
    async def main() -> None:
        async with child(loop, copies(), stderr=STDOUT) as (transport, _):
            same(transport.get_pipe_transport(2), None, "transport of stderr=STDOUT")

    loop.run_until_complete(main())
