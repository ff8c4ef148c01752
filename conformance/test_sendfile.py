"""loop.sendfile() over TCP: what is sent, what it returns, and where the file stands afterwards."""

from __future__ import annotations

from asyncio import AbstractEventLoop
from pathlib import Path
from typing import Any

import pytest

from loopcert.conformance.kit import (
    BIG,
    Peer,
    beside,
    check,
    connected,
    equal,
    raises,
    receive,
    receive_all,
    requirement,
    reset,
)

SIZE = len(BIG)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file of numbered lines, larger than what the kernel takes at once."""
    path = tmp_path / "file"
    path.write_bytes(BIG)
    return path


def send(loop: AbstractEventLoop, path: Path, *arguments: Any, start: int = 0, **more: Any) -> tuple[Any, bytes, int]:
    """Send a file from position ``start``; return the result, what the peer got, and the position afterwards."""

    async def main() -> tuple[Any, bytes, int]:
        async with connected(loop) as (transport, _, peer):
            reader = Peer(lambda: receive_all(peer))
            try:
                sent = await loop.sendfile(transport, file, *arguments, **more)
                position = file.tell()
            finally:
                transport.close()
            return sent, await beside(reader.result), position

    with path.open("rb") as file:
        file.seek(start)
        return loop.run_until_complete(main())


@requirement("sendfile-01")
@pytest.mark.parametrize("data", [b"", b"hello", BIG], ids=["empty", "short", "long"])
@pytest.mark.parametrize("options", [{}, {"fallback": True}], ids=["default", "fallback"])
def test_the_number_of_bytes_is_returned(
    loop: AbstractEventLoop, tmp_path: Path, data: bytes, options: dict[str, bool]
) -> None:
    (tmp_path / "file").write_bytes(data)
    sent, got, _ = send(loop, tmp_path / "file", **options)
    equal((sent, len(got)), (len(data), len(data)), "sendfile(), and the bytes that the peer got")


@requirement("sendfile-03a")
@pytest.mark.parametrize("offset", [0, 1, 4096, SIZE - 1])
@pytest.mark.parametrize("start", [0, 777, SIZE])
def test_sending_begins_at_the_offset(loop: AbstractEventLoop, path: Path, offset: int, start: int) -> None:
    _, got, _ = send(loop, path, offset, start=start)
    equal(got[:16], BIG[offset : offset + 16], f"first bytes sent from offset {offset} with the file at {start}")


@requirement("sendfile-03a")
def test_sending_begins_at_zero_by_default(loop: AbstractEventLoop, path: Path) -> None:
    _, got, _ = send(loop, path, start=777)
    equal(got[:16], BIG[:16], "first bytes sent without an offset, with the file at 777")


@requirement("sendfile-03b")
@pytest.mark.parametrize(("offset", "count"), [(0, 1), (0, 100_000), (8, 300_000), (SIZE - 10, 10)])
def test_no_more_than_the_count_is_sent(loop: AbstractEventLoop, path: Path, offset: int, count: int) -> None:
    sent, got, _ = send(loop, path, offset, count)
    check(got == BIG[offset : offset + count], f"sent {len(got)} bytes, wanted the {count} bytes from {offset}")
    equal(sent, count, "sendfile() with a count")


@requirement("sendfile-03b")
def test_sending_with_a_count_ends_with_the_file(loop: AbstractEventLoop, path: Path) -> None:
    sent, got, _ = send(loop, path, SIZE - 10, 100)
    equal((sent, got), (10, BIG[-10:]), "sendfile() of more than there is, and what the peer got")


@requirement("sendfile-03b")
@pytest.mark.parametrize("offset", [0, 1, 4096])
@pytest.mark.parametrize("arguments", [{}, {"count": None}], ids=["default", "none"])
def test_without_a_count_the_file_is_sent_to_its_end(
    loop: AbstractEventLoop, path: Path, offset: int, arguments: dict[str, Any]
) -> None:
    _, got, _ = send(loop, path, offset, **arguments)
    check(got == BIG[offset:], f"the peer got {len(got)} bytes, wanted the {SIZE - offset} from {offset} to the end")


@requirement("sendfile-04a")
@pytest.mark.parametrize(("offset", "count"), [(0, None), (0, 100), (8, None), (8, 100_000), (SIZE - 10, 100)])
def test_the_file_stands_behind_what_was_sent(
    loop: AbstractEventLoop, path: Path, offset: int, count: int | None
) -> None:
    sent, _, position = send(loop, path, offset, count, start=55)
    equal(position, offset + sent, f"position of the file after {sent} bytes from {offset}")


@requirement("sendfile-04b")
def test_the_file_stands_behind_what_was_sent_before_a_failure(loop: AbstractEventLoop, path: Path) -> None:
    async def main(file: Any) -> None:
        async with connected(loop, narrow=True) as (transport, _, peer):

            def hang_up() -> None:
                receive(peer, 10_000)
                reset(peer)

            hanging_up = Peer(hang_up)
            with raises(Exception, "sendfile() to a peer that hangs up"):
                await loop.sendfile(transport, file)
            transport.abort()
            await beside(hanging_up.result)

    with path.open("rb") as file:
        loop.run_until_complete(main(file))
        check(10_000 <= file.tell() < SIZE, f"position: saw {file.tell()}, wanted at least 10000 and less than {SIZE}")


@requirement("sendfile-07")
def test_a_text_file_is_refused(loop: AbstractEventLoop, path: Path) -> None:
    async def main(file: Any) -> None:
        async with connected(loop) as (transport, _, _peer):
            with raises(ValueError, "sendfile() of a text file"):
                await loop.sendfile(transport, file)

    with path.open(encoding="ascii") as file:
        loop.run_until_complete(main(file))


@requirement("sendfile-14")
@pytest.mark.parametrize("arguments", [{"offset": -1}, {"count": 0}, {"count": -1}],
                         ids=["negative offset", "count 0", "negative count"])  # fmt: skip
def test_numbers_out_of_range_are_refused(loop: AbstractEventLoop, path: Path, arguments: dict[str, Any]) -> None:
    async def main(file: Any) -> None:
        async with connected(loop) as (transport, _, _peer):
            with raises(ValueError, f"sendfile() with {arguments}"):
                await loop.sendfile(transport, file, **arguments)

    with path.open("rb") as file:
        loop.run_until_complete(main(file))
