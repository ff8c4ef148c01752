"""Whatever a loop does to its process: every other test gets its verdict, the books balance, nobody survives."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from loopcert.runners.vocabulary import Verdict

from .hostile_loops import MARKER


def balanced(outcome: Any) -> bool:
    footer = outcome.report.footer
    listed = len(outcome.report.tests)
    return bool(footer.complete and footer.planned == listed == footer.executed + footer.not_applicable)


@pytest.mark.parametrize(
    ("loop", "verdict", "signal"),
    [
        ("Segfault", Verdict.CRASH, "SIGSEGV"),
        ("SilentSegfault", Verdict.CRASH, "SIGSEGV"),
        ("Abort", Verdict.CRASH, "SIGABRT"),
        ("Exit", Verdict.CRASH, ""),
        ("PythonHang", Verdict.HANG, ""),
        ("NativeHang", Verdict.HANG, ""),
        ("Stopped", Verdict.HANG, ""),
        ("FloodsForever", Verdict.HANG, ""),
    ],
)
def test_a_process_that_is_lost_costs_one_verdict(
    attack: Callable[[str], Any], loop: str, verdict: Verdict, signal: str
) -> None:
    outcome = attack(loop)
    assert outcome.others == {}
    assert (outcome.triggered.verdict, outcome.triggered.signal) == (verdict, signal)
    assert balanced(outcome)
    assert outcome.code == 1


def test_a_loop_that_allocates_without_end_is_ended(attack: Callable[[str], Any]) -> None:
    outcome = attack("Allocates")
    assert outcome.others == {}
    # which comes first, the limit or the watchdog of one second, is the machine's affair
    assert outcome.triggered.verdict in {Verdict.CRASH, Verdict.HANG}
    assert balanced(outcome)


@pytest.mark.parametrize("loop", ["PythonHang", "NativeHang"])
def test_a_hang_keeps_its_stacks(attack: Callable[[str], Any], loop: str) -> None:
    assert "in misbehave" in attack(loop).triggered.stacks


@pytest.mark.parametrize("loop", ["ClosesStandardDescriptors", "Floods", "ChangesProcess"])
def test_a_misdeed_that_no_requirement_forbids_harms_no_other_test(attack: Callable[[str], Any], loop: str) -> None:
    outcome = attack(loop)
    assert outcome.others == {}
    assert balanced(outcome)
    assert outcome.triggered.verdict is Verdict.PASS
    assert outcome.code == 0


@pytest.mark.parametrize("loop", ["ClosesDescriptors", "PatchesAsyncio"])
def test_a_misdeed_that_ruins_its_own_test_harms_no_other(attack: Callable[[str], Any], loop: str) -> None:
    outcome = attack(loop)
    # its close() may fail as well, or leave something behind: in that one test
    assert {name for name in outcome.others if not name.startswith("leaks::")} == set()
    assert balanced(outcome)
    assert outcome.triggered.verdict.broken


@pytest.mark.parametrize(
    ("loop", "requirement", "said"),
    [
        ("LeavesThread", "running-43", "thread"),
        ("LeavesChildren", "running-44", "child processes"),
        ("ClosingRaises", "running-46", "SystemExit"),
        ("ClosingInterrupts", "running-46", "KeyboardInterrupt"),
    ],
)
def test_what_is_left_behind_is_held_against_its_requirement(
    attack: Callable[[str], Any], loop: str, requirement: str, said: str
) -> None:
    outcome = attack(loop)
    assert set(outcome.others) == {f"leaks::{requirement}"}
    assert said in outcome.report.test(f"leaks::{requirement}").message
    assert balanced(outcome)
    assert outcome.code == 1


def test_no_process_survives(attack: Callable[[str], Any]) -> None:
    attack("LeavesChildren")
    command_lines = [path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline") if path.exists()]
    assert not [each for each in command_lines if MARKER.encode() in each]
