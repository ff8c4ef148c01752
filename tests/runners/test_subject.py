"""Which loop is it? The installed one is told by its wheel, one that hides it by its own files."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

CODE = """if True:
    import json, {module}
    from loopcert.runners.subject import describe
    from loopcert.spec.loops import parse
    print(json.dumps(describe(parse("{module}:new_event_loop"))))
"""


def described(folder: Path, module: str, *path: Path) -> dict[str, str]:
    done = subprocess.run(
        [sys.executable, "-c", CODE.format(module=module)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, path))},
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    return dict(json.loads(done.stdout))


def install(site: Path, module: str) -> None:
    """Lay down what an installer would: a package, and the records of its distribution."""
    (site / module).mkdir(parents=True)
    code = b"new_event_loop = None\n"
    (site / module / "__init__.py").write_bytes(code)
    digest = base64.urlsafe_b64encode(hashlib.sha256(code).digest()).decode().rstrip("=")
    records = site / f"{module}-2.5.dist-info"
    records.mkdir()
    (records / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {module}\nVersion: 2.5\n", "utf-8")
    (records / "RECORD").write_text(
        f"{module}/__init__.py,sha256={digest},{len(code)}\n{records.name}/RECORD,,\n", "utf-8"
    )


def test_an_installed_loop_is_told_by_its_wheel(tmp_path: Path) -> None:
    install(tmp_path / "site", "wheelloop")
    found = described(tmp_path, "wheelloop", tmp_path / "site")
    assert (found["distribution"], found["version"], found["digest_of"]) == ("wheelloop", "2.5", "RECORD")


def test_a_tree_that_hides_the_installed_loop_is_told_by_its_own_files(tmp_path: Path) -> None:
    install(tmp_path / "site", "wheelloop")
    tree = tmp_path / "tree" / "wheelloop"
    tree.mkdir(parents=True)
    (tree / "__init__.py").write_text("new_event_loop = print\n", "utf-8")
    found = described(tree.parent, "wheelloop", tmp_path / "site")
    assert (found["distribution"], found["version"], found["digest_of"]) == ("", "", "source")
    other = described(tmp_path, "wheelloop", tree.parent)
    assert found["digest"] == other["digest"]
