"""Readers and writers: their removal, their independence, descriptors used again, and those of transports."""

from __future__ import annotations

import os
import socket
from asyncio import AbstractEventLoop
from collections.abc import Iterator

import pytest

from loopcert.conformance.kit import (
    Calls,
    Trace,
    check,
    connected,
    drain,
    equal,
    polled,
    raises,
    requirement,
    same,
)
from loopcert.conformance.kit.watching import ready_socket, unwatch, watch

BOTH = pytest.mark.parametrize("way", ["reader", "writer"])
OTHER = {"reader": "writer", "writer": "reader"}


@pytest.fixture
def ready(loop: AbstractEventLoop) -> Iterator[socket.socket]:  # noqa: ARG001 - closed before the loop
    """A socket that can be read from and written to."""
    with ready_socket() as near:
        yield near


@requirement("fds-04")
def test_remove_reader_says_that_there_was_one(loop: AbstractEventLoop, ready: socket.socket, trace: Trace) -> None:
    watch(loop, "reader", ready, trace)
    same(unwatch(loop, "reader", ready), True, "remove_reader() of a reader")


@requirement("fds-04")
def test_remove_reader_says_so_of_one_that_was_called(loop: AbstractEventLoop, ready: socket.socket) -> None:
    calls = Calls(loop)
    watch(loop, "reader", ready, calls)
    calls.wait()
    same(unwatch(loop, "reader", ready), True, "remove_reader() of a reader that was called")


@requirement("fds-05")
def test_remove_reader_without_a_reader_says_so(loop: AbstractEventLoop, ready: socket.socket) -> None:
    same(unwatch(loop, "reader", ready), False, "remove_reader() where nothing was watched")


@requirement("fds-05")
def test_remove_reader_the_second_time_says_so(loop: AbstractEventLoop, ready: socket.socket, trace: Trace) -> None:
    watch(loop, "reader", ready, trace)
    unwatch(loop, "reader", ready)
    same(unwatch(loop, "reader", ready), False, "the second remove_reader()")


@requirement("fds-05")
def test_remove_reader_beside_a_writer_says_so(loop: AbstractEventLoop, ready: socket.socket, trace: Trace) -> None:
    watch(loop, "writer", ready, trace)
    removed = unwatch(loop, "reader", ready)
    unwatch(loop, "writer", ready)
    same(removed, False, "remove_reader() where only a writer was registered")


@requirement("fds-08a")
def test_remove_writer_says_that_there_was_one(loop: AbstractEventLoop, ready: socket.socket, trace: Trace) -> None:
    watch(loop, "writer", ready, trace)
    same(unwatch(loop, "writer", ready), True, "remove_writer() of a writer")


@requirement("fds-08a")
def test_remove_writer_says_so_of_one_that_was_called(loop: AbstractEventLoop, ready: socket.socket) -> None:
    calls = Calls(loop)
    watch(loop, "writer", ready, calls)
    calls.wait()
    same(unwatch(loop, "writer", ready), True, "remove_writer() of a writer that was called")


@requirement("fds-08b")
def test_remove_writer_without_a_writer_says_so(loop: AbstractEventLoop, ready: socket.socket) -> None:
    same(unwatch(loop, "writer", ready), False, "remove_writer() where nothing was watched")


@requirement("fds-08b")
def test_remove_writer_the_second_time_says_so(loop: AbstractEventLoop, ready: socket.socket, trace: Trace) -> None:
    watch(loop, "writer", ready, trace)
    unwatch(loop, "writer", ready)
    same(unwatch(loop, "writer", ready), False, "the second remove_writer()")


@requirement("fds-08b")
def test_remove_writer_beside_a_reader_says_so(loop: AbstractEventLoop, ready: socket.socket, trace: Trace) -> None:
    watch(loop, "reader", ready, trace)
    removed = unwatch(loop, "writer", ready)
    unwatch(loop, "reader", ready)
    same(removed, False, "remove_writer() where only a reader was registered")


@requirement("fds-17")
@BOTH
def test_a_removed_callback_is_never_called(
    loop: AbstractEventLoop, ready: socket.socket, trace: Trace, way: str
) -> None:
    watch(loop, way, ready, trace, "called")
    unwatch(loop, way, ready)
    polled(loop)
    trace.expect()


@requirement("fds-17")
@BOTH
def test_a_callback_removed_between_runs_is_not_called_again(
    loop: AbstractEventLoop, ready: socket.socket, way: str
) -> None:
    calls = Calls(loop)
    watch(loop, way, ready, calls)
    calls.wait()
    unwatch(loop, way, ready)
    before = len(calls.seen)
    polled(loop)
    equal(len(calls.seen), before, f"calls of a removed {way} (the first number saw those before the removal)")


