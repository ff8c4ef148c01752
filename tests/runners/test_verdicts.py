"""From attempts to verdicts, from verdicts to the outcome."""

from __future__ import annotations

import pytest

from loopcert.runners.campaign import sample
from loopcert.runners.journal import Leak
from loopcert.runners.ledger import Attempt, Ledger
from loopcert.runners.verdicts import (
    Judged,
    confirmed_leaks,
    deciding,
    needs_run_alone,
    only_leaks,
    outcome,
    requirement_verdict,
)
from loopcert.runners.verdicts import (
    test_verdict as verdict_of,
)
from loopcert.runners.vocabulary import Outcome, Verdict

V = Verdict


def attempts(text: str) -> list[Attempt]:
    """Read ``fail, crash alone, fail spoiled``."""
    made = []
    for part in filter(None, (each.strip() for each in text.split(","))):
        verdict, *flags = part.split()
        made.append(Attempt("t", V(verdict), alone="alone" in flags, spoiled="spoiled" in flags))
    return made


@pytest.mark.parametrize(
    ("made", "verdict"),
    [
        ("", V.COULD_NOT_RUN),
        ("pass", V.PASS),
        ("pass, pass, pass", V.PASS),
        ("not-applicable", V.NOT_APPLICABLE),
        ("fail, fail alone", V.FAIL),
        ("fail", V.FAIL),
        ("fail, pass alone", V.UNSTABLE),
        ("pass, fail, fail alone", V.UNSTABLE),
        ("pass, not-applicable", V.UNSTABLE),
        ("crash, crash alone", V.CRASH),
        ("crash, hang alone", V.HANG),
        ("fail, crash alone", V.CRASH),
        ("hang, fail alone", V.FAIL),
        ("crash, pass alone", V.UNSTABLE),
        ("fail spoiled, pass alone", V.PASS),
        ("crash spoiled, fail alone", V.FAIL),
        ("fail spoiled", V.FAIL),
        ("could-not-run", V.COULD_NOT_RUN),
        ("harness-error, harness-error alone", V.HARNESS_ERROR),
        ("harness-error, pass alone", V.HARNESS_ERROR),
        ("harness-error, crash alone", V.CRASH),
        ("harness-error spoiled, pass alone", V.PASS),
    ],
)
def test_the_verdict_of_a_test(made: str, verdict: Verdict) -> None:
    assert verdict_of(attempts(made)) is verdict


@pytest.mark.parametrize(
    ("made", "needed"),
    [
        ("", True),
        ("pass", False),
        ("not-applicable", False),
        ("could-not-run", False),
        ("fail", True),
        ("crash", True),
        ("hang", True),
        ("harness-error", True),
        ("pass, fail", True),
        ("fail, fail alone", False),
        ("fail, pass alone", False),
        ("fail alone", True),
        ("fail alone, fail alone", False),
        ("hang alone", False),
        ("crash alone", False),
    ],
)
def test_what_has_to_run_alone(made: str, needed: bool) -> None:
    assert needs_run_alone(attempts(made)) is needed


def test_the_report_shows_a_broken_attempt_before_a_clean_one_and_alone_before_in_company() -> None:
    assert deciding(attempts("fail, pass alone")).verdict is V.FAIL
    assert deciding(attempts("crash, fail alone, pass alone")).verdict is V.FAIL


def leaky(*found: str, alone: bool) -> Attempt:
    return Attempt("t", V.PASS, alone=alone, leaks=tuple(Leak(each, "a thread") for each in found))


def test_a_leak_counts_once_it_shows_alone_as_well() -> None:
    assert confirmed_leaks([leaky("a-01", alone=False)]) == {}
    assert confirmed_leaks([leaky("a-01", alone=False), leaky(alone=True)]) == {}
    assert confirmed_leaks([leaky("a-01", "a-02", alone=False), leaky("a-01", alone=True)]) == {"a-01": "a thread"}


def test_what_failed_and_leaks_is_not_only_leaking() -> None:
    assert only_leaks([leaky("a-01", alone=False), leaky("a-02", alone=True)]) == {"a-01", "a-02"}
    assert not only_leaks([leaky("a-01", alone=False), *attempts("fail alone")])


def test_a_few_tests_stand_for_all_that_leave_the_same_behind() -> None:
    ledger = Ledger()
    for number in range(100):
        ledger.attempts[f"leaks {number}"] = [leaky("a-01", alone=False)]
    ledger.attempts["leaks else"] = [leaky("a-02", alone=False)]
    ledger.attempts["fails"] = attempts("fail")
    chosen = sample(list(ledger.attempts), ledger)
    assert {"leaks 0", "leaks else", "fails"} <= set(chosen) and len(chosen) < 30


def test_what_leaks_only_the_first_time_in_a_process_is_no_leak() -> None:
    assert confirmed_leaks([leaky("a-01", alone=False), leaky("a-01", alone=True), leaky(alone=True)]) == {}


@pytest.mark.parametrize(
    ("tests", "verdict"),
    [
        ({V.PASS}, V.PASS),
        ({V.PASS, V.NOT_APPLICABLE}, V.PASS),
        ({V.NOT_APPLICABLE}, V.NOT_APPLICABLE),
        ({V.PASS, V.FAIL, V.HANG, V.CRASH}, V.CRASH),
        ({V.PASS, V.UNSTABLE}, V.UNSTABLE),
        ({V.PASS, V.COULD_NOT_RUN}, V.COULD_NOT_RUN),
        ({V.FAIL, V.COULD_NOT_RUN}, V.FAIL),
        (set(), V.COULD_NOT_RUN),
    ],
)
def test_the_verdict_of_a_requirement(tests: set[Verdict], verdict: Verdict) -> None:
    assert requirement_verdict(tests) is verdict


@pytest.mark.parametrize("bad", [V.FAIL, V.CRASH, V.HANG, V.UNSTABLE])
def test_only_what_is_mandatory_and_uncovered_costs_the_certificate(bad: Verdict) -> None:
    passed = Judged(V.PASS, mandatory=True)
    assert outcome([passed]) is Outcome.CONFORMANT
    assert outcome([passed, Judged(bad, mandatory=False)]) is Outcome.CONFORMANT
    assert outcome([passed, Judged(bad, mandatory=True, covered=True)]) is Outcome.WITH_DEVIATIONS
    assert outcome([passed, Judged(bad, mandatory=True)]) is Outcome.NON_CONFORMANT


@pytest.mark.parametrize("lost", [V.COULD_NOT_RUN, V.HARNESS_ERROR])
def test_what_could_not_be_found_out_is_never_green(lost: Verdict) -> None:
    passed = Judged(V.PASS, mandatory=True)
    assert outcome([passed, Judged(lost, mandatory=False)]) is Outcome.INCOMPLETE
    assert outcome([passed], complete=False) is Outcome.INCOMPLETE
    assert outcome([]) is Outcome.INCOMPLETE
