"""How a command ends: the exit codes of the contract, and the one sentence that goes with a bad end."""

from __future__ import annotations

import enum


class Exit(enum.IntEnum):
    """What an exit code tells the caller. Never a count."""

    AS_EXPECTED = 0
    FALLS_SHORT = 1
    USAGE = 2
    STALE_DEVIATIONS = 3
    INCOMPLETE = 4
    SUITE_FAILED = 5


class Stop(Exception):
    """Ends the command with one clear sentence on stderr and an exit code, without a traceback.

    ``sentence`` says what was looked for and what to do about it.
    """

    def __init__(self, sentence: str, code: Exit = Exit.USAGE) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.code = code
