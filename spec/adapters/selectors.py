"""The standard library's selector loop on its other selectors; which one it takes by itself depends on the system."""

from __future__ import annotations

import asyncio
import selectors


def new_poll_loop() -> asyncio.AbstractEventLoop:
    """Return asyncio's selector loop on ``poll()``."""
    return asyncio.SelectorEventLoop(selectors.PollSelector())


def new_select_loop() -> asyncio.AbstractEventLoop:
    """Return asyncio's selector loop on ``select()``, which has no descriptors above 1023."""
    return asyncio.SelectorEventLoop(selectors.SelectSelector())
