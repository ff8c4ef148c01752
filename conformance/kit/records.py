"""What a loop says of errors: contexts given to its exception handler, and records of the asyncio logger."""

from __future__ import annotations

import logging
from asyncio import AbstractEventLoop
from typing import Any, Self

from loopcert.conformance.kit.verify import Violation


class Contexts:
    """Collects the contexts that a loop gives to its exception handler, in place of printing them."""

    def __init__(self, loop: AbstractEventLoop) -> None:
        self.seen: list[dict[str, Any]] = []
        loop.set_exception_handler(self._record)

    def _record(self, _loop: AbstractEventLoop, context: dict[str, Any]) -> None:
        self.seen.append(context)

    def only(self) -> dict[str, Any]:
        """Return the one context that was reported; fail if there is none or more than one."""
        if len(self.seen) != 1:
            raise Violation(f"contexts given to the exception handler: saw {self.seen!r}, wanted exactly one")
        return self.seen[0]

    def expect_exceptions(self, *wanted: BaseException) -> None:
        """Fail unless exactly these exception objects were reported, in that order."""
        seen = [context.get("exception") for context in self.seen]
        if len(seen) != len(wanted) or any(one is not other for one, other in zip(seen, wanted, strict=True)):
            raise Violation(f"exceptions reported: saw {seen!r}, wanted {list(wanted)!r}")

    def expect_silence(self) -> None:
        """Fail if anything was reported."""
        if self.seen:
            raise Violation(f"contexts given to the exception handler: saw {self.seen!r}, wanted none")


class LogRecords(logging.Handler):
    """Collects the records of the logger ``asyncio`` while a test runs, and keeps them off stderr."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.seen: list[logging.LogRecord] = []
        self._logger = logging.getLogger("asyncio")

    def emit(self, record: logging.LogRecord) -> None:
        """Keep one record."""
        self.seen.append(record)

    def at_least(self, level: int) -> list[logging.LogRecord]:
        """Return the records of that level or above."""
        return [record for record in self.seen if record.levelno >= level]

    def text(self) -> str:
        """Return all that was logged, tracebacks included."""
        formatter = logging.Formatter("%(levelname)s %(message)s")
        return "\n".join(map(formatter.format, self.seen))

    def __enter__(self) -> Self:
        self._before = (self._logger.level, self._logger.propagate)
        self._logger.addHandler(self)
        self._logger.setLevel(logging.DEBUG)
        self._logger.propagate = False
        return self

    def __exit__(self, *_exc: object) -> None:
        self._logger.removeHandler(self)
        level, self._logger.propagate = self._before
        self._logger.setLevel(level)
