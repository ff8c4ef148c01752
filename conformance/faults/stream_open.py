"""Loops whose connections a stream cannot use."""

from __future__ import annotations

import asyncio
import socket
from contextlib import suppress
from typing import Any

from loopcert.conformance.faults import fault
from loopcert.conformance.faults._readers import HalvesSwapped, feeds_a_reader
from loopcert.conformance.faults._streams import in_a_loop
from loopcert.reference import Loop as ReferenceLoop
from loopcert.reference.stream import StreamTransport


@fault(breaks="stream-01a")
@in_a_loop
class DeafAtFirst(StreamTransport):
    """What has arrived before the transport is made is thrown away."""

    def begin(self, waiter: Any) -> None:
        if feeds_a_reader(self):
            with suppress(OSError):
                self.sock.recv(1 << 16)
        super().begin(waiter)


@fault(breaks="stream-01a")
@in_a_loop
class Garbles(HalvesSwapped):
    """What a stream reads is not what was sent."""


@fault(breaks="stream-01b")
class FewKeywords(ReferenceLoop):
    """create_connection() knows the keywords of its first days, and ignores local_addr."""

    async def create_connection(self, protocol_factory: Any, host: Any = None, port: Any = None, **options: Any) -> Any:
        if unknown := options.keys() & {"family", "happy_eyeballs_delay", "interleave"}:
            raise TypeError(f"create_connection() got unexpected keyword arguments: {sorted(unknown)}")
        options.pop("local_addr", None)
        return await super().create_connection(protocol_factory, host, port, **options)


@fault(breaks="stream-42")
class ClosesACopy(ReferenceLoop):
    """The transport of a socket that was given works on a copy of it; the socket stays open."""

    class Ending(StreamTransport):
        """Ends the stream for the peer, whoever else has the socket."""

        def tell_lost(self, error: BaseException | None) -> None:
            with suppress(OSError):
                self.sock.shutdown(socket.SHUT_RDWR)
            super().tell_lost(error)

    stream_type = Ending

    def make_stream_transport(self, sock: socket.socket, protocol: Any, *args: Any) -> Any:
        if isinstance(protocol, asyncio.StreamReaderProtocol):
            sock = sock.dup()
            sock.setblocking(False)
        return super().make_stream_transport(sock, protocol, *args)


@fault(breaks="stream-45")
class TCPAlone(ReferenceLoop):
    """create_connection() takes no socket that has no port."""

    async def create_connection(self, *args: Any, **options: Any) -> Any:
        sock = options.get("sock")
        if sock is not None and sock.family not in {socket.AF_INET, socket.AF_INET6}:
            raise ValueError("a TCP socket is expected")
        return await super().create_connection(*args, **options)
