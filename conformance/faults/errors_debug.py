"""Broken loops: debug mode."""

import os
import sys
from typing import Any, ClassVar

from loopcert.conformance.faults import fault
from loopcert.reference import Loop


@fault(breaks="errors-16a")
class VariableIgnored(Loop):
    """PYTHONASYNCIODEBUG does not switch debug mode on."""

    def __init__(self) -> None:
        super().__init__()
        self.debug = sys.flags.dev_mode


@fault(breaks="errors-16a")
class VariableReadAsANumber(Loop):
    """PYTHONASYNCIODEBUG=0 switches debug mode off."""

    def __init__(self) -> None:
        super().__init__()
        self.debug = bool(int(os.environ.get("PYTHONASYNCIODEBUG") or 0)) or sys.flags.dev_mode


@fault(breaks="errors-16b")
class DebugByDefault(Loop):
    """A new loop is in debug mode without a reason."""

    def __init__(self) -> None:
        super().__init__()
        self.debug = True


@fault(breaks="errors-16b")
class EmptyVariableCounts(Loop):
    """An empty PYTHONASYNCIODEBUG switches debug mode on."""

    def __init__(self) -> None:
        super().__init__()
        self.debug = self.debug or "PYTHONASYNCIODEBUG" in os.environ


@fault(breaks="errors-18")
class DevelopmentModeIgnored(Loop):
    """-X dev does not switch debug mode on."""

    def __init__(self) -> None:
        super().__init__()
        self.debug = bool(os.environ.get("PYTHONASYNCIODEBUG"))


@fault(breaks="errors-17")
class GetDebugAlwaysFalse(Loop):
    """get_debug() is always False."""

    def get_debug(self) -> bool:
        return False


@fault(breaks="errors-17")
class SetDebugRefusedWhileRunning(Loop):
    """set_debug() does nothing while the loop runs."""

    def set_debug(self, enabled: bool) -> None:
        if not self.is_running():
            super().set_debug(enabled)


@fault(breaks="errors-17")
class DebugShared(Loop):
    """set_debug() switches all loops."""

    shared: ClassVar[bool] = False

    def set_debug(self, enabled: bool) -> None:
        type(self).shared = enabled
        super().set_debug(enabled)

    def get_debug(self) -> bool:
        return self.shared


@fault(breaks="errors-19a")
class SlowIsASecond(Loop):
    """slow_callback_duration of a new loop is a second."""

    def __init__(self) -> None:
        super().__init__()
        self.slow_callback_duration = 1.0


class _SharedDuration(Loop):
    durations: ClassVar[list[float]] = [0.1]

    @property
    def slow_callback_duration(self) -> float:
        return self.durations[-1]

    @slow_callback_duration.setter
    def slow_callback_duration(self, value: float) -> None:
        self.durations.append(value)


@fault(breaks="errors-19b")
class DurationShared(_SharedDuration):
    """An assignment to slow_callback_duration is for all loops."""


@fault(breaks="errors-19b")
class DurationFixed(_SharedDuration):
    """An assignment to slow_callback_duration is ignored."""

    @property
    def slow_callback_duration(self) -> float:
        return self.durations[0]

    @slow_callback_duration.setter
    def slow_callback_duration(self, value: float) -> None:
        """Leave it as it is."""


@fault(breaks="errors-20")
class SlowCallbacksNotLogged(Loop):
    """Debug mode does not log slow callbacks."""

    def report_slow_handle(self, handle: Any, seconds: float) -> None:
        """Keep it to oneself."""


@fault(breaks="errors-32")
class EveryCallbackIsSlow(Loop):
    """Debug mode logs callbacks whatever slow_callback_duration says."""

    def run_handle(self, handle: Any) -> None:
        super().run_handle(handle)
        if self.get_debug():
            self.report_slow_handle(handle, 0.0)


@fault(breaks="errors-33")
class SlowCallbacksAlwaysLogged(Loop):
    """Slow callbacks are logged outside debug mode too."""

    def run_ready(self) -> None:
        self.run_ready_slowly()


@fault(breaks="errors-25b")
class OriginsNotTracked(Loop):
    """Debug mode does not have coroutines remember where they were made."""

    def track_origins(self, enabled: bool) -> None:
        """Leave it as it is."""


@fault(breaks="errors-25b")
class OriginsTrackedFromTheNextRun(Loop):
    """Debug mode that is switched on in a run has coroutines remember where they were made from the next one on."""

    def set_debug(self, enabled: bool) -> None:
        self.debug = enabled


@fault(breaks="errors-34")
class OriginsTrackedForGood(Loop):
    """Tracking of coroutine origins stays on after the run."""

    def track_origins(self, enabled: bool) -> None:
        if enabled:
            super().track_origins(enabled)
