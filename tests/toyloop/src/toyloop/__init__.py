"""toyloop: asyncio's selector loop, with the horizon of a timer wheel and a count of its timers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextvars import Context
from typing import TypeVarTuple, Unpack

_Ts = TypeVarTuple("_Ts")

HORIZON = 64**6 / 1000
"""Seconds that a timer may lie ahead: six levels of 64 slots, a millisecond the finest; about two years."""


class Loop(asyncio.SelectorEventLoop):
    """An event loop that counts its timers, and takes none that lies beyond its horizon."""

    def __init__(self) -> None:
        super().__init__()
        self.timers = 0

    def call_at(
        self, when: float, callback: Callable[[Unpack[_Ts]], object], *args: *_Ts, context: Context | None = None
    ) -> asyncio.TimerHandle:
        """Schedule a timer; `OverflowError` for one that is due later than the horizon."""
        if when - self.time() > HORIZON:
            raise OverflowError(f"a timer may lie {HORIZON:.0f} s ahead at most")
        self.timers += 1
        return super().call_at(when, callback, *args, context=context)


def new_event_loop() -> Loop:
    """Return a new loop."""
    return Loop()
