"""sock_sendfile(): what is sent, what it returns, and where the file stands afterwards."""

from __future__ import annotations

import socket
from asyncio import AbstractEventLoop
from pathlib import Path
from typing import Any

import pytest

from loopcert.conformance.kit import (
    BIG,
    Peer,
    check,
    equal,
    narrow_pair,
    raises,
    receive,
    receive_all,
    requirement,
    reset,
    tcp_pair,
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
    near, far = tcp_pair()
    with near, far, path.open("rb") as file, Peer(lambda: receive_all(far)) as peer:
        file.seek(start)
        try:
            sent = loop.run_until_complete(loop.sock_sendfile(near, file, *arguments, **more))
        finally:
            near.close()
        return sent, peer.result(), file.tell()


@requirement("sock-16")
@pytest.mark.parametrize("data", [b"", b"hello", BIG], ids=["empty", "short", "long"])
def test_sendfile_returns_the_number_of_bytes(loop: AbstractEventLoop, tmp_path: Path, data: bytes) -> None:
    (tmp_path / "file").write_bytes(data)
    sent, got, _ = send(loop, tmp_path / "file")
    equal((sent, len(got)), (len(data), len(data)), "sock_sendfile(), and the bytes that the peer got")


@requirement("sock-17a")
@pytest.mark.parametrize("offset", [0, 1, 4096, SIZE - 1])
@pytest.mark.parametrize("start", [0, 777, SIZE])
def test_sendfile_begins_at_the_offset(loop: AbstractEventLoop, path: Path, offset: int, start: int) -> None:
    _, got, _ = send(loop, path, offset, start=start)
    equal(got[:16], BIG[offset : offset + 16], f"first bytes sent from offset {offset} with the file at {start}")


@requirement("sock-17a")
def test_sendfile_begins_at_zero_by_default(loop: AbstractEventLoop, path: Path) -> None:
    _, got, _ = send(loop, path, start=777)
    equal(got[:16], BIG[:16], "first bytes sent without an offset, with the file at 777")


@requirement("sock-17b")
@pytest.mark.parametrize(("offset", "count"), [(0, 1), (0, 100_000), (8, 300_000), (SIZE - 10, 10)])
def test_sendfile_sends_no_more_than_the_count(loop: AbstractEventLoop, path: Path, offset: int, count: int) -> None:
    sent, got, _ = send(loop, path, offset, count)
    check(got == BIG[offset : offset + count], f"sent {len(got)} bytes, wanted the {count} bytes from {offset}")
    equal(sent, count, "sock_sendfile() with a count")


@requirement("sock-17b")
def test_sendfile_with_a_count_ends_with_the_file(loop: AbstractEventLoop, path: Path) -> None:
    sent, got, _ = send(loop, path, SIZE - 10, 100)
    equal((sent, got), (10, BIG[-10:]), "sock_sendfile() of more than there is, and what the peer got")


@requirement("sock-17c")
@pytest.mark.parametrize("offset", [0, 1, 4096])
@pytest.mark.parametrize("arguments", [{}, {"count": None}], ids=["default", "none"])
def test_sendfile_without_a_count_sends_to_the_end(
    loop: AbstractEventLoop, path: Path, offset: int, arguments: dict[str, Any]
) -> None:
    _, got, _ = send(loop, path, offset, **arguments)
    check(got == BIG[offset:], f"the peer got {len(got)} bytes, wanted the {SIZE - offset} from {offset} to the end")


@requirement("sock-18a")
@pytest.mark.parametrize(("offset", "count"), [(0, None), (0, 100), (8, None), (8, 100_000), (SIZE - 10, 100)])
def test_sendfile_leaves_the_file_behind_what_was_sent(
    loop: AbstractEventLoop, path: Path, offset: int, count: int | None
) -> None:
    sent, _, position = send(loop, path, offset, count, start=55)
    equal(position, offset + sent, f"position of the file after {sent} bytes from {offset}")


@requirement("sock-18b")
def test_sendfile_that_fails_leaves_the_file_behind_what_was_sent(loop: AbstractEventLoop, path: Path) -> None:
    def hang_up() -> None:
        receive(far, 10_000)
        reset(far)

    near, far = narrow_pair()
    with near, far, path.open("rb") as file:
        with Peer(hang_up), raises(OSError, "sock_sendfile() to a peer that hangs up"):
            loop.run_until_complete(loop.sock_sendfile(near, file))
        check(10_000 <= file.tell() < SIZE, f"position: saw {file.tell()}, wanted at least 10000 and less than {SIZE}")


@requirement("sock-29")
@pytest.mark.parametrize("arguments", [{"offset": -1}, {"count": 0}, {"count": -1}],
                         ids=["negative offset", "count 0", "negative count"])  # fmt: skip
def test_sendfile_refuses_numbers_out_of_range(loop: AbstractEventLoop, path: Path, arguments: dict[str, Any]) -> None:
    near, far = tcp_pair()
    with near, far, path.open("rb") as file, raises(ValueError, f"sock_sendfile() with {arguments}"):
        loop.run_until_complete(loop.sock_sendfile(near, file, **arguments))


@requirement("sock-29")
def test_sendfile_refuses_a_text_file(loop: AbstractEventLoop, path: Path) -> None:
    near, far = tcp_pair()
    with near, far, path.open(encoding="ascii") as file, raises(ValueError, "sock_sendfile() of a text file"):
        loop.run_until_complete(loop.sock_sendfile(near, file))  # type: ignore[arg-type]  # what is refused


@requirement("sock-29")
def test_sendfile_refuses_a_datagram_socket(loop: AbstractEventLoop, path: Path) -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as sock, path.open("rb") as file:
        sock.setblocking(False)
        with raises(ValueError, "sock_sendfile() over a datagram socket"):
            loop.run_until_complete(loop.sock_sendfile(sock, file))
