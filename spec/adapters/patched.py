"""Loops that are another loop with methods replaced, or a proxy before one."""

from __future__ import annotations

import asyncio


def new_aiofastnet_loop() -> asyncio.AbstractEventLoop:
    """Return asyncio's selector loop with aiofastnet's transports."""
    return _with_fast_transports(asyncio.SelectorEventLoop())


def new_aiofastnet_uvloop() -> asyncio.AbstractEventLoop:
    """Return uvloop with aiofastnet's transports."""
    import uvloop

    return _with_fast_transports(uvloop.new_event_loop())


def _with_fast_transports(parent: asyncio.AbstractEventLoop) -> asyncio.AbstractEventLoop:
    import aiofastnet

    loop: asyncio.AbstractEventLoop = aiofastnet.patch_loop(parent)
    return loop


def new_nested_loop() -> asyncio.AbstractEventLoop:
    """Return asyncio's selector loop made re-entrant by nest_asyncio2."""
    import nest_asyncio2

    loop = asyncio.SelectorEventLoop()
    nest_asyncio2.apply(loop)
    return loop


def new_looptime_loop() -> asyncio.AbstractEventLoop:
    """Return asyncio's selector loop with the clock of looptime, switched on."""
    import looptime

    loop: asyncio.AbstractEventLoop = looptime.patch_event_loop(asyncio.SelectorEventLoop())
    return loop


def new_proxy_loop() -> asyncio.AbstractEventLoop:
    """Return aioloop_proxy's proxy before asyncio's selector loop, which is closed with it."""
    import aioloop_proxy

    parent = asyncio.SelectorEventLoop()
    loop: asyncio.AbstractEventLoop = aioloop_proxy.LoopProxy(parent)
    close = loop.close

    def close_both() -> None:
        close()
        parent.close()

    loop.close = close_both  # type: ignore[method-assign]
    return loop
