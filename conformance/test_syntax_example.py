"""The example of the founding document, as it was printed."""

from __future__ import annotations

import asyncio
import contextlib
import io
import time
from asyncio import AbstractEventLoop
from typing import Any

from loopcert.conformance.kit import Trace, check, equal, requirement

TICK = time.get_clock_info("monotonic").resolution


async def hello_world() -> str:
    """The first coroutine of the example."""
    print("Hello World!")
    await asyncio.sleep(3)
    print("Bye World!")
    return "Hello World"


async def hello_lfzyx() -> str:
    """The second coroutine of the example."""
    print("Hello lfzyx!")
    print("Bye lfzyx!")
    return "lfzyx"


def callback(re: Any) -> None:
    """The done callback of the example."""
    print("Callback: ", re.result())


class Clocked(io.StringIO):
    """Standard output that notes when each piece of text was written."""

    def __init__(self, clock: Any) -> None:
        super().__init__()
        self.clock = clock
        self.times: dict[str, float] = {}

    def write(self, text: str, /) -> int:
        """Write."""
        self.times[text] = self.clock()
        return super().write(text)


@requirement("syntax-06")
def test_the_example_prints_what_it_says(loop: AbstractEventLoop, trace: Trace) -> None:
    asyncio.set_event_loop(loop)  # get_event_loop() made one when the example was written
    with contextlib.redirect_stdout(Clocked(loop.time)) as out:
        task = asyncio.gather(asyncio.ensure_future(hello_world()), asyncio.ensure_future(hello_lfzyx()))
        task.add_done_callback(callback)
        loop.run_until_complete(task)
        loop.close()
    trace.seen.extend(out.getvalue().splitlines())
    trace.expect("Hello World!", "Hello lfzyx!", "Bye lfzyx!", "Bye World!", "Callback:  ['Hello World', 'lfzyx']")
    paused = out.times["Bye World!"] - out.times["Hello World!"]
    check(paused >= 3 - TICK, f"seconds from 'Hello World!' to 'Bye World!', wanted 3: saw {paused}")
    equal(loop.is_closed(), True, "is_closed() at the end of the example")
