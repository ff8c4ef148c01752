"""What is measured: small programs that lean on one promise of a loop each."""

import asyncio
import random
import socket
import threading
from asyncio import AbstractEventLoop
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

NewLoop = Callable[[], AbstractEventLoop]


@dataclass(frozen=True)
class Workload:
    """A program to run on a loop, which is new and is closed afterwards; the factory is for those that need more."""

    name: str
    run: Callable[[AbstractEventLoop, NewLoop], object]
    rounds: int = 15
    """How often it is measured; fewer for the long ones."""


class Ended(asyncio.SubprocessProtocol):
    """Tells when its child is over."""

    def __init__(self) -> None:
        """Take the loop that runs."""
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 -- the signature is asyncio's
        """Tell it: all pipes are closed and the child was waited for."""
        self.ended.set_result(None)


def nothing() -> None:
    """Do the least that a callback can do."""


def soon_batch(loop: AbstractEventLoop, _: NewLoop) -> None:
    """Queue many callbacks, then run them in one go."""
    for _number in range(10_000):
        loop.call_soon(nothing)
    loop.call_soon(loop.stop)
    loop.run_forever()


def soon_chain(loop: AbstractEventLoop, _: NewLoop) -> None:
    """Let each callback queue the next: one iteration each."""
    left = 5_000

    def step() -> None:
        nonlocal left
        left -= 1
        if left:
            loop.call_soon(step)
        else:
            loop.stop()

    loop.call_soon(step)
    loop.run_forever()


def timers(count: int) -> Callable[[AbstractEventLoop, NewLoop], None]:
    """Give a program that sets `count` timers out of order, cancels every other one and runs the rest."""
    offsets = [number * 1e-7 for number in range(count)]
    random.Random(count).shuffle(offsets)

    def run(loop: AbstractEventLoop, _: NewLoop) -> None:
        now = loop.time()
        handles = [loop.call_at(now + offset, nothing) for offset in offsets]
        for handle in handles[::2]:
            handle.cancel()
        loop.call_at(now + count * 1e-7, loop.stop)
        loop.run_forever()

    return run


def threadsafe_burst(loop: AbstractEventLoop, _: NewLoop) -> None:
    """Have another thread send many calls at once."""

    def send() -> None:
        for _ in range(3_000):
            loop.call_soon_threadsafe(nothing)
        loop.call_soon_threadsafe(loop.stop)

    thread = threading.Thread(target=send)
    loop.call_soon(thread.start)
    loop.run_forever()
    thread.join()


def threadsafe_single(loop: AbstractEventLoop, _: NewLoop) -> None:
    """Have another thread send a call, wait for it, and send the next: one wake-up each."""
    arrived = threading.Semaphore(0)

    def send() -> None:
        for _ in range(400):
            loop.call_soon_threadsafe(arrived.release)
            arrived.acquire()
        loop.call_soon_threadsafe(loop.stop)

    thread = threading.Thread(target=send)
    loop.call_soon(thread.start)
    loop.run_forever()
    thread.join()


def executor(loop: AbstractEventLoop, _: NewLoop) -> None:
    """Await small jobs of a thread pool, ten at a time."""

    async def main() -> None:
        with ThreadPoolExecutor(1) as pool:
            for _ in range(30):
                await asyncio.gather(*(loop.run_in_executor(pool, nothing) for _ in range(10)))

    loop.run_until_complete(main())


def futures(loop: AbstractEventLoop, _: NewLoop) -> None:
    """Await futures that a callback completes."""

    async def main() -> None:
        for _ in range(2_000):
            future = loop.create_future()
            loop.call_soon(future.set_result, None)
            await future

    loop.run_until_complete(main())


def task_steps(loop: AbstractEventLoop, _: NewLoop) -> None:
    """Move one task by bare yields: a step an iteration."""

    async def main() -> None:
        for _ in range(5_000):
            await asyncio.sleep(0)

    loop.run_until_complete(main())


async def _leaf() -> None:
    await asyncio.sleep(0)


def tasks_one_by_one(loop: AbstractEventLoop, _: NewLoop) -> None:
    """Make a task and await it, again and again."""

    async def main() -> None:
        for _ in range(2_000):
            await loop.create_task(_leaf())

    loop.run_until_complete(main())


def tasks_together(loop: AbstractEventLoop, _: NewLoop) -> None:
    """Gather many tasks."""

    async def main() -> None:
        await asyncio.gather(*(_leaf() for _ in range(2_000)))

    loop.run_until_complete(main())


def queue(loop: AbstractEventLoop, _: NewLoop) -> None:
    """Pass items from one task to another through a queue of one."""

    async def produce(items: "asyncio.Queue[int]") -> None:
        for number in range(1_000):
            await items.put(number)

    async def main() -> None:
        items: asyncio.Queue[int] = asyncio.Queue(1)
        task = loop.create_task(produce(items))
        for _ in range(1_000):
            await items.get()
        await task

    loop.run_until_complete(main())


def watchers(loop: AbstractEventLoop, _: NewLoop) -> None:
    """Send one byte to and fro between two watched sockets."""
    left, right = socket.socketpair()
    left.setblocking(False)
    right.setblocking(False)
    remaining = 1_000

    def echo() -> None:
        right.send(right.recv(1))

    def again() -> None:
        nonlocal remaining
        remaining -= 1
        if remaining:
            left.send(left.recv(1))
        else:
            loop.stop()

    with left, right:
        loop.add_reader(left, again)
        loop.add_reader(right, echo)
        left.send(b"x")
        loop.run_forever()
        loop.remove_reader(left)
        loop.remove_reader(right)


def loops(_loop: AbstractEventLoop, new: NewLoop) -> None:
    """Make, run once and close loops of the same kind."""
    for _ in range(50):
        other = new()
        other.call_soon(other.stop)
        other.run_forever()
        other.close()


def children(loop: AbstractEventLoop, _: NewLoop) -> None:
    """Start small children and wait for each; only the parent's processor time counts."""

    async def main() -> None:
        for _ in range(8):
            transport, protocol = await loop.subprocess_exec(Ended, "/bin/true", stdin=None, stdout=None, stderr=None)
            await protocol.ended
            transport.close()

    loop.run_until_complete(main())


WORKLOADS = (
    Workload("call_soon, in a batch", soon_batch),
    Workload("call_soon, in a chain", soon_chain),
    Workload("timers, 10,000, half cancelled", timers(10_000), rounds=9),
    Workload("timers, 100,000, half cancelled", timers(100_000), rounds=6),
    Workload("thread-safe calls, in a burst", threadsafe_burst),
    Workload("thread-safe calls, one by one", threadsafe_single),
    Workload("run_in_executor", executor),
    Workload("futures awaited", futures),
    Workload("task steps", task_steps),
    Workload("tasks, one by one", tasks_one_by_one),
    Workload("tasks, together", tasks_together),
    Workload("queue between tasks", queue),
    Workload("watched sockets", watchers),
    Workload("loops made and closed", loops),
    Workload("child processes", children),
)
