"""The jobs of the project: ``nox -s conformance`` certifies loops, ``nox -s tests`` proves the suite itself."""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path

import nox
from packaging.specifiers import SpecifierSet  # nox needs it, too

nox.needs_version = ">=2024.4.15"
nox.options.sessions = ["lint", "tests"]
nox.options.error_on_missing_interpreters = False  # a Python that is missing is reported as skipped

PYTHONS = ["3.11", "3.12", "3.13", "3.14", "3.15"]
BUILD = Path("build")
FALLS_SHORT = 1
"""Exit code of ``certify`` for a loop that keeps fewer promises: a result, not a failure of the job."""


def package(loop: str, session: nox.Session) -> str:
    """Return what to install for a LOOP: its registry entry's package, or the module's own name."""
    ask = """if True:
        import sys
        from loopcert.spec.loops import parse
        name = parse(sys.argv[1])
        print(name.known.package if name.known else name.module.partition(".")[0])
    """
    found = session.run("python", "-c", ask, loop, silent=True)
    return str(found).strip()


def certify(session: nox.Session, loop: str, *, must_conform: bool) -> Path:
    """Certify one loop; leave report, certificate and badge under ``build/`` and return the report's path."""
    name = loop.replace(":", "-")
    report = BUILD / f"{name}.jsonl"
    (BUILD / f"{name}.json").unlink(missing_ok=True)
    session.run(
        *("loopcert", "certify", loop, "--report", str(report)),
        *("--badge", str(BUILD / name), "-o", str(BUILD / f"{name}.json")),
        success_codes=[0] if must_conform else [0, FALLS_SHORT],
    )
    return report


def found() -> list[str]:
    """Return the Pythons that are found here, oldest first."""
    return [version for version in PYTHONS if shutil.which(f"python{version}")] or PYTHONS


def kill_matrix(session: nox.Session, *, whole: bool) -> list[str]:
    """Return the arguments of the selftest: everything on the newest Python, elsewhere what the newest one excuses."""
    if whole:
        return []
    listed = json.loads(str(session.run("loopcert", "list", "--json", silent=True)))
    older = [
        each["id"]
        for each in listed
        if not each["untestable"]
        and SpecifierSet(each["python"]).contains(str(session.python))
        and not SpecifierSet(each["python"]).contains(found()[-1])
    ]
    return [argument for requirement in older for argument in ("-k", requirement)]


@nox.session
def conformance(session: nox.Session) -> None:
    """Certify reference, asyncio and uvloop on this Python, or the LOOPs given after ``--``; print one table."""
    session.install(".")
    BUILD.mkdir(exist_ok=True)
    ours = {"reference", "asyncio"}
    loops = session.posargs or ["reference", "asyncio", *(["uvloop"] if sys.platform != "win32" else [])]
    for loop in loops:
        if needed := package(loop, session) if loop not in ours else "":
            session.install(needed)
    reports = [certify(session, loop, must_conform=loop in ours) for loop in loops]
    session.run("python", "-m", "loopcert.runners.summary", *map(str, reports))


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """Everything: own tests, lint of the catalogue, both references and asyncio certified, selftest.

    On every Python found. What tries the runner and not the Python is for the newest, and but for the hostile loops and
    the browser for the oldest; the accelerated reference is for the newest. The kill matrix is for the newest, and
    elsewhere for what does not hold there any more. ``-- everything`` leaves out nothing.
    """
    whole = "everything" in session.posargs or session.python == found()[-1]
    ends = whole or session.python == found()[0]
    left_out = ["hostile", "site", *([] if ends else ["runners"])]
    session.install(".", *nox.project.dependency_groups(nox.project.load_toml("pyproject.toml"), "tests"))
    workers = str(os.cpu_count() or 1)
    session.run("python", "-m", "loopcert.spec", "lint")
    session.run("python", "-m", "pytest", "-n", workers, *(f"--ignore=tests/{each}" for each in left_out if not whole))
    for loop in ("reference", "asyncio", *(["reference-accelerated"] if whole else [])):
        session.run("loopcert", "certify", loop, "-n", workers, "-o", str(Path(session.create_tmp()) / f"{loop}.json"))
    chosen = kill_matrix(session, whole=whole)
    if chosen or whole:
        # Faults that show as a hang wait for the watchdog most of the time.
        session.run("loopcert", "selftest", "-n", str(8 * int(workers)), *chosen)


@nox.session
def lint(session: nox.Session) -> None:
    """Ruff, and mypy in strict mode over the installed package and the tests."""
    project = nox.project.load_toml("pyproject.toml")
    session.install(".", *nox.project.dependency_groups(project, "lint"), "nox", "hypothesis", "selenium", "uvloop")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    rooms = ("spec", "conformance", "reference", "runners")
    session.run("mypy", *(argument for room in rooms for argument in ("-p", f"loopcert.{room}")))
    session.run("mypy", "--explicit-package-bases", "noxfile.py", "tests")


@nox.session
def frameworks(session: nox.Session) -> None:
    """What people build on a loop, from Tornado to trio, on both references, asyncio and uvloop, or the LOOPs given."""
    ours = {"reference", "reference-accelerated", "asyncio"}
    session.install(".[frameworks]")
    loops = session.posargs or [*sorted(ours), *(["uvloop"] if sys.platform != "win32" else [])]
    for loop in loops:
        if needed := package(loop, session) if loop not in ours else "":
            session.install(needed)
    for loop in loops:
        arguments = ("--profile", "frameworks", "-n", str(os.cpu_count() or 1))
        session.run("loopcert", "run", loop, *arguments, success_codes=[0] if loop in ours else [0, FALLS_SHORT])


@nox.session(python=PYTHONS)
def coverage(session: nox.Session) -> None:
    """Coverage of the reference by the suite alone, over all Pythons found: each adds to what the others saw.

    Beside the two that are certified runs one on poll(), with threads for children, as on systems that have no better.
    """
    project = nox.project.load_toml("pyproject.toml")
    session.install("-e", ".", *nox.project.dependency_groups(project, "tests"))
    seen = {"PYTHONPATH": str(Path("tests", "reference").resolve()), "COVERAGE_FILE": str(Path(".coverage").resolve())}
    program = shutil.which("loopcert", path=session.bin) or "loopcert"
    for loop in ("reference", "reference-accelerated", "portable:on_poll"):
        # A worker whose test takes too long is killed, and what it has seen is lost: measuring has patience.
        run = ("coverage", "run", program, "run", loop, "--timeout", "60")
        session.run(*run, env=seen, success_codes=[0, FALLS_SHORT])
    session.run("coverage", "combine", "--append", "-q", env=seen)
    session.run("coverage", "report", "--show-missing", "--skip-covered", env=seen)


@nox.session
def docs(session: nox.Session) -> None:
    """Build the documentation into ``build/docs``; a warning or a dead link within it fails."""
    project = nox.project.load_toml("pyproject.toml")
    session.install(".", *nox.project.dependency_groups(project, "docs"))
    session.run("sphinx-build", "-W", "--keep-going", "-q", "-b", "html", "docs", str(BUILD / "docs"))
    session.run("python", "docs/links.py", str(BUILD / "docs"))


@nox.session
def bench(session: nox.Session) -> None:
    """Measure the reference against asyncio and uvloop in one run: medians of paired ratios."""
    session.install(".", *([] if sys.platform == "win32" else ["uvloop"]))
    session.run("python", "-m", "tests.bench", *session.posargs)
