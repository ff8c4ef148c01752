"""When things run: the ready queue, the timers, and the iteration that serves them."""

import asyncio
import heapq
import itertools
import selectors
import time
from collections.abc import Callable
from contextvars import Context
from typing import Any

from .descriptors import LONGEST_WAIT, Descriptors
from .handle import Call, Handle, TimerHandle, Ts

Timer = tuple[float, int, TimerHandle]  # due time, number (so that no two compare by handle), handle

Waiter = asyncio.Future[None] | None

FEW_CANCELLED = 100  # so many cancelled timers may lie in the heap before a purge is worth it


class Scheduler(Descriptors):
    """The part of a loop that decides what runs when."""

    def __init__(self, selector: selectors.BaseSelector | None = None) -> None:
        super().__init__(selector)
        self.timers: list[Timer] = []
        self.timer_numbers = itertools.count()
        self.cancelled_timers = 0
        self.clock_resolution = time.get_clock_info("monotonic").resolution
        self.stopping = False

    # Asking for a call.

    def call_soon(self, callback: Call[*Ts], *args: *Ts, context: Context | None = None) -> Handle:
        """Call `callback(*args)` in the next iteration, in `context` or a copy of the current one (callbacks-01 to 08).

        Raises:
            RuntimeError: the loop is closed, or, in debug mode, runs in another thread.
        """
        if self.closed:
            self.check_closed()
        if self.debug:
            self.check_thread()
            self.check_callback(callback, "call_soon")
        handle = Handle(callback, args, self, context)
        self.ready.append(handle)
        return handle

    def call_later(self, delay: float, callback: Call[*Ts], *args: *Ts, context: Context | None = None) -> TimerHandle:
        """Call `callback(*args)` after `delay` seconds (timers-05 to 12)."""
        return self.call_at(self.time() + delay, callback, *args, context=context)

    def call_at(self, when: float, callback: Call[*Ts], *args: *Ts, context: Context | None = None) -> TimerHandle:
        """Call `callback(*args)` once time() reaches `when` (timers-13 to 21)."""
        if when is None:
            raise TypeError("when must not be None")
        if self.closed:
            self.check_closed()
        if self.debug:
            self.check_thread()
            self.check_callback(callback, "call_at")
        handle = TimerHandle(when, callback, args, self, context)
        heapq.heappush(self.timers, (when, next(self.timer_numbers), handle))
        return handle

    def time(self) -> float:
        """Give the seconds on the loop's monotonic clock (timers-01, 02)."""
        return time.monotonic()

    # One iteration.

    def run_once(self) -> None:
        """Poll, collect what became due, and run what is ready."""
        timeout = self.poll_timeout()
        if timeout != 0 or self.watched or self.stopping:
            self.process_events(self.poll(timeout))
        if self.timers:
            self.take_due_timers()
        if self.debug:
            self.run_ready_slowly()
        else:
            self.run_ready()

    def poll_timeout(self) -> float | None:
        """Give the seconds that the poll may last: none with work at hand, else until the next timer."""
        if self.ready or self.stopping:
            return 0
        if self.timers:
            self.drop_cancelled_timers()
        if not self.timers:
            return None
        return min(max(0, self.timers[0][0] - self.time()), LONGEST_WAIT)

    def take_due_timers(self) -> None:
        """Move the timers that are due into the queue; one tick of the clock early counts as due (timers-06)."""
        timers = self.timers
        limit = self.time() + self.clock_resolution
        while timers and timers[0][0] < limit:
            handle = heapq.heappop(timers)[2]
            handle.in_heap = False
            if handle.is_cancelled:
                self.cancelled_timers -= 1
            else:
                self.ready.append(handle)

    def run_ready(self) -> None:
        """Run what is in the queue now; what these callbacks add waits for the next iteration (running-11).

        Handles leave the queue one by one, so that an error that leaves the loop loses none.
        """
        take = self.ready.popleft
        run = self.run_handle
        for _ in range(len(self.ready)):
            run(take())

    def run_ready_slowly(self) -> None:
        """Do as run_ready() does, in debug mode: watch how long each callback takes."""
        for _ in range(len(self.ready)):
            handle = self.ready.popleft()
            started = self.time()
            self.run_handle(handle)
            elapsed = self.time() - started
            if elapsed >= self.slow_callback_duration:
                self.report_slow_handle(handle, elapsed)

    def run_handle(self, handle: Handle) -> None:
        """Run one callback in its context, unless it was cancelled, and report what it raises (errors-14, 15, 30)."""
        callback = handle.callback
        args = handle.args
        if callback is None or args is None:  # cancelled, perhaps by another thread between these two lines
            return
        try:
            handle.context.run(callback, *args)
        except (SystemExit, KeyboardInterrupt):
            raise
        except BaseException as error:  # noqa: BLE001  # a callback must not end the loop
            self.report_failed_handle(handle, error)
        finally:
            del handle, callback, args  # the traceback of an error that a Task stored keeps this frame

    # Cancelled timers leave the heap lazily: when they come up, or when they are the most of it.

    def drop_cancelled_timers(self) -> None:
        """Remove the cancelled timers that the loop would otherwise wake up for."""
        timers = self.timers
        while timers and timers[0][2].is_cancelled:
            heapq.heappop(timers)[2].in_heap = False
            self.cancelled_timers -= 1

    def _timer_handle_cancelled(self, _handle: asyncio.TimerHandle) -> None:
        """Called by TimerHandle.cancel() of a timer that lies in the heap."""
        self.cancelled_timers += 1
        if self.cancelled_timers > FEW_CANCELLED and self.cancelled_timers * 2 > len(self.timers):
            self.purge_timers()

    def purge_timers(self) -> None:
        """Rebuild the heap without the cancelled timers."""
        for timer in self.timers:
            timer[2].in_heap = not timer[2].is_cancelled
        self.timers[:] = [timer for timer in self.timers if timer[2].in_heap]
        heapq.heapify(self.timers)
        self.cancelled_timers = 0

    # The beginning of transports.

    async def until_begun(self, transport: Any) -> None:
        """Wait until a new transport has told its protocol."""
        waiter = self.create_future()
        self.call_soon(transport.begin, waiter)
        await until_done(waiter, transport.close)

    # From other threads.

    def call_soon_threadsafe(self, callback: Call[*Ts], *args: *Ts, context: Context | None = None) -> Handle:
        """Do as call_soon() does, from any thread or signal handler (callbacks-10 to 14, 29 to 32)."""
        if self.closed:
            self.check_closed()
        if self.debug:
            self.check_callback(callback, "call_soon_threadsafe")
        handle = Handle(callback, args, self, context)
        self.ready.append(handle)
        self.wake()
        return handle


def set_ready(waiter: Waiter) -> None:
    """Let a waiter go on, if there is one and it has not given up."""
    if waiter is not None and not waiter.done():
        waiter.set_result(None)


async def until_done(waiter: Any, give_up: Callable[[], object]) -> None:
    """Wait for the beginning of a transport; whoever is cancelled here gets none, so it is given up."""
    try:
        await waiter
    except BaseException:
        give_up()
        raise
