"""Process.wait() and communicate(): results, much data, tasks that give up, children that end early."""

from __future__ import annotations

import asyncio
import signal
import sys
from asyncio import AbstractEventLoop
from asyncio.subprocess import PIPE
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from loopcert.conformance.kit import (
    BIG,
    KILLED,
    Contexts,
    allowed,
    beside,
    check,
    copies,
    dead,
    elsewhere,
    equal,
    exits,
    gate,
    listens,
    pipe,
    posix,
    process,
    raises,
    requirement,
    same,
    says,
)


@requirement("procapi-04")
@pytest.mark.parametrize("status", [0, 1, 255])
def test_wait_returns_the_code(loop: AbstractEventLoop, status: int) -> None:
    async def main() -> None:
        async with process(exits(status)) as made:
            equal((await made.wait(), made.returncode), (status, status), "what wait() returned, and returncode")

    loop.run_until_complete(main())


@requirement("procapi-04")
def test_wait_ends_with_the_child(loop: AbstractEventLoop) -> None:
    async def main(waits: int, go_on: Callable[[], object]) -> None:
        async with process(posix(f"read -r line </dev/fd/{waits}; exit 2"), pass_fds=(waits,)) as made:
            waiting = asyncio.ensure_future(made.wait())
            async with process(exits(0)) as other:  # something else that takes its time
                await other.wait()
            equal(waiting.done(), False, "whether wait() is over while the child runs")
            go_on()
            equal(await waiting, 2, "what wait() returned")

    with gate() as (waits, go_on):
        loop.run_until_complete(main(waits, go_on))


@requirement("procapi-04")
def test_wait_notices_a_child_that_ended_before(loop: AbstractEventLoop) -> None:
    async def main() -> None:
        async with process(exits(3)) as made:
            dead(made.pid)
            equal(await made.wait(), 3, "what wait() returned for a child that was dead by then")

    loop.run_until_complete(main())


@requirement("procapi-19")
def test_wait_after_the_exit_returns_the_code_again(loop: AbstractEventLoop) -> None:
    async def main() -> None:
        async with process(exits(3)) as made:
            equal([await made.wait() for _ in range(3)], [3, 3, 3], "what wait() returned, three times")

    loop.run_until_complete(main())


@requirement("procapi-18")
def test_several_tasks_wait_for_one_child(loop: AbstractEventLoop) -> None:
    async def main() -> None:
        async with process(copies(), stdin=PIPE) as made:
            waiting = [asyncio.ensure_future(made.wait()) for _ in range(3)]
            await asyncio.sleep(0)
            made.kill()
            equal(await asyncio.gather(*waiting), [KILLED] * 3, "what three wait() returned")

    loop.run_until_complete(main())


@requirement("procapi-18")
def test_a_cancelled_wait_leaves_the_others_alone(loop: AbstractEventLoop) -> None:
    async def main() -> None:
        async with process(copies(), stdin=PIPE) as made:
            first, second = (asyncio.ensure_future(made.wait()) for _ in range(2))
            await asyncio.sleep(0)
            first.cancel()
            with raises(asyncio.CancelledError, "a wait() that was cancelled"):
                await first
            equal((second.done(), made.returncode), (False, None), "the other wait(), and the child")
            assert made.stdin
            made.stdin.close()
            equal(await second, 0, "what the other wait() returned")

    loop.run_until_complete(main())


@requirement("procapi-22")
@pytest.mark.parametrize("method", ["wait", "communicate"])
def test_a_time_limit_leaves_the_child_alone(loop: AbstractEventLoop, method: str) -> None:
    async def main(waits: int, go_on: Callable[[], object]) -> None:
        command = posix(f"read -r line </dev/fd/{waits}; exit 6")
        async with process(command, pass_fds=(waits,), stdout=PIPE) as made:
            with raises(TimeoutError, f"{method}() of a child that goes on, with a time limit"):
                await asyncio.wait_for(getattr(made, method)(), 0.002)
            same(made.returncode, None, "returncode after the time limit")
            go_on()
            equal(await made.wait(), 6, "what wait() returned later")

    with gate() as (waits, go_on):
        loop.run_until_complete(main(waits, go_on))


@requirement("procapi-05a")
@pytest.mark.parametrize("data", [b"sent", b"", BIG], ids=["some", "empty", "big"])
def test_communicate_sends_the_input_and_closes_stdin(loop: AbstractEventLoop, data: bytes) -> None:
    async def main() -> None:
        async with process(copies(), stdin=PIPE, stdout=PIPE) as made:
            out, _ = await made.communicate(data)
            check(out == data, f"what the child read: {len(out or b'')} bytes, wanted the {len(data)} sent")

    loop.run_until_complete(main())


@requirement("procapi-07")
@pytest.mark.parametrize("arguments", [(), (None,)], ids=["omitted", "none"])
def test_communicate_without_input_closes_stdin(loop: AbstractEventLoop, arguments: tuple[Any, ...]) -> None:
    async def main() -> None:
        async with process(copies(), stdin=PIPE, stdout=PIPE) as made:
            equal(await made.communicate(*arguments), (b"", None), "what communicate() returned")

    loop.run_until_complete(main())


