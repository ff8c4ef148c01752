"""A wheel file and its installation have one digest; what was changed has another, or is refused."""

from __future__ import annotations

import base64
import hashlib
import importlib.metadata
import sys
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from loopcert.runners.cli import run
from loopcert.runners.exits import Exit, Stop
from loopcert.runners.record import altered, digest, recorded
from loopcert.runners.report import Subject
from loopcert.runners.subject import describe
from loopcert.runners.wheel import wheel_digest
from loopcert.spec.loops import parse

from .certified import certified

INFO = "tiny_loop-1.2.dist-info"
FILES = {
    "tiny_loop/__init__.py": b"from asyncio import new_event_loop\n",
    "tiny_loop/a, b.txt": b"a comma\n",
    "tiny_loop-1.2.data/purelib/tiny_loop/more.py": b"x = 1\n",
    "tiny_loop-1.2.data/scripts/tiny": b"#!python\n",
    "tiny_loop-1.2.data/headers/tiny.h": b"\n",
    f"{INFO}/METADATA": b"Metadata-Version: 2.1\nName: tiny_loop\nVersion: 1.2\n",
    f"{INFO}/WHEEL": b"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
}


def hash_of(data: bytes) -> str:
    return "sha256=" + base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()


def record(files: Mapping[str, bytes]) -> bytes:
    rows = [f'"{path}",{hash_of(data)},{len(data)}' for path, data in files.items()]
    return "\r\n".join([*rows, f"{INFO}/RECORD,,", ""]).encode()


def packed(folder: Path, files: Mapping[str, bytes]) -> Path:
    path = folder / "tiny_loop-1.2-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        for name, data in files.items():
            wheel.writestr(name, data)
    return path


