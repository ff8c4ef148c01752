"""Which set of requirements is a certificate about, and does it speak of all of that set and of nothing else? Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from loopcert.runners.certificate import Json
from loopcert.runners.exits import Stop
from loopcert.runners.report import Report
from loopcert.spec import Catalogue, SpecError
from loopcert.spec.sets import ReleasedSet


@dataclass(frozen=True)
class KnownSets:
    """The sets that this loopcert knows: its own ``catalogue``, that of ``version``, and those that were released."""

    catalogue: Catalogue
    version: str
    released: Sequence[ReleasedSet]

    def check(self, statement: Json, name: str) -> str:
        """Return which set it is, in words; `Stop` for a set that is unknown, and for what is not in the set."""
        suite = statement["predicate"]["suite"]
        mine = suite["catalogue"] == self.catalogue.digest
        known = [each for each in self.released if each.digest == suite["catalogue"]]
        if wrong := self._pretended(suite):
            raise Stop(f"{name}: {wrong}")
        if not mine and not known:
            raise Stop(f"{name} is about a set of requirements that is unknown here: {self._where(suite)}")
        if wrong := next(_not_of_this_set(statement, self.catalogue), "") if mine else _miscounted(statement, known[0]):
            raise Stop(f"{name} does not fit its set of requirements: {wrong}")
        if known:
            return f"requirements of loopcert {known[0].release}, released {known[0].date}"
        return f"requirements of this loopcert {self.version}, not released"

    def _pretended(self, suite: Json) -> str:
        for each in self.released:
            if each.release == suite["version"] and each.digest != suite["catalogue"]:
                return f"it says loopcert {each.release}, which was released with another set of requirements"
        return ""

    def _where(self, suite: Json) -> str:
        if suite["version"] == self.version:
            return f"another state of loopcert {self.version} than this one made it; verify it with that one"
        return (
            f"loopcert {suite['version']} made it, this is {self.version}; `pip install loopcert=={suite['version']}`"
        )


def _miscounted(statement: Json, known: ReleasedSet) -> str:
    profiles = statement["predicate"]["profiles"].values()
    counted = sum(kinds[kind]["total"] for kinds in profiles for kind in ("musts", "others"))
    if counted == known.requirements:
        return ""
    return f"it counts {counted} requirements, and loopcert {known.release} has {known.requirements}"


def _not_of_this_set(statement: Json, catalogue: Catalogue) -> Iterator[str]:
    predicate = statement["predicate"]
    named = {
        "broken": {each["requirement"] for each in (*predicate["deviations"], *predicate["beside"])},
        "covered": {each["requirement"] for each in predicate["deviations"]},
        "not-applicable": {each["requirement"] for each in predicate["not-applicable"]},
    }
    for requirement in sorted(set().union(*named.values())):
        if requirement not in catalogue.testable:
            yield f"it names {requirement}, which is none of the requirements with a test"
    yield from _counts(predicate, {"total": set(catalogue.testable), **named}, catalogue)
    for each in predicate["beside"]:
        requirement = catalogue[each["requirement"]]
        if (each["level"], each["authority"]) != (requirement.level, requirement.authority) or requirement.mandatory:
            yield f"{requirement.id} is a {requirement.level}, {requirement.authority}; it says otherwise"
    yield from _excuses(predicate, named, catalogue)


def _counts(predicate: Json, named: dict[str, set[str]], catalogue: Catalogue) -> Iterator[str]:
    profiles = {str(each.profile) for each in catalogue.testable.values()}
    for profile in sorted(profiles | set(predicate["profiles"])):
        for kind in ("musts", "others"):
            said = predicate["profiles"].get(profile, {}).get(kind, {})
            for what, names in named.items():
                group = (catalogue[name] for name in names)
                wanted = sum(each.profile == profile and each.mandatory == (kind == "musts") for each in group)
                if said.get(what, 0) != wanted:
                    yield f"{profile} ({kind}): {what} is {said.get(what, 0)}, and by its names {wanted}"


def _excuses(predicate: Json, named: dict[str, set[str]], catalogue: Catalogue) -> Iterator[str]:
    """A platform and a Python excuse from what does not hold there, and CPython only from its own shortfalls."""
    major, minor, micro = map(int, predicate["python"]["version"].split("."))
    python, sys_platform = (major, minor, micro), predicate["platform"]["sys-platform"]
    reasons = {each["requirement"]: each["reason"] for each in predicate["not-applicable"]}
    for requirement in catalogue.testable.values():
        excuse = requirement.excused(python, sys_platform)
        if excuse and requirement.id not in named["broken"] and reasons.get(requirement.id) != excuse:
            yield f"{requirement.id} {excuse}; it says otherwise"
    shortfalls = catalogue.shortfalls_on(python, sys_platform)
    for each in predicate["deviations"]:
        if each["origin"] == "cpython" and each["requirement"] not in shortfalls:
            yield f"{each['requirement']} is excused by CPython's own shortfall, and none is known on that version"


def check_requirements(report: Report, catalogue: Catalogue, name: str) -> None:
    """`Stop` unless a whole report on ``catalogue`` judges each of its requirements, and as the catalogue has it."""
    seen = {line.id for line in report.requirements}
    if missing := [requirement for requirement in catalogue.testable if requirement not in seen]:
        raise Stop(f"{name} leaves out {missing[0]}, which belongs to its set of requirements")
    for line in report.requirements:
        try:
            wanted = catalogue[line.id]
        except SpecError:
            raise Stop(f"{name} judges {line.id}, which is none of its set of requirements") from None
        for what in ("level", "authority", "party", "chapter", "profile", "text"):
            if getattr(line, what) != getattr(wanted, what):
                raise Stop(
                    f"{name}: {what} of {line.id} is {getattr(line, what)!r}, and {getattr(wanted, what)!r} there"
                )
