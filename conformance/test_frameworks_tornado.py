"""Tornado on the loop: its IOLoop is the loop under test, its servers and clients meet plain sockets."""

from __future__ import annotations

import socket
import threading
import time
from asyncio import AbstractEventLoop
from typing import Any

from loopcert.conformance.kit import (
    BIG,
    LOOPBACK,
    Trace,
    beside,
    check,
    differs,
    equal,
    listening,
    receive,
    requirement,
    same,
    server_context,
    tcp_pair,
)
from loopcert.conformance.kit.frameworks import framework, settled, stands
from loopcert.conformance.kit.web import ask, echoing, web_server, websocket_to


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
    ioloop = framework("tornado.ioloop")

    async def body() -> None:
        done = loop.create_future()
        current = ioloop.IOLoop.current()
        current.call_later(0.02, done.set_result, None)
        current.remove_timeout(current.call_later(0.01, trace, "removed"))
        current.call_later(0.01, trace, "second")
        current.add_timeout(current.time() + 0.005, trace, "first")
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

        periodic = ioloop.PeriodicCallback(call, 5)
        began = time.monotonic()
        periodic.start()
        await done
        calls.insert(0, began)

    with stands("Tornado's PeriodicCallback"):
        loop.run_until_complete(body())
    equal(len(calls), 4, "the start and the calls of a PeriodicCallback that is stopped within its third call")
    tick = time.get_clock_info("monotonic").resolution
    check(calls[-1] - calls[0] >= 0.01 - tick, f"three calls, 5 ms apart: saw them at {calls!r}")


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


async def _serve(**options: Any) -> tuple[Any, int]:
    """Start a Tornado server: GET / says hello, POST / echoes; return it and its port."""
    web = framework("tornado.web")

    class Handler(web.RequestHandler):  # type: ignore[misc]  # what is not installed has no types
        def get(self) -> None:
            self.write("hello")

        def post(self) -> None:
            self.write(self.request.body)

    server = framework("tornado.httpserver").HTTPServer(web.Application([("/", Handler)]), **options)
    listeners = framework("tornado.netutil").bind_sockets(0, LOOPBACK)
    server.add_sockets(listeners)
    return server, listeners[0].getsockname()[1]


@requirement("frameworks-05")
def test_tornado_serves_http(loop: AbstractEventLoop) -> None:
    framework("tornado.web")

    async def body() -> None:
        server, port = await _serve()
        answers = await beside(lambda: ask(port, ("GET", "/", b""), ("POST", "/", BIG), ("GET", "/", b"")))
        server.stop()
        await settled(server.close_all_connections)
        equal([each.status for each in answers], [200, 200, 200], "status of three requests on one connection")
        equal((answers[0].body, answers[2].body), (b"hello", b"hello"), "body of both small answers")
        check(answers[1].body == BIG, f"{len(BIG)} bytes to be echoed: saw {len(answers[1].body)} come back, or others")

    with stands("Tornado's HTTP server"):
        loop.run_until_complete(body())


@requirement("frameworks-05")
def test_tornado_serves_http_over_tls(loop: AbstractEventLoop) -> None:
    framework("tornado.web")

    async def body() -> None:
        server, port = await _serve(ssl_options=server_context())
        answers = await beside(lambda: ask(port, ("GET", "/", b""), ("POST", "/", BIG), tls=True))
        server.stop()
        await settled(server.close_all_connections)
        equal(answers[0].body, b"hello", "body of an answer over TLS")
        check(answers[1].body == BIG, f"{len(BIG)} bytes to be echoed: saw {len(answers[1].body)} come back, or others")

    with stands("Tornado's HTTP server over TLS"):
        loop.run_until_complete(body())


@requirement("frameworks-06")
def test_tornado_fetches(loop: AbstractEventLoop) -> None:
    httpclient = framework("tornado.httpclient")

    async def body(port: int) -> None:
        client = httpclient.AsyncHTTPClient(force_instance=True)
        small = await client.fetch(f"http://{LOOPBACK}:{port}/path")
        big = await client.fetch(f"http://{LOOPBACK}:{port}/", method="POST", body=BIG)
        client.close()
        await settled()
        equal((small.code, small.body), (200, b"/path"), "what AsyncHTTPClient fetched")
        check(big.body == BIG, f"{len(BIG)} bytes to be echoed: saw {len(big.body)} come back, or others")

    with web_server() as port, stands("Tornado's AsyncHTTPClient"):
        loop.run_until_complete(body(port))
        loop.run_until_complete(loop.shutdown_default_executor())


