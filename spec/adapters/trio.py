"""trio-asyncio's synchronous loop: the one that can be run and closed like any other, without being inside trio."""

from __future__ import annotations

import asyncio


def new_event_loop() -> asyncio.AbstractEventLoop:
    """Return what trio-asyncio, once imported, makes of ``asyncio.new_event_loop()`` outside trio."""
    import trio_asyncio  # noqa: F401 - its import is what replaces the policy

    return asyncio.new_event_loop()
