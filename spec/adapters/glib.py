"""Loops on GLib's main loop: PyGObject's own, and gbulb's."""

from __future__ import annotations

import asyncio


def new_gi_loop() -> asyncio.AbstractEventLoop:
    """Return PyGObject's loop on a main context of its own."""
    from gi.events import GLibEventLoop
    from gi.repository import GLib

    loop: asyncio.AbstractEventLoop = GLibEventLoop(GLib.MainContext.new())
    return loop


def new_gbulb_loop() -> asyncio.AbstractEventLoop:
    """Return gbulb's loop on a main context of its own."""
    import gbulb
    from gi.repository import GLib

    loop: asyncio.AbstractEventLoop = gbulb.GLibEventLoop(GLib.MainContext.new())
    return loop
