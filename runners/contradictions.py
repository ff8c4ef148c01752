"""Does a certificate contradict itself? Its schema is taken for granted. Pure."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator

from loopcert.runners.certificate import Json, python_minor
from loopcert.runners.vocabulary import Outcome, Verdict


def contradiction(statement: Json) -> str:
    """Return the first thing that does not go together, or ""."""
    return next(_all(statement), "")


def _all(statement: Json) -> Iterator[str]:
    predicate = statement["predicate"]
    yield from _validity(statement)
    yield from _tests(predicate)
    yield from _tallies(predicate)
    yield from _outcome(predicate)
    yield from _names(predicate)


def _validity(statement: Json) -> Iterator[str]:
    predicate, subject = statement["predicate"], statement["subject"][0]
    valid, python = predicate["valid-for"], predicate["python"]
    if valid["python"] != python_minor(python["implementation"], python["version"]):
        yield f"it was made on {python['implementation']} {python['version']} and is valid for {valid['python']}"
    if valid["requirements"] != predicate["suite"]["catalogue"]:
        yield "it is valid for another set of requirements than it was made with"
    if valid["loop"] != (subject["annotations"]["version"] or subject["digest"]["sha256"]):
        yield f"it is about version {subject['annotations']['version']} of the loop and valid for {valid['loop']}"
    if subject["name"].startswith("pkg:") and not subject["name"].endswith(f"@{subject['annotations']['version']}"):
        yield f"it is about {subject['name']}, and about version {subject['annotations']['version']}"
    try:
        zoned = dt.datetime.fromisoformat(predicate["issued"]).tzinfo is not None
    except ValueError:
        zoned = False
    if not zoned:
        yield f"issued {predicate['issued']!r} is no date and time with a time zone"


def _tests(predicate: Json) -> Iterator[str]:
    tests = predicate["tests"]
    if tests["planned"] != tests["executed"] + tests["not-applicable"] + tests["could-not-run"]:
        yield "planned tests are not executed + not applicable + could not run"
    if tests["could-not-run"]:
        yield "tests could not be run, so nothing can be certified"


def _kinds(predicate: Json, *wanted: str) -> Iterable[Json]:
    wanted = wanted or ("musts", "others")
    return [kinds[kind] for kinds in predicate["profiles"].values() for kind in wanted]


def _tallies(predicate: Json) -> Iterator[str]:
    for profile, kinds in predicate["profiles"].items():
        for kind, tally in kinds.items():
            if tally["total"] != tally["passed"] + tally["broken"] + tally["not-applicable"] + tally["unknown"]:
                yield f"the counts of {profile} ({kind}) do not add up"
            if tally["unknown"]:
                yield f"{profile} ({kind}) has requirements of which nothing is known"
            if tally["covered"] > tally["broken"]:
                yield f"{profile} ({kind}) has more deviations than broken requirements"
    if not sum(each["passed"] for each in _kinds(predicate)):
        yield "no requirement passed"
    executed = predicate["tests"]["executed"]
    judged = sum(each["passed"] + each["broken"] for each in _kinds(predicate))
    if judged > executed:
        yield f"{judged} requirements were judged by {executed} tests"


def _outcome(predicate: Json) -> Iterator[str]:
    broken = sum(each["broken"] for each in _kinds(predicate, "musts"))
    covered = sum(each["covered"] for each in _kinds(predicate, "musts"))
    if broken != covered:
        yield f"{broken - covered} broken musts are covered by no deviation"
    if (predicate["outcome"] == Outcome.CONFORMANT) != (broken == 0):
        yield f"the outcome is {predicate['outcome']} with {broken} broken musts"


def _names(predicate: Json) -> Iterator[str]:
    """What is named is what is counted, each once."""
    deviations, beside, idle = (
        [each["requirement"] for each in predicate[key]] for key in ("deviations", "beside", "not-applicable")
    )
    unstable = predicate["unstable"]
    lists = {"deviations": deviations, "beside": beside, "not-applicable": idle, "unstable": unstable}
    for key, names in lists.items():
        if twice := [name for name, count in Counter(names).items() if count > 1]:
            yield f"it names {twice[0]} twice among {key}"
    broken = {each["requirement"]: each["verdict"] for each in (*predicate["deviations"], *predicate["beside"])}
    if both := sorted(broken.keys() & set(idle)):
        yield f"{both[0]} is both broken and not applicable"
    for what, named, counted in (
        ("deviations", len(deviations), sum(each["covered"] for each in _kinds(predicate))),
        ("deviations of musts", len({*deviations} - {*beside}), sum(e["covered"] for e in _kinds(predicate, "musts"))),
        ("broken requirements beside", len(beside), sum(each["broken"] for each in _kinds(predicate, "others"))),
        ("requirements that are not applicable", len(idle), sum(each["not-applicable"] for each in _kinds(predicate))),
    ):
        if named != counted:
            yield f"it counts {counted} {what} and names {named}"
    if {*unstable} != {name for name, verdict in broken.items() if verdict == Verdict.UNSTABLE}:
        yield "what it calls unstable is not what it names with that verdict"
    for each in predicate["deviations"]:
        if (each["origin"] == "user") != ("status" in each):
            yield f"the deviation {each['requirement']} is the loop's own and has no status, or CPython's and has one"
