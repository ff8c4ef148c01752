"""Servers under measurement: each contender serves in a process of its own, which tells its processor time."""

import asyncio
import multiprocessing
import socket
import ssl
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

import trustme

from .echo import HOST, STYLES
from .workloads import NewLoop

Drive = Callable[["Served"], None]


@dataclass(frozen=True)
class Served:
    """A contender's server: where it listens, and how to ask for its processor time."""

    port: int
    control: Connection
    tls: ssl.SSLContext | None

    def seconds(self) -> float:
        """Ask how much processor time the server has taken so far, in seconds."""
        self.control.send(None)
        spent: float = self.control.recv()
        return spent

    def connect(self) -> socket.socket:
        """Connect to it as a plain blocking client, through TLS where it serves that."""
        plain = socket.create_connection((HOST, self.port))
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return self.tls.wrap_socket(plain, server_hostname="localhost") if self.tls else plain


@dataclass(frozen=True)
class ServerWorkload:
    """What a client does to a server, in one of the styles; rated by the server's processor time."""

    name: str
    style: str
    drive: Drive
    tls: bool = False
    rounds: int = 15


def serve(new: NewLoop, style: str, identity: Path | None, control: Connection) -> None:
    """Serve until the other end of the control connection is closed: the main function of a contender's process."""
    loop = new()
    asyncio.set_event_loop(loop)
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH) if identity else None
    if tls and identity:
        tls.load_cert_chain(identity)

    def answer() -> None:
        try:
            control.recv()
            control.send(time.process_time())
        except (EOFError, ConnectionError):
            loop.stop()

    async def begin() -> None:
        control.send(await STYLES[style](loop, tls))

    loop.run_until_complete(begin())
    loop.add_reader(control.fileno(), answer)
    loop.run_forever()


@contextmanager
def serving(workload: ServerWorkload, contenders: dict[str, NewLoop]) -> Iterator[dict[str, Served]]:
    """Start a server for each contender, and stop them all."""
    started = multiprocessing.get_context("spawn")
    with ExitStack() as cleanup:
        folder = Path(cleanup.enter_context(tempfile.TemporaryDirectory()))
        identity, tls = None, None
        if workload.tls:
            authority = trustme.CA()
            identity = folder / "identity.pem"
            authority.issue_cert("localhost").private_key_and_cert_chain_pem.write_to_path(str(identity))
            tls = ssl.create_default_context()
            authority.configure_trust(tls)
        servers = {}
        for name, new in contenders.items():
            ours, theirs = started.Pipe()
            process = started.Process(target=serve, args=(new, workload.style, identity, theirs), daemon=True)
            process.start()
            cleanup.callback(process.join)
            cleanup.callback(ours.close)
            theirs.close()
            servers[name] = Served(ours.recv(), ours, tls)
        yield servers


def echo(size: int, times: int) -> Drive:
    """Give a client that sends `times` messages of `size` bytes and waits for each to come back."""
    message = b"x" * size

    def drive(server: Served) -> None:
        with server.connect() as peer:
            back = bytearray(size)
            for _ in range(times):
                peer.sendall(message)
                view = memoryview(back)
                while view:
                    view = view[peer.recv_into(view) :]

    return drive


def datagram_echo(size: int, times: int) -> Drive:
    """Give a client that does the same with datagrams, a few on their way at a time."""
    message = b"x" * size

    def drive(server: Served) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
            peer.connect((HOST, server.port))
            for _ in range(times // 4):
                for _ in range(4):
                    peer.send(message)
                for _ in range(4):
                    peer.recv(size)

    return drive


def connections(times: int) -> Drive:
    """Give a client that connects, has one byte echoed and leaves, again and again."""

    def drive(server: Served) -> None:
        for _ in range(times):
            with server.connect() as peer:
                peer.sendall(b"x")
                peer.recv(1)

    return drive


SIZES = {1: 4000, 10: 3000, 100: 800}
"""Messages by their size in KiB: how many a round."""

SERVER_WORKLOADS = (
    *(
        ServerWorkload(f"TCP echo, {size} KiB, {style}", style, echo(size * 1024, times))
        for style in ("protocol", "buffered protocol", "streams", "sock_* calls")
        for size, times in SIZES.items()
    ),
    *(
        ServerWorkload(f"TLS echo, {size} KiB, protocol", "protocol", echo(size * 1024, times), tls=True)
        for size, times in SIZES.items()
    ),
    ServerWorkload("UDP echo, 1 KiB", "datagrams", datagram_echo(1024, 800)),
    ServerWorkload("connections", "protocol", connections(150)),
    ServerWorkload("TLS connections", "protocol", connections(30), tls=True),
)
