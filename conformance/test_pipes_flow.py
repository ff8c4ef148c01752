"""Flow control of connect_write_pipe: when a protocol is told to pause, and when to go on."""

from __future__ import annotations

from asyncio import AbstractEventLoop
from typing import Any

import pytest

from loopcert.conformance.kit import (
    BIG,
    Peer,
    Reacting,
    check,
    equal,
    requirement,
    writing,
)


@requirement("pipes-11")
@pytest.mark.parametrize("method", ["write", "writelines"])
def test_a_full_pipe_pauses_and_a_reader_resumes(loop: AbstractEventLoop, method: str) -> None:
    async def main() -> None:
        async with writing(loop) as (transport, protocol, far):
            getattr(transport, method)(BIG if method == "write" else [BIG[: 1 << 18], BIG[1 << 18 :]])
            await protocol.seen("pause")
            with Peer(far.read) as reader:
                await protocol.seen("resume")
                transport.close()
                await protocol.seen("lost")
                equal(len(reader.result()), len(BIG), "bytes that came")
            protocol.expect("made", "pause", "resume", "lost")

    loop.run_until_complete(main())


@requirement("pipes-22")
def test_the_limits_decide_when_to_pause(loop: AbstractEventLoop) -> None:
    async def main() -> None:
        async with writing(loop) as (transport, protocol, _):
            transport.set_write_buffer_limits(high=2 * len(BIG), low=10)
            equal(transport.get_write_buffer_limits(), (10, 2 * len(BIG)), "get_write_buffer_limits()")
            transport.write(BIG)
            protocol.expect("made")
            while "pause" not in protocol.events and transport.get_write_buffer_size() < 4 * len(BIG):
                transport.write(BIG)
            await protocol.seen("pause")
            protocol.expect("made", "pause")
            check(transport.get_write_buffer_size() >= 2 * len(BIG), "paused below the high mark, wanted it above")

    loop.run_until_complete(main())


@requirement("pipes-22")
def test_the_buffer_size_counts_what_waits(loop: AbstractEventLoop) -> None:
    async def main() -> None:
        async with writing(loop) as (transport, _, _):
            transport.write(BIG)
            before = transport.get_write_buffer_size()
            transport.write(b"1234")
            equal(transport.get_write_buffer_size() - before, 4, "growth of the buffer by four bytes more")
            check(0 < before <= len(BIG), f"buffer of a full pipe: saw {before} bytes, wanted up to {len(BIG)}")

    loop.run_until_complete(main())


@requirement("pipes-22")
def test_writing_in_resume_writing_goes_on(loop: AbstractEventLoop) -> None:
    async def main() -> None:
        again = iter([BIG])

        def more(transport: Any) -> None:
            for data in again:
                transport.write(data)

        async with writing(loop, Reacting(resume=more)) as (transport, protocol, far):
            transport.write(BIG)
            with Peer(far.read) as reader:
                await protocol.until(lambda: protocol.events.count("resume") == 2)
                transport.close()
                await protocol.seen("lost")
                check(len(reader.result()) > len(BIG), "what was written in resume_writing() did not come")
            protocol.expect("made", "pause", "resume", "pause", "resume", "lost")

    loop.run_until_complete(main())
