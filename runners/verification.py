"""Does a certificate hold? By its schema, by its own arithmetic, and by the report it was made from. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from jsonschema import Draft202012Validator

from loopcert.runners.books import check_books
from loopcert.runners.certificate import PREDICATE, STATEMENT, Json, certificate, seal
from loopcert.runners.contradictions import contradiction
from loopcert.runners.envelope import is_envelope, open_envelope
from loopcert.runners.exits import Exit, Stop
from loopcert.runners.report import Report
from loopcert.runners.vocabulary import Outcome


@dataclass(frozen=True)
class Read:
    """A certificate as read: the statement, and the envelope that it lay in, if it did."""

    statement: Json
    envelope: Json | None


def read_certificate(data: bytes, name: str) -> Read:
    """Read the bytes of a certificate or of an envelope with one; `Stop` unless it is whole and consistent.

    ``name`` is what messages call it. Signatures are not checked here.
    """
    document = _parse(data, name)
    if not is_envelope(document):
        return Read(_certificate(document, name), None)
    return Read(parse_certificate(open_envelope(document, name), f"the payload of {name}"), document)


def parse_certificate(data: bytes, name: str) -> Json:
    """Read the bytes of a certificate called ``name`` in messages; `Stop` unless it is whole and consistent."""
    return _certificate(_parse(data, name), name)


def _certificate(statement: Any, name: str) -> Json:
    _check_kind(statement, name)
    schema = json.loads(files("loopcert.runners.schemas").joinpath("certificate.schema.json").read_text("utf-8"))
    problems = sorted(Draft202012Validator(schema).iter_errors(statement), key=lambda each: each.json_path)
    if problems:
        raise Stop(f"{name} is no valid certificate: {problems[0].json_path}: {problems[0].message[:300]}")
    if seal(statement) != statement["predicate"]["seal"]:
        raise Stop(f"{name} was changed after it was written: it does not match its seal")
    if objection := contradiction(statement):
        raise Stop(f"{name} contradicts itself: {objection}")
    return dict(statement)


def _parse(data: bytes, name: str) -> Any:
    def once(pairs: list[tuple[str, Any]]) -> Json:
        members = dict(pairs)
        if len(members) < len(pairs):
            raise Stop(f"{name} is no certificate: it says something twice, and readers would differ on what it says")
        return members

    def never(constant: str) -> float:
        raise ValueError(f"{constant} is no JSON")

    try:
        document = json.loads(data, object_pairs_hook=once, parse_constant=never)
        json.dumps(document, ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, RecursionError):
        raise Stop(f"{name} is no certificate: it is not JSON, or was cut short") from None
    return document


def _check_kind(statement: object, name: str) -> None:
    if not isinstance(statement, dict) or statement.get("_type") != STATEMENT:
        raise Stop(f"{name} is no certificate: it is no in-toto statement ({STATEMENT})")
    if statement.get("predicateType") != PREDICATE:
        raise Stop(f"{name} is of type {statement.get('predicateType')!r}; this loopcert reads {PREDICATE!r}")
    predicate = statement.get("predicate")
    outcome = predicate.get("outcome") if isinstance(predicate, dict) else None
    if outcome == Outcome.NON_CONFORMANT:
        raise Stop(f"{name} certifies nothing: it says that the loop is {outcome}", Exit.FALLS_SHORT)
    if outcome == Outcome.INCOMPLETE:
        raise Stop(f"{name} certifies nothing: it says that what was found out is {outcome}", Exit.INCOMPLETE)


def check_report(statement: Json, report: Report, data: bytes, name: str) -> None:
    """`Stop` unless ``statement`` is the certificate that the report called ``name`` gives, and its books balance."""
    digest, wanted = hashlib.sha256(data).hexdigest(), statement["predicate"]["report"]["digest"]["sha256"]
    if wanted != digest:
        why = _stranger(statement, report) or f"its sha256 is {digest}, and that of the report was {wanted}"
        raise Stop(f"{name} is not the report of this certificate: {why}")
    check_books(report, name)
    if different := difference(statement, certificate(report, data)):
        raise Stop(f"the certificate says otherwise than its report {name}: {different}")


def _stranger(statement: Json, report: Report) -> str:
    """Say in which respect a report is about something else, or return ""."""
    header, predicate = report.header, statement["predicate"]
    subject = statement["subject"][0]
    pythons = (
        f"{header.python.implementation} {header.python.version}",
        f"{predicate['python']['implementation']} {predicate['python']['version']}",
    )
    for what, found, wanted in (
        ("loop", header.loop.spec, subject["annotations"]["loop"]),
        ("version of the loop", header.loop.version, subject["annotations"]["version"]),
        ("digest of the loop", header.loop.digest, subject["digest"]["sha256"]),
        ("Python", *pythons),
        ("platform", header.platform.sys_platform, predicate["platform"]["sys-platform"]),
        ("loopcert", header.suite.version, predicate["suite"]["version"]),
        ("set of requirements", header.suite.catalogue, predicate["suite"]["catalogue"]),
    ):
        if found != wanted:
            return f"its {what} is {found or 'unknown'}, that of the certificate {wanted or 'unknown'}"
    return ""


def check_digest(statement: Json, digest: str, what: str) -> None:
    """`Stop` unless the certificate is about a wheel, and ``digest`` (sha256, hex) of ``what`` is that wheel's."""
    subject = statement["subject"][0]
    if subject["annotations"]["digest-of"] != "RECORD":
        raise Stop("the certificate is about source files, not about a wheel: compare what is installed (--installed)")
    if subject["digest"]["sha256"] != digest:
        raise Stop(
            f"the certificate is about another wheel than {what}: about {subject['name']} with the digest "
            f"{subject['digest']['sha256']}, and that of {what} is {digest}"
        )


