"""The reference with what every POSIX system has: `loopcert run portable:on_poll` (with this folder on PYTHONPATH)."""

import selectors
from typing import ClassVar

from loopcert.reference import Loop
from loopcert.reference.child import ChildTransport
from loopcert.reference.child_exit import ThreadWatch


class PortableChild(ChildTransport):
    """A child whose end a thread waits for, as where there are no descriptors of processes."""

    exit_watches = (ThreadWatch,)


class PortableLoop(Loop):
    """A loop with threads for children."""

    process_type: ClassVar[type[ChildTransport]] = PortableChild


def on_poll() -> Loop:
    """Make a loop on poll()."""
    return PortableLoop(selectors.PollSelector())


def on_select() -> Loop:
    """Make a loop on select(), which knows no descriptors beyond 1023."""
    return PortableLoop(selectors.SelectSelector())
