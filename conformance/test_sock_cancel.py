"""Cancelling the loop's calls on sockets: what they leave behind, and what they must not take with them."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from asyncio import AbstractEventLoop, Task
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from loopcert.conformance.kit import (
    BIG,
    Peer,
    check,
    crowded,
    equal,
    listening,
    narrow_pair,
    receive,
    receive_all,
    requirement,
)
from loopcert.conformance.kit.datagrams import plain_udp


async def turns() -> None:
    """Let the loop iterate a few times."""
    for _ in range(4):
        await asyncio.sleep(0)


def watched(remove: Callable[[Any], object], sock: socket.socket) -> object:
    """Say whether a socket was still watched; a loop without watchers has left none behind."""
    try:
        return remove(sock)
    except NotImplementedError:
        return False


async def cancelled(call: Coroutine[Any, Any, Any]) -> Task[Any]:
    """Start a call, let it wait, cancel it and await its end."""
    task = asyncio.ensure_future(call)
    await turns()
    task.cancel()
    await asyncio.wait([task])
    check(task.cancelled(), f"a pending call that was cancelled: saw {task!r}, wanted it to end as cancelled")
    return task


RECEIVING = {
    "sock_recv": lambda loop, sock: loop.sock_recv(sock, 10),
    "sock_recv_into": lambda loop, sock: loop.sock_recv_into(sock, bytearray(10)),
}

DATAGRAMS = {
    "sock_recvfrom": lambda loop, sock: loop.sock_recvfrom(sock, 10),
    "sock_recvfrom_into": lambda loop, sock: loop.sock_recvfrom_into(sock, bytearray(10)),
}


@requirement("sock-23")
@pytest.mark.parametrize("method", RECEIVING)
def test_a_cancelled_receive_loses_no_data(loop: AbstractEventLoop, method: str) -> None:
    async def main() -> bytes:
        await cancelled(RECEIVING[method](loop, near))
        far.send(b"hello")
        await turns()
        return await loop.sock_recv(near, 10)

    near, far = socket.socketpair()
    with near, far:
        near.setblocking(False)
        equal(loop.run_until_complete(main()), b"hello", f"what came after a cancelled {method}()")


@requirement("sock-23")
@pytest.mark.parametrize("method", RECEIVING)
def test_data_that_come_with_the_cancellation_are_not_lost(loop: AbstractEventLoop, method: str) -> None:
    async def main() -> bytes:
        task = asyncio.ensure_future(RECEIVING[method](loop, near))
        await turns()
        far.send(b"hello")
        task.cancel()
        await asyncio.wait([task])
        if not task.cancelled():
            return b"hello"
        await turns()
        return await loop.sock_recv(near, 10)

    near, far = socket.socketpair()
    with near, far:
        near.setblocking(False)
        equal(loop.run_until_complete(main()), b"hello", f"what came together with the cancellation of {method}()")


@requirement("sock-25")
def test_a_connection_after_a_cancelled_accept_goes_to_the_next(loop: AbstractEventLoop) -> None:
    async def main() -> Any:
        await cancelled(loop.sock_accept(server))
        client.connect(server.getsockname())
        await turns()
        sock, address = await loop.sock_accept(server)
        sock.close()
        return address

    with listening() as server, socket.socket() as client:
        server.setblocking(False)
        equal(loop.run_until_complete(main()), client.getsockname(), "address that the next sock_accept() gave")


@requirement("sock-24")
@pytest.mark.parametrize("method", RECEIVING)
def test_a_cancelled_receive_watches_no_more(loop: AbstractEventLoop, method: str) -> None:
    async def main() -> object:
        await cancelled(RECEIVING[method](loop, near))
        await turns()
        return watched(loop.remove_reader, near)

    near, far = socket.socketpair()
    with near, far:
        near.setblocking(False)
        check(loop.run_until_complete(main()) is not True, f"a reader was left behind by a cancelled {method}()")


@requirement("sock-24")
def test_a_cancelled_send_watches_no_more(loop: AbstractEventLoop) -> None:
    async def main() -> object:
        await cancelled(loop.sock_sendall(near, BIG))
        await turns()
        return watched(loop.remove_writer, near)

    near, far = narrow_pair()
    with near, far:
        check(loop.run_until_complete(main()) is not True, "a writer was left behind by a cancelled sock_sendall()")


@requirement("sock-24")
def test_a_cancelled_connect_watches_no_more(loop: AbstractEventLoop) -> None:
    async def main(address: Any) -> object:
        await cancelled(loop.sock_connect(sock, address))
        await turns()
        return watched(loop.remove_writer, sock)

    with crowded() as address, socket.socket() as sock:
        sock.setblocking(False)
        check(loop.run_until_complete(main(address)) is not True, "a writer was left by a cancelled sock_connect()")


@requirement("sock-24")
def test_a_cancelled_accept_watches_no_more(loop: AbstractEventLoop) -> None:
    async def main() -> object:
        await cancelled(loop.sock_accept(server))
        await turns()
        return watched(loop.remove_reader, server)

    with listening() as server:
        server.setblocking(False)
        check(loop.run_until_complete(main()) is not True, "a reader was left behind by a cancelled sock_accept()")


@requirement("sock-32")
def test_the_number_of_a_socket_closed_after_a_cancelled_receive_serves_again(loop: AbstractEventLoop) -> None:
    """A registration left behind is forgotten by the kernel at the close, and the next owner of the number waits."""
    if sys.platform == "win32":
        pytest.skip("a socket of Windows cannot be given a number")

    async def main() -> bytes:
        near, far = socket.socketpair()
        near.setblocking(False)
        number = near.fileno()
        with near, far:
            await cancelled(loop.sock_recv(near, 10))
            near.close()
            again, peer = socket.socketpair()
            if peer.fileno() == number:
                again, peer = peer, again
            with peer, socket.socket(fileno=_renumbered(again, number)) as sock:
                sock.setblocking(False)
                receiving = asyncio.ensure_future(loop.sock_recv(sock, 10))
                await turns()
                peer.send(b"hello")
                return await receiving

    equal(loop.run_until_complete(main()), b"hello", "what a socket with the number of an earlier one received")


def _renumbered(sock: socket.socket, number: int) -> int:
    if sock.fileno() == number:
        return sock.detach()
    with sock:
        return os.dup2(sock.fileno(), number)


@requirement("sock-33")
def test_nothing_more_is_sent_after_a_cancelled_send(loop: AbstractEventLoop) -> None:
    async def main() -> bytes:
        await cancelled(loop.sock_sendall(near, BIG))
        peer = Peer(lambda: receive_all(far))
        await loop.sock_sendall(near, b"END")
        await turns()
        near.shutdown(socket.SHUT_WR)
        return peer.result()

    near, far = narrow_pair()
    with near, far:
        got = loop.run_until_complete(main())
    sent, end = got[:-3], got[-3:]
    check(
        end == b"END" and len(sent) < len(BIG) and BIG.startswith(sent),
        f"the peer got {len(sent)} bytes and then {end!r}, wanted a start of the data and then what was sent next",
    )


@requirement("sock-36")
def test_nothing_more_is_sent_after_a_cancelled_sendfile(loop: AbstractEventLoop, tmp_path: Path) -> None:
    async def main() -> tuple[bytes, object]:
        with path.open("rb") as file:
            await cancelled(loop.sock_sendfile(near, file))
            await turns()
            left = watched(loop.remove_writer, near)
            peer = Peer(lambda: receive_all(far))
            await loop.sock_sendall(near, b"END")
            await turns()
            near.shutdown(socket.SHUT_WR)
            return peer.result(), left

    path = tmp_path / "file"
    path.write_bytes(BIG)
    near, far = narrow_pair()
    with near, far:
        got, left = loop.run_until_complete(main())
    sent, end = got[:-3], got[-3:]
    check(
        end == b"END" and len(sent) < len(BIG) and BIG.startswith(sent),
        f"the peer got {len(sent)} bytes and then {end!r}, wanted a start of the file and then what was sent next",
    )
    check(left is not True, "a writer was left behind by a cancelled sock_sendfile()")


@requirement("sock-33")
def test_receiving_goes_on_after_a_cancelled_send(loop: AbstractEventLoop) -> None:
    async def main() -> bytes:
        receiving = asyncio.ensure_future(loop.sock_recv(near, 10))
        await cancelled(loop.sock_sendall(near, BIG))
        far.sendall(b"hello")
        return await receiving

    near, far = narrow_pair()
    with near, far:
        equal(loop.run_until_complete(main()), b"hello", "what sock_recv() got after sock_sendall() was cancelled")


@requirement("sock-33")
def test_sending_goes_on_after_a_cancelled_receive(loop: AbstractEventLoop) -> None:
    async def main() -> bytes:
        sending = asyncio.ensure_future(loop.sock_sendall(near, BIG))
        await cancelled(loop.sock_recv(near, 10))
        with Peer(lambda: receive(far, len(BIG))) as peer:
            await sending
            near.shutdown(socket.SHUT_WR)
        return peer.result()

    near, far = narrow_pair()
    with near, far:
        equal(loop.run_until_complete(main()) == BIG, True, "whether the peer got all data of sock_sendall()")


@requirement("sock-34")
@pytest.mark.parametrize("method", DATAGRAMS)
def test_a_cancelled_receive_loses_no_datagram(loop: AbstractEventLoop, method: str) -> None:
    async def main() -> bytes:
        await cancelled(DATAGRAMS[method](loop, near))
        check(watched(loop.remove_reader, near) is not True, f"a reader was left behind by a cancelled {method}()")
        far.send(b"one")
        far.send(b"two")
        return (await loop.sock_recvfrom(near, 10))[0]

    with plain_udp() as near, plain_udp() as far:
        far.connect(near.getsockname())
        near.setblocking(False)
        equal(loop.run_until_complete(main()), b"one", f"what came after a cancelled {method}()")
