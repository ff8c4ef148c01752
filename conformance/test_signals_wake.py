"""Signals that meet a loop at work or asleep: the poll ends, and nothing else is disturbed."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import threading
from asyncio import AbstractEventLoop
from collections.abc import Awaitable, Callable
from functools import partial

import pytest

from loopcert.conformance.kit import (
    BIG,
    LOOPBACK,
    Calls,
    Peer,
    Reacting,
    Trace,
    allowed,
    beside,
    check,
    connected,
    drain,
    equal,
    narrow_pair,
    posix,
    receive,
    requirement,
)
from loopcert.conformance.kit.signals import (
    URG,
    WINCH,
    handling,
    showered,
    to_main_thread,
    to_process,
    to_this_thread,
)

NewLoop = Callable[[], AbstractEventLoop]
SENDERS = {"the main thread": to_main_thread, "another thread": to_this_thread, "the process": to_process}
TIMES = 5
"""So often a loop is woken: one signal may come before it sleeps."""
RESOLUTION = 1e-3
"""Seconds: no clock of a loop is as coarse on systems that have signals."""


@requirement("signals-06")
@pytest.mark.parametrize("debug", [False, True], ids=["", "in debug mode"])
@pytest.mark.parametrize("target", SENDERS)
def test_a_signal_wakes_an_idle_loop(loop: AbstractEventLoop, target: str, debug: bool) -> None:
    loop.set_debug(debug)
    calls = Calls(loop, TIMES)
    loop.add_signal_handler(WINCH, calls)
    with showered(WINCH, SENDERS[target]):
        calls.wait()
    check(len(calls.seen) >= TIMES, f"calls after signals to {target}: saw {len(calls.seen)}, wanted {TIMES}")


@requirement("signals-06")
@pytest.mark.parametrize("target", SENDERS)
def test_a_signal_wakes_a_loop_that_waits_for_a_timer(loop: AbstractEventLoop, trace: Trace, target: str) -> None:
    late = loop.call_later(3600, trace, "timer")
    calls = Calls(loop, TIMES, also=lambda: trace("signal"))
    loop.add_signal_handler(WINCH, calls)
    with showered(WINCH, SENDERS[target]):
        calls.wait()
    late.cancel()
    equal(set(trace.seen), {"signal"}, "what ended the wait")


@requirement("signals-06")
def test_a_task_awaits_signals(loop: AbstractEventLoop, trace: Trace) -> None:
    async def body() -> None:
        came = asyncio.Event()
        loop.add_signal_handler(WINCH, came.set)
        with showered(WINCH):
            for _ in range(TIMES):
                trace(await came.wait())
                came.clear()

    loop.run_until_complete(body())
    trace.expect(*[True] * TIMES)


@requirement("signals-06")
def test_a_child_wakes_its_parent(loop: AbstractEventLoop) -> None:
    calls = Calls(loop, 2)
    loop.add_signal_handler(WINCH, calls)
    again = posix('read -r _; while sleep 0.01; do kill -WINCH "$1" || exit; done', str(os.getpid()))
    with subprocess.Popen(again, bufsize=0, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL) as child:
        assert child.stdin is not None
        loop.call_soon(child.stdin.write, b"\n")
        try:
            calls.wait()
        finally:
            child.kill()
    check(len(calls.seen) >= 2, f"calls after signals from a child: saw {len(calls.seen)}, wanted 2")


@requirement("signals-06")
def test_an_alarm_wakes_the_loop(loop: AbstractEventLoop) -> None:
    with handling(signal.SIGALRM, signal.SIG_DFL):
        calls = Calls(loop, 3)
        loop.add_signal_handler(signal.SIGALRM, calls)
        signal.setitimer(signal.ITIMER_REAL, 0.002, 0.002)
        try:
            calls.wait()
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
        drain(loop)
        loop.remove_signal_handler(signal.SIGALRM)
    check(len(calls.seen) >= 3, f"calls after three alarms: saw {len(calls.seen)}")


def disturbed(loop: AbstractEventLoop, body: Callable[[], Awaitable[None]]) -> None:
    """Run ``body`` in a shower of signals, with a callback for them."""
    loop.add_signal_handler(WINCH, lambda: None)
    with showered(WINCH):
        loop.run_until_complete(body())


@requirement("signals-28")
def test_a_transport_receives_everything(loop: AbstractEventLoop) -> None:
    """A signal comes after each chunk, besides those that come from a thread."""
    protocol = Reacting(data=lambda _transport: signal.raise_signal(WINCH))

    async def body() -> None:
        async with connected(loop, protocol, narrow=True) as (_, _, far):
            await beside(partial(far.sendall, BIG))
            far.shutdown(socket.SHUT_WR)
            await protocol.seen("lost")

    disturbed(loop, body)
    equal(len(protocol.data), len(BIG), "number of bytes received among signals")
    check(protocol.data == BIG, "bytes received among signals: saw others than were sent")
    equal(protocol.error, None, "what connection_lost() was given after the end of the stream")


@requirement("signals-28")
def test_a_transport_sends_everything(loop: AbstractEventLoop) -> None:
    async def body() -> bytes:
        async with connected(loop, narrow=True) as (transport, _, far):
            transport.write(BIG)
            signal.raise_signal(WINCH)
            got = await beside(partial(receive, far, len(BIG) // 2))
            signal.raise_signal(WINCH)
            return got + await beside(partial(receive, far, len(BIG) - len(got)))

    received: list[bytes] = []

    async def keep() -> None:
        received.append(await body())

    disturbed(loop, keep)
    check(received == [BIG], f"bytes sent among signals: saw {len(received[0])}, wanted {len(BIG)}, the same in order")


@requirement("signals-28")
def test_sock_methods_are_not_disturbed(loop: AbstractEventLoop) -> None:
    near, far = narrow_pair()

    def echo() -> None:
        far.sendall(receive(far, len(BIG)))

    async def body() -> None:
        with Peer(echo), allowed("sock_sendall() and sock_recv() among signals"):
            await loop.sock_sendall(near, BIG)
            signal.raise_signal(WINCH)
            while len(got) < len(BIG) and (chunk := await loop.sock_recv(near, 1 << 16)):
                got.extend(chunk)
                signal.raise_signal(WINCH)

    got = bytearray()
    with near, far:
        disturbed(loop, body)
    check(got == BIG, f"bytes echoed among signals: saw {len(got)}, wanted {len(BIG)}, the same in order")


@requirement("signals-28")
def test_connections_are_made_and_accepted(loop: AbstractEventLoop) -> None:
    greeted: list[bytes] = []

    async def greet(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        signal.raise_signal(WINCH)
        writer.write(b"hello")
        writer.close()
        await writer.wait_closed()

    async def body() -> None:
        server = await asyncio.start_server(greet, LOOPBACK, 0)
        async with server:
            for _ in range(10):
                with allowed("open_connection() among signals"):
                    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
                greeted.append(await reader.read())
                writer.close()
                await writer.wait_closed()
        drained = [each for each in asyncio.all_tasks() if each is not asyncio.current_task()]
        await asyncio.gather(*drained)

    disturbed(loop, body)
    equal(greeted, [b"hello"] * 10, "what ten clients received among signals")


@requirement("signals-29")
@pytest.mark.parametrize("way", ["call_later", "sleep"])
def test_no_timer_fires_early(loop: AbstractEventLoop, way: str) -> None:
    """The timers last longer than the pause between two signals, so polls are ended early."""
    times: list[float] = []

    async def body() -> None:
        for _ in range(3):
            begun, fired = loop.time(), loop.create_future()
            if way == "sleep":
                await asyncio.sleep(0.012)
            else:
                loop.call_later(0.012, fired.set_result, None)
                await fired
            times.append(loop.time() - begun)

    disturbed(loop, body)
    for each in times:
        check(each >= 0.012 - RESOLUTION, f"{way} of 12 ms among signals: saw it end after {each * 1000:.2f} ms")


@requirement("signals-27")
@pytest.mark.parametrize("when", ["before the run", "during the run"])
@pytest.mark.parametrize("beside_others", [False, True], ids=["", "beside a callback of the loop"])
def test_a_handler_of_the_program_is_executed(loop: AbstractEventLoop, when: str, beside_others: bool) -> None:
    """The loop sleeps; nothing but the handler, called in the main thread, ends the shower and then the run."""
    seen, handled = list[int](), threading.Event()

    async def body() -> None:
        if when == "during the run":
            signal.signal(WINCH, handler)
        await beside(wait)

    def wait() -> None:
        with showered(WINCH):
            handled.wait()

    if beside_others:
        loop.add_signal_handler(URG, loop.stop)

    def handler(number: int, _frame: object) -> None:
        seen.append(number)
        handled.set()

    with handling(WINCH, signal.SIG_DFL if when == "during the run" else handler):
        loop.run_until_complete(body())
    equal(set(seen), {WINCH}, "signals that the program's own handler saw")
