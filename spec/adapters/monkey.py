"""asyncio-gevent in a process that gevent has patched, as most programs use it. The import patches, once."""

from __future__ import annotations

import asyncio

from gevent.monkey import patch_all

patch_all()


def new_event_loop() -> asyncio.AbstractEventLoop:
    """Return a loop of asyncio-gevent; the standard library's blocking calls are gevent's by now."""
    import asyncio_gevent

    loop: asyncio.AbstractEventLoop = asyncio_gevent.EventLoop()
    return loop
