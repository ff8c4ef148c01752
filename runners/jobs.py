"""``python -m loopcert.runners.jobs``: the cells as a job matrix for GitHub Actions, to be read with ``fromJSON``."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence

from loopcert.runners.cells import PYTHONS, Cell, cells
from loopcert.runners.exits import Exit, Stop

_RUNNERS = {"linux": "ubuntu-latest", "win32": "windows-latest", "darwin": "macos-latest"}
MOST = 256
"""Jobs that one matrix of GitHub Actions may have."""


def session(cell: Cell) -> str:
    """Return the name of a cell's nox session, as ``nox --list`` shows it."""
    return f"matrix(python={cell.python!r}, loop={cell.title!r})"


def jobs(
    chosen: Sequence[str] = (), pythons: Sequence[str] = PYTHONS, shards: int = 1
) -> dict[str, list[dict[str, str]]]:
    """Return ``{"include": [...]}``: session, loop, python, os, options after ``--`` and a name for what it uploads.

    A loop runs on the first of its platforms; with more than one of ``shards``, each cell becomes as many jobs. `Stop`
    where that makes more jobs than a matrix may have.
    """
    rows = [
        {
            "session": session(cell),
            "loop": cell.title,
            "python": cell.python,
            "os": _RUNNERS[next(iter(cell.loop.platforms), "linux")],
            "options": f"--shard {number}/{shards}" if shards > 1 else "",
            "artifact": cell.stem + (f"-shard-{number}" if shards > 1 else ""),
        }
        for cell in cells(chosen, pythons)
        for number in range(1, shards + 1)
    ]
    if len(rows) > MOST:
        raise Stop(f"{len(rows)} jobs, and a matrix may have {MOST}; choose loops, Pythons or fewer shards")
    return {"include": rows}


def main(arguments: Sequence[str]) -> int:
    """Print the JSON on one line."""
    parser = argparse.ArgumentParser(prog="python -m loopcert.runners.jobs", description=jobs.__doc__)
    parser.add_argument("loops", nargs="*", metavar="LOOP", help="NAME or NAME==VERSION; none: all of the registry")
    parser.add_argument("-p", "--python", action="append", metavar="3.X", choices=PYTHONS, help="only this Python")
    parser.add_argument("--shards", type=int, default=1, metavar="N", help="split each cell into N jobs")
    found = parser.parse_args(arguments)
    print(json.dumps(jobs(found.loops, found.python or PYTHONS, found.shards)))
    return Exit.AS_EXPECTED


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except Stop as stop:
        print(f"loopcert: {stop.sentence}", file=sys.stderr)
        sys.exit(stop.code)
