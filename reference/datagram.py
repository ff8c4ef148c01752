"""Datagrams: the endpoint that sends and receives them, and how it is made."""

import asyncio
import socket
from collections import deque
from collections.abc import Callable
from itertools import product
from selectors import EVENT_READ
from typing import Any, ClassVar

from .addresses import INTERNET, Address
from .endpoint import Endpoint, names_of
from .scheduler import Scheduler
from .sockets import Sockets, closed_on_failure, switch_on
from .unix_files import is_unix, remove_stale

LARGEST = 64 * 1024  # bytes; no datagram of the Internet is larger

LARGEST_LOCAL = 256 * 1024  # bytes; other families' datagrams are as large as the sender's buffer may be

# Bytes that each waiting datagram counts besides its own: else empty ones could pile up for ever (datagram-15)
HEADER = 8


class DatagramTransport(Endpoint, asyncio.DatagramTransport):
    """A datagram socket (transport-43); the first arguments and the states are Endpoint's.

    Arguments:
        peer: where datagrams without an address go; None unless there was a remote address.
        connected: whether the socket itself knows `peer`.
    """

    def __init__(
        self, loop: Scheduler, sock: socket.socket, protocol: Any, extra: dict[str, Any], peer: Any, connected: bool
    ) -> None:
        super().__init__(loop, sock, protocol, extra)
        self.peer = peer
        # What may be given as an address beside `peer`: in IPv6 also without flow and scope
        self.peer_names = (None, peer, peer[:2] if isinstance(peer, tuple) else None)
        self.connected = connected
        self.largest = LARGEST if sock.family in INTERNET else LARGEST_LOCAL
        self.queue: deque[tuple[bytes, Any]] = deque()

    # Receiving.

    def begin_reading(self) -> None:
        """Receive, unless connection_made() has closed the transport."""
        if not self.closing:
            self.loop.watch(self.fd, EVENT_READ, self.read, ())

    def read(self) -> None:
        """Take one datagram and hand it over; what the protocol raises is the loop's to report (datagram-18, 25)."""
        try:
            data, address = self.sock.recvfrom(self.largest)
        except (BlockingIOError, InterruptedError):
            return
        except OSError as error:
            self.tell_protocol("error_received", error)
            return
        self.protocol.datagram_received(data, address)

    # Sending.

    def sendto(self, data: bytes | bytearray | memoryview, addr: Any = None) -> None:
        """Send one datagram, now or when the socket takes it (datagram-11a to 14).

        Arguments:
            data: may be empty.
            addr: None stands for the remote address of the endpoint.

        Raises:
            TypeError: `data` is not bytes-like.
            ValueError: the endpoint has a remote address, and `addr` is another.
        """
        if not isinstance(data, (bytes, bytearray, memoryview)):
            raise TypeError(f"data argument must be a bytes-like object, not {type(data).__name__!r}")
        if self.peer is not None and addr not in self.peer_names:
            raise ValueError(f"Invalid address: must be None or {self.peer}")
        if self.closing:
            return
        if not self.queue:
            try:
                self.send_one(data, addr)
            except (BlockingIOError, InterruptedError):
                self.start_writing()
            except OSError as error:
                self.tell_protocol("error_received", error)
                return
            else:
                return
        self.queue.append((bytes(data), addr))
        self.unsent += len(self.queue[-1][0]) + HEADER
        self.buffer_rose()

    def send_one(self, data: bytes | bytearray | memoryview, addr: Any) -> None:
        """Hand one datagram to the socket."""
        if self.connected or (addr is None and self.peer is None):
            self.sock.send(data)
        else:
            self.sock.sendto(data, self.peer if addr is None else addr)

    def flush(self) -> None:
        """Send what waits; an error costs its own datagram only (datagram-11b, 17, 20)."""
        while self.queue:
            data, addr = self.queue[0]
            try:
                self.send_one(data, addr)
            except (BlockingIOError, InterruptedError):
                break
            except OSError as error:
                self.forget_first()
                self.tell_protocol("error_received", error)
            else:
                self.forget_first()
        if not self.queue and not self.losing:
            self.stop_writing()
        self.buffer_fell()
        if not self.queue and self.closing:
            self.lose(None)

    def forget_first(self) -> None:
        """Take the first datagram out of the queue."""
        self.unsent -= len(self.queue.popleft()[0]) + HEADER

    def drop_buffer(self) -> None:
        """Forget what waits (datagram-16a)."""
        self.queue.clear()


