"""AnyIO on the loop, and HTTPX over it: task groups, TCP and TLS, threads, processes, signals."""

from __future__ import annotations

import asyncio
import math
import os
import signal
import socket
import threading
from asyncio import AbstractEventLoop
from typing import Any

import pytest

from loopcert.conformance.kit import (
    BIG,
    LOOPBACK,
    SERVER_NAME,
    Trace,
    beside,
    check,
    client_context,
    equal,
    exits,
    listening,
    listens,
    raises,
    receive,
    receive_all,
    requirement,
    server_context,
)
from loopcert.conformance.kit.frameworks import framework, settled, stands
from loopcert.conformance.kit.web import secure, web_server


@requirement("frameworks-20")
def test_anyio_runs_tasks_in_a_group(loop: AbstractEventLoop, trace: Trace) -> None:
    anyio = framework("anyio")

    async def child(name: str, *, task_status: Any = anyio.TASK_STATUS_IGNORED) -> None:
        trace(name, "begins")
        task_status.started(name)
        await anyio.sleep(0)
        trace(name, "ends")

    async def body() -> None:
        async with anyio.create_task_group() as group:
            equal(await group.start(child, "a"), "a", "what started() told")
            group.start_soon(child, "b")

    with stands("AnyIO's task group"):
        loop.run_until_complete(body())
    trace.expect_unordered(("a", "begins"), ("a", "ends"), ("b", "begins"), ("b", "ends"))


@requirement("frameworks-20")
def test_anyio_cancels_the_rest_of_a_group_that_fails(loop: AbstractEventLoop, trace: Trace) -> None:
    anyio = framework("anyio")

    async def waits() -> None:
        try:
            await anyio.sleep_forever()
        except anyio.get_cancelled_exc_class():
            trace("cancelled")
            raise

    async def fails() -> None:
        await anyio.sleep(0)
        raise ValueError("the task fails")

    async def body() -> None:
        async with anyio.create_task_group() as group:
            group.start_soon(waits)
            group.start_soon(fails)

    with stands("AnyIO's task group"), raises(ExceptionGroup, "a task group of which one task fails"):
        loop.run_until_complete(body())
    trace.expect("cancelled")


@requirement("frameworks-21")
def test_anyio_keeps_deadlines(loop: AbstractEventLoop) -> None:
    anyio = framework("anyio")

    async def body() -> None:
        began = anyio.current_time()
        with anyio.move_on_after(0.01) as scope:
            await anyio.sleep_forever()
        took = anyio.current_time() - began
        check(
            took >= 0.005, f"move_on_after(0.01): saw it move on after {took:.6f} s"
        )  # a clock may count milliseconds
        check(scope.cancelled_caught, "move_on_after() of a sleep for ever: saw nothing cancelled")
        with raises(TimeoutError, "fail_after(0) around a sleep for ever"), anyio.fail_after(0):
            await anyio.sleep_forever()
        with anyio.CancelScope(deadline=math.inf) as outer, anyio.CancelScope(shield=True):
            outer.cancel()
            await anyio.sleep(0.001)
        check(not outer.cancelled_caught, "a shielded sleep within a scope that was cancelled was cancelled, too")

    with stands("AnyIO's cancel scopes"):
        loop.run_until_complete(body())


@requirement("frameworks-22")
def test_anyio_listens(loop: AbstractEventLoop) -> None:
    """The handler reads to the end of what comes and answers when the client has ended its half."""
    anyio = framework("anyio")

    async def handle(stream: Any) -> None:
        async with stream:
            data = b"".join([chunk async for chunk in stream])
            await stream.send(data.upper())
            await stream.send_eof()

    def visit(address: Any) -> bytes:
        with socket.create_connection(address) as sock:
            sock.sendall(b"hello")
            sock.shutdown(socket.SHUT_WR)
            return receive_all(sock)

    async def body() -> None:
        listener = await anyio.create_tcp_listener(local_host=LOOPBACK, local_port=0)
        address = listener.extra(anyio.abc.SocketAttribute.raw_socket).getsockname()
        async with listener, anyio.create_task_group() as group:
            group.start_soon(listener.serve, handle)
            equal(await beside(lambda: visit(address)), b"HELLO", "what a client got from AnyIO's listener")
            group.cancel_scope.cancel()
        await settled()

    with stands("AnyIO's TCP listener"):
        loop.run_until_complete(body())
        loop.run_until_complete(loop.shutdown_default_executor())


@requirement("frameworks-22")
def test_anyio_connects(loop: AbstractEventLoop) -> None:
    anyio = framework("anyio")

    def echo(server: socket.socket) -> None:
        sock, _ = server.accept()
        with sock:
            sock.sendall(receive(sock, len(BIG)))

    async def body(server: socket.socket) -> None:
        far = loop.create_task(beside(lambda: echo(server)))
        async with await anyio.connect_tcp(LOOPBACK, server.getsockname()[1]) as stream:
            await stream.send(BIG)
            heard = b"".join([chunk async for chunk in stream])
            check(heard == BIG, f"{len(BIG)} bytes to be echoed: saw {len(heard)} come back, or others")
        await far
        await settled()

    with listening() as server, stands("AnyIO's connect_tcp()"):
        loop.run_until_complete(body(server))


