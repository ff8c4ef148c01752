"""Has a loop changed asyncio under our hands? Noted, never undone: some loops patch it once and rely on that."""

from __future__ import annotations

import asyncio
from asyncio import base_events, coroutines, events, futures, locks, queues, runners, streams, tasks, timeouts

_MODULES = (asyncio, base_events, coroutines, events, futures, locks, queues, runners, streams, tasks, timeouts)
_CLASSES = (
    asyncio.AbstractEventLoop,
    asyncio.BaseEventLoop,
    asyncio.Event,
    asyncio.Future,
    asyncio.Handle,
    asyncio.Queue,
    asyncio.Runner,
    asyncio.Task,
    asyncio.TimerHandle,
    asyncio.Timeout,
)


class Patches:
    """The names of asyncio as they were when last looked at."""

    def __init__(self) -> None:
        self._spaces = [
            *((each.__name__, vars(each)) for each in _MODULES),
            *((f"{each.__module__}.{each.__qualname__}", vars(each)) for each in _CLASSES),
        ]
        self._seen = [dict(space) for _, space in self._spaces]

    def found(self) -> list[str]:
        """Return what was added, removed or replaced since the last call, such as ``asyncio.events.get_event_loop``.

        A module's private names are its own business.
        """
        changed = []
        for number, (owner, space) in enumerate(self._spaces):
            before = self._seen[number]
            if space != before:
                names = sorted(before.keys() | space.keys())
                private = "_" if number < len(_MODULES) else "_abc"
                changed += [
                    f"{owner}.{name}"
                    for name in names
                    if before.get(name) is not space.get(name) and not name.startswith(private)
                ]
                self._seen[number] = dict(space)
        return changed
