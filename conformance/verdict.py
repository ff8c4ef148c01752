"""What became of one test: its phases as pytest saw them, reduced to one outcome for the journal."""

from __future__ import annotations

import enum
from dataclasses import asdict, dataclass, field
from typing import Any

import pytest

from loopcert.conformance.kit.verify import CouldNotRun, refuses
from loopcert.conformance.leaks import Leak
from loopcert.spec import Requirement

_DETAILS_SHOWN = 8000


class Outcome(enum.StrEnum):
    """What one run of one test says; crash and hang are told from outside, when the end is missing."""

    PASS = "pass"
    FAIL = "fail"
    NOT_APPLICABLE = "not-applicable"
    COULD_NOT_RUN = "could-not-run"
    HARNESS_ERROR = "harness-error"


class Kind(enum.StrEnum):
    """Whether a verifier objected, or an exception that nobody expected came out."""

    NONE = ""
    VIOLATION = "violation"
    EXCEPTION = "exception"


@dataclass
class Record:
    """One run of one test, filled in phase by phase."""

    outcome: Outcome = Outcome.HARNESS_ERROR
    kind: Kind = Kind.NONE
    message: str = "the test never reached its call"
    exception: str = ""
    reason: str = ""
    details: str = ""
    seconds: float = 0.0
    leaks: list[Leak] = field(default_factory=list)

    def excuse(self, reason: str) -> None:
        """Say why the test does not apply."""
        self.outcome, self.reason, self.message = Outcome.NOT_APPLICABLE, reason, ""

    def phase(self, call: pytest.CallInfo[None], report: pytest.TestReport, requirement: Requirement) -> bool:
        """Take in one phase (setup, call, teardown); true if the loop was right to refuse an optional feature."""
        self.seconds += call.duration
        error = call.excinfo.value if call.excinfo else None
        if error is None:
            if call.when == "call":
                self.outcome, self.message = Outcome.PASS, ""
            return False
        if isinstance(error, pytest.skip.Exception):
            if self.outcome is not Outcome.NOT_APPLICABLE:
                self.excuse(str(error))
            return False
        if refuses(error) and requirement.profile.optional:
            self.excuse(f"the loop leaves {requirement.profile} out (NotImplementedError)")
            return True
        self._failed(error, call.when or "", report, requirement)
        return False

    def _failed(self, error: BaseException, when: str, report: pytest.TestReport, requirement: Requirement) -> None:
        self.exception = type(error).__name__
        self.details = report.longreprtext[:_DETAILS_SHOWN]
        if isinstance(error, CouldNotRun):
            self.outcome, self.reason, self.message = Outcome.COULD_NOT_RUN, str(error), str(error)
        elif isinstance(error, AssertionError):
            self.outcome, self.kind = Outcome.FAIL, Kind.VIOLATION
            self.message = f"{requirement.id}: {requirement.text} {error}"
        elif when == "call":
            self.outcome, self.kind = Outcome.FAIL, Kind.EXCEPTION
            self.message = f"{requirement.id}: {requirement.text} The test saw {type(error).__name__}: {error}"
        else:
            self.outcome, self.message = Outcome.HARNESS_ERROR, f"{when}: {type(error).__name__}: {error}"

    @property
    def lacking(self) -> str:
        """Why the test could not apply whatever the loop: not because the loop refuses something. "" where it could."""
        refused = "NotImplementedError" in self.reason
        return "" if self.outcome is not Outcome.NOT_APPLICABLE or refused else self.reason

    def fields(self) -> dict[str, Any]:
        """The fields of the journal's "end" line.

        A test that was broken off half-way leaves things of its own behind: they are no evidence against the loop.
        """
        return {**asdict(self), "leaks": [asdict(leak) for leak in self.leaks] if self.outcome is Outcome.PASS else []}
