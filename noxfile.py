"""The jobs of the project: ``nox -s conformance`` certifies loops, ``nox -s tests`` proves the suite itself.

``nox -s matrix`` certifies every loop that is known, each in an environment of its own.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sys
from pathlib import Path
from types import ModuleType

import nox
from packaging.specifiers import SpecifierSet  # nox needs it, too

# The cells of the matrix are read from the tree: nox's own environment holds no loopcert.
sys.modules.setdefault("loopcert", ModuleType("loopcert")).__path__ = [str(Path(__file__).parent)]

from loopcert.runners import certifying  # noqa: E402
from loopcert.runners.cells import cells, find  # noqa: E402
from loopcert.runners.exits import Stop  # noqa: E402
from loopcert.runners.records import shards, table, whole_reports  # noqa: E402

nox.needs_version = ">=2024.4.15"
nox.options.sessions = ["lint", "tests"]
nox.options.error_on_missing_interpreters = False  # a Python that is missing is reported as skipped

PYTHONS = ["3.11", "3.12", "3.13", "3.14", "3.15"]
BUILD = Path("build")
MATRIX = BUILD / "matrix"
ROOMS = ("spec", "conformance", "reference", "runners")
TITLES = {cell.title for cell in cells()} | {cell.loop.name for cell in cells()}
CHOSEN = TITLES.intersection(sys.argv[sys.argv.index("--") :] if "--" in sys.argv else ())
"""The loops that the command line names: nox makes an environment for each cell that it lists, wanted or not."""
LONG = (
    "tests/adoption/test_action.py::test_a_loop_is_installed_certified_reported_and_judged",
    "tests/adoption/test_gitlab.py::test_a_loop_without_its_deviations_falls_short_and_the_failures_are_shown",
)
FALLS_SHORT = 1
"""Exit code of ``certify`` for a loop that keeps fewer promises: a result, not a failure of the job."""


def packages(loop: str, session: nox.Session) -> list[str]:
    """Return what to install for a LOOP: what its registry entry requires, or the module's own name."""
    ask = """if True:
        import sys
        from loopcert.spec.loops import parse
        name = parse(sys.argv[1])
        print(*name.known.requires if name.known else [name.module.partition(".")[0]])
    """
    found = session.run("python", "-c", ask, loop, silent=True)
    return str(found).split()


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
        if needed := packages(loop, session) if loop not in ours else []:
            session.install(*needed)
    reports = [certify(session, loop, must_conform=loop in ours) for loop in loops]
    session.run("python", "-m", "loopcert.runners.summary", *map(str, reports))


