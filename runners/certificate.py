"""The certificate: an in-toto Statement about one loop, made from a whole report and nothing else."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import msgspec

from loopcert.runners.exits import Exit, Stop
from loopcert.runners.report import Report, Subject
from loopcert.runners.vocabulary import Verdict

STATEMENT = "https://in-toto.io/Statement/v1"
PREDICATE = "urn:loopcert:certificate:1"
Json = dict[str, Any]


def certificate(report: Report, data: bytes) -> Json:
    """Return the statement for ``report``, whose file has the bytes ``data``.

    `Stop` for an outcome that no certificate is written for, and for a report that left something out.
    """
    footer, header = report.footer, report.header
    if not footer.outcome.certifiable:
        raise Stop(f"no certificate: {header.loop.spec} is {footer.outcome}", Exit.FALLS_SHORT)
    if not header.config.whole or not footer.complete:
        raise Stop("no certificate: the report covers only a part of the suite", Exit.INCOMPLETE)
    if not header.loop.digest:
        raise Stop(f"no certificate: nothing identifies the code of {header.loop.spec}", Exit.INCOMPLETE)
    predicate = {
        "outcome": str(footer.outcome),
        "issued": footer.finished,
        "profiles": msgspec.to_builtins(footer.profiles),
        **_exceptions(report),
        "tests": {
            "planned": footer.planned,
            "executed": footer.executed,
            "not-applicable": footer.not_applicable,
            "could-not-run": footer.could_not_run,
        },
        "report": {"digest": {"sha256": hashlib.sha256(data).hexdigest()}},
        "suite": msgspec.to_builtins(header.suite),
        "python": msgspec.to_builtins(header.python),
        "platform": msgspec.to_builtins(header.platform),
        "config": {key: getattr(header.config, key) for key in ("workers", "runs", "timeout")},
        "valid-for": _validity(report),
    }
    statement = {
        "_type": STATEMENT,
        "subject": [subject_of(header.loop)],
        "predicateType": PREDICATE,
        "predicate": predicate,
    }
    return {**statement, "predicate": {**predicate, "seal": seal(statement)}}


def _exceptions(report: Report) -> Json:
    """List by name everything that is not simply a pass."""
    lines = report.requirements
    return {
        "deviations": [
            {"requirement": line.id, "verdict": str(line.verdict), **msgspec.to_builtins(line.deviation)}
            for line in lines
            if line.deviation is not None
        ],
        "beside": [
            {"requirement": line.id, "level": line.level, "authority": line.authority, "verdict": str(line.verdict)}
            for line in lines
            if line.verdict.broken and not line.mandatory
        ],
        "unstable": [line.id for line in lines if line.verdict is Verdict.UNSTABLE],
        "not-applicable": [
            {"requirement": line.id, "reason": line.reason} for line in lines if line.verdict is Verdict.NOT_APPLICABLE
        ],
    }


def subject_of(loop: Subject) -> Json:
    """Return what a certificate is about: a loop's distribution, or its name, and the digest of its files."""
    name = f"pkg:pypi/{loop.distribution.lower().replace('_', '-')}@{loop.version}" if loop.distribution else loop.name
    return {
        "name": name,
        "digest": {"sha256": loop.digest},
        "annotations": {
            "loop": loop.spec,
            "version": loop.version,
            "digest-of": loop.digest_of,
            **({"beside": loop.beside} if loop.beside else {}),
        },
    }


def _validity(report: Report) -> Json:
    """Say for what it holds: this loop's version, this Python's minor version, this set of requirements."""
    header = report.header
    return {
        "loop": header.loop.version or header.loop.digest,
        "python": python_minor(header.python.implementation, header.python.version),
        "requirements": header.suite.catalogue,
    }


def python_minor(implementation: str, version: str) -> str:
    """Return the Python that a certificate is valid for, such as ``CPython 3.13``."""
    return f"{implementation} {'.'.join(version.split('.')[:2])}"


def seal(statement: Json) -> str:
    """Return the sha256 (hex) of a statement without its seal: it shows an edit; a signature it is not."""
    bare = {key: value for key, value in statement["predicate"].items() if key != "seal"}
    text = json.dumps({**statement, "predicate": bare}, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def dump(statement: Json) -> str:
    """Return a statement as it is written to a file."""
    return json.dumps(statement, indent=1, ensure_ascii=False) + "\n"
