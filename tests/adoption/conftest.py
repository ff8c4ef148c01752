"""A machine of somebody else: a virtual environment with loopcert, and the toy package in a folder of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path

import pytest

from .scripts import ROOT

_PACKAGED = ("spec", "conformance", "reference", "runners", "pyproject.toml", "README.md", "LICENSE", "action.yml")


@dataclass(frozen=True)
class Machine:
    """A virtual environment, the variables with which commands find it, and loopcert's own sources."""

    home: Path
    source: Path
    environment: dict[str, str]

    def run(self, command: str, folder: Path) -> subprocess.CompletedProcess[str]:
        """Run a line of the documents in a folder."""
        return subprocess.run(
            ["bash", "-eo", "pipefail", "-c", command],
            env={**os.environ, **self.environment},
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture(scope="session")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Machine:
    """Make the environment: loopcert is installed for real, what it needs is lent by the environment of the tests."""
    folder = tmp_path_factory.mktemp("machine")
    source = folder / "loopcert"
    source.mkdir()
    for name in _PACKAGED:
        lies = ROOT / name
        if lies.is_dir():
            shutil.copytree(lies, source / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(lies, source)
    home = folder / "venv"
    # pip is lent as well: not every Python can put one into a new environment
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(home)], check=True, capture_output=True)
    pip = home / "bin" / "pip"
    pip.write_text('#!/bin/sh\nexec "$VIRTUAL_ENV/bin/python" -m pip "$@"\n', "utf-8")
    pip.chmod(0o755)
    paths = {"base": str(home), "platbase": str(home)}
    site = Path(sysconfig.get_path("purelib", scheme="venv", vars=paths))
    (site / "lent.pth").write_text(sysconfig.get_path("purelib") + "\n", "utf-8")
    environment = {
        "PATH": f"{home / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "VIRTUAL_ENV": str(home),
        # nothing comes from an index: the backend is lent as well
        "PIP_NO_INDEX": "1",
        "PIP_NO_BUILD_ISOLATION": "0",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "GITHUB_ACTION_PATH": str(source),
    }
    made = Machine(home, source, environment)
    done = made.run(f"python -m pip install --no-deps --ignore-installed {source}", folder)
    assert done.returncode == 0, done.stderr
    return made


@pytest.fixture
def toyloop(tmp_path: Path) -> Path:
    """Give a copy of the toy package's repository."""
    return shutil.copytree(
        ROOT / "tests" / "toyloop",
        tmp_path / "toyloop",
        ignore=shutil.ignore_patterns("__pycache__", "*.egg-info", "build"),
    )