class Datagrams(Sockets):
    """The part of a loop that makes datagram endpoints."""

    datagram_type: ClassVar[type[DatagramTransport]] = DatagramTransport

    async def create_datagram_endpoint(  # type: ignore[override]  # typeshed still has reuse_address
        self, protocol_factory: Callable[[], Any], local_addr: Any = None, remote_addr: Any = None, *,
        family: int = 0, proto: int = 0, flags: int = 0, reuse_port: bool | None = None,
        allow_broadcast: bool | None = None, sock: socket.socket | None = None
    ) -> tuple[Any, Any]:  # fmt: skip
        """Make an endpoint and its protocol (datagram-01 to 10, 27).

        Arguments:
            protocol_factory: makes the protocol.
            local_addr: host and port to bind to, or a path with family=AF_UNIX.
            remote_addr: host and port to connect to, or a path with family=AF_UNIX.
            family, proto, flags: for the resolver.
            reuse_port: SO_REUSEPORT.
            allow_broadcast: SO_BROADCAST.
            sock: used instead of all these.

        Raises:
            OSError: no pair of addresses could be used.
            ValueError: the arguments contradict each other.
        """
        if sock is not None:
            if sock.type != socket.SOCK_DGRAM:
                raise ValueError(f"A datagram socket was expected, got {sock!r}")
            if any((local_addr, remote_addr, family, proto, flags, reuse_port, allow_broadcast)):
                raise ValueError("socket modifier keyword arguments can not be used when sock is specified")
            sock.setblocking(False)
            return await self.open_endpoint(sock, protocol_factory, None)
        pairs = await self.address_pairs(local_addr, remote_addr, family, proto, flags)
        failure: OSError | None = None
        for local, remote in pairs:
            try:
                sock = await self.bind_endpoint(local, remote, bool(reuse_port), bool(allow_broadcast))
            except OSError as error:
                failure = failure or error
            else:
                return await self.open_endpoint(sock, protocol_factory, remote and remote.address)
        raise failure or ValueError("can not get address information")

    async def address_pairs(
        self, local_addr: Any, remote_addr: Any, family: int, proto: int, flags: int
    ) -> list[tuple[Address | None, Address | None]]:
        """Give the pairs of local and remote address to try, both of one family (datagram-05, 27, 58)."""
        if not local_addr and not remote_addr:
            if family == 0:
                raise ValueError("unexpected address family")
            return [(Address(family, socket.SOCK_DGRAM, proto, "", None), None)]
        sides: list[list[Address | None]] = []
        for addr in (local_addr, remote_addr):
            if addr is None:
                sides.append([None])
            elif is_unix(family):
                sides.append([Address(family, socket.SOCK_DGRAM, proto, "", addr)])
            elif not isinstance(addr, (tuple, list)) or len(addr) != 2:
                raise TypeError("2-tuple is expected")
            else:
                sides.append([*await self.resolve(addr, family, socket.SOCK_DGRAM, proto, flags)])
        return [
            (local, remote)
            for local, remote in product(*sides)
            if local is None or remote is None or local.family == remote.family
        ]

    async def bind_endpoint(
        self, local: Address | None, remote: Address | None, reuse_port: bool, allow_broadcast: bool
    ) -> socket.socket:
        """Open a socket for one pair of addresses."""
        known = local or remote
        assert known is not None
        sock = socket.socket(known.family, socket.SOCK_DGRAM, known.proto)
        with closed_on_failure(sock):
            sock.setblocking(False)
            switch_on(sock, SO_REUSEPORT=reuse_port, SO_BROADCAST=allow_broadcast)
            if local is not None and local.address is not None:
                if is_unix(local.family):
                    remove_stale(local.address)
                sock.bind(local.address)
            # Whoever is connected to a broadcast address would hear nobody's answer.
            if remote is not None and not allow_broadcast:
                await self.connect_resolved(sock, remote.address)
        return sock

    async def open_endpoint(
        self, sock: socket.socket, protocol_factory: Callable[[], Any], remote: Any
    ) -> tuple[DatagramTransport, Any]:
        """Put a transport on `sock` and wait for connection_made()."""
        with closed_on_failure(sock):
            protocol = protocol_factory()
        names = names_of(sock)
        peer = names["peername"]
        transport = self.datagram_type(self, sock, protocol, names, peer or remote, bool(peer))
        await self.until_begun(transport)
        return transport, protocol
