"""Readers and writers: when their callbacks are called, with what, and what replaces them."""

from __future__ import annotations

import asyncio
import socket
from asyncio import AbstractEventLoop
from collections.abc import Iterator

import pytest

from loopcert.conformance.kit import (
    Calls,
    Contexts,
    Peer,
    Trace,
    check,
    equal,
    fill,
    listening,
    polled,
    requirement,
)
from loopcert.conformance.kit.watching import unwatch, watch

BOTH = pytest.mark.parametrize("way", ["reader", "writer"])


Pair = tuple[socket.socket, socket.socket]


@pytest.fixture
def pair(loop: AbstractEventLoop) -> Iterator[Pair]:  # noqa: ARG001 - closed before it
    """Two connected sockets, the first one non-blocking and for the loop; nothing has been sent."""
    near, far = socket.socketpair()
    near.setblocking(False)
    with near, far:
        yield near, far


@pytest.fixture
def ready(pair: Pair) -> socket.socket:
    """A socket that can be read from and written to."""
    near, far = pair
    far.send(b"x")
    return near


@requirement("fds-01a")
def test_a_reader_is_called_when_data_are_there(loop: AbstractEventLoop, ready: socket.socket) -> None:
    calls = Calls(loop)
    watch(loop, "reader", ready, calls)
    calls.wait()
    unwatch(loop, "reader", ready)
    check(calls.seen, "calls of a reader with data there: saw none, wanted at least one")


@requirement("fds-01a")
def test_a_reader_is_not_called_before_data_are_there(loop: AbstractEventLoop, pair: Pair) -> None:
    near, far = pair
    calls = Calls(loop)
    watch(loop, "reader", near, calls)
    polled(loop)
    before = len(calls.seen)
    far.send(b"x")
    calls.wait()
    unwatch(loop, "reader", near)
    equal(before, 0, "calls of the reader before data came")


@requirement("fds-01a")
def test_a_reader_is_called_when_data_come_while_the_loop_waits(loop: AbstractEventLoop, pair: Pair) -> None:
    near, far = pair
    watch(loop, "reader", near, calls := Calls(loop, also=lambda: near.recv(10)))
    with Peer(lambda: far.send(b"x")):
        calls.wait()
    unwatch(loop, "reader", near)
    check(calls.seen, "calls of the reader: saw none, wanted at least one")


@requirement("fds-01a")
def test_a_reader_is_called_at_the_end_of_a_stream(loop: AbstractEventLoop, pair: Pair) -> None:
    near, far = pair
    got: list[bytes] = []
    calls = Calls(loop, also=lambda: got.append(near.recv(10)))
    watch(loop, "reader", near, calls)
    far.shutdown(socket.SHUT_WR)
    calls.wait()
    unwatch(loop, "reader", near)
    equal(got[:1], [b""], "what the reader found to read")


@requirement("fds-01a")
def test_a_reader_of_a_listening_socket_is_called_for_a_connection(loop: AbstractEventLoop) -> None:
    with listening() as server:
        calls = Calls(loop)
        watch(loop, "reader", server, calls)
        with socket.create_connection(server.getsockname()):
            calls.wait()
            unwatch(loop, "reader", server)
            server.accept()[0].close()
    check(calls.seen, "calls of the reader of a listening socket: saw none, wanted at least one")


@requirement("fds-01b")
def test_a_reader_is_called_again_while_data_are_left(loop: AbstractEventLoop, pair: Pair) -> None:
    near, far = pair
    got: list[bytes] = []
    far.send(b"abc")
    calls = Calls(loop, 3, also=lambda: got.append(near.recv(1)))
    watch(loop, "reader", near, calls)
    calls.wait()
    unwatch(loop, "reader", near)
    equal(got, [b"a", b"b", b"c"], "what a reader that takes one byte a call has got")


@requirement("fds-01b")
def test_a_reader_outlives_the_end_of_a_run(loop: AbstractEventLoop, ready: socket.socket) -> None:
    counts: list[bool] = []
    calls = Calls(loop)
    watch(loop, "reader", ready, calls)
    for _ in range(3):
        before = len(calls.seen)
        loop.run_forever()
        counts.append(len(calls.seen) > before)
    unwatch(loop, "reader", ready)
    equal(counts, [True] * 3, "whether the reader was called in each run")


