"""How it is measured: every contender once a round, in changing order, and ratios within a round only."""

import asyncio
import gc
import random
import statistics
import time
from asyncio import AbstractEventLoop
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any

from .served import ServerWorkload, serving
from .workloads import NewLoop, Workload


class PureLoop(asyncio.SelectorEventLoop):
    """asyncio's loop with asyncio's Futures and Tasks in Python: what the reference's own are compared with."""

    def create_future(self) -> "asyncio.Future[Any]":
        """Make a future in pure Python."""
        return asyncio.futures._PyFuture(loop=self)  # type: ignore[attr-defined, no-any-return]

    def create_task(self, coro: Coroutine[Any, Any, Any], **options: Any) -> "asyncio.Task[Any]":
        """Make a task in pure Python."""
        return asyncio.tasks._PyTask(coro, loop=self, **options)  # type: ignore[attr-defined, no-any-return]


@dataclass(frozen=True)
class Ratios:
    """How often faster one contender was than another, round by round."""

    values: Sequence[float]

    @property
    def median(self) -> float:
        """The middle one."""
        return statistics.median(self.values)

    @property
    def quartiles(self) -> tuple[float, float]:
        """Between which half of the rounds lie."""
        low, _, high = statistics.quantiles(self.values, n=4)
        return low, high


def time_once(workload: Workload, new: NewLoop, clock: Callable[[], float]) -> float:
    """Give the seconds that one run of a workload takes on a new loop."""
    loop: AbstractEventLoop = new()
    gc.collect()
    gc.disable()
    try:
        started = clock()
        workload.run(loop, new)
        return clock() - started
    finally:
        gc.enable()
        loop.close()


def measure(
    workload: Workload, contenders: dict[str, NewLoop], rounds: int, clock: Callable[[], float]
) -> dict[str, list[float]]:
    """Give the seconds of every round for every contender; a first round is for warming up and not counted."""
    gc.freeze()  # what exists before is nobody's garbage, and collecting around it would take most of the time
    order = list(contenders)
    shuffle = random.Random(0).shuffle
    seconds: dict[str, list[float]] = {name: [] for name in contenders}
    for count in range(rounds + 1):
        shuffle(order)
        for name in order:
            elapsed = time_once(workload, contenders[name], clock)
            if count:
                seconds[name].append(elapsed)
    return seconds


def measure_servers(workload: ServerWorkload, contenders: dict[str, NewLoop], rounds: int) -> dict[str, list[float]]:
    """Give the processor seconds that each contender's server took in every round; the first is not counted."""
    shuffle = random.Random(0).shuffle
    seconds: dict[str, list[float]] = {name: [] for name in contenders}
    with serving(workload, contenders) as servers:
        order = list(servers)
        for count in range(rounds + 1):
            shuffle(order)
            for name in order:
                before = servers[name].seconds()
                workload.drive(servers[name])
                if count:
                    seconds[name].append(servers[name].seconds() - before)
    return seconds


def ratios(seconds: dict[str, list[float]], of: str, against: str) -> Ratios:
    """Compare two contenders within each round: above 1 means that `of` is faster."""
    return Ratios([theirs / ours for ours, theirs in zip(seconds[of], seconds[against], strict=True)])


CLOCKS = {"cpu": time.process_time, "wall": time.perf_counter}
