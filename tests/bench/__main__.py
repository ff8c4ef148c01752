"""Print how fast the reference is beside asyncio and uvloop: `python -m tests.bench`, from the repository's root.

All figures are ratios of times taken in the same round, so that a slow moment of the machine hits both sides. Servers
run in processes of their own and are rated by their processor time whatever the clock, so that clients cost nothing.
The columns headed "itself" show what the method is worth: two measurements of one and the same loop.
"""

import argparse
import asyncio
import platform
import sys

from rich.console import Console
from rich.table import Table

from loopcert.reference import new_accelerated_event_loop, new_event_loop

from .measure import CLOCKS, PureLoop, Ratios, measure, measure_servers, ratios
from .served import SERVER_WORKLOADS, ServerWorkload
from .workloads import WORKLOADS, NewLoop, Workload


def contenders() -> dict[str, NewLoop]:
    """Give the loops to compare; each of asyncio's stands there twice, to be compared with itself."""
    found: dict[str, NewLoop] = {
        "accelerated": new_accelerated_event_loop,
        "asyncio": asyncio.SelectorEventLoop,
        "asyncio again": asyncio.SelectorEventLoop,
        "own": new_event_loop,
        "pure": PureLoop,
        "pure again": PureLoop,
    }
    try:
        import uvloop
    except ImportError:
        return found
    return found | {"uvloop": uvloop.new_event_loop}


def shown(result: Ratios) -> str:
    """Write a median with its quartiles, and mark what is slower."""
    low, high = result.quartiles
    text = f"{result.median:.2f}  [dim]{low:.2f}-{high:.2f}[/dim]"
    return f"[red]{text}[/red]" if result.median < 1 else text


def main() -> int:
    """Measure, print, and give the exit code: 1 if a median is below --at-least."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("-k", default="", metavar="TEXT", help="only workloads with TEXT in their name")
    parser.add_argument("--clock", choices=sorted(CLOCKS), default="cpu", help="processor time or wall time")
    parser.add_argument("--rounds", type=float, default=1.0, metavar="FACTOR", help="measure FACTOR times as often")
    parser.add_argument("--at-least", type=float, default=0.0, metavar="RATIO", help="fail below this median")
    options = parser.parse_args()
    there: tuple[Workload | ServerWorkload, ...] = (*WORKLOADS, *SERVER_WORKLOADS)
    chosen = [workload for workload in there if options.k in workload.name]
    if not chosen:
        parser.error(f"no workload has {options.k!r} in its name; there are: {', '.join(each.name for each in there)}")
    loops = contenders()
    table = Table(title=f"times as fast, {options.clock} time, Python {platform.python_version()}, {sys.platform}")
    table.add_column("workload")
    for header in ("accelerated / asyncio", "asyncio / itself", "accelerated / uvloop", "own / pure asyncio", "itself"):
        table.add_column(header, justify="right")
    slowest = float("inf")
    console = Console()
    with console.status("measuring") as status:
        for workload in chosen:
            status.update(workload.name)
            rounds = max(2, round(workload.rounds * options.rounds))
            if isinstance(workload, ServerWorkload):
                seconds = measure_servers(workload, loops, rounds)
            else:
                seconds = measure(workload, loops, rounds, CLOCKS[options.clock])
            fast, own = ratios(seconds, "accelerated", "asyncio"), ratios(seconds, "own", "pure")
            slowest = min(slowest, fast.median, own.median)
            table.add_row(
                workload.name,
                shown(fast),
                shown(ratios(seconds, "asyncio again", "asyncio")),
                shown(ratios(seconds, "accelerated", "uvloop")) if "uvloop" in loops else "not here",
                shown(own),
                shown(ratios(seconds, "pure again", "pure")),
            )
    console.print(table)
    return int(slowest < options.at_least)


if __name__ == "__main__":
    sys.exit(main())
