"""Faults of waiting that those notice who wait at a Queue when it is shut down."""

from __future__ import annotations

from loopcert.conformance.faults import fault
from loopcert.conformance.faults._waiting import AwaitDoesNotWait, LosesWakeups


@fault(breaks="queue-09a", wide="no Future wakes anybody", python=">=3.13")
class ShutdownForgetsPutters(LosesWakeups):
    """A task that waits in put() never learns of the shutdown."""


@fault(breaks="queue-09b", wide="no Future wakes anybody", python=">=3.13")
class ShutdownForgetsGetters(LosesWakeups):
    """A task that waits in get() never learns of the shutdown."""


@fault(breaks="queue-10", wide="no Future wakes anybody", python=">=3.13")
class ShutdownForgetsJoiners(LosesWakeups):
    """A task that waits in join() never learns of the shutdown."""


@fault(breaks="queue-10", wide="no Future is waited for", python=">=3.13")
class JoinedBeforeTheShutdown(AwaitDoesNotWait):
    """join() returns before the shutdown, while items are unfinished."""


@fault(breaks="queue-19", wide="no Future is waited for", python=">=3.13")
class JoinedBeforeTheWork(AwaitDoesNotWait):
    """join() returns although items are left after a shutdown."""
