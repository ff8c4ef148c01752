"""The loop's own socket calls: loop.sock_recv() and its like, each as the socket's method but without blocking.

All have one form: try; when the socket is not ready, wait until it is; try again. Nothing is taken from the socket
while waiting, so a cancelled call has lost nothing (sock-23, 25).
"""

import asyncio
import contextlib
import errno
import os
import socket
from collections.abc import Callable, Iterator
from selectors import EVENT_READ, EVENT_WRITE
from typing import Any, TypeVar

from .addresses import INTERNET, Address, literal_address
from .scheduler import set_ready
from .threads import Threads
from .unix_files import is_unix

_T = TypeVar("_T")

FIRST_RETRY = 0.001  # seconds between attempts to connect to a full Unix socket; each waits twice as long
LAST_RETRY = 0.1  # seconds; they wait no longer than this


@contextlib.contextmanager
def closed_on_failure(sock: socket.socket) -> Iterator[None]:
    """Close `sock` if what is done with it fails."""
    try:
        yield
    except BaseException:
        sock.close()
        raise


def switch_on(sock: socket.socket, **options: bool | None) -> None:
    """Set those options of a socket, by their names in the module socket, that are wanted (server-09 to 11)."""
    for name, is_wanted in options.items():
        if is_wanted:
            sock.setsockopt(socket.SOL_SOCKET, getattr(socket, name), 1)


class Sockets(Threads):
    """The part of a loop that works on sockets of the caller."""

    # Waiting.

    async def until_ready(self, sock: socket.socket, event: int) -> None:
        """Wait until `sock` can be read from (EVENT_READ) or written to (EVENT_WRITE)."""
        fd = sock.fileno()
        self.check_no_transport(fd)
        await self.until_event(fd, event)

    async def until_event(self, fd: int, event: int) -> None:
        """Do as until_ready() does, for the descriptor of a transport too."""
        future = self.create_future()
        handle = self.watch(fd, event, set_ready, (future,))
        try:
            await future
        finally:
            if not handle.cancelled():  # else the caller has put another in its place, which is not ours to remove
                self.unwatch(fd, event)

    async def repeat(self, sock: socket.socket, event: int, call: Callable[..., _T], *args: Any) -> _T:
        """Call `call(*args)` until it no longer says that it would block."""
        self.check_socket(sock)
        while True:
            try:
                return call(*args)
            except (BlockingIOError, InterruptedError):
                await self.until_ready(sock, event)

    def check_socket(self, sock: socket.socket) -> None:
        """Refuse in debug mode what cannot work: a blocking socket (sock-22)."""
        if self.debug and sock.gettimeout() != 0:
            raise ValueError("the socket must be non-blocking")

    # Receiving.

    async def sock_recv(self, sock: socket.socket, nbytes: int) -> bytes:
        """Receive at most `nbytes`; b"" means that the peer has ended the stream (sock-01a, 01b)."""
        return await self.repeat(sock, EVENT_READ, sock.recv, nbytes)

    async def sock_recv_into(self, sock: socket.socket, buf: Any) -> int:
        """Receive into `buf` and give the number of bytes (sock-02)."""
        return await self.repeat(sock, EVENT_READ, sock.recv_into, buf)

    async def sock_recvfrom(self, sock: socket.socket, bufsize: int) -> tuple[bytes, Any]:
        """Receive one datagram of at most `bufsize` bytes, and its sender's address (sock-03)."""
        return await self.repeat(sock, EVENT_READ, sock.recvfrom, bufsize)

    async def sock_recvfrom_into(self, sock: socket.socket, buf: Any, nbytes: int = 0) -> tuple[int, Any]:
        """Receive one datagram into `buf`, `nbytes` at most or with 0 as many as fit (sock-04a, 04b)."""
        return await self.repeat(sock, EVENT_READ, sock.recvfrom_into, buf, nbytes)

    async def sock_accept(self, sock: socket.socket) -> tuple[socket.socket, Any]:
        """Accept a connection: its socket, non-blocking, and the peer's address (sock-11, 12)."""
        accepted, address = await self.repeat(sock, EVENT_READ, sock.accept)
        accepted.setblocking(False)
        return accepted, address

    # Sending.

    async def sock_sendall(self, sock: socket.socket, data: Any) -> None:
        """Send all of `data`; after an error there is no telling how much arrived (sock-05a to 06, 28)."""
        self.check_socket(sock)
        with memoryview(data) as view, view.cast("B") as rest:
            sent = 0
            while sent < len(rest):
                sent += await self.repeat(sock, EVENT_WRITE, sock.send, rest[sent:])

    async def sock_sendto(self, sock: socket.socket, data: Any, address: Any) -> int:
        """Send one datagram to `address` and give the number of its bytes (sock-07, 30)."""
        return await self.repeat(sock, EVENT_WRITE, sock.sendto, data, address)

    # Connecting.

    async def sock_connect(self, sock: socket.socket, address: Any) -> None:
        """Connect `sock`; a host name in `address` is resolved first (sock-08 to 10, 27)."""
        self.check_socket(sock)
        if sock.family in INTERNET:
            found = await self.resolve(address[:2], sock.family, sock.type, sock.proto, 0)
            address = (*found[0].address[:2], *address[2:]) if len(address) > 2 else found[0].address
        await self.connect_resolved(sock, address)

    async def connect_resolved(self, sock: socket.socket, address: Any) -> None:
        """Connect `sock` to an address that needs no resolver."""
        try:
            sock.connect(address)
        except (BlockingIOError, InterruptedError) as error:
            if is_unix(sock.family) and error.errno == errno.EAGAIN:
                await self.connect_later(sock, address)
                return
            await self.until_ready(sock, EVENT_WRITE)
            code = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            if code:
                raise OSError(code, f"Connect call failed {address}: {os.strerror(code)}")

    async def connect_later(self, sock: socket.socket, address: Any) -> None:
        """Connect to a Unix socket whose backlog is full: no event tells of a place, so it is tried again."""
        delay = FIRST_RETRY
        while True:
            await asyncio.sleep(delay)
            try:
                return sock.connect(address)
            except (BlockingIOError, InterruptedError):
                delay = min(2 * delay, LAST_RETRY)

    async def resolve(self, host_and_port: Any, family: int, kind: int, proto: int, flags: int) -> list[Address]:
        """Give the addresses of a host and port, in the order of the resolver; one in numbers needs none.

        Raises:
            OSError: there is none (socket.gaierror).
        """
        host, port = host_and_port
        literal = literal_address(host, port, family, kind, proto)
        if literal is not None:
            return [literal]
        found = await self.getaddrinfo(host, port, family=family, type=kind, proto=proto, flags=flags)
        return [Address(*each) for each in found]
