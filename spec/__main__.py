"""``python -m loopcert.spec lint`` checks the catalogue against documents, tests and faults; ``coverage`` counts.

``freeze`` enters the set of requirements into ``spec/sets.toml`` when a version is released.
"""

from __future__ import annotations

import datetime as dt
import sys
from pathlib import Path

from loopcert.spec.catalogue import load_catalogue
from loopcert.spec.coverage import page
from loopcert.spec.index import index
from loopcert.spec.lint import lint
from loopcert.spec.model import SpecError
from loopcert.spec.sets import freeze

_USAGE = "usage: python -m loopcert.spec lint|coverage|freeze"


def main(arguments: list[str]) -> int:
    """Run one of the commands; 0 clean, 1 findings, 2 a catalogue that cannot be read or wrong usage."""
    if arguments not in (["lint"], ["coverage"], ["freeze"]):
        print(_USAGE, file=sys.stderr)
        return 2
    try:
        catalogue = load_catalogue()
        if arguments == ["freeze"]:
            frozen = freeze(catalogue, Path("spec", "sets.toml"), dt.datetime.now(dt.UTC).date())
            print(f"{frozen.release}, {frozen.date}: {frozen.requirements} requirements, {frozen.digest}")
            return 0
        findings = lint(catalogue, index()) if arguments == ["lint"] else []
    except SpecError as error:
        print(error, file=sys.stderr)
        return 2
    if arguments == ["coverage"]:
        print(page(catalogue, index()), end="")
        return 0
    for finding in findings:
        print(finding)
    print(
        f"{len(catalogue.requirements)} requirements, {len(index().tests)} test functions, "
        f"{len(index().faults)} faults: {len(findings) or 'no'} findings"
    )
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
