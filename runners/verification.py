"""Does a certificate hold? By its schema, by its own arithmetic, and by the report it was made from. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from importlib.resources import files

from jsonschema import Draft202012Validator

from loopcert.runners.certificate import PREDICATE, STATEMENT, Json, certificate, seal
from loopcert.runners.exits import Stop
from loopcert.runners.report import Report
from loopcert.runners.vocabulary import Outcome


def parse_certificate(data: bytes, name: str) -> Json:
    """Read the bytes of a certificate called ``name`` in messages; `Stop` unless it is whole and consistent."""
    try:
        statement = json.loads(data)
    except ValueError:
        raise Stop(f"{name} is no certificate: it is not JSON, or was cut short") from None
    _check_kind(statement, name)
    schema = json.loads(files("loopcert.runners.schemas").joinpath("certificate.schema.json").read_text("utf-8"))
    problems = sorted(Draft202012Validator(schema).iter_errors(statement), key=lambda each: each.json_path)
    if problems:
        raise Stop(f"{name} is no valid certificate: {problems[0].json_path}: {problems[0].message[:300]}")
    if seal(statement) != statement["predicate"]["seal"]:
        raise Stop(f"{name} was changed after it was written: it does not match its seal")
    if objection := _arithmetic(statement["predicate"]):
        raise Stop(f"{name} contradicts itself: {objection}")
    return dict(statement)


def _check_kind(statement: object, name: str) -> None:
    if not isinstance(statement, dict) or statement.get("_type") != STATEMENT:
        raise Stop(f"{name} is no certificate: it is no in-toto statement ({STATEMENT})")
    if statement.get("predicateType") != PREDICATE:
        raise Stop(f"{name} is of type {statement.get('predicateType')!r}; this loopcert reads {PREDICATE!r}")


def _arithmetic(predicate: Json) -> str:
    """Return what does not add up, or ""."""
    tests = predicate["tests"]
    if tests["planned"] != tests["executed"] + tests["not-applicable"] + tests["could-not-run"]:
        return "planned tests are not executed + not applicable + could not run"
    if tests["could-not-run"]:
        return "tests could not be run, so nothing can be certified"
    broken = covered = 0
    for profile, kinds in predicate["profiles"].items():
        for kind, tally in kinds.items():
            if tally["total"] != tally["passed"] + tally["broken"] + tally["not-applicable"] + tally["unknown"]:
                return f"the counts of {profile} ({kind}) do not add up"
            if tally["unknown"]:
                return f"{profile} ({kind}) has requirements of which nothing is known"
        broken += kinds["musts"]["broken"]
        covered += kinds["musts"]["covered"]
    if broken != covered:
        return f"{broken - covered} broken musts are covered by no deviation"
    if (predicate["outcome"] == Outcome.CONFORMANT) != (broken == 0):
        return f"the outcome is {predicate['outcome']} with {broken} broken musts"
    if covered > len(predicate["deviations"]):
        return "it counts more deviations than it names"
    return ""


def check_report(statement: Json, report: Report, data: bytes, name: str) -> None:
    """`Stop` unless ``statement`` is the certificate that the report called ``name`` gives."""
    digest = hashlib.sha256(data).hexdigest()
    if statement["predicate"]["report"]["digest"]["sha256"] != digest:
        raise Stop(f"{name} is not the report of this certificate: its sha256 is {digest}")
    again = certificate(report, data)
    if different := difference(statement, again):
        raise Stop(f"the certificate says otherwise than its report {name}: {different}")


def check_rerun(statement: Json, again: Json) -> str:
    """Return what a new run found otherwise, or "". Times, digests of reports and the issue date may differ."""
    if statement["subject"] != again["subject"]:
        return "the loop that is installed is not the one that was certified (another version, or other files)"
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