@requirement("frameworks-23")
def test_anyio_wraps_tls(loop: AbstractEventLoop) -> None:
    """AnyIO does TLS on its own, on top of a TCP stream of the loop."""
    anyio = framework("anyio")
    tls = framework("anyio.streams.tls")

    async def handle(stream: Any) -> None:
        async with stream:
            await stream.send((await stream.receive()).upper())

    def visit(address: Any) -> bytes:
        with secure(socket.create_connection(address)) as sock:
            sock.sendall(b"hello")
            return receive(sock, 5)

    async def body() -> None:
        listener = await anyio.create_tcp_listener(local_host=LOOPBACK, local_port=0)
        address = listener.extra(anyio.abc.SocketAttribute.raw_socket).getsockname()
        secured = tls.TLSListener(listener, server_context(), standard_compatible=False)
        async with secured, anyio.create_task_group() as group:
            group.start_soon(secured.serve, handle)
            equal(await beside(lambda: visit(address)), b"HELLO", "what a client got over TLS")
            group.cancel_scope.cancel()
        await settled()

    with stands("AnyIO's TLS listener"):
        loop.run_until_complete(body())
        loop.run_until_complete(loop.shutdown_default_executor())


@requirement("frameworks-24")
def test_anyio_runs_functions_in_threads(loop: AbstractEventLoop) -> None:
    anyio = framework("anyio")
    to_thread, from_thread = framework("anyio.to_thread"), framework("anyio.from_thread")

    async def there() -> int:
        await anyio.sleep(0)
        return threading.get_ident()

    def work() -> tuple[int, int, int]:
        return threading.get_ident(), from_thread.run(there), from_thread.run_sync(threading.get_ident)

    async def body() -> None:
        worker, coroutine, function = await to_thread.run_sync(work)
        here = threading.get_ident()
        check(worker != here, "to_thread.run_sync() ran the function in the loop's thread, wanted another")
        equal((coroutine, function), (here, here), "the threads of from_thread.run() and run_sync()")

    with stands("AnyIO's worker threads"):
        loop.run_until_complete(body())


@requirement("frameworks-25")
def test_anyio_runs_processes(loop: AbstractEventLoop) -> None:
    anyio = framework("anyio")

    async def body() -> None:
        done = await anyio.run_process(listens(), input=b"hello\n")
        equal((done.returncode, done.stdout), (0, b"hello"), "exit code and output of a process")
        failed = await anyio.run_process(exits(3), check=False)
        equal(failed.returncode, 3, "exit code of a process that fails")
        async with await anyio.open_process(listens()) as process:
            await process.stdin.send(b"again\n")
            equal(await process.stdout.receive(), b"again", "what a process said to its pipe")
        await settled()

    with stands("AnyIO's processes"):
        loop.run_until_complete(body())
        loop.run_until_complete(loop.shutdown_default_executor())


@requirement("frameworks-26")
def test_anyio_receives_signals(loop: AbstractEventLoop) -> None:
    anyio = framework("anyio")

    async def body() -> None:
        with anyio.open_signal_receiver(signal.SIGUSR1) as signals:
            sender = loop.create_task(_send())
            async for number in signals:
                equal(number, signal.SIGUSR1, "the signal that open_signal_receiver() gave")
                break
            sender.cancel()

    with stands("AnyIO's open_signal_receiver()"):
        loop.run_until_complete(body())


async def _send() -> None:
    """Send the signal again and again: one that comes just before the poll's system call may be slept through."""
    while True:
        os.kill(os.getpid(), signal.SIGUSR1)
        await asyncio.sleep(0.005)


@requirement("frameworks-27")
@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
def test_httpx_fetches(loop: AbstractEventLoop, tls: bool) -> None:
    httpx = framework("httpx")

    async def body(port: int) -> None:
        url = f"{'https' if tls else 'http'}://{SERVER_NAME if tls else LOOPBACK}:{port}"
        async with httpx.AsyncClient(verify=client_context(), trust_env=False) as client:
            small = await client.get(f"{url}/path")
            equal((small.status_code, small.content), (200, b"/path"), "what HTTPX fetched")
            echoed = (await client.post(url, content=BIG)).content
            check(echoed == BIG, f"{len(BIG)} bytes to be echoed: saw {len(echoed)} come back, or others")
        await settled()

    with web_server(tls=tls) as port, stands("HTTPX's AsyncClient"):
        loop.run_until_complete(body(port))
        loop.run_until_complete(loop.shutdown_default_executor())


@requirement("frameworks-28")
def test_httpx_gives_up_when_time_is_over(loop: AbstractEventLoop) -> None:
    httpx = framework("httpx")

    async def body(port: int) -> None:
        async with httpx.AsyncClient(trust_env=False, timeout=httpx.Timeout(None, read=0.01)) as client:
            with raises(httpx.ReadTimeout, "a request to a server that never answers, with 10 ms for reading"):
                await client.get(f"http://{LOOPBACK}:{port}/")
        await settled()

    with listening() as server, stands("HTTPX's timeouts"):
        loop.run_until_complete(body(server.getsockname()[1]))
