"""Deviations: failures that are known, with a reason. They are always run and stay visible."""

from __future__ import annotations

import datetime as dt
import enum
import hashlib
import tomllib
from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from packaging.markers import InvalidMarker, Marker

from loopcert.runners.exits import Stop
from loopcert.runners.report import DeviationNote
from loopcert.runners.vocabulary import Verdict
from loopcert.spec import Shortfall

_NEEDED = {"requirement", "reason", "status"}
_KNOWN = _NEEDED | {"issue", "when", "until"}


class Status(enum.StrEnum):
    """Why a loop's author lets a failure stand. ``flaky`` explains one and covers nothing."""

    INTENDED = "intended"
    BUG = "bug"
    UNSUPPORTED = "unsupported"
    FLAKY = "flaky"


@dataclass(frozen=True)
class Deviation:
    """One entry of a ``deviations.toml``; ``when`` is an environment marker, ``until`` the last day that it covers."""

    requirement: str
    reason: str
    status: Status
    issue: str = ""
    when: str = ""
    until: dt.date | None = None

    def holds(self, environment: Mapping[str, str], today: dt.date) -> bool:
        """Say whether the entry is meant for that environment and has not run out by ``today``."""
        if self.until is not None and today > self.until:
            return False
        return not self.when or Marker(self.when).evaluate(dict(environment))


@dataclass(frozen=True)
class Deviations:
    """What is known to fail on one Python: the loop's own entries, and where CPython itself falls short."""

    own: Mapping[str, Deviation] = field(default_factory=dict)
    expired: Mapping[str, Deviation] = field(default_factory=dict)
    cpython: Mapping[str, Shortfall] = field(default_factory=dict)

    def note(self, requirement: str, verdict: Verdict) -> DeviationNote | None:
        """Return what covers a requirement of that verdict, or None."""
        if not verdict.broken:
            return None
        if (shortfall := self.cpython.get(requirement)) is not None:
            return DeviationNote(origin="cpython", reason=shortfall.reason, issue=shortfall.issue)
        entry = self.own.get(requirement)
        if entry is None or entry.status is Status.FLAKY:
            return None
        return DeviationNote(origin="user", reason=entry.reason, issue=entry.issue, status=entry.status)

    def stale(self, verdicts: Mapping[str, Verdict]) -> tuple[str, ...]:
        """Return the loop's own entries whose requirement passes, or that have run out; they have to go."""
        passing = [name for name in self.own if verdicts.get(name) is Verdict.PASS]
        return tuple(sorted({*passing, *(name for name in self.expired if name in verdicts)}))


def read_deviations(
    path: Path, known: Container[str], environment: Mapping[str, str], today: dt.date
) -> tuple[dict[str, Deviation], dict[str, Deviation]]:
    """Read a ``deviations.toml``: the entries that hold in ``environment``, and those that have run out.

    ``known`` are the ids of all requirements. `Stop` says which entry is wrong, and how.
    """
    try:
        rows = tomllib.loads(path.read_text("utf-8")).get("deviation", [])
    except OSError as error:
        raise Stop(f"cannot read the deviations {path}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Stop(f"{path} is no TOML: {error}") from error
    holding: dict[str, Deviation] = {}
    expired: dict[str, Deviation] = {}
    for row in rows:
        entry = _entry(row, path, known)
        if entry.holds(environment, today):
            if entry.requirement in holding:
                raise Stop(f"{path}: {entry.requirement} stands twice; one entry a requirement and environment")
            holding[entry.requirement] = entry
        elif entry.until is not None and today > entry.until:
            expired[entry.requirement] = entry
    return holding, expired


def digest_of(path: Path | None) -> str:
    """Return the digest of a ``deviations.toml``, ``sha256:<hex>``; nothing where there is none."""
    if path is None:
        return ""
    try:
        return "sha256:" + hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise Stop(f"cannot read the deviations {path}: {error.strerror}") from error


def _entry(row: Mapping[str, object], path: Path, known: Container[str]) -> Deviation:
    name = row.get("requirement", "an entry without requirement")
    if missing := _NEEDED - set(row):
        raise Stop(f"{path}: {name}: {', '.join(sorted(missing))} missing")
    if unknown := set(row) - _KNOWN:
        raise Stop(f"{path}: {name}: unknown field {', '.join(sorted(unknown))}; known are {', '.join(sorted(_KNOWN))}")
    if name not in known:
        raise Stop(f"{path}: no requirement is called {name!r}; `loopcert list` shows them all")
    until, when = row.get("until"), str(row.get("when", ""))
    if until is not None and (not isinstance(until, dt.date) or isinstance(until, dt.datetime)):
        raise Stop(f"{path}: {name}: until is a date such as 2027-06-30")
    try:
        status = Status(str(row["status"]))
    except ValueError:
        raise Stop(f"{path}: {name}: status {row['status']!r} is none of {', '.join(Status)}") from None
    try:
        if when:
            Marker(when)
    except InvalidMarker as error:
        raise Stop(f"{path}: {name}: when: {str(error).splitlines()[0]}") from None
    return Deviation(str(name), str(row["reason"]), status, str(row.get("issue", "")), when, until)


def environment_of(python: str, sys_platform: str) -> dict[str, str]:
    """Return the environment of markers for a Python ("3.13.0") and a `sys.platform`."""
    return {
        "python_full_version": python,
        "python_version": ".".join(python.split(".")[:2]),
        "sys_platform": sys_platform,
    }