@pytest.fixture
def wheel(tmp_path: Path) -> Path:
    return packed(tmp_path, {**FILES, f"{INFO}/RECORD": record(FILES)})


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The same files, where an installer puts them, and its own additions."""
    site = tmp_path / "site"
    placed = {
        path.removeprefix("tiny_loop-1.2.data/purelib/"): data
        for path, data in FILES.items()
        if ".data/" not in path or "purelib" in path
    }
    extra = {f"{INFO}/INSTALLER": b"pip\n", f"{INFO}/REQUESTED": b"", f"{INFO}/direct_url.json": b"{}"}
    for path, data in {**placed, **extra}.items():
        (site / path).parent.mkdir(parents=True, exist_ok=True)
        (site / path).write_bytes(data)
    rows = record({**placed, **extra}).decode()
    rows += f"../../bin/tiny,{hash_of(b'x')},1\r\ntiny_loop/__pycache__/__init__.cpython-313.pyc,,\r\n"
    (site / INFO / "RECORD").write_bytes(rows.encode())
    monkeypatch.syspath_prepend(site)
    monkeypatch.setenv("PYTHONPATH", str(site))
    for name in [name for name in sys.modules if name.startswith("tiny_loop")]:
        monkeypatch.delitem(sys.modules, name)
    return site


def subject() -> dict[str, Any]:
    name = parse("tiny_loop:new_event_loop")
    name.resolve()
    return describe(name)


def test_a_wheel_and_its_installation_have_one_digest(wheel: Path, installed: Path) -> None:
    assert installed
    found = subject()
    assert (found["digest_of"], found["digest"]) == ("RECORD", wheel_digest(wheel))
    assert (found["distribution"], found["version"]) == ("tiny_loop", "1.2")


def test_the_digest_is_the_one_that_the_page_describes(wheel: Path) -> None:
    beside = ("tiny_loop/__init__.py", "tiny_loop/a, b.txt", f"{INFO}/METADATA", f"{INFO}/WHEEL")
    lines = [f"{path},{hash_of(FILES[path])}" for path in beside]
    lines.append(f"tiny_loop/more.py,{hash_of(FILES['tiny_loop-1.2.data/purelib/tiny_loop/more.py'])}")
    assert wheel_digest(wheel) == hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()


@pytest.mark.parametrize(
    "spoil",
    [
        lambda site: (site / "tiny_loop/__init__.py").write_text("from asyncio import *\n"),
        lambda site: (site / "tiny_loop/more.py").unlink(),
    ],
)
def test_an_installation_that_was_changed_is_known_by_its_sources(
    installed: Path, wheel: Path, spoil: Callable[[Path], object]
) -> None:
    spoil(installed)
    found = subject()
    assert found["digest_of"] == "source"
    assert found["digest"] not in {"", wheel_digest(wheel)}


def test_only_the_installer_s_own_files_are_left_out() -> None:
    rows = [
        "a/RECORD,sha256=x,1",
        f"{INFO}/RECORD,sha256=x,1",
        f"{INFO}/INSTALLER,sha256=x,1",
        "/etc/x,sha256=x,1",
        "a",
    ]
    assert recorded(rows) == {"a/RECORD": "sha256=x"}


@pytest.mark.parametrize("wanted", ["md17=AAAA", "sha256", "sha256=AAAA", "=", "shake_128=AAAA"])
def test_a_hash_that_cannot_be_checked_is_none(wanted: str) -> None:
    assert altered({"a": wanted}, lambda _: b"") == "a"


def test_pytest_s_own_installation_is_as_its_wheel_recorded() -> None:
    distribution = importlib.metadata.distribution("iniconfig")
    files = recorded((distribution.read_text("RECORD") or "").splitlines())
    assert altered(files, lambda path: Path(str(distribution.locate_file(path))).read_bytes()) == ""
    assert digest(files) != digest({})


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({**FILES}, "it has no .dist-info/RECORD"),
        ({**FILES, f"{INFO}/RECORD": record(FILES), "other-1.dist-info/RECORD": b""}, "it has 2 .dist-info/RECORD"),
        (
            {**FILES, f"{INFO}/RECORD": record(FILES), "tiny_loop/__init__.py": b"x"},
            "damaged: tiny_loop/__init__.py",
        ),
        ({f"{INFO}/RECORD": record(FILES)}, "damaged: tiny_loop/__init__.py"),
        ({**FILES, f"{INFO}/RECORD": record(FILES), "sitecustomize.py": b"x"}, "not name: sitecustomize.py"),
        ({**FILES, f"{INFO}/RECORD": b"\xff"}, "its RECORD is not UTF-8"),
    ],
)
def test_a_wheel_that_is_not_sound_is_refused(tmp_path: Path, files: Mapping[str, bytes], said: str) -> None:
    with pytest.raises(Stop) as stop:
        wheel_digest(packed(tmp_path, files))
    assert said in stop.value.sentence


def test_what_is_no_zip_is_no_wheel(tmp_path: Path) -> None:
    (tmp_path / "x.whl").write_text("hello")
    with pytest.raises(Stop, match="is no wheel"):
        wheel_digest(tmp_path / "x.whl")


def test_a_certificate_is_held_against_a_wheel(
    wheel: Path, installed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert installed
    monkeypatch.chdir(tmp_path)
    certified(tmp_path, loop=Subject(**subject()))
    assert run(["verify", "c.json", "--wheel", str(wheel), "--installed"]) == Exit.AS_EXPECTED
    said = capsys.readouterr().out
    assert said.startswith("pkg:pypi/tiny-loop@1.2 on ")
    assert f"about {wheel.name}, about the loop installed here" in said
    other = {**FILES, "tiny_loop/__init__.py": b"from asyncio import *\n"}
    packed(tmp_path, {**other, f"{INFO}/RECORD": record(other)})
    assert run(["verify", "c.json", "--wheel", str(wheel)]) == Exit.USAGE
    assert f"the certificate is about another wheel than {wheel.name}" in capsys.readouterr().err


def test_a_certificate_of_sources_knows_no_wheel(
    wheel: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    certified(tmp_path, loop=Subject(**describe(parse("asyncio"))))
    assert run(["verify", "c.json", "--wheel", str(wheel)]) == Exit.USAGE
    assert "about source files, not about a wheel" in capsys.readouterr().err
