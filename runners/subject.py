"""Which loop is it? The distribution, version and digest of what LOOP names, found in the process that imported it."""

from __future__ import annotations

import hashlib
import importlib.metadata
import importlib.util
import json
import platform
import sys
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from loopcert.runners.record import altered, digest, recorded
from loopcert.spec.loops import LoopName

_SOURCES = {".py", ".pyx", ".so", ".pyd", ".dll", ".dylib"}


def describe(name: LoopName) -> dict[str, Any]:
    """Return spec, name, distribution, version, digest (sha256, hex), what the digest is of, and what runs beside it.

    ``digest_of`` is ``RECORD`` (the hashes that the wheel recorded for its files, see `loopcert.runners.record`),
    ``source`` (the files of the package or module: the standard library, an editable install, a file on the path,
    files that were changed after they were installed), or ``nothing``. ``beside`` are the versions of what else the
    registry says that the loop needs. Of a loop that an adapter makes, the loop's own distribution is described, not
    the adapter's.
    """
    described: dict[str, Any] = dict(_identity(name))
    if name.known and len(name.known.distributions) > 1:
        described["beside"] = dict(_versions(name.known.distributions[1:]))
    return described


def _versions(titles: Iterable[str]) -> Iterator[tuple[str, str]]:
    for title in titles:
        with suppress(importlib.metadata.PackageNotFoundError):
            yield title, importlib.metadata.version(title)


def _identity(name: LoopName) -> dict[str, str]:
    top = name.origin.partition(".")[0]
    if top in sys.stdlib_module_names:
        version = f"{platform.python_implementation()} {platform.python_version()}"
        return _row(name, top, "", version, _source_digest(name.origin), "source")
    distribution = _distribution(top, name.known.distributions[0] if name.known and name.known.distributions else "")
    if distribution is None or not (_editable(distribution) or _brought(distribution, name.origin)):
        return _row(name, top, "", "", _source_digest(name.origin), "source")
    title, version = distribution.metadata["Name"], distribution.version
    recorded = None if _editable(distribution) else _record_digest(distribution)
    if recorded is None:
        return _row(name, title, title, version, _source_digest(name.origin), "source")
    return _row(name, title, title, version, recorded, "RECORD")


def _row(loop: LoopName, title: str, distribution: str, version: str, digest: str, of: str) -> dict[str, str]:
    return {
        "spec": loop.text,
        "name": loop.known.name if loop.known else title,
        "distribution": distribution,
        "version": version,
        "digest": digest,
        "digest_of": of if digest else "nothing",
    }


def _distribution(top: str, package: str) -> importlib.metadata.Distribution | None:
    """Find what brought the module ``top``: mostly of the same name; asking every distribution takes 0.3 s."""
    for title in filter(None, (package, top)):
        try:
            return importlib.metadata.distribution(title)
        except importlib.metadata.PackageNotFoundError:
            continue
    if not _in_site_packages(top):
        return None
    for title in importlib.metadata.packages_distributions().get(top, ()):
        return importlib.metadata.distribution(title)
    return None


def _in_site_packages(top: str) -> bool:
    location = getattr(sys.modules.get(top), "__file__", None) or ""
    return "site-packages" in Path(location).parts or "dist-packages" in Path(location).parts


def _brought(distribution: importlib.metadata.Distribution, module: str) -> bool:
    """Whether the module came from where the distribution is installed, and not from a source tree that hides it.

    The working directory comes first on the path, so that in a repository with the package at its top the tree is
    imported although the wheel is installed: the wheel's version and digest would speak of code that never ran.
    """
    installed = Path(str(distribution.locate_file(""))).resolve()
    return any(home.resolve().is_relative_to(installed) for home in _homes(module))


def _editable(distribution: importlib.metadata.Distribution) -> bool:
    origin = json.loads(distribution.read_text("direct_url.json") or "{}")
    return bool(origin.get("dir_info", {}).get("editable"))


def _record_digest(distribution: importlib.metadata.Distribution) -> str | None:
    """Digest what the wheel brought; None where nothing is recorded, or a file is not the recorded one any more."""
    files = recorded((distribution.read_text("RECORD") or "").splitlines())
    if not files or altered(files, lambda path: Path(str(distribution.locate_file(path))).read_bytes()):
        return None
    return digest(files)


def _source_digest(module: str) -> str:
    """Digest the files of the outermost regular package that holds ``module``, or of the module itself."""
    root = next((path for path in _homes(module)), None)
    if root is None:
        return ""
    if not root.exists():
        return _archived_digest(root)
    files = [root] if root.is_file() else sorted(path for path in root.rglob("*") if path.suffix in _SOURCES)
    whole = hashlib.sha256()
    for path in files:
        inside = path.name if root.is_file() else path.relative_to(root).as_posix()
        whole.update(f"{inside} {hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return whole.hexdigest()


def _archived_digest(root: Path) -> str:
    """Digest a package of a zip file, as an embedded Python has its standard library; compiled files, too."""
    archive = next((path for path in root.parents if path.is_file()), None)
    if archive is None or not zipfile.is_zipfile(archive):
        return ""
    inside = root.relative_to(archive).as_posix()
    digest = hashlib.sha256()
    with zipfile.ZipFile(archive) as file:
        for name in sorted(file.namelist()):
            if name == inside or name.startswith(f"{inside}/"):
                digest.update(f"{name} {hashlib.sha256(file.read(name)).hexdigest()}\n".encode())
    return digest.hexdigest()


def _homes(module: str) -> Iterator[Path]:
    parts = module.split(".")
    locations = [
        getattr(sys.modules.get(".".join(parts[:length])), "__file__", None) for length in range(1, len(parts) + 1)
    ]
    if not any(locations) and (spec := importlib.util.find_spec(parts[0])) is not None and spec.has_location:
        locations = [spec.origin]  # an adapter imports what it needs when it is called
    for path in map(Path, filter(None, locations)):
        yield path.parent if path.stem == "__init__" else path