@requirement("fds-01b")
def test_a_reader_that_raises_is_called_again(loop: AbstractEventLoop, ready: socket.socket) -> None:
    Contexts(loop)
    calls = Calls(loop, 2, also=lambda: 1 // 0)
    watch(loop, "reader", ready, calls)
    calls.wait()
    unwatch(loop, "reader", ready)
    check(len(calls.seen) >= 2, f"calls of a reader that raises: saw {len(calls.seen)}, wanted two")


@requirement("fds-01b")
def test_a_reader_that_returns_false_is_called_again(loop: AbstractEventLoop, ready: socket.socket) -> None:
    calls = Calls(loop, 2)

    def reader() -> bool:
        calls()
        return False

    watch(loop, "reader", ready, reader)
    calls.wait()
    unwatch(loop, "reader", ready)
    check(len(calls.seen) >= 2, f"calls of a reader that returns False: saw {len(calls.seen)}, wanted two")


@requirement("fds-02")
@pytest.mark.parametrize("count", [0, 1, 2, 20])
def test_a_reader_gets_its_arguments(loop: AbstractEventLoop, ready: socket.socket, count: int) -> None:
    given = [[number] for number in range(count)]
    calls = Calls(loop)
    watch(loop, "reader", ready, calls, *given)
    calls.wait()
    unwatch(loop, "reader", ready)
    got = calls.seen[0]
    equal(
        [*map(id, got)],
        [*map(id, given)],
        f"ids of the arguments of the reader, {got!r}, and of those given, {given!r}",
    )


@requirement("fds-02")
@pytest.mark.parametrize("given", [(), ("new",), ("new", "and more")])
def test_a_reader_that_replaces_another_gets_its_own_arguments(
    loop: AbstractEventLoop, ready: socket.socket, given: tuple[str, ...]
) -> None:
    calls = Calls(loop)
    watch(loop, "reader", ready, lambda *_: None, "old", "of the first")
    watch(loop, "reader", ready, calls, *given)
    calls.wait()
    unwatch(loop, "reader", ready)
    equal(calls.seen[0], given, "arguments of a reader that replaced another")


@requirement("fds-02")
def test_each_of_many_readers_gets_its_own_arguments(loop: AbstractEventLoop) -> None:
    pairs = [socket.socketpair() for _ in range(20)]
    seen: set[int] = set()

    def called(number: int) -> None:
        seen.add(number)
        loop.remove_reader(pairs[number][0])

    calls = Calls(loop, 20, also=called)
    for number, (near, far) in enumerate(pairs):
        watch(loop, "reader", near, calls, number)
        far.send(b"x")
    calls.wait()
    for sock in sum(pairs, ()):
        sock.close()
    equal(sorted(seen), list(range(20)), "readers that were called")


@requirement("fds-16")
@pytest.mark.parametrize("given", [(), ("new",), ("new", "and more")])
def test_a_writer_that_replaces_another_gets_its_own_arguments(
    loop: AbstractEventLoop, ready: socket.socket, given: tuple[str, ...]
) -> None:
    calls = Calls(loop)
    watch(loop, "writer", ready, lambda *_: None, "old", "of the first")
    watch(loop, "writer", ready, calls, *given)
    calls.wait()
    unwatch(loop, "writer", ready)
    equal(calls.seen[0], given, "arguments of a writer that replaced another")


@requirement("fds-16")
@pytest.mark.parametrize("count", [0, 1, 2, 20])
def test_a_writer_gets_its_arguments(loop: AbstractEventLoop, ready: socket.socket, count: int) -> None:
    given = [[number] for number in range(count)]
    calls = Calls(loop)
    watch(loop, "writer", ready, calls, *given)
    calls.wait()
    unwatch(loop, "writer", ready)
    got = calls.seen[0]
    equal(
        [*map(id, got)],
        [*map(id, given)],
        f"ids of the arguments of the writer, {got!r}, and of those given, {given!r}",
    )


@requirement("fds-06a")
def test_a_writer_is_called_when_there_is_room(loop: AbstractEventLoop, pair: Pair) -> None:
    calls = Calls(loop)
    watch(loop, "writer", near := pair[0], calls)
    calls.wait()
    unwatch(loop, "writer", near)
    check(calls.seen, "calls of a writer with room for data: saw none, wanted at least one")


@requirement("fds-06a")
def test_a_writer_is_called_once_the_peer_makes_room(loop: AbstractEventLoop, pair: Pair) -> None:
    near, far = pair
    taken = fill(near)
    calls = Calls(loop)
    watch(loop, "writer", near, calls)
    polled(loop)
    before = len(calls.seen)
    with Peer(lambda: [far.recv(65536) for _ in range(taken // 65536)]):
        calls.wait()
        unwatch(loop, "writer", near)
        near.shutdown(socket.SHUT_WR)
    equal(before, 0, "calls of the writer before the peer had read")


@requirement("fds-06a")
def test_a_writer_is_called_when_a_connection_stands(loop: AbstractEventLoop) -> None:
    with listening() as server, socket.socket() as client:
        client.setblocking(False)
        calls = Calls(loop)
        client.connect_ex(server.getsockname())
        watch(loop, "writer", client, calls)
        calls.wait()
        unwatch(loop, "writer", client)
        equal(client.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR), 0, "error of a connection that a writer awaited")


@requirement("fds-06b")
@pytest.mark.parametrize("times", [2, 5])
def test_a_writer_is_called_again_while_there_is_room(loop: AbstractEventLoop, pair: Pair, times: int) -> None:
    near, far = pair
    calls = Calls(loop, times, also=lambda: near.send(b"x"))
    watch(loop, "writer", near, calls)
    calls.wait()
    unwatch(loop, "writer", near)
    check(len(far.recv(100)) >= times, f"bytes that a writer sent, one a call: wanted {times}")


@requirement("fds-06b")
def test_a_writer_that_returns_false_is_called_again(loop: AbstractEventLoop, ready: socket.socket) -> None:
    calls = Calls(loop, 2)

    def writer() -> bool:
        calls()
        return False

    watch(loop, "writer", ready, writer)
    calls.wait()
    unwatch(loop, "writer", ready)
    check(len(calls.seen) >= 2, f"calls of a writer that returns False: saw {len(calls.seen)}, wanted two")


@requirement("fds-03")
def test_a_second_reader_replaces_the_first(loop: AbstractEventLoop, ready: socket.socket, trace: Trace) -> None:
    second = Calls(loop, 2)
    watch(loop, "reader", ready, trace, "first")
    watch(loop, "reader", ready, second)
    second.wait()
    unwatch(loop, "reader", ready)
    trace.expect()


@requirement("fds-03")
def test_a_reader_replaced_in_its_own_call_is_not_called_again(
    loop: AbstractEventLoop, ready: socket.socket, trace: Trace
) -> None:
    second = Calls(loop, 2)

    def first() -> None:
        trace("first")
        loop.add_reader(ready, second)

    watch(loop, "reader", ready, first)
    second.wait()
    unwatch(loop, "reader", ready)
    trace.expect("first")


@requirement("fds-07")
def test_a_second_writer_replaces_the_first(loop: AbstractEventLoop, ready: socket.socket, trace: Trace) -> None:
    second = Calls(loop, 2)
    watch(loop, "writer", ready, trace, "first")
    watch(loop, "writer", ready, second)
    second.wait()
    unwatch(loop, "writer", ready)
    trace.expect()


@requirement("fds-07")
def test_a_writer_replaced_in_its_own_call_is_not_called_again(
    loop: AbstractEventLoop, ready: socket.socket, trace: Trace
) -> None:
    second = Calls(loop, 2)

    def first() -> None:
        trace("first")
        loop.add_writer(ready, second)

    watch(loop, "writer", ready, first)
    second.wait()
    unwatch(loop, "writer", ready)
    trace.expect("first")


@pytest.mark.parametrize("busy", ["call_soon", "call_later"])
@requirement("fds-22")
def test_busy_callbacks_do_not_starve_a_descriptor(loop: AbstractEventLoop, pair: Pair, busy: str) -> None:
    near, far = pair
    calls = Calls(loop)

    def spin() -> None:
        if calls.seen:
            return
        loop.call_soon(spin) if busy == "call_soon" else loop.call_later(0, spin)

    watch(loop, "reader", near, calls)
    spin()
    loop.call_soon(far.send, b"x")
    calls.wait()
    unwatch(loop, "reader", near)
    check(calls.seen, f"calls of a reader beside {busy} again and again: saw none, wanted at least one")


@BOTH
@requirement("fds-22")
def test_a_task_that_gives_way_does_not_starve_a_descriptor(
    loop: AbstractEventLoop, ready: socket.socket, way: str
) -> None:
    calls = Calls(loop)

    async def work() -> None:
        while not calls.seen:  # noqa: ASYNC110 - it keeps the loop busy
            await asyncio.sleep(0)

    task = loop.create_task(work())
    watch(loop, way, ready, calls)
    calls.wait()
    unwatch(loop, way, ready)
    loop.run_until_complete(task)
    check(calls.seen, f"calls of a {way} beside sleep(0) again and again: saw none, wanted at least one")
