"""What is lacking for a test, and what a loop refuses, are told apart."""

from __future__ import annotations

import pytest

from loopcert.conformance.kit.verify import Violation, allowed, failing, raises, refuses
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


def test_a_refusal_is_seen_through_the_words_of_a_verifier() -> None:
    with pytest.raises(Violation) as accepted, allowed("add_reader()"):
        raise NotImplementedError
    with pytest.raises(Violation) as refused, raises(ValueError, "add_reader() of a wrong descriptor"):
        raise NotImplementedError
    assert refuses(NotImplementedError()) and refuses(accepted.value) and refuses(refused.value)


def test_a_refusal_is_told_from_the_error_that_it_is_by_inheritance() -> None:
    with pytest.raises(NotImplementedError), failing("add_reader() of a closed loop", RuntimeError):
        raise NotImplementedError
    with raises(RuntimeError, "sendfile() without fallback") as caught:
        raise NotImplementedError
    assert refuses(caught.error)


def test_another_exception_is_no_refusal() -> None:
    with pytest.raises(Violation) as accepted, allowed("add_reader()"):
        raise OSError
    assert not refuses(accepted.value)
    assert not refuses(Violation("saw 1, wanted 2"))
