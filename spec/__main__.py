"""``python -m loopcert.spec lint`` checks the catalogue against documents, tests and faults; ``coverage`` counts."""

from __future__ import annotations

import sys

from loopcert.spec.catalogue import load_catalogue
from loopcert.spec.coverage import page
from loopcert.spec.index import index
from loopcert.spec.lint import lint
from loopcert.spec.model import SpecError

_USAGE = "usage: python -m loopcert.spec lint|coverage"


def main(arguments: list[str]) -> int:
    """Run one of the two commands; 0 clean, 1 findings, 2 a catalogue that cannot be read or wrong usage."""
    if arguments not in (["lint"], ["coverage"]):
        print(_USAGE, file=sys.stderr)
        return 2
    try:
        catalogue = load_catalogue()
    except SpecError as error:
        print(error, file=sys.stderr)
        return 2
    if arguments == ["coverage"]:
        print(page(catalogue, index()), end="")
        return 0
    findings = lint(catalogue, index())
    for finding in findings:
        print(finding)
    print(
        f"{len(catalogue.requirements)} requirements, {len(index().tests)} test functions, "
        f"{len(index().faults)} faults: {len(findings) or 'no'} findings"
    )
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
