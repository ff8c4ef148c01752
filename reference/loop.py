"""The loop: everything put together.

An event loop is a queue of callbacks and a wait. It takes what is in the queue, runs it, then waits until there is
more, because a descriptor became ready, a timer came due, or another thread or a signal asked. Everything else that
asyncio offers, Tasks and streams and locks, comes down to callbacks in that queue. So it is built, from the ground up:

    handle        a callback that waits for its turn
    reports       what goes wrong is told to the exception handler; debug mode watches over the user
    wakeup        a pair of sockets by which others end the wait
    descriptors   a selector says which descriptors are ready
    scheduler     the queue, the timers and the iteration: poll, collect, run
    threads       blocking work goes to an executor, and its results come back as callbacks
    addresses     which need no resolver, and in which order to try them
    sockets       the caller's own sockets: try, wait until it is ready, try again
    flow          what a transport tells its protocol: when a writer is to pause and when to go on
    endpoint      what all transports on a descriptor share, above all their end
    reading       the receiving half of a transport; writing is the sending one
    stream        both: the transport of a connected socket
    connect       from a host name or a path to a transport
    server        from a listening socket to many transports
    listen        from an interface and a port to a server
    unix          both of these on paths; unix_files cleans up after them
    datagram      the transport that has no connection
    sendfile      files, through the kernel where that can be
    tls_machine   what TLS says, bytes in and bytes out; tls_core and tls_layer ask it, between a stream transport and a
                  tls_transport; tls puts them there
    asyncgens     generators that nobody finished are closed
    signals       callbacks for the signals of the process
    pipes         either half: the two ends of a pipe
    child_exit    the ways to wait for a child; child is the transport of one; process starts them
    loop          here: running, stopping and closing, and who makes Futures and Tasks
    future        a result for later, with callbacks that go into the queue when it is there
    task          a coroutine that is moved one step by each callback, and waits for a future in between
    private       the few private names of asyncio that its upper layers expect of all these

One iteration is `Scheduler.run_once()`, and these are its rules:

1.  It polls. The poll may last until the next timer, and not at all while something is in the queue or the loop is to
    stop. With nothing to watch and work at hand it is left out.
2.  The callbacks of ready descriptors go into the queue, then those of timers that are due.
3.  It runs what is in the queue now, in order. What is added meanwhile is for the next iteration: so no callback can
    keep descriptors and timers waiting for ever, and stop() has a clear end.
4.  A callback runs alone, in the thread that runs the loop, in the context it was given. What it raises goes to the
    exception handler. SystemExit and KeyboardInterrupt leave the run, and the queue keeps what was not yet run.

Other threads come in by one door only: `call_soon_threadsafe()` appends to the queue, then wakes the loop. A deque's
append needs no lock of ours, so the door is open to signal handlers too, which must never wait for one. The order
matters: first the queue, then the byte; and on the other side first the byte, then the queue.

A run changes its thread for as long as it lasts: the running loop, the hooks for asynchronous generators, the signal
wake-up and, in debug mode, the tracking of coroutine origins. `end_run()` puts all of it back, whatever ended the run.

A loop is made of small methods so that each promise has one place. Whoever wants to see what a promise is worth can
break it there: subclass, override, run. `future_type` and `task_type` exchange the classes of Futures and Tasks.
"""

import asyncio
import sys
import threading
import warnings
from collections.abc import Awaitable, Callable, Coroutine, Generator
from typing import Any, ClassVar, TypeVar, cast

from .asyncgens import AsyncGenerators
from .datagram import Datagrams
from .future import Future
from .private import forgive_pending, get_running_loop, set_running_loop
from .process import Processes
from .sendfile import SendFile
from .signals import Signals
from .task import Task
from .tls import TLS
from .unix import UnixSockets

_T = TypeVar("_T")


