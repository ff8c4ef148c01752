"""Tornado on the loop: its IOLoop is the loop under test, with its callbacks, timers, threads and watchers."""

from __future__ import annotations

import socket
import threading
import time
from asyncio import AbstractEventLoop
from typing import Any

from loopcert.conformance.kit import (
    Trace,
    check,
    differs,
    equal,
    requirement,
    same,
    tcp_pair,
)
from loopcert.conformance.kit.frameworks import framework, settled, stands


@requirement("frameworks-01")
def test_tornado_finds_the_running_loop(loop: AbstractEventLoop) -> None:
    ioloop = framework("tornado.ioloop")

    async def body() -> None:
        current = ioloop.IOLoop.current()
        same(current.asyncio_loop, loop, "the loop under IOLoop.current()")
        same(ioloop.IOLoop.current(), current, "IOLoop.current() again")

    with stands("Tornado's IOLoop.current()"):
        loop.run_until_complete(body())


@requirement("frameworks-01")
def test_tornado_adds_callbacks_in_order_and_from_threads(loop: AbstractEventLoop, trace: Trace) -> None:
    ioloop = framework("tornado.ioloop")

    async def body() -> None:
        done = loop.create_future()
        current = ioloop.IOLoop.current()
        for name in "ab":
            current.add_callback(trace, name)

        def far() -> None:
            current.add_callback(trace, "from a thread")
            current.add_callback(done.set_result, None)

        current.add_callback(threading.Thread(target=far).start)
        await done

    with stands("Tornado's IOLoop.add_callback()"):
        loop.run_until_complete(body())
    trace.expect("a", "b", "from a thread")


@requirement("frameworks-02")
def test_tornado_calls_later(loop: AbstractEventLoop, trace: Trace) -> None:
    """What is due last is asked for last: a slow machine must not turn the order of two delays around."""
    ioloop = framework("tornado.ioloop")

    async def body() -> None:
        done = loop.create_future()
        current = ioloop.IOLoop.current()
        now = current.time()
        current.remove_timeout(current.call_later(0.001, trace, "removed"))
        current.call_at(now + 0.01, trace, "second")
        current.add_timeout(now + 0.005, trace, "first")
        current.call_later(0.02, done.set_result, None)
        await done

    with stands("Tornado's IOLoop.call_later()"):
        loop.run_until_complete(body())
    trace.expect("first", "second")


@requirement("frameworks-02")
def test_tornado_calls_periodically(loop: AbstractEventLoop) -> None:
    ioloop = framework("tornado.ioloop")
    calls: list[float] = []

    async def body() -> None:
        done = loop.create_future()

        def call() -> None:
            calls.append(time.monotonic())
            if len(calls) == 3:
                periodic.stop()
                ioloop.IOLoop.current().call_later(0.01, done.set_result, None)

        periodic = ioloop.PeriodicCallback(call, 10)
        began = time.monotonic()
        periodic.start()
        await done
        calls.insert(0, began)

    with stands("Tornado's PeriodicCallback"):
        loop.run_until_complete(body())
    equal(len(calls), 4, "the start and the calls of a PeriodicCallback that is stopped within its third call")
    # the first call keeps to Tornado's clock, and a loop's may count milliseconds
    check(calls[-1] - calls[0] >= 0.01, f"three calls, 10 ms apart: saw the start and the calls at {calls!r}")


@requirement("frameworks-03")
def test_tornado_runs_blocking_work_in_the_executor(loop: AbstractEventLoop) -> None:
    ioloop = framework("tornado.ioloop")

    async def body() -> None:
        ran: Any = await ioloop.IOLoop.current().run_in_executor(None, threading.get_ident)
        differs(ran, threading.get_ident(), "the thread of run_in_executor()")
        check(ran != threading.get_ident(), "run_in_executor() ran the function in the loop's thread, wanted another")

    with stands("Tornado's IOLoop.run_in_executor()"):
        loop.run_until_complete(body())
        loop.run_until_complete(loop.shutdown_default_executor())


@requirement("frameworks-04")
def test_tornado_watches_descriptors(loop: AbstractEventLoop) -> None:
    ioloop = framework("tornado.ioloop")
    heard: list[bytes] = []
    near, far = tcp_pair()

    async def body() -> None:
        done = loop.create_future()
        current = ioloop.IOLoop.current()

        async def later() -> None:
            await settled()  # a watcher that was not removed is called meanwhile
            far.sendall(b"hello")

        def ready(sock: socket.socket, events: int) -> None:
            if events & current.WRITE:
                heard.append(b"writable")
                current.update_handler(sock, current.READ)
                loop.create_task(later())
            elif events & current.READ:
                heard.append(sock.recv(5))
                current.remove_handler(sock)
                done.set_result(None)

        current.add_handler(near, ready, current.WRITE)
        await done

    with near, far, stands("Tornado's IOLoop.add_handler()"):
        loop.run_until_complete(body())
    equal(heard, [b"writable", b"hello"], "what add_handler() and then update_handler() told of a socket")