def wheel(session: nox.Session) -> str:
    """Return the path of this tree's wheel, which all cells share; it is built once, out of the tree's way."""
    sources = ["pyproject.toml", "README.md", "LICENSE", *ROOMS]
    files = sorted(file for each in sources for file in [Path(each), *Path(each).rglob("*")] if file.is_file())
    digest = hashlib.sha256()
    for file in (each for each in files if each.suffix != ".pyc"):
        digest.update(file.as_posix().encode() + b"\0" + file.read_bytes())
    home = BUILD / "wheels" / digest.hexdigest()[:16]
    if not list(home.glob("*.whl")):
        copy, made = Path(session.create_tmp(), "tree"), Path(session.create_tmp(), "wheel")
        shutil.rmtree(copy, ignore_errors=True)
        for file in files:
            (copy / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(file, copy / file)
        by_uv = ("uv", "build", "-q", "--wheel", "--out-dir", str(made), str(copy))
        by_pip = ("python", "-m", "pip", "wheel", "-q", "--no-deps", "-w", str(made), str(copy))
        session.run_install(*(by_uv if session.venv_backend == "uv" else by_pip), external=True)
        home.mkdir(parents=True, exist_ok=True)
        for each in made.glob("*.whl"):
            os.replace(each, home / each.name)  # another process may have been as far: it is the same wheel
    return str(next(home.glob("*.whl")).resolve())


def outdated(session: nox.Session, own: str) -> bool:
    """Say whether an environment holds loopcert from another wheel: installers see the same version and leave it."""
    notes = Path(session.virtualenv.location).rglob("site-packages/loopcert-*.dist-info/direct_url.json")
    return any(Path(own).parent.name not in note.read_text("utf-8") for note in notes)


@nox.session(venv_backend="uv|virtualenv", reuse_venv=True)
@nox.parametrize("python,loop", [(cell.python, cell.title) for cell in cells(CHOSEN)])
def matrix(session: nox.Session, loop: str) -> None:
    """Certify every known loop, or the LOOPs after ``--``, each in its own environment, into build/matrix.

    What was finished before is left alone; ``-- --help`` shows the options. A loop that cannot be had, or falls short,
    is a result, which ``nox -s site`` shows.
    """
    try:
        options, cell = certifying.parse(session.posargs), find(loop, str(session.python))
        here = cells(options.loops, [cell.python])
    except Stop as stop:
        sys.exit(stop.sentence)  # the same mistake in every cell: nothing is gained by going on
    session.log(f"cell {here.index(cell) + 1} of {len(here)} on Python {cell.python}: {loop}")
    job = certifying.Job(cell, MATRIX, options)
    if reason := cell.obstacle(sys.platform) or job.needless(Path(session.virtualenv.location)):
        session.skip(reason)
    MATRIX.mkdir(parents=True, exist_ok=True)
    job.log.unlink(missing_ok=True)
    own = wheel(session)
    try:
        with job.log.open("w") as log:
            if outdated(session, own):
                session.install("--force-reinstall", "--no-deps", own, silent=False, stdout=log, stderr=log)
            again = ["--upgrade"] if options.upgrade else []
            session.install(*again, own, *cell.requires, silent=False, stdout=log, stderr=log)
    except nox.command.CommandFailed:
        session.skip(f"not installed: {job.not_installed()}")
    command = ("python", "-m", "loopcert.runners.certifying", cell.title, cell.python, str(MATRIX), *options.arguments)
    # an interrupt is for the command to act on: it closes its books first
    session.run(*command, interrupt_timeout=certifying.GRACE, terminate_timeout=certifying.GRACE)


@nox.session
def site(session: nox.Session) -> None:
    """Print what became of every cell of the matrix, and make build/site of all reports that are there."""
    session.install(".")
    for report, parts in shards(MATRIX).items():
        # the exit codes are the loop's outcome
        session.run("loopcert", "merge", *map(str, parts), "-o", str(report), success_codes=[0, 1, 3, 4])
    rows = table(MATRIX, cells(), sys.platform)
    for row in rows:
        print("{:<26} {:<5} {:<28} {}".format(*row))
    if not (reports := whole_reports(MATRIX)):
        session.error(f"{MATRIX} holds no whole report; make some with `nox -s matrix`")
    session.run("loopcert", "matrix", *map(str, reports), "-o", str(BUILD / "site"), *session.posargs)


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """Everything: own tests, lint of the catalogue, both references and asyncio certified, selftest.

    On every Python found. What tries the runner and not the Python, and the accelerated reference, are for the newest.
    The kill matrix is for the newest, and elsewhere for what does not hold there any more. ``-- everything`` leaves out
    nothing, also not the certifications through each of the CI files, where one stands for them otherwise.
    """
    everything = "everything" in session.posargs
    whole = everything or session.python == found()[-1]
    left_out = [f"--ignore=tests/{each}" for each in ("adoption", "hostile", "runners", "site") if not whole]
    left_out += [f"--deselect={each}" for each in LONG if not everything]
    session.install(".", *nox.project.dependency_groups(nox.project.load_toml("pyproject.toml"), "tests"))
    # More workers than processors: much of this waits, for hangs above all.
    workers = os.cpu_count() or 1
    session.run("python", "-m", "loopcert.spec", "lint")
    session.run("python", "-m", "pytest", "-n", str(2 * workers), *left_out)
    for loop in ("reference", "asyncio", *(["reference-accelerated"] if whole else [])):
        certificate = Path(session.create_tmp(), f"{loop}.json")
        session.run("loopcert", "certify", loop, "-n", str(workers + 1), "-o", str(certificate))
    chosen = kill_matrix(session, whole=whole)
    if chosen or whole:
        session.run("loopcert", "selftest", "-n", str(8 * workers), *chosen)


@nox.session
def lint(session: nox.Session) -> None:
    """Ruff, mypy in strict mode over the installed package and the tests, and the schemas and habits of CI files."""
    project = nox.project.load_toml("pyproject.toml")
    session.install(".", *nox.project.dependency_groups(project, "lint"), "nox", "hypothesis", "selenium", "uvloop")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    session.run("mypy", *(argument for room in ROOMS for argument in ("-p", f"loopcert.{room}")))
    session.run("mypy", "--explicit-package-bases", "noxfile.py", "tests")
    workflows = [str(file) for root in (".", "tests/toyloop") for file in Path(root, ".github/workflows").glob("*.yml")]
    session.run("check-jsonschema", "--builtin-schema", "vendor.github-actions", "action.yml")
    session.run("check-jsonschema", "--builtin-schema", "vendor.github-workflows", *workflows)
    session.run("check-jsonschema", "--builtin-schema", "vendor.gitlab-ci", "tests/toyloop/.gitlab-ci.yml")
    # what may be done with them by whom; offline, so that no answer depends on a network
    session.run("zizmor", "--offline", "--quiet", "action.yml", ".github")


@nox.session
def frameworks(session: nox.Session) -> None:
    """What people build on a loop, from Tornado to trio, on both references, asyncio and uvloop, or the LOOPs given."""
    ours = {"reference", "reference-accelerated", "asyncio"}
    session.install(".[frameworks]")
    loops = session.posargs or [*sorted(ours), *(["uvloop"] if sys.platform != "win32" else [])]
    for loop in loops:
        if needed := packages(loop, session) if loop not in ours else []:
            session.install(*needed)
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
