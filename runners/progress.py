"""Shows a run while it goes on: a bar where a person watches, one character a test where a file or CI does."""

from __future__ import annotations

import sys
from collections import Counter
from typing import TYPE_CHECKING, TextIO

from loopcert.runners.ledger import Attempt
from loopcert.runners.vocabulary import Verdict

if TYPE_CHECKING:
    from rich.progress import Progress as Bar

_LETTERS = {
    Verdict.PASS: ".",
    Verdict.FAIL: "F",
    Verdict.CRASH: "C",
    Verdict.HANG: "H",
    Verdict.NOT_APPLICABLE: "-",
    Verdict.COULD_NOT_RUN: "?",
    Verdict.HARNESS_ERROR: "E",
}
_WIDTH = 100


class Progress:
    """One character for each attempt on ``stream`` as it comes in; what is run alone goes on a line of its own."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream
        self._column = 0
        self._alone = False

    def planned(self, tests: int) -> None:
        """Say how many tests there are."""
        self._say(f"{tests} tests\n")

    def attempt(self, attempt: Attempt) -> None:
        """Show one attempt."""
        if attempt.alone and not self._alone:
            self._say("\nagain, alone: " if self._column else "again, alone: ")
            self._alone, self._column = True, 0
        self._column += 1
        self._say(_LETTERS[attempt.verdict] + ("\n" if self._column % _WIDTH == 0 else ""))

    def close(self) -> None:
        """End the line."""
        if self._column % _WIDTH:
            self._say("\n")

    def _say(self, text: str) -> None:
        self.stream.write(text)
        self.stream.flush()


class LiveProgress(Progress):
    """A bar with counts, for a terminal."""

    def __init__(self, stream: TextIO) -> None:
        super().__init__(stream)
        self._bar: Bar | None = None
        self._counts: Counter[Verdict] = Counter()
        self._again = 0

    def planned(self, tests: int) -> None:
        """Open the bar."""
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

        self._bar = Progress(
            BarColumn(40),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.description}"),
            console=Console(file=self.stream),
            transient=True,
        )
        self._bar.start()
        self._task = self._bar.add_task("", total=tests)

    def attempt(self, attempt: Attempt) -> None:
        """Move the bar."""
        if self._bar is None:
            return
        if attempt.alone:
            self._again += 1
            text = f"again, alone: {self._again}"
        else:
            self._counts[attempt.verdict] += 1
            self._bar.advance(self._task)
            text = "  ".join(f"{count} {verdict}" for verdict, count in self._counts.items())
        self._bar.update(self._task, description=text)

    def close(self) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.stop()


def progress_on_stderr() -> Progress:
    """Return what fits a terminal, or else a file or pipe."""
    stream = sys.stderr
    return LiveProgress(stream) if stream.isatty() else Progress(stream)
