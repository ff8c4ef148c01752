"""Uvicorn and Hypercorn on the loop: they serve an ASGI application to plain clients, over TLS and WebSockets, too."""

from __future__ import annotations

import asyncio
import os
from asyncio import AbstractEventLoop
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import pytest

from loopcert.conformance.kit import BIG, Trace, beside, check, equal, listening, requirement, server_context
from loopcert.conformance.kit.frameworks import framework, settled, stands
from loopcert.conformance.kit.web import ask, websocket_to

Serve = Callable[..., AbstractAsyncContextManager[int]]
"""Serves an application for the time of a block, and gives the port."""


class Application:
    """An ASGI application: GET says hello, POST sends back what came, piece by piece; a WebSocket shouts."""

    def __init__(self, trace: Trace) -> None:
        self.trace = trace

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve one connection, or the life of the server."""
        await {"http": self.http, "websocket": self.websocket, "lifespan": self.lifespan}[scope["type"]](receive, send)

    async def lifespan(self, receive: Any, send: Any) -> None:
        """Trace the beginning and the end."""
        for event in ("startup", "shutdown"):
            equal((await receive())["type"], f"lifespan.{event}", "event of the lifespan")
            self.trace(event)
            await send({"type": f"lifespan.{event}.complete"})

    async def http(self, receive: Any, send: Any) -> None:
        """Answer with what came, or hello."""
        pieces = []
        while True:
            event = await receive()
            pieces.append(event.get("body", b""))
            if not event.get("more_body"):
                break
        body = b"".join(pieces) or b"hello"
        headers = [(b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        for begin in range(0, len(body), 1 << 16):
            await send({"type": "http.response.body", "body": body[begin : begin + (1 << 16)], "more_body": True})
        await send({"type": "http.response.body", "body": b""})

    async def websocket(self, receive: Any, send: Any) -> None:
        """Shout back."""
        await receive()
        await send({"type": "websocket.accept"})
        while (event := await receive())["type"] == "websocket.receive":
            await send({"type": "websocket.send", "text": event["text"].upper()})
        self.trace("closed")


@asynccontextmanager
async def _uvicorn(app: Application, *, tls: bool = False) -> Any:
    uvicorn = framework("uvicorn")
    config = uvicorn.Config(app, log_config=None, lifespan="on", ws="websockets-sansio", timeout_graceful_shutdown=1)
    config.load()
    config.ssl = server_context() if tls else None
    server = uvicorn.Server(config)
    with listening() as sock:
        serving = asyncio.ensure_future(server.serve(sockets=[sock]))
        try:
            yield sock.getsockname()[1]
        finally:
            server.should_exit = True
            await settled(serving)


@asynccontextmanager
async def _hypercorn(app: Application, *, tls: bool = False) -> Any:
    hypercorn, served = framework("hypercorn.config"), framework("hypercorn.asyncio")

    class Config(hypercorn.Config):  # type: ignore[misc,name-defined]  # what is not installed has no types
        ssl_enabled = tls

        def create_ssl_context(self) -> Any:
            return server_context() if tls else None

    config, done = Config(), asyncio.Event()
    config.graceful_timeout = 1.0
    with listening() as sock:
        config.bind = [f"fd://{os.dup(sock.fileno())}"]  # Hypercorn closes it
        serving = asyncio.ensure_future(served.serve(app, config, shutdown_trigger=done.wait))
        try:
            yield sock.getsockname()[1]
        finally:
            done.set()
            await settled(serving)


async def _exchanges(serve: Serve, trace: Trace, *, tls: bool) -> None:
    async with serve(Application(trace), tls=tls) as port:
        requests = ("GET", "/", b""), ("POST", "/", BIG), ("GET", "/", b"")
        answers = await beside(lambda: ask(port, *requests, tls=tls))
    equal([each.status for each in answers], [200, 200, 200], "status of three requests on one connection")
    equal((answers[0].body, answers[2].body), (b"hello", b"hello"), "body of both small answers")
    check(answers[1].body == BIG, f"{len(BIG)} bytes to be echoed: saw {len(answers[1].body)} come back, or others")
    trace.expect("startup", "shutdown")


async def _shouts(serve: Serve, trace: Trace) -> None:
    def visit(port: int) -> list[str | None]:
        end = websocket_to(port)
        end.send("one")
        end.send("two" * 5000)
        heard = [end.receive(), end.receive()]
        end.close()
        return heard

    async with serve(Application(trace)) as port:
        equal(await beside(lambda: visit(port)), ["ONE", "TWO" * 5000], "what came back over a WebSocket")
    trace.expect("startup", "closed", "shutdown")


@requirement("frameworks-50")
@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
def test_uvicorn_serves(loop: AbstractEventLoop, trace: Trace, tls: bool) -> None:
    framework("uvicorn")
    with stands("Uvicorn"):
        loop.run_until_complete(_exchanges(_uvicorn, trace, tls=tls))


@requirement("frameworks-51")
def test_uvicorn_serves_websockets(loop: AbstractEventLoop, trace: Trace) -> None:
    framework("uvicorn")
    framework("websockets")
    with stands("Uvicorn, with a WebSocket"):
        loop.run_until_complete(_shouts(_uvicorn, trace))


@requirement("frameworks-52")
@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
def test_hypercorn_serves(loop: AbstractEventLoop, trace: Trace, tls: bool) -> None:
    framework("hypercorn")
    with stands("Hypercorn"):
        loop.run_until_complete(_exchanges(_hypercorn, trace, tls=tls))


@requirement("frameworks-53")
def test_hypercorn_serves_websockets(loop: AbstractEventLoop, trace: Trace) -> None:
    framework("hypercorn")
    with stands("Hypercorn, with a WebSocket"):
        loop.run_until_complete(_shouts(_hypercorn, trace))