@requirement("fds-17")
@BOTH
def test_a_callback_that_removes_itself_is_called_once(loop: AbstractEventLoop, ready: socket.socket, way: str) -> None:
    calls = Calls(loop, also=lambda: getattr(loop, f"remove_{way}")(ready))
    watch(loop, way, ready, calls)
    calls.wait()
    polled(loop)
    equal(len(calls.seen), 1, f"calls of a {way} that removes itself")


@requirement("fds-14")
@BOTH
def test_removing_one_leaves_the_other(loop: AbstractEventLoop, ready: socket.socket, trace: Trace, way: str) -> None:
    stays = Calls(loop, 2)
    watch(loop, way, ready, stays)
    watch(loop, OTHER[way], ready, trace)
    unwatch(loop, OTHER[way], ready)
    stays.wait()
    unwatch(loop, way, ready)
    trace.expect()


@requirement("fds-14")
@BOTH
def test_removing_one_that_is_not_there_leaves_the_other(
    loop: AbstractEventLoop, ready: socket.socket, way: str
) -> None:
    stays = Calls(loop, 2)
    watch(loop, way, ready, stays)
    unwatch(loop, OTHER[way], ready)
    stays.wait()
    unwatch(loop, way, ready)
    check(len(stays.seen) >= 2, f"calls of a {way} after remove_{OTHER[way]}(): saw {len(stays.seen)}, wanted two")


@requirement("fds-14")
def test_a_reader_and_a_writer_of_one_descriptor_are_both_called(loop: AbstractEventLoop, ready: socket.socket) -> None:
    seen: set[str] = set()

    def called(way: str) -> None:
        seen.add(way)
        unwatch(loop, way, ready)

    calls = Calls(loop, 2, also=called)
    watch(loop, "reader", ready, calls, "reader")
    watch(loop, "writer", ready, calls, "writer")
    calls.wait()
    equal(seen, {"reader", "writer"}, "which of the two were called")


@requirement("fds-14")
@BOTH
def test_replacing_one_leaves_the_other(loop: AbstractEventLoop, ready: socket.socket, trace: Trace, way: str) -> None:
    stays = Calls(loop, 2)
    watch(loop, way, ready, stays)
    watch(loop, OTHER[way], ready, trace, "replaced")
    watch(loop, OTHER[way], ready, lambda: None)
    stays.wait()
    unwatch(loop, OTHER[way], ready)
    unwatch(loop, way, ready)
    trace.expect()


@requirement("fds-15")
@BOTH
def test_one_of_two_ready_callbacks_removes_the_other(loop: AbstractEventLoop, trace: Trace, way: str) -> None:
    (one, far), (two, away) = socket.socketpair(), socket.socketpair()
    with one, two, far, away:
        far.send(b"x")
        away.send(b"x")

        def called(name: str) -> None:
            trace(name)
            unwatch(loop, way, one)
            unwatch(loop, way, two)

        watch(loop, way, one, called, "called")
        watch(loop, way, two, called, "called")
        polled(loop)
    trace.expect("called")


@requirement("fds-21")
@BOTH
def test_a_removed_callback_may_be_added_again(loop: AbstractEventLoop, ready: socket.socket, way: str) -> None:
    first, second = Calls(loop), Calls(loop, 2)
    watch(loop, way, ready, first)
    first.wait()
    unwatch(loop, way, ready)
    drain(loop)
    watch(loop, way, ready, second)
    second.wait()
    unwatch(loop, way, ready)
    check(len(second.seen) > 1, f"calls of a {way} that was added again: saw {len(second.seen)}, wanted two")


@requirement("fds-21")
@BOTH
def test_a_descriptor_number_used_again_is_watched_anew(loop: AbstractEventLoop, way: str) -> None:
    """Pollers of the kernel forget a closed descriptor by themselves; a loop that remembers it serves nobody."""
    near, far = socket.socketpair()
    number = near.fileno()
    idle = Calls(loop)
    watch(loop, way, number, idle)
    drain(loop)
    unwatch(loop, way, number)
    near.close()
    far.close()
    near, far = socket.socketpair()
    os.dup2(near.fileno(), number) if number != near.fileno() else None
    with near, far:
        far.send(b"x")
        calls = Calls(loop)
        watch(loop, way, number, calls)
        calls.wait()
        unwatch(loop, way, number)
        if number != near.fileno():
            os.close(number)
    check(calls.seen, f"calls of the {way} of a number used again: saw none")


@requirement("fds-18")
@pytest.mark.parametrize("method", ["add_reader", "add_writer", "remove_reader", "remove_writer"])
def test_the_descriptor_of_a_transport_is_refused(loop: AbstractEventLoop, trace: Trace, method: str) -> None:
    async def main() -> None:
        async with connected(loop) as (transport, _, _peer):
            fd = transport.get_extra_info("socket").fileno()
            arguments = (trace,) if method.startswith("add") else ()
            with raises(RuntimeError, f"{method}() of the descriptor of a transport"):
                getattr(loop, method)(fd, *arguments)

    loop.run_until_complete(main())
