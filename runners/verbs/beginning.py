"""How the verbs that run a loop begin."""

from __future__ import annotations

import click

from loopcert.runners.smoke import SmokeCheck
from loopcert.runners.target import find_target


def begin(loop: str, python: str | None) -> SmokeCheck:
    """Start the smoke check of LOOP before anything else: it goes on while the verb imports what it needs.

    However the verb ends, nothing of the check outlives it.
    """
    check = SmokeCheck(find_target(loop, python))
    click.get_current_context().call_on_close(check.abandon)
    return check
