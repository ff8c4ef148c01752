"""What changed between two reports, requirement by requirement. Pure."""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from loopcert.runners.report import Report, RequirementLine
from loopcert.runners.vocabulary import Verdict


class Change(enum.StrEnum):
    """What became of a requirement."""

    REGRESSION = "regressions"
    FIX = "fixes"
    NEW_FAILURE = "new requirements that fail"
    NEW_PASS = "new requirements that pass"
    APPLICABILITY = "applies now, or no longer"
    UNKNOWN = "nothing can be said now"
    GONE = "no longer asked"


@dataclass(frozen=True)
class Difference:
    """One requirement that does not stand as it stood; ``old`` or ``new`` is None where it was not asked."""

    change: Change
    old: RequirementLine | None
    new: RequirementLine | None

    @property
    def line(self) -> RequirementLine:
        """The newer line that there is."""
        line = self.new or self.old
        if line is None:
            raise ValueError("a difference is of one line at least")
        return line

    @property
    def verdicts(self) -> str:
        """Both verdicts, in the order of time."""
        return " → ".join(line.verdict for line in (self.old, self.new) if line is not None)


def compare(old: Report, new: Report) -> list[Difference]:
    """Return what changed, gravest first, each kind in the catalogue's order, mandatory requirements before others."""
    before = {line.id: line for line in old.requirements}
    after = {line.id: line for line in new.requirements}
    found = [
        Difference(change, before.get(name), after.get(name))
        for name in {**before, **after}
        if (change := _change(before.get(name), after.get(name))) is not None
    ]
    order = list(Change)
    return sorted(found, key=lambda each: (order.index(each.change), not each.line.mandatory))


def _change(old: RequirementLine | None, new: RequirementLine | None) -> Change | None:
    if new is None:
        return Change.GONE
    if new.verdict.unknown:
        return None if old is not None and old.verdict.unknown else Change.UNKNOWN
    if old is None:
        if new.verdict is Verdict.NOT_APPLICABLE:
            return None
        return Change.NEW_FAILURE if new.verdict.broken else Change.NEW_PASS
    if old.verdict.broken != new.verdict.broken:
        return Change.REGRESSION if new.verdict.broken else _mended(new)
    excused = {old.verdict is Verdict.NOT_APPLICABLE, new.verdict is Verdict.NOT_APPLICABLE}
    return Change.APPLICABILITY if len(excused) == 2 else None


def _mended(new: RequirementLine) -> Change:
    return Change.FIX if new.verdict is Verdict.PASS else Change.APPLICABILITY


def circumstances(old: Report, new: Report) -> Mapping[str, tuple[str, str]]:
    """Return what else is not the same, and may be the cause: the loop, the Python, the platform, the suite."""
    pairs = {
        "loop": (_loop(old), _loop(new)),
        "Python": (_python(old), _python(new)),
        "platform": (_platform(old), _platform(new)),
        "suite": (_suite(old), _suite(new)),
    }
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def _loop(report: Report) -> str:
    loop = report.header.loop
    return f"{loop.spec} {loop.version}".rstrip()


def _python(report: Report) -> str:
    return f"{report.header.python.implementation} {report.header.python.version}"


def _platform(report: Report) -> str:
    return f"{report.header.platform.sys_platform} {report.header.platform.machine}{report.header.platform.wine}"


def _suite(report: Report) -> str:
    return f"loopcert {report.header.suite.version}, catalogue {report.header.suite.catalogue[:19]}"


def costs(differences: Sequence[Difference]) -> bool:
    """Say whether something mandatory broke that was kept, and that no deviation covers."""
    return any(
        each.change is Change.REGRESSION and each.line.mandatory and each.line.deviation is None for each in differences
    )
