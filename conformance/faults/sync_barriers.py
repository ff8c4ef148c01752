"""Faults of waiting that the users of a Barrier notice."""

from __future__ import annotations

from loopcert.conformance.faults import fault
from loopcert.conformance.faults._waiting import DeafToCallbacks, LosesLaterWakeups, LosesWakeups


@fault(breaks="sync-24", wide="no callback can cancel a Task")
class BarrierKeepsTheCancelled(DeafToCallbacks):
    """A task that waits at a Barrier cannot be cancelled from outside."""


@fault(breaks="sync-26a", wide="no Future wakes anybody")
class ResetReachesNobody(LosesWakeups):
    """Those who wait at a Barrier never learn of its reset."""


@fault(breaks="sync-26b", wide="a Task is woken once")
class ResetBarrierStaysShut(LosesLaterWakeups):
    """A task that a reset drove out waits at the Barrier for ever when it comes again."""


@fault(breaks="sync-27", wide="no Future wakes anybody")
class AbortReachesNobody(LosesWakeups):
    """Those who wait at a Barrier never learn that it was broken."""


@fault(breaks="sync-28a", wide="a Task is woken once")
class BarrierOpensOnce(LosesLaterWakeups):
    """A task passes a Barrier once."""


@fault(breaks="sync-28b", wide="no Future wakes anybody")
class BarrierOpensForTheLast(LosesWakeups):
    """A Barrier lets the last party pass and nobody else."""


@fault(breaks="sync-32", wide="no Future wakes anybody")
class BarrierNeverEmpties(LosesWakeups):
    """Nobody leaves the Barrier, so it never fills again."""
