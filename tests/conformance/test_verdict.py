"""What is lacking for a test, and what a loop refuses, are told apart."""

from __future__ import annotations

from loopcert.conformance.verdict import Outcome, Record


def test_a_framework_that_is_not_installed_is_lacking() -> None:
    record = Record()
    record.excuse("tornado is not installed")
    assert record.lacking == "tornado is not installed"


def test_what_the_loop_refuses_is_not_lacking() -> None:
    record = Record()
    record.excuse("the loop leaves watchers out (NotImplementedError)")
    assert record.outcome is Outcome.NOT_APPLICABLE
    assert not record.lacking
