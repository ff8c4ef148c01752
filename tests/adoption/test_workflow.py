"""The reusable workflow: its scripts, run as a runner runs them, and what it may do."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest

from loopcert.runners.certificate import PREDICATE

from .conftest import Machine
from .scripts import ROOT, Runner, read, scripts

JOBS = read(".github/workflows/certify.yml")["jobs"]
PUBLISH = scripts(JOBS["badges"]["steps"])["Commit them to their branch"]


def git(folder: Path, *arguments: str) -> str:
    command = ["git", "-c", "user.name=x", "-c", "user.email=x@example.org", *arguments]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout


@pytest.fixture
def remote(tmp_path: Path) -> Path:
    """Give a repository with one commit on its main branch."""
    first = tmp_path / "first"
    git(tmp_path, "init", "--quiet", "--bare", "--initial-branch=main", "remote.git")
    git(tmp_path, "clone", "--quiet", "remote.git", "first")
    (first / "README").write_text("code", "utf-8")
    git(first, "add", "README")
    git(first, "commit", "--quiet", "--message", "Code")
    git(first, "push", "--quiet", "origin", "HEAD:main")
    return tmp_path / "remote.git"


def publish(remote: Path, number: str, badges: dict[str, str]) -> str:
    """Run the job's script in a fresh clone with these badges; give what it said."""
    there = remote.parent / number
    git(remote.parent, "clone", "--quiet", f"file://{remote}", number)
    temp = remote.parent / f"{number}.temp"
    for name, text in badges.items():
        folder = temp / "results" / "badges" / name
        folder.mkdir(parents=True)
        for kind in ("json", "svg"):
            (folder / f"badge.{kind}").write_text(text, "utf-8")
    temp.mkdir(exist_ok=True)
    done = Runner(there, temp, {}, {"inputs.badges-branch": "badges"}).run(PUBLISH)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_badges_get_a_branch_of_their_own_and_keep_each_other(remote: Path) -> None:
    publish(remote, "one", {"loopcert-3.14-ubuntu-latest": "old", "loopcert-3.15-ubuntu-latest": "old"})
    publish(remote, "two", {"loopcert-3.15-ubuntu-latest": "new"})
    assert "as they were" in publish(remote, "three", {"loopcert-3.15-ubuntu-latest": "new"})
    listed = git(remote, "ls-tree", "-r", "--name-only", "badges").split()
    folders = [f"loopcert-3.{minor}-ubuntu-latest" for minor in (14, 15)]
    assert listed == [f"{folder}/badge.{kind}" for folder in folders for kind in ("json", "svg")]
    assert git(remote, "show", "badges:loopcert-3.14-ubuntu-latest/badge.svg") == "old"
    assert git(remote, "show", "badges:loopcert-3.15-ubuntu-latest/badge.svg") == "new"
    assert git(remote, "log", "--format=%s", "badges").split() == ["Badges", "Badges"]
    assert git(remote, "log", "--format=%s", "main").split() == ["Code"]


def test_a_job_that_was_overtaken_begins_anew(remote: Path) -> None:
    hook = remote / "hooks" / "pre-receive"
    hook.write_text("#!/bin/sh\nif [ ! -e tried ]; then touch tried; exit 1; fi\n", "utf-8")
    hook.chmod(0o755)
    publish(remote, "one", {"loopcert-3.15-ubuntu-latest": "new"})
    assert (remote / "tried").exists()
    assert git(remote, "show", "badges:loopcert-3.15-ubuntu-latest/badge.svg") == "new"


def predicate(tmp_path: Path) -> Runner:
    job = Runner(tmp_path, tmp_path, {}, {})
    done = job.run(scripts(JOBS["attest"]["steps"])["Take the predicate out of the certificate"])
    assert done.returncode == 0, done.stderr
    return job


def test_the_predicate_that_is_attested_is_the_certificate_s(tmp_path: Path) -> None:
    (tmp_path / "result").mkdir()
    statement = {"predicateType": PREDICATE, "predicate": {"outcome": "conformant"}}
    (tmp_path / "result" / "certificate.json").write_text(json.dumps(statement), "utf-8")
    assert predicate(tmp_path).outputs == {"steps.predicate.outputs.type": PREDICATE}
    assert json.loads((tmp_path / "predicate.json").read_text("utf-8")) == {"outcome": "conformant"}


def test_without_a_certificate_nothing_is_attested(tmp_path: Path) -> None:
    assert predicate(tmp_path).outputs == {}
    (attest,) = [step for step in JOBS["attest"]["steps"] if "actions/attest@" in step.get("uses", "")]
    assert attest["if"] == "steps.predicate.outputs.type != ''"


def test_the_wheel_that_is_built_is_the_one_that_is_installed(machine: Machine, toyloop: Path, tmp_path: Path) -> None:
    # pip leaves alone what it finds in the same version, and the machine of other tests is this one
    machine.run("pip uninstall --quiet --yes toyloop", tmp_path)
    job = Runner(toyloop, tmp_path, machine.environment, {"inputs.package": "."})
    done = job.run(scripts(JOBS["certify"]["steps"])["Build the package and install it"])
    assert done.returncode == 0, done.stderr
    (wheel,) = (tmp_path / "wheel").iterdir()
    assert wheel.name == "toyloop-1.2.0-py3-none-any.whl"
    code = "import importlib.metadata as m; print(m.distribution('toyloop').read_text('direct_url.json'))"
    origin = machine.run(f'python -c "{code}"', tmp_path)
    assert json.loads(origin.stdout)["url"] == wheel.as_uri()


def test_only_jobs_without_the_loop_s_code_may_write() -> None:
    assert read(".github/workflows/certify.yml")["permissions"] == {}
    assert JOBS["certify"]["permissions"] == {"contents": "read"}
    for name, job in JOBS.items():
        if "write" in job["permissions"].values():
            text = json.dumps(job["steps"])
            assert "pip" not in text and "./.loopcert" not in text, name


@pytest.mark.parametrize("name", ["action.yml", ".github/workflows/certify.yml"])
def test_scripts_take_nothing_but_variables_and_actions_are_pinned(name: str) -> None:
    document = read(name)
    jobs = document["jobs"].values() if "jobs" in document else [document["runs"]]
    steps = [step for job in jobs for step in job["steps"]]
    assert not [step["name"] for step in steps if "${{" in step.get("run", "")]
    foreign = [step["uses"] for step in steps if not step.get("uses", "./").startswith("./")]
    assert foreign
    assert not [use for use in foreign if not re.fullmatch(r"actions/[a-z-]+@[0-9a-f]{40}", use)]
    text = (ROOT / name).read_text("utf-8")
    assert len(re.findall(r"@[0-9a-f]{40} # v\d+\.\d+\.\d+$", text, re.MULTILINE)) == len(foreign)
