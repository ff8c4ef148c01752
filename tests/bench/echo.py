"""The servers that are measured: one echo in each of the styles that asyncio offers, each for one client at a time."""

import asyncio
import socket
import ssl
from asyncio import AbstractEventLoop
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, cast

Serve = Callable[[AbstractEventLoop, ssl.SSLContext | None], Awaitable[int]]
"""Starts a server on the loop, for ever, and gives its port on the loopback address."""

HOST = "127.0.0.1"
CHUNK = 256 * 1024
"""How much the styles that name a size ask for at once, in bytes: what streams and protocols get at most."""


class Echo(asyncio.Protocol):
    """Sends back what it gets."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep what is needed for an answer."""
        self.write = cast("asyncio.Transport", transport).write

    def data_received(self, data: bytes) -> None:
        """Answer."""
        self.write(data)


class BufferedEcho(asyncio.BufferedProtocol):
    """Sends back what it gets, received into a buffer of its own."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep what is needed for an answer."""
        self.write = cast("asyncio.Transport", transport).write
        self.view = memoryview(bytearray(CHUNK))

    def get_buffer(self, sizehint: int) -> memoryview:  # noqa: ARG002 -- the signature is asyncio's
        """Offer the whole buffer."""
        return self.view

    def buffer_updated(self, nbytes: int) -> None:
        """Answer with a copy, since the buffer is filled again before all may be sent."""
        self.write(bytes(self.view[:nbytes]))


class DatagramEcho(asyncio.DatagramProtocol):
    """Sends each datagram back to where it came from."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep what is needed for an answer."""
        self.send = cast("asyncio.DatagramTransport", transport).sendto

    def datagram_received(self, data: bytes, addr: Any) -> None:
        """Answer."""
        self.send(data, addr)


def port_of(socket_or_transport: Any) -> int:
    """Give the port of a socket, or of a transport's socket."""
    sock = socket_or_transport if hasattr(socket_or_transport, "getsockname") else None
    name = sock.getsockname() if sock else socket_or_transport.get_extra_info("sockname")
    return cast("int", name[1])


async def protocols(loop: AbstractEventLoop, tls: ssl.SSLContext | None, *, kind: type[asyncio.BaseProtocol]) -> int:
    """Serve with a protocol of the kind."""
    server = await loop.create_server(cast("Callable[[], asyncio.Protocol]", kind), HOST, 0, ssl=tls)
    return port_of(server.sockets[0])


async def streams(loop: AbstractEventLoop, tls: ssl.SSLContext | None) -> int:
    """Serve with a reader and a writer."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(CHUNK):
            writer.write(data)
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, HOST, 0, ssl=tls)
    loop.create_task(server.serve_forever())  # keeps the server, too
    return port_of(server.sockets[0])


async def socket_calls(loop: AbstractEventLoop, _tls: ssl.SSLContext | None) -> int:
    """Serve with the loop's calls on sockets."""
    listener = socket.create_server((HOST, 0))
    listener.setblocking(False)

    async def serve() -> None:
        while True:
            client, _address = await loop.sock_accept(listener)
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with client:
                while data := await loop.sock_recv(client, CHUNK):
                    await loop.sock_sendall(client, data)

    loop.create_task(serve())
    return port_of(listener)


async def datagrams(loop: AbstractEventLoop, _tls: ssl.SSLContext | None) -> int:
    """Serve datagrams."""
    transport, _protocol = await loop.create_datagram_endpoint(DatagramEcho, local_addr=(HOST, 0))
    return port_of(transport)


STYLES: dict[str, Serve] = {
    "protocol": partial(protocols, kind=Echo),
    "buffered protocol": partial(protocols, kind=BufferedEcho),
    "streams": streams,
    "sock_* calls": socket_calls,
    "datagrams": datagrams,
}
