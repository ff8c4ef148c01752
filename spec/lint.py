"""The lint of the catalogue: what it finds is a place where a promise could get lost."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import version

from loopcert.spec.catalogue import Catalogue
from loopcert.spec.index import Index, unmarked
from loopcert.spec.model import Authority, Party, Requirement, SpecError
from loopcert.spec.sets import changed_since_release, released_sets
from loopcert.spec.sources import anchors, claims, document, symbols

NO_LOOP = "no loop changes it"
_LONGEST_TEXT = 300


@dataclass(frozen=True)
class Finding:
    """One objection: the rule that was broken, where, and what to do."""

    rule: str
    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what} [{self.rule}]"


def source_exists(catalogue: Catalogue, _index: Index) -> Iterator[Finding]:
    """Every source names a document and an anchor that exist."""
    for requirement in catalogue.requirements.values():
        for source in requirement.sources:
            try:
                found, place = document(source)
            except SpecError as error:
                yield Finding("source-exists", requirement.id, str(error))
                continue
            known = claims() if found.id == "seed" else anchors().get(found.id, ())
            if place and found.id != "cpython" and place not in known:
                yield Finding("source-exists", requirement.id, f"{found.id} has no {place!r}")


def authority_backed(catalogue: Catalogue, _index: Index) -> Iterator[Finding]:
    """A documented requirement cites the documentation, one of a PEP that PEP, practice CPython."""
    prefixes: dict[Authority, str | tuple[str, ...]] = {
        Authority.DOCUMENTED: "docs:",
        Authority.PEP: "pep-",
        Authority.PRACTICE: ("cpython:", "docs:", "pep-"),
    }
    for requirement in catalogue.requirements.values():
        if not any(source.startswith(prefixes[requirement.authority]) for source in requirement.sources):
            yield Finding("authority-backed", requirement.id, f"{requirement.authority}, but no source of that kind")


def text_reads(catalogue: Catalogue, _index: Index) -> Iterator[Finding]:
    """A text is one sentence or two, ends with a full stop, and stands once."""
    seen: dict[str, str] = {}
    for requirement in catalogue.requirements.values():
        text = requirement.text
        if not text.endswith(".") or len(text) > _LONGEST_TEXT:
            yield Finding("text-reads", requirement.id, "the text ends with a full stop and has at most 300 characters")
        if text in seen:
            yield Finding("text-reads", requirement.id, f"the same text stands at {seen[text]}")
        seen[text] = requirement.id


def excuse_given(catalogue: Catalogue, _index: Index) -> Iterator[Finding]:
    """Why something cannot be tested is said in a sentence; the standard library's own doing has its set phrase."""
    for requirement in catalogue.requirements.values():
        reason = requirement.untestable
        if reason and len(reason.split()) < 3:
            yield Finding("excuse-given", requirement.id, f"untestable = {reason!r} is no reason")
        if requirement.party is not Party.STDLIB and reason.startswith(NO_LOOP):
            yield Finding("excuse-given", requirement.id, f"{NO_LOOP!r}, but the party is {requirement.party}")


def symbol_reached(catalogue: Catalogue, _index: Index) -> Iterator[Finding]:
    """Every documented symbol of a chapter that exists is a source of some requirement."""
    reached = {source for requirement in catalogue.requirements.values() for source in requirement.sources}
    chapters = {chapter.name for chapter in catalogue.chapters}
    for symbol in symbols():
        if symbol.chapter in chapters and symbol.anchor not in reached:
            yield Finding("symbol-reached", symbol.chapter, f"{symbol.name} is documented and no requirement cites it")


def claim_traced(catalogue: Catalogue, _index: Index) -> Iterator[Finding]:
    """Every claim of the founding document is traced once one of its chapters exists."""
    traced: dict[str, list[Requirement]] = {}
    for requirement in catalogue.requirements.values():
        for source in requirement.sources:
            if source.startswith("seed:"):
                traced.setdefault(source.removeprefix("seed:"), []).append(requirement)
    chapters = {chapter.name for chapter in catalogue.chapters}
    for claim in claims().values():
        if chapters.intersection(claim.chapters) and not any(each.testable for each in traced.get(claim.id, ())):
            yield Finding("claim-traced", f"seed:{claim.id}", f"no testable requirement carries it: {claim.text}")


def tested(catalogue: Catalogue, index: Index) -> Iterator[Finding]:
    """Every testable requirement has a test, and no untestable one."""
    with_tests = {place.requirement for place in index.tests}
    for requirement in catalogue.requirements.values():
        if requirement.testable and requirement.id not in with_tests:
            yield Finding("tested", requirement.id, "testable, but no test checks it")
        if not requirement.testable and requirement.id in with_tests:
            yield Finding("tested", requirement.id, "called untestable, but there is a test")


def test_traced(catalogue: Catalogue, index: Index) -> Iterator[Finding]:
    """Every test names a requirement of its chapter, and names it once."""
    for name in unmarked():
        yield Finding("test-traced", name, "the test names no requirement")
    names: set[str] = set()
    for place in index.tests:
        if place.requirement not in catalogue.requirements:
            yield Finding("test-traced", place.name, f"there is no requirement {place.requirement!r}")
        elif not place.name.startswith(f"test_{catalogue[place.requirement].chapter}"):
            yield Finding("test-traced", place.name, f"{place.requirement} belongs into another chapter's file")
        if place.name in names:
            yield Finding("test-traced", place.name, "the name stands twice; the first test never runs")
        names.add(place.name)


def proven(catalogue: Catalogue, index: Index) -> Iterator[Finding]:
    """Every requirement with tests has a fault that breaks it, and every fault says what it breaks."""
    broken = {place.requirement for place in index.faults}
    for requirement in sorted({place.requirement for place in index.tests} - broken):
        yield Finding("proven", requirement, "it has tests, but no fault proves that they can fail")
    for place in index.faults:
        if place.requirement not in catalogue.requirements:
            yield Finding("proven", place.name, f"there is no requirement {place.requirement!r} to break")


def shortfall_known(catalogue: Catalogue, _index: Index) -> Iterator[Finding]:
    """What CPython falls short of is a testable requirement, with an issue or the text that conflicts."""
    for each in catalogue.shortfalls:
        if not catalogue[each.requirement].testable:
            yield Finding("shortfall-known", each.requirement, "cpython.toml names it, but it is untestable")
        if not each.issue or not each.reason:
            yield Finding("shortfall-known", each.requirement, "cpython.toml gives no issue or no reason")


def set_frozen(catalogue: Catalogue, _index: Index) -> Iterator[Finding]:
    """The set of a version that was released does not change any more, nor does its entry in sets.toml."""
    if wrong := changed_since_release(catalogue, released_sets(), version("loopcert")):
        yield Finding("set-frozen", "sets.toml", wrong)


RULES: tuple[Callable[[Catalogue, Index], Iterator[Finding]], ...] = (
    source_exists,
    authority_backed,
    text_reads,
    excuse_given,
    symbol_reached,
    claim_traced,
    tested,
    test_traced,
    proven,
    shortfall_known,
    set_frozen,
)


def lint(catalogue: Catalogue, index: Index) -> list[Finding]:
    """Apply every rule and return what was found, in the order of the rules."""
    return [finding for rule in RULES for finding in rule(catalogue, index)]