@requirement("frameworks-07")
def test_tornado_serves_websockets(loop: AbstractEventLoop) -> None:
    web, websocket = framework("tornado.web"), framework("tornado.websocket")

    async def body() -> None:
        closed = loop.create_future()

        class Handler(websocket.WebSocketHandler):  # type: ignore[misc]  # what is not installed has no types
            def on_message(self, message: str) -> None:
                self.write_message(message.upper())

            def on_close(self) -> None:
                closed.set_result(self.close_code)

        server = framework("tornado.httpserver").HTTPServer(web.Application([("/", Handler)]))
        listeners = framework("tornado.netutil").bind_sockets(0, LOOPBACK)
        server.add_sockets(listeners)

        def visit() -> list[str | None]:
            end = websocket_to(listeners[0].getsockname()[1])
            end.send("one")
            end.send("two" * 5000)
            heard = [end.receive(), end.receive()]
            end.close()
            return heard

        heard = await beside(visit)
        equal(heard, ["ONE", "TWO" * 5000], "what Tornado's WebSocket handler sent back")
        equal(await closed, 1000, "the close code that the handler was told")
        server.stop()
        await settled(server.close_all_connections)

    with stands("Tornado's WebSocket handler"):
        loop.run_until_complete(body())


@requirement("frameworks-07")
def test_tornado_connects_to_websockets(loop: AbstractEventLoop) -> None:
    websocket = framework("tornado.websocket")

    async def body(server: socket.socket) -> None:
        line = await websocket.websocket_connect(f"ws://{LOOPBACK}:{server.getsockname()[1]}/")
        await line.write_message("one")
        await line.write_message("two" * 5000)
        equal([await line.read_message(), await line.read_message()], ["ONE", "TWO" * 5000], "what came back")
        line.close()
        equal(await line.read_message(), None, "what read_message() gives once the connection is closed")
        await settled()

    with listening() as server, stands("Tornado's websocket_connect()"):

        async def both() -> None:
            far = loop.create_task(beside(lambda: echoing(server)))
            await body(server)
            equal(await far, ["one", "two" * 5000], "what the other end heard")

        loop.run_until_complete(both())
        loop.run_until_complete(loop.shutdown_default_executor())


@requirement("frameworks-08")
def test_tornado_streams_meet_plain_sockets(loop: AbstractEventLoop) -> None:
    """TCPServer and TCPClient, read_until, read_bytes, and a write that is more than the kernel takes."""
    tcpserver, tcpclient = framework("tornado.tcpserver"), framework("tornado.tcpclient")

    async def body() -> None:
        class Shouting(tcpserver.TCPServer):  # type: ignore[misc]  # what is not installed has no types
            async def handle_stream(self, stream: Any, _address: Any) -> None:
                line = await stream.read_until(b"\n")
                await stream.write(line.upper() + BIG)
                stream.close()

        server = Shouting()
        listeners = framework("tornado.netutil").bind_sockets(0, LOOPBACK)
        server.add_sockets(listeners)
        address = listeners[0].getsockname()

        def visit() -> bytes:
            with socket.create_connection(address) as sock:
                sock.sendall(b"hello\n")
                return receive(sock, 6 + len(BIG) + 1)

        heard = await beside(visit)
        check(heard == b"HELLO\n" + BIG, f"a line and {len(BIG)} bytes: saw {len(heard)} bytes, or others")
        stream = await tcpclient.TCPClient().connect(LOOPBACK, address[1])
        await stream.write(b"again\n")
        equal(await stream.read_bytes(6), b"AGAIN\n", "what read_bytes() gave")
        stream.close()
        server.stop()
        await settled()

    with stands("Tornado's TCPServer and IOStream"):
        loop.run_until_complete(body())
        loop.run_until_complete(loop.shutdown_default_executor())
