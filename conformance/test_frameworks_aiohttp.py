"""aiohttp on the loop: its server and its client meet plain sockets, HTTP and WebSockets, plain and over TLS."""

from __future__ import annotations

import asyncio
import socket
from asyncio import AbstractEventLoop
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from loopcert.conformance.kit import (
    BIG,
    LOOPBACK,
    SERVER_NAME,
    beside,
    check,
    client_context,
    equal,
    listening,
    raises,
    requirement,
    server_context,
)
from loopcert.conformance.kit.frameworks import framework, settled, stands
from loopcert.conformance.kit.web import ask, echoing, web_server, websocket_to


@asynccontextmanager
async def _site(app: Any, sock: socket.socket | None = None, **options: Any) -> AsyncIterator[int]:
    """Serve an application for the time of a block, on a socket if one is given; give the port."""
    web = framework("aiohttp.web")
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.05)
    await runner.setup()
    site = web.SockSite(runner, sock, **options) if sock else web.TCPSite(runner, LOOPBACK, 0, **options)
    await site.start()
    try:
        yield runner.addresses[0][1]
    finally:
        await settled(runner.cleanup)


def _application() -> Any:
    """An application: GET / says hello, POST / sends back what came."""
    web = framework("aiohttp.web")

    async def hello(_request: Any) -> Any:
        return web.Response(body=b"hello")

    async def echo(request: Any) -> Any:
        return web.Response(body=await request.read())

    app = web.Application(client_max_size=1 << 24)
    app.add_routes([web.get("/", hello), web.post("/", echo)])
    return app


@requirement("frameworks-10")
@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
def test_aiohttp_serves_http(loop: AbstractEventLoop, tls: bool) -> None:
    app = _application()

    async def body() -> None:
        async with _site(app, ssl_context=server_context() if tls else None) as port:
            requests = ("GET", "/", b""), ("POST", "/", BIG), ("GET", "/", b"")
            answers = await beside(lambda: ask(port, *requests, tls=tls))
        equal([each.status for each in answers], [200, 200, 200], "status of three requests on one connection")
        equal((answers[0].body, answers[2].body), (b"hello", b"hello"), "body of both small answers")
        check(answers[1].body == BIG, f"{len(BIG)} bytes to be echoed: saw {len(answers[1].body)} come back, or others")

    with stands("aiohttp's server"):
        loop.run_until_complete(body())


@requirement("frameworks-11")
def test_aiohttp_serves_streams_and_files(loop: AbstractEventLoop, tmp_path: Path) -> None:
    """A StreamResponse waits for its transport to drain; a FileResponse goes through loop.sendfile()."""
    web = framework("aiohttp.web")
    (tmp_path / "big").write_bytes(BIG)

    async def stream(request: Any) -> Any:
        response = web.StreamResponse()
        await response.prepare(request)
        for begin in range(0, len(BIG), 1 << 16):
            await response.write(BIG[begin : begin + (1 << 16)])
        await response.write_eof()
        return response

    async def file(_request: Any) -> Any:
        return web.FileResponse(tmp_path / "big")

    app = web.Application()
    app.add_routes([web.get("/stream", stream), web.get("/file", file)])

    async def body(narrow: socket.socket) -> None:
        narrow.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 14)
        async with _site(app, narrow) as port:
            answers = await beside(lambda: ask(port, ("GET", "/stream", b""), ("GET", "/file", b"")))
        for each, what in zip(answers, ("a stream", "a file"), strict=True):
            check(each.body == BIG, f"{len(BIG)} bytes served as {what}: saw {len(each.body)} come, or others")

    with listening() as narrow, stands("aiohttp's streams and files"):
        loop.run_until_complete(body(narrow))
        loop.run_until_complete(loop.shutdown_default_executor())


