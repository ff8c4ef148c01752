"""The sets of requirements that were released: frozen, so that what is added later costs no old certificate."""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from itertools import pairwise
from pathlib import Path

from packaging.version import InvalidVersion, Version

from loopcert.spec.catalogue import Catalogue
from loopcert.spec.model import SpecError

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


@dataclass(frozen=True)
class ReleasedSet:
    """What one release of loopcert demands. ``requirements`` is how many of them a test can reach."""

    release: str
    date: dt.date
    requirements: int
    digest: str


def read_sets(text: str) -> tuple[ReleasedSet, ...]:
    """Read ``sets.toml``, oldest first; SpecError says which entry is wrong, and how."""
    try:
        sets = tuple(ReleasedSet(**row) for row in tomllib.loads(text).get("set", []))
    except (tomllib.TOMLDecodeError, TypeError) as error:
        raise SpecError(f"sets.toml: {error}") from error
    for each in sets:
        if not _sound(each):
            raise SpecError(f"sets.toml: {each.release}: a release has a version, a date, a count and a digest")
    for before, after in pairwise(sets):
        if Version(before.release) >= Version(after.release) or before.date > after.date:
            raise SpecError(f"sets.toml: {after.release} stands after {before.release}; the oldest comes first, once")
    return sets


def _sound(each: ReleasedSet) -> bool:
    try:
        final = not Version(each.release).is_devrelease and Version(each.release).local is None
    except (InvalidVersion, TypeError):
        return False
    dated = isinstance(each.date, dt.date) and not isinstance(each.date, dt.datetime)
    counted = type(each.requirements) is int and each.requirements > 0
    return final and dated and counted and bool(_DIGEST.fullmatch(str(each.digest)))


@cache
def released_sets() -> tuple[ReleasedSet, ...]:
    """Return the sets that this loopcert knows as released, oldest first."""
    return read_sets(files("loopcert.spec").joinpath("sets.toml").read_text("utf-8"))


def changed_since_release(catalogue: Catalogue, sets: Sequence[ReleasedSet], release: str) -> str:
    """Return what is wrong where ``release`` stands among ``sets`` and ``catalogue`` is not the one it stands for."""
    for each in sets:
        if each.release == release and each.digest != catalogue.digest:
            return f"{release} was released with another set of requirements; a changed set needs a version of its own"
    return ""


def freeze(catalogue: Catalogue, path: Path, today: dt.date) -> ReleasedSet:
    """Append the catalogue to the ``sets.toml`` at ``path`` as that of the installed version, and return the entry.

    The same set is not entered twice. SpecError for a version that was released with another set or is no release,
    and for a ``path`` that does not belong to the loopcert that runs.
    """
    if not path.is_file() or path.resolve() != Path(str(files("loopcert.spec").joinpath("sets.toml"))).resolve():
        raise SpecError(f"{path} is not the one of the loopcert that runs; freeze in a checkout, installed with -e")
    text, release = path.read_text("utf-8"), version("loopcert")
    sets = read_sets(text)
    if wrong := changed_since_release(catalogue, sets, release):
        raise SpecError(wrong)
    entry = ReleasedSet(release, today, len(catalogue.testable), catalogue.digest)
    for each in sets:
        if each.release == release:
            return each
    longer = (
        f'{text.rstrip()}\n\n[[set]]\nrelease = "{entry.release}"\ndate = {entry.date}\n'
        f'requirements = {entry.requirements}\ndigest = "{entry.digest}"\n'
    )
    read_sets(longer)
    path.write_text(longer, "utf-8")
    return entry
