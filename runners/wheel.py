"""The digest of a wheel file, to be compared with that of the installation which was certified."""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path

from loopcert.runners.exits import Stop
from loopcert.runners.record import altered, digest, place, recorded

_SIGNATURES = (".dist-info/RECORD", ".dist-info/RECORD.jws", ".dist-info/RECORD.p7s")
"""What stands in no RECORD."""


def wheel_digest(path: Path) -> str:
    """Return the digest (sha256, hex) of a wheel file; see `loopcert.runners.record` for what goes into it.

    `Stop` for what is no wheel, and for one whose files are not those that its RECORD names.
    """
    try:
        with zipfile.ZipFile(path) as wheel:
            listed = _listed(wheel, path)
            if wrong := altered(listed, wheel.read):
                raise Stop(f"{path} is damaged: {wrong} is not the file that its RECORD names")
            held = {name for name in wheel.namelist() if not name.endswith(("/", *_SIGNATURES))}
            if strays := sorted(held - set(listed)):
                raise Stop(f"{path} holds what its RECORD does not name: {strays[0]}")
    except (zipfile.BadZipFile, zlib.error, RuntimeError, EOFError) as error:  # RuntimeError: encrypted
        raise Stop(f"{path} is no wheel: {error}") from None
    except OSError as error:
        raise Stop(f"cannot read the wheel {path}: {error.strerror}") from error
    return digest({place(name): each for name, each in listed.items() if place(name)})


def _listed(wheel: zipfile.ZipFile, path: Path) -> dict[str, str]:
    records = [name for name in wheel.namelist() if name.count("/") == 1 and name.endswith(".dist-info/RECORD")]
    if len(records) != 1:
        raise Stop(f"{path} is no wheel: it has {len(records) or 'no'} .dist-info/RECORD")
    try:
        return recorded(wheel.read(records[0]).decode().splitlines())
    except UnicodeDecodeError:
        raise Stop(f"{path} is no wheel: its RECORD is not UTF-8") from None
