"""Print what connections weigh: `python -m tests.bench.memory`, from the repository's root.

Each contender serves idle connections in a process of its own; the growth of that process is divided by their number.
Then a peer takes 100 MiB slowly from a transport that is paused and resumed: the growth of the process is what the
loop holds on to beyond its limits.
"""

import argparse
import asyncio
import multiprocessing
import resource
import socket
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import cast

from rich.console import Console
from rich.table import Table

from .__main__ import contenders
from .echo import HOST
from .workloads import NewLoop

MIB = 1024 * 1024
WHOLE = 100 * MIB
PIECE = 64 * 1024


def resident() -> int:
    """Give the bytes of memory that this process has now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize()


class Idle(asyncio.Protocol):
    """Waits."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport, as any protocol does."""
        self.transport = transport


class Source(asyncio.Protocol):
    """Writes 100 MiB in pieces, and no more while it is told to pause."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self.transport = cast("asyncio.Transport", transport)
        self.left = WHOLE // PIECE
        self.paused = False
        self.pump()

    def pause_writing(self) -> None:
        """Stop for now."""
        self.paused = True

    def resume_writing(self) -> None:
        """Go on."""
        self.paused = False
        self.pump()

    def pump(self) -> None:
        """Write as long as it may."""
        while self.left and not self.paused:
            self.left -= 1
            self.transport.write(bytes(PIECE))
        if not self.left:
            self.transport.close()


def serve(new: NewLoop, protocol: Callable[[], asyncio.Protocol], control: Connection) -> None:
    """Serve until told to end, and tell the memory that is in use whenever asked: a contender's main function."""
    loop = new()
    most = 0

    def look() -> None:
        nonlocal most
        most = max(most, resident())
        loop.call_later(0.005, look)

    async def begin() -> None:
        server = await loop.create_server(protocol, HOST, 0, backlog=1024)
        control.send(server.sockets[0].getsockname()[1])

    def answer() -> None:
        try:
            control.recv()
            control.send((resident(), most))
        except (EOFError, ConnectionError):
            loop.stop()

    loop.run_until_complete(begin())
    loop.add_reader(control.fileno(), answer)
    look()
    loop.run_forever()


def ask(control: Connection) -> tuple[int, int]:
    """Ask a server for its memory, now and at most, in bytes."""
    control.send(None)
    answer: tuple[int, int] = control.recv()
    return answer


def measured(new: NewLoop, protocol: type[asyncio.Protocol], use: Callable[[int, Connection], float]) -> float:
    """Start a server in a fresh process, use it, and give what the use found."""
    started = multiprocessing.get_context("spawn")
    ours, theirs = started.Pipe()
    process = started.Process(target=serve, args=(new, protocol, theirs), daemon=True)
    process.start()
    theirs.close()
    try:
        return use(ours.recv(), ours)
    finally:
        ours.close()
        process.join()


def idle_connections(count: int) -> Callable[[int, Connection], float]:
    """Give a client that opens `count` connections and finds the growth for each, in KiB."""

    def use(port: int, control: Connection) -> float:
        socket.create_connection((HOST, port)).close()
        before, _ = ask(control)
        peers = [socket.create_connection((HOST, port)) for _ in range(count)]
        after, _ = ask(control)
        for peer in peers:
            peer.close()
        return (after - before) / count / 1024

    return use


def slow_reader(port: int, control: Connection) -> float:
    """Take 100 MiB and give the growth at most, in MiB."""
    before, _ = ask(control)
    left = WHOLE
    with socket.create_connection((HOST, port)) as peer:
        while left:
            left -= len(peer.recv(PIECE))
    _, most = ask(control)
    return (most - before) / MIB


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.memory", description=__doc__)
    parser.add_argument("--connections", type=int, default=10_000, metavar="N")
    options = parser.parse_args()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, options.connections + 200), most))
    table = Table(title="memory of servers")
    table.add_column("loop")
    table.add_column(f"KiB for each of {options.connections:,} idle connections", justify="right")
    table.add_column("MiB more while 100 MiB went through", justify="right")
    for name, new in contenders().items():
        each = measured(new, Idle, idle_connections(options.connections))
        flow = measured(new, Source, slow_reader)
        table.add_row(name, f"{each:.2f}", f"{flow:.1f}")
    Console().print(table)


if __name__ == "__main__":
    main()
