"""Interpreters without fork, of another system, or with their library in an archive; none is needed here to see it."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from loopcert.runners.ledger import Attempt, Ledger
from loopcert.runners.subject import describe
from loopcert.runners.supervise import Supervisor
from loopcert.runners.target import find_target
from loopcert.runners.vocabulary import Verdict
from loopcert.spec.loops import parse

WITHOUT_FORK = "import os, sys, pytest\ndel os.fork\nsys.exit(pytest.main(sys.argv[1:]))"
CRASHING = """
import asyncio, os

class Crashing(asyncio.SelectorEventLoop):
    def call_soon(self, *args, **kwargs):
        if "(call)" in os.environ.get("PYTEST_CURRENT_TEST", ""):
            os._exit(7)
        return super().call_soon(*args, **kwargs)
"""


def alone_without_fork(folder: Path, loop: str, requirement: str) -> list[dict[str, object]]:
    """Run the tests of a requirement alone as on a platform without fork; return the journal's events."""
    (folder / "pytest.ini").write_text("[pytest]\n", "utf-8")
    (folder / "select.json").write_text(json.dumps([requirement]), "utf-8")
    (folder / "crashing_loop.py").write_text(CRASHING, "utf-8")
    command = [
        *(sys.executable, "-c", WITHOUT_FORK, "-c", str(folder / "pytest.ini"), "--rootdir", str(folder)),
        *("--noconftest", "-p", "no:cacheprovider", "-p", "no:terminal", "-p", "loopcert.conformance.plugin"),
        *("-p", "loopcert.conformance.conftest", "-s", "--loop", loop, "--journal", str(folder)),
        *("--pyargs", "loopcert.conformance.test_callbacks", "--isolate", "2", "--select", str(folder / "select.json")),
    ]
    environment = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONPATH": str(folder)}
    subprocess.run(command, env=environment, cwd=folder, check=False, timeout=120)
    return [json.loads(line) for file in folder.glob("*.jsonl") for line in file.read_text("utf-8").splitlines()]


def test_each_test_has_an_interpreter_of_its_own(tmp_path: Path) -> None:
    events = alone_without_fork(tmp_path, "asyncio", "callbacks-03")
    ended = [event for event in events if event["event"] == "end"]
    assert ended
    assert {event["outcome"] for event in ended} == {"pass"}
    assert len({event["pid"] for event in ended}) == len(ended)
    assert not [event for event in events if event["event"] == "died"]


def test_a_death_is_told_with_its_status(tmp_path: Path) -> None:
    events = alone_without_fork(tmp_path, "crashing_loop:Crashing", "callbacks-03")
    started = {event["test"] for event in events if event["event"] == "start"}
    died = [event for event in events if event["event"] == "died"]
    assert started
    assert {event["test"] for event in died} == started
    assert {(event["status"], event["timeout"]) for event in died} == {(7, False)}


def supervisor(folder: Path, attempts: list[Attempt]) -> Supervisor:
    return Supervisor(
        find_target("asyncio", None),
        Ledger(),
        folder / "pass",
        5.0,
        lambda _, attempt: attempts.append(attempt) if attempt else None,
        foreign=True,
    )


def write(folder: Path, pid: int, *events: dict[str, object]) -> None:
    with (folder / "pass" / f"{pid}.jsonl").open("a", encoding="utf-8") as file:
        file.writelines(json.dumps(event) + "\n" for event in events)


def test_a_foreign_pid_counts_as_alive_until_its_end_is_told(tmp_path: Path) -> None:
    attempts: list[Attempt] = []
    watched = supervisor(tmp_path, attempts)
    nobody = 2**22 + 1
    write(tmp_path, nobody, {"event": "session", "pid": nobody, "worker": "gw0"})
    write(tmp_path, nobody, {"event": "start", "test": "t", "pid": nobody})
    watched._read()
    watched._bury()
    assert attempts == []
    write(tmp_path, 1, {"event": "gone", "worker": "gw0", "pid": 1})
    watched._read()
    watched._bury()
    assert [(each.test, each.verdict) for each in attempts] == [("t", Verdict.CRASH)]


def test_an_end_that_is_read_after_the_news_of_the_worker_counts(tmp_path: Path) -> None:
    attempts: list[Attempt] = []
    watched = supervisor(tmp_path, attempts)
    write(tmp_path, 5, {"event": "session", "pid": 5, "worker": "gw1"})
    write(tmp_path, 5, {"event": "start", "test": "t", "pid": 5})
    write(tmp_path, 6, {"event": "gone", "worker": "gw1", "pid": 6})
    watched._read()
    write(tmp_path, 5, {"event": "end", "test": "t", "pid": 5, "outcome": "pass"})
    watched._bury()
    assert [(each.test, each.verdict) for each in attempts] == [("t", Verdict.PASS)]


def test_a_module_in_an_archive_has_a_digest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = tmp_path / "library.zip"
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("zipped_loop/__init__.py", "from asyncio import SelectorEventLoop\n")
        file.writestr("other/__init__.py", "")
    monkeypatch.syspath_prepend(str(archive))
    name = parse("zipped_loop:SelectorEventLoop")
    name.resolve()
    facts = describe(name)
    empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert (facts["digest_of"], len(facts["digest"]), facts["digest"] != empty) == ("source", 64, True)