@requirement("procapi-05b")
@pytest.mark.parametrize(
    ("options", "wanted"),
    [
        ({"stdout": PIPE, "stderr": PIPE}, (b"out", b"err")),
        ({"stdout": PIPE, "stderr": asyncio.subprocess.DEVNULL}, (b"out", None)),
        ({"stderr": PIPE, "stdout": asyncio.subprocess.DEVNULL}, (None, b"err")),
    ],
    ids=["both", "stdout", "stderr"],
)
def test_communicate_returns_what_was_piped(
    loop: AbstractEventLoop, options: dict[str, Any], wanted: tuple[bytes | None, bytes | None]
) -> None:
    async def main() -> None:
        async with process(says("out", "err"), **options) as made:
            equal(await made.communicate(), wanted, "what communicate() returned")

    loop.run_until_complete(main())


TWICE = """import os
while data := os.read(0, 65536):
    for fd in (1, 2):
        left = data
        while left:
            left = left[os.write(fd, left):]
"""


@requirement("procapi-05b")
def test_communicate_with_much_data_everywhere_at_once(loop: AbstractEventLoop) -> None:
    async def main() -> None:
        async with process((sys.executable, "-S", "-E", "-c", TWICE), stdin=PIPE, stdout=PIPE, stderr=PIPE) as made:
            out, err = await made.communicate(BIG)
            sizes = (len(out), len(err))
            check(out == BIG and err == BIG, f"{sizes} bytes came from stdout and stderr, wanted {len(BIG)} from each")

    loop.run_until_complete(main())


@requirement("procapi-05c")
def test_communicate_waits_for_the_exit(loop: AbstractEventLoop) -> None:
    """The child says itself that it has closed its output: whether the loop learns of that is another requirement."""

    async def main(waits: int, go_on: Callable[[], object], told: Any, tells: int) -> None:
        command = posix(f"exec 1>&-; echo >/dev/fd/{tells}; read -r line </dev/fd/{waits}; exit 9")
        async with process(command, stdout=PIPE, pass_fds=(waits, tells)) as made:
            talking = asyncio.ensure_future(made.communicate())
            await beside(partial(told.read, 1))
            await elsewhere(loop)
            equal((talking.done(), made.returncode), (False, None), "communicate() while the child runs, and its code")
            go_on()
            await talking
            equal(made.returncode, 9, "returncode after communicate()")

    told, teller = pipe()
    with gate() as (waits, go_on), told, teller:
        loop.run_until_complete(main(waits, go_on, told, teller.fileno()))


@requirement("procapi-06")
@pytest.mark.parametrize("child", ["exit 3", "exec 0<&-; exit 3", "kill -KILL $$"], ids=["exits", "closes", "dies"])
def test_communicate_does_not_mind_a_child_that_does_not_read(loop: AbstractEventLoop, child: str) -> None:
    errors = Contexts(loop)

    async def main() -> None:
        async with process(posix(child), stdin=PIPE, stdout=PIPE) as made:
            with allowed("communicate() with a child that does not read"):
                equal(await made.communicate(BIG), (b"", None), "what communicate() returned")

    loop.run_until_complete(main())
    errors.expect_silence()


@requirement("procapi-06")
def test_communicate_does_not_mind_a_child_that_is_dead_by_then(loop: AbstractEventLoop) -> None:
    async def main() -> None:
        async with process(exits(0), stdin=PIPE) as made:
            await made.wait()
            with allowed("communicate() with a child that has exited"):
                equal(await made.communicate(BIG), (None, None), "what communicate() returned")

    loop.run_until_complete(main())


@requirement("procapi-08a")
def test_returncode_is_none_and_then_the_code(loop: AbstractEventLoop) -> None:
    async def main() -> None:
        async with process(listens(), stdin=PIPE, stdout=PIPE) as made:
            before = made.returncode
            await made.communicate(b"on\n")
            equal((before, made.returncode), (None, 0), "returncode before and after the exit")

    loop.run_until_complete(main())


@requirement("procapi-08a")
@pytest.mark.parametrize("status", [1, 130])
def test_returncode_is_the_exit_code(loop: AbstractEventLoop, status: int) -> None:
    async def main() -> None:
        async with process(exits(status)) as made:
            await made.communicate()
            equal(made.returncode, status, "returncode")

    loop.run_until_complete(main())


@requirement("procapi-08b")
@pytest.mark.parametrize("name", ["KILL", "TERM", "USR1"])
def test_returncode_after_a_signal_is_negative(loop: AbstractEventLoop, name: str) -> None:
    async def main() -> None:
        async with process(posix(f"kill -{name} $$")) as made:
            await made.wait()
            equal(made.returncode, -signal.Signals[f"SIG{name}"], f"returncode after death by SIG{name}")

    loop.run_until_complete(main())


@requirement("procapi-23")
def test_many_processes_run_at_once(loop: AbstractEventLoop) -> None:
    async def run(number: int) -> tuple[bytes | None, int | None]:
        async with process(posix(f"printf {number}; exit {number}"), stdout=PIPE) as made:
            return (await made.communicate())[0], made.returncode

    async def main() -> list[tuple[bytes | None, int | None]]:
        return await asyncio.gather(*map(run, range(10)))

    equal(loop.run_until_complete(main()), [(b"%d" % n, n) for n in range(10)], "output and code of each")
