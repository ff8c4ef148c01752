"""The closed sets of words in which verdicts are spoken, here and in every file that others read."""

from __future__ import annotations

import enum


class Verdict(enum.StrEnum):
    """What is said of a test, and of a requirement."""

    PASS = "pass"
    FAIL = "fail"
    CRASH = "crash"
    HANG = "hang"
    UNSTABLE = "unstable"
    NOT_APPLICABLE = "not-applicable"
    COULD_NOT_RUN = "could-not-run"
    HARNESS_ERROR = "harness-error"

    @property
    def broken(self) -> bool:
        """Whether the loop is to blame."""
        return self in {Verdict.FAIL, Verdict.CRASH, Verdict.HANG, Verdict.UNSTABLE}

    @property
    def unknown(self) -> bool:
        """Whether nothing can be said of the loop: our fault, or the environment's."""
        return self in {Verdict.COULD_NOT_RUN, Verdict.HARNESS_ERROR}


class Outcome(enum.StrEnum):
    """What is said of a loop."""

    CONFORMANT = "conformant"
    WITH_DEVIATIONS = "conformant-with-deviations"
    NON_CONFORMANT = "non-conformant"
    INCOMPLETE = "incomplete"

    @property
    def certifiable(self) -> bool:
        """Whether a certificate may be written."""
        return self in {Outcome.CONFORMANT, Outcome.WITH_DEVIATIONS}