class Loop(Signals, Processes, TLS, UnixSockets, Datagrams, SendFile, AsyncGenerators):
    """An event loop.

    Arguments:
        selector: what to poll with; None means the platform's best. The loop owns it and closes it.
    """

    future_type: ClassVar[type[asyncio.Future[Any]]] = Future
    task_type: ClassVar[type[asyncio.Task[Any]]] = Task

    task_factory: Callable[..., Any] | None = None

    # Running.

    def run_forever(self) -> None:
        """Run until stop() is called (running-07 to 15).

        Raises:
            RuntimeError: the loop is closed or runs already, or another loop runs in this thread.
        """
        self.check_closed()
        self.check_not_running()
        try:
            self.begin_run()
            while True:
                self.run_once()
                if self.stopping:
                    break
        finally:
            self.end_run()

    def check_not_running(self) -> None:
        """Refuse a nested run (running-05, 06, 37)."""
        if self.is_running():
            raise RuntimeError("This event loop is already running")
        if get_running_loop() is not None:
            raise RuntimeError("Cannot run the event loop while another loop is running")

    def begin_run(self) -> None:
        """Take the thread over: running loop, generator hooks, signals, coroutine origins."""
        self.thread_id = threading.get_ident()
        self.install_hooks()
        self.wakeup.watch_signals()
        if self.debug:
            self.track_origins(True)
        set_running_loop(self)

    def end_run(self) -> None:
        """Give the thread back as it was, also from a run that hardly began (current-02b, asyncgens-05)."""
        self.stopping = False
        self.thread_id = None
        set_running_loop(None)
        self.track_origins(False)
        self.wakeup.unwatch_signals()
        self.remove_hooks()

    def run_until_complete(self, future: Generator[Any, None, _T] | Awaitable[_T]) -> _T:
        """Run until `future` is done and give its result (running-01 to 05, 38, 39, 41).

        Raises:
            RuntimeError: as run_forever() does, or the loop was stopped before the future was done.
            ValueError: the future belongs to another loop.
        """
        self.check_closed()
        self.check_not_running()
        is_own = not asyncio.isfuture(future)
        awaited: asyncio.Future[_T] = asyncio.ensure_future(cast("Awaitable[_T]", future), loop=self)
        if is_own:
            forgive_pending(awaited)  # whoever leaves this run by stop() or Ctrl-C knows that the Task did not end
        awaited.add_done_callback(self.awaited_done)
        try:
            self.run_forever()
        except BaseException:
            if is_own and awaited.done() and not awaited.cancelled():
                awaited.exception()  # it is the very error on its way out: nobody else will retrieve it
            raise
        finally:
            awaited.remove_done_callback(self.awaited_done)
        if not awaited.done():
            raise RuntimeError("Event loop stopped before Future completed.")
        return awaited.result()

    def awaited_done(self, future: "asyncio.Future[Any]") -> None:
        """Stop, unless the future's error left the run already: then this is a later run, and not to be stopped."""
        if future.cancelled() or not isinstance(future.exception(), (SystemExit, KeyboardInterrupt)):
            self.stop()

    def stop(self) -> None:
        """End the run after the current iteration, or the next run after its first (running-08a to 14)."""
        self.stopping = True

    def is_running(self) -> bool:
        """Tell whether the loop runs, in whatever thread (running-18)."""
        return self.thread_id is not None

    # Closing.

    def is_closed(self) -> bool:
        """Tell whether close() was called (running-19)."""
        return self.closed

    def close(self) -> None:
        """Drop what is pending and give all resources back; again does nothing (running-19 to 27).

        Raises:
            RuntimeError: the loop is running.
        """
        if self.is_running():
            raise RuntimeError("Cannot close a running event loop")
        if self.closed:
            return
        self.closed = True
        self.ready.clear()
        self.timers.clear()
        self.close_signals()
        self.close_executor()
        self.close_descriptors()

    def __del__(self) -> None:
        # A loop whose __init__ failed has no such attribute.
        if not getattr(self, "closed", True):
            warnings.warn(f"unclosed event loop {self!r}", ResourceWarning, source=self, stacklevel=2)
            if not self.is_running():
                self.close()

    # Futures and Tasks.

    def create_future(self) -> "asyncio.Future[Any]":
        """Make a pending future of this loop (future-14a, 14b)."""
        return self.future_type(loop=self)

    def create_task(
        self, coro: Generator[Any, None, _T] | Coroutine[Any, Any, _T], **options: Any
    ) -> "asyncio.Task[_T]":
        """Make a Task of `coro` and schedule its first step (task-01a to 10a).

        Arguments:
            coro: the coroutine object.
            options: `name`, `context`, `eager_start`, and whatever else the task factory understands.

        Raises:
            RuntimeError: the loop is closed.
        """
        if self.closed:
            self.check_closed()
        factory = self.task_factory
        if factory is None:
            make: Callable[..., asyncio.Task[_T]] = self.task_type
            return make(coro, loop=self, **options)
        return self.call_task_factory(factory, coro, options)

    def call_task_factory(
        self, factory: Callable[..., Any], coro: object, options: dict[str, Any]
    ) -> "asyncio.Task[_T]":
        """Call a factory with the keywords of this Python version.

        From 3.14 it gets every keyword that the caller gave (task-06a). Before, factories of two arguments were the
        rule: the name is set afterwards and a context of None left out (task-07a, 07b).
        """
        task: asyncio.Task[_T]
        if sys.version_info >= (3, 14):
            task = factory(self, coro, **options)
            return task
        name = options.pop("name", None)
        if options.get("context", self) is None:
            del options["context"]
        task = factory(self, coro, **options)
        if name is not None:
            task.set_name(name)
        return task

    def set_task_factory(self, factory: Callable[..., Any] | None) -> None:
        """Have `factory(loop, coro, **options)` make the Tasks; None brings the default back (task-09 to 12)."""
        if factory is not None and not callable(factory):
            raise TypeError(f"task factory must be a callable or None, got {factory!r}")
        self.task_factory = factory

    def get_task_factory(self) -> Callable[..., Any] | None:
        """Give the task factory, or None while the default is in use (task-13a, 13b)."""
        return self.task_factory

    def __repr__(self) -> str:
        return f"<{type(self).__name__} running={self.is_running()} closed={self.is_closed()} debug={self.get_debug()}>"


class AcceleratedLoop(Loop):
    """The same loop with asyncio's own Future and Task, written in C."""

    future_type = asyncio.Future
    task_type = asyncio.Task


def new_event_loop() -> Loop:
    """Make a loop; fits `asyncio.Runner(loop_factory=...)`."""
    return Loop()


def new_accelerated_event_loop() -> Loop:
    """Make a loop that uses asyncio's Future and Task."""
    return AcceleratedLoop()
