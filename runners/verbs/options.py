"""The options that several verbs share, so that they mean the same everywhere."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from loopcert.runners.report import Shard

PROFILES = ("scheduling", "network", "tls", "watchers", "unix", "pipes", "subprocess", "signals", "frameworks")
"""The values of `loopcert.spec.Profile`, whose import would cost more than ``--help`` may take."""

INPUT = click.Path(exists=True, dir_okay=False, path_type=Path)
OUTPUT = click.Path(dir_okay=False, writable=True, path_type=Path)


def processors() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


loop = click.argument("loop", metavar="LOOP")
profile = click.option(
    "--profile", "profiles", multiple=True, type=click.Choice(PROFILES), help="Only these profiles (may be repeated)."
)
workers = click.option(
    "-n",
    "workers",
    type=click.IntRange(1, 64),
    default=lambda: min(8, processors()),
    show_default="one a processor, at most 8",
    metavar="N",
    help="How many processes run tests at once.",
)
timeout = click.option(
    "--timeout",
    type=click.FloatRange(0.1, 3600),
    default=5.0,
    show_default=True,
    metavar="S",
    help="Seconds after which a test hangs.",
)


def _shard(_: click.Context, option: click.Parameter, text: str | None) -> Shard | None:
    if text is None:
        return None
    from loopcert.runners.shards import parse_shard

    try:
        return parse_shard(text)
    except ValueError as error:
        raise click.BadParameter(str(error), param=option) from error


shard = click.option(
    "--shard", metavar="I/N", callback=_shard, help="Only the I-th of N parts; `loopcert merge` puts them together."
)
python = click.option("--python", metavar="PATH", help="The Python that runs the loop; it needs loopcert installed.")
deviations = click.option(
    "--deviations", type=INPUT, metavar="F.toml", help="Failures that are known, each with its reason."
)
report = click.option("--report", type=OUTPUT, metavar="F.jsonl", help="Write the report (JSON Lines) here.")
