"""What a run makes of the surroundings that it is started in."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

_COMMAND = (sys.executable, "-c", "from loopcert.runners.cli import main; main()", "run")
_LOOPCERT = (*_COMMAND, "asyncio", "-n", "1")
_CHOSEN = ("-k", "subprocess-17", "-k", "procapi-07", "-k", "signals-01a", "-k", "unix-14", "-k", "datagram-71")


@pytest.mark.skipif(os.name != "posix", reason="Windows has no signals that a parent could have ignored")
def test_signals_that_the_parent_ignores_change_no_verdict() -> None:
    shell = ("sh", "-c", "trap '' HUP INT QUIT TERM USR1 USR2; exec \"$@\"", "sh")
    done = subprocess.run([*shell, *_LOOPCERT, *_CHOSEN], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.skipif(os.name != "posix", reason="Windows has no names of Unix sockets that could be too long")
def test_a_long_name_of_the_temporary_folder_changes_no_verdict(tmp_path: Path) -> None:
    folder = tmp_path / ("x" * 90)
    folder.mkdir()
    environment = {**os.environ, "TMPDIR": str(folder)}
    done = subprocess.run([*_LOOPCERT, *_CHOSEN], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.skipif(os.name != "posix", reason="the test that is to die needs Unix sockets")
def test_tests_that_die_leave_no_files_behind(tmp_path: Path) -> None:
    (tmp_path / "deadly.py").write_text(
        "import asyncio, os\n"
        "class Loop(asyncio.SelectorEventLoop):\n"
        "    async def create_datagram_endpoint(self, *args, **options):\n"
        "        os._exit(3)\n",
        "utf-8",
    )
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "TMPDIR": folder, "PYTHONPATH": str(tmp_path)}
        command = [*_COMMAND, "deadly:Loop", "-n", "1", "-k", "datagram-11b"]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert "datagram-11b" in done.stdout
        assert done.returncode == 1, done.stdout + done.stderr
        assert os.listdir(folder) == []
