"""Loops on Qt's event dispatcher. Qt allows one application object a process, which all loops made here share."""

from __future__ import annotations

import asyncio
from typing import Any

_application: list[Any] = []
"""Keeps the application object alive: Qt's bindings would destroy it with its last reference."""


def application() -> Any:
    """Return the application object of this process; a core one needs neither a display nor a platform plugin."""
    from PySide6.QtCore import QCoreApplication

    if not _application:
        _application.append(QCoreApplication.instance() or QCoreApplication([]))
    return _application[0]


def new_qasync_loop() -> asyncio.AbstractEventLoop:
    """Return a loop of qasync."""
    import qasync

    loop: asyncio.AbstractEventLoop = qasync.QEventLoop(application())
    return loop


def new_asyncqtpy_loop() -> asyncio.AbstractEventLoop:
    """Return a loop of asyncqtpy."""
    import asyncqtpy

    loop: asyncio.AbstractEventLoop = asyncqtpy.QEventLoop(application())
    return loop


def new_qtasyncio_loop() -> asyncio.AbstractEventLoop:
    """Return a loop of PySide6's QtAsyncio, which ends the application's event loop where it ends itself."""
    from PySide6.QtAsyncio import QAsyncioEventLoop

    loop: asyncio.AbstractEventLoop = QAsyncioEventLoop(application())
    return loop
