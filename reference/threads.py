"""What the loop does in other threads: executors and name lookups."""

import asyncio
import contextlib
import socket
import threading
import warnings
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from typing import Any, TypeVar

from .handle import Ts
from .scheduler import Scheduler, set_ready

_T = TypeVar("_T")


class Threads(Scheduler):
    """The part of a loop that has blocking work done elsewhere."""

    default_executor: ThreadPoolExecutor | None = None
    executor_shut_down = False

    def run_in_executor(self, executor: Executor | None, func: Callable[[*Ts], _T], *args: *Ts) -> asyncio.Future[_T]:
        """Run `func(*args)` in an executor; None means the default one (executor-01 to 06).

        Raises:
            RuntimeError: the loop is closed, or its default executor was shut down.
        """
        self.check_closed()
        if self.debug:
            self.check_callback(func, "run_in_executor")
        if executor is None:
            executor = self.get_default_executor()
        return asyncio.wrap_future(executor.submit(func, *args), loop=self)

    def get_default_executor(self) -> ThreadPoolExecutor:
        """Give the default executor, made when first needed (executor-04a, 10)."""
        if self.executor_shut_down:
            raise RuntimeError("Executor shutdown has been called")
        if self.default_executor is None:
            self.default_executor = ThreadPoolExecutor(thread_name_prefix="loopcert")
        return self.default_executor

    def set_default_executor(self, executor: ThreadPoolExecutor) -> None:  # type: ignore[override]  # typeshed: any
        """Set what runs the functions of executor=None (executor-07, 08).

        Raises:
            TypeError: it is not a ThreadPoolExecutor.
        """
        if not isinstance(executor, ThreadPoolExecutor):
            raise TypeError(f"executor must be a ThreadPoolExecutor, got {executor!r}")
        self.default_executor = executor

    async def shutdown_default_executor(self, timeout: float | None = None) -> None:
        """Close the default executor and wait until its threads have ended (executor-09 to 12b, 23).

        After `timeout` seconds a RuntimeWarning is given and the threads are left to themselves; None waits on.
        """
        self.executor_shut_down = True
        executor = self.default_executor
        if executor is None:
            return
        finished = self.create_future()
        thread = threading.Thread(target=self.join_executor, args=(executor, finished))
        thread.start()
        try:
            async with asyncio.timeout(timeout):
                await finished
        except TimeoutError:
            text = f"The executor did not finish joining its threads within {timeout} seconds."
            warnings.warn(text, RuntimeWarning, stacklevel=2)
            executor.shutdown(wait=False)
        else:
            thread.join()

    def join_executor(self, executor: Executor, finished: "asyncio.Future[None]") -> None:
        """Wait, in a thread of its own, for the executor's threads, and tell the loop."""
        executor.shutdown(wait=True)
        with contextlib.suppress(RuntimeError):  # the loop has been closed
            self.call_soon_threadsafe(set_ready, finished)

    def close_executor(self) -> None:
        """Shut the default executor down without waiting for its threads (running-23a, 23b)."""
        self.executor_shut_down = True
        if self.default_executor is not None:
            self.default_executor.shutdown(wait=False)
            self.default_executor = None

    async def getaddrinfo(
        self, host: bytes | str | None, port: bytes | str | int | None, *,
        family: int = 0, type: int = 0, proto: int = 0, flags: int = 0  # noqa: A002  # the documented name
    ) -> list[Any]:  # fmt: skip
        """Do as socket.getaddrinfo() does, in the default executor (executor-13, 14)."""
        return await self.run_in_executor(None, socket.getaddrinfo, host, port, family, type, proto, flags)

    async def getnameinfo(self, sockaddr: tuple[Any, ...], flags: int = 0) -> tuple[str, str]:
        """Do as socket.getnameinfo() does, in the default executor (executor-15)."""
        return await self.run_in_executor(None, socket.getnameinfo, sockaddr, flags)