def check_installed(statement: Json, subject: Json) -> None:
    """`Stop` unless ``subject``, the loop that is installed, is the one that was certified."""
    certified = statement["subject"][0]
    if different := difference(certified, subject):
        raise Stop(f"the loop that is installed is not the one that was certified: {different}")


def check_surroundings(statement: Json, found: Json) -> None:
    """`Stop` unless a new run here can be compared: by the loopcert, Python and platform that ``found`` names.

    Later versions of the suite may test more or otherwise: that costs an old certificate nothing.
    """
    predicate = statement["predicate"]
    wanted = {
        "loopcert": predicate["suite"]["version"],
        "requirements": predicate["suite"]["catalogue"],
        "python": predicate["valid-for"]["python"],
        "platform": predicate["platform"]["sys-platform"],
    }
    for what, name in (
        ("loopcert", "loopcert"),
        ("requirements", "set of requirements"),
        ("python", "Python"),
        ("platform", "platform"),
    ):
        if found[what] != wanted[what]:
            raise Stop(
                f"a new run here would prove nothing: the {name} of the certificate is {wanted[what]}, "
                f"and here it is {found[what]}"
            )


def check_rerun(statement: Json, again: Json) -> str:
    """Return what a new run found otherwise, or "". Times, digests of reports and the issue date may differ."""
    fields = ("valid-for", "outcome", "deviations", "beside", "unstable", "not-applicable", "profiles", "tests")
    before, after = statement["predicate"], again["predicate"]
    return difference({key: before[key] for key in fields}, {key: after[key] for key in fields})


def difference(before: object, after: object, path: str = "") -> str:
    """Name the first place where two JSON documents differ, with both values, or return ""."""
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in [*before, *(key for key in after if key not in before)]:
            if found := difference(before.get(key), after.get(key), f"{path}.{key}" if path else str(key)):
                return found
        return ""
    if before == after:
        return ""
    return f"{path} is {json.dumps(before)[:200]}, and now {json.dumps(after)[:200]}"
