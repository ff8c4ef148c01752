"""Tornado on the web: its servers and clients meet plain sockets, over HTTP, TLS and WebSockets."""

from __future__ import annotations

import socket
from asyncio import AbstractEventLoop
from typing import Any

from loopcert.conformance.kit import (
    BIG,
    LOOPBACK,
    beside,
    check,
    equal,
    listening,
    receive,
    requirement,
    server_context,
)
from loopcert.conformance.kit.frameworks import framework, settled, stands
from loopcert.conformance.kit.web import ask, echoing, web_server, websocket_to


async def _serve(**options: Any) -> tuple[Any, int]:
    """Start a Tornado server: GET / says hello, POST / echoes; return it and its port."""
    web = framework("tornado.web")

    class Handler(web.RequestHandler):  # type: ignore[misc,name-defined]  # what is not installed has no types
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

        class Handler(websocket.WebSocketHandler):  # type: ignore[misc,name-defined]  # what is not installed has no types
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
        class Shouting(tcpserver.TCPServer):  # type: ignore[misc,name-defined]  # what is not installed has no types
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