@requirement("frameworks-12")
@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
def test_aiohttp_fetches(loop: AbstractEventLoop, tls: bool) -> None:
    aiohttp = framework("aiohttp")
    context = client_context() if tls else False

    async def body(port: int) -> None:
        url = f"{'https' if tls else 'http'}://{SERVER_NAME if tls else LOOPBACK}:{port}"
        connector = aiohttp.TCPConnector(ssl=context, family=socket.AF_INET)
        async with aiohttp.ClientSession(connector=connector) as session:
            async with session.get(f"{url}/path") as answer:
                equal((answer.status, await answer.read()), (200, b"/path"), "what was fetched")
            async with session.post(url, data=BIG) as answer:
                echoed = await answer.read()
                check(echoed == BIG, f"{len(BIG)} bytes to be echoed: saw {len(echoed)} come back, or others")
        await settled()

    with web_server(tls=tls) as port, stands("aiohttp's client"):
        loop.run_until_complete(body(port))
        loop.run_until_complete(loop.shutdown_default_executor())


@requirement("frameworks-13")
def test_aiohttp_gives_up_when_time_is_over(loop: AbstractEventLoop) -> None:
    aiohttp = framework("aiohttp")

    async def body(port: int) -> None:
        timeout = aiohttp.ClientTimeout(total=0.01)
        async with aiohttp.ClientSession(timeout=timeout) as session:
            with raises(TimeoutError, "a request to a server that never answers, with 10 ms in all"):
                await session.get(f"http://{LOOPBACK}:{port}/")
        await settled()

    with listening() as server, stands("aiohttp's timeouts"):
        loop.run_until_complete(body(server.getsockname()[1]))


@requirement("frameworks-14")
def test_aiohttp_serves_websockets(loop: AbstractEventLoop) -> None:
    web = framework("aiohttp.web")
    codes: list[int] = []

    async def shout(request: Any) -> Any:
        line = web.WebSocketResponse()
        await line.prepare(request)
        async for message in line:
            await line.send_str(message.data.upper())
        codes.append(line.close_code)
        return line

    app = web.Application()
    app.add_routes([web.get("/", shout)])

    def visit(port: int) -> list[str | None]:
        end = websocket_to(port)
        end.send("one")
        end.send("two" * 5000)
        heard = [end.receive(), end.receive()]
        end.close()
        return heard

    async def body() -> None:
        async with _site(app) as port:
            heard = await beside(lambda: visit(port))
        equal(heard, ["ONE", "TWO" * 5000], "what aiohttp's WebSocketResponse sent back")
        equal(codes, [1000], "the close code that the handler saw")

    with stands("aiohttp's WebSocket server"):
        loop.run_until_complete(body())


@requirement("frameworks-14")
def test_aiohttp_connects_to_websockets(loop: AbstractEventLoop) -> None:
    aiohttp = framework("aiohttp")

    async def body(server: socket.socket) -> None:
        far = loop.create_task(beside(lambda: echoing(server)))
        url = f"ws://{LOOPBACK}:{server.getsockname()[1]}/"
        async with aiohttp.ClientSession() as session, session.ws_connect(url) as line:
            await line.send_str("one")
            await line.send_str("two" * 5000)
            equal([await line.receive_str(), await line.receive_str()], ["ONE", "TWO" * 5000], "what came back")
        equal(await far, ["one", "two" * 5000], "what the other end heard")
        await settled()

    with listening() as server, stands("aiohttp's ws_connect()"):
        loop.run_until_complete(body(server))


@requirement("frameworks-15")
def test_aiohttp_serves_many_at_once(loop: AbstractEventLoop) -> None:
    """Each handler waits until all have come: none of them is served before the last one is there."""
    web = framework("aiohttp.web")
    here = asyncio.Event()
    come: list[str] = []

    async def wait(request: Any) -> Any:
        come.append(request.match_info["name"])
        if len(come) == 5:
            here.set()
        await here.wait()
        return web.Response(text=request.match_info["name"])

    app = web.Application()
    app.add_routes([web.get("/{name}", wait)])

    async def body() -> None:
        async with _site(app) as port:
            visits = [beside(lambda name=name: ask(port, ("GET", f"/{name}", b""))) for name in "abcde"]  # type: ignore[misc]  # the lambda takes nothing
            answers = await asyncio.gather(*visits)
        equal([each[0].body for each in answers], [b"a", b"b", b"c", b"d", b"e"], "answers to five clients at once")

    with stands("aiohttp's server, with five clients at once"):
        loop.run_until_complete(body())
