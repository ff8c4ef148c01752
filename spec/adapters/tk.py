"""aiotkinter's loop, which waits for descriptors in Tcl's notifier."""

from __future__ import annotations

import asyncio


def new_event_loop() -> asyncio.AbstractEventLoop:
    """Return a new loop of aiotkinter's policy; no display is needed."""
    import aiotkinter

    loop: asyncio.AbstractEventLoop = aiotkinter.TkinterEventLoopPolicy().new_event_loop()
    return loop
