"""What identifies the files of a distribution: a digest of the RECORD that its wheel brought. Pure.

A wheel file and its installation give the same digest. It is the sha256 (hex) of lines ``path,hash``, sorted and
joined by newlines: one for each file that the wheel puts beside the modules, with path and hash as RECORD has them
(RFC 4180 quoting undone). Left out is what differs by installation: what the installer adds to ``.dist-info``,
bytecode, and what goes elsewhere (scripts, headers, data).
"""

from __future__ import annotations

import base64
import csv
import hashlib
from collections.abc import Callable, Iterable, Mapping

_INSTALLERS = {
    "INSTALLER",
    "RECORD",
    "REQUESTED",
    "direct_url.json",
    "provenance_url.json",
    "uv_build.json",
    "uv_cache.json",
}
_HASHES = {"sha256", "sha384", "sha512"}
_MODULES = {"purelib", "platlib"}


def recorded(lines: Iterable[str]) -> dict[str, str]:
    """Return path and hash (``sha256=<base64>``) of what a RECORD's ``lines`` say that the wheel itself brought."""
    found = {}
    for row in csv.reader(lines):
        path, digest = (*row, "", "")[:2]
        if digest and not path.startswith(("/", "..")) and not _by_installer(path):
            found[path] = digest
    return found


def _by_installer(path: str) -> bool:
    folder, _, name = path.rpartition("/")
    return folder.endswith(".dist-info") and name in _INSTALLERS


def place(path: str) -> str:
    """Return where an installer puts a wheel's file, beside the modules; "" for what goes elsewhere."""
    top, _, rest = path.partition("/")
    if not top.endswith(".data"):
        return path
    kind, _, inside = rest.partition("/")
    return inside if kind in _MODULES else ""


def digest(files: Mapping[str, str]) -> str:
    """Return the digest of path and hash of files."""
    return hashlib.sha256("\n".join(sorted(f"{path},{each}" for path, each in files.items())).encode()).hexdigest()


def altered(files: Mapping[str, str], read: Callable[[str], bytes]) -> str:
    """Return the first path whose content has another hash than ``files`` gives it, or that cannot be read; else ""."""
    for path, wanted in files.items():
        algorithm, _, value = wanted.partition("=")
        if algorithm not in _HASHES:
            return path
        try:
            found = hashlib.new(algorithm, read(path)).digest()
        except (OSError, KeyError):
            return path
        if base64.urlsafe_b64encode(found).rstrip(b"=").decode() != value.rstrip("="):
            return path
    return ""
