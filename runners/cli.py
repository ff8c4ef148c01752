"""The command line. Each verb is a file of its own, imported only when it is asked for: help must be instant."""

from __future__ import annotations

import errno
import importlib
import os
import sys
import traceback
from typing import Any

import click

from loopcert.runners.exits import Exit, Stop

_VERBS = {
    "loops": "The known loops, and which of them can run here.",
    "list": "The requirements.",
    "show": "One requirement: text, sources, tests, faults.",
    "smoke": "Can a loop be imported, made, run, closed?",
    "run": "Run the suite, or a part of it, against a loop.",
    "certify": "Run everything against a loop; write a certificate.",
    "merge": "Put the reports of shards together.",
    "verify": "Check a certificate, by its report or by running again.",
    "report": "Show a report as text, JSON, Markdown, HTML or JUnit.",
    "diff": "What changed between two reports.",
    "matrix": "Make a site of many reports.",
    "deviations": "The list of what a loop is known to do differently.",
    "selftest": "Prove the suite: does every test fail when it should?",
}
_LOOP_HELP = """\b
LOOP is
  a name         reference, asyncio, uvloop, ... (see: loopcert loops)
  a factory      module:callable, such as uvloop:new_event_loop
  a policy       policy:module:Class

\b
Exit codes
  0  as expected
  1  the loop falls short
  2  usage or configuration: a loop that cannot be imported, an unknown id
  3  only stale deviations
  4  incomplete, or nothing selected
  5  the suite itself failed
"""


class Verbs(click.Group):
    """A group whose commands are imported when used."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the verbs in the order of the documentation."""
        return list(_VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        """Import one verb."""
        if cmd_name not in _VERBS:
            return None
        command: click.Command = importlib.import_module(f"loopcert.runners.verbs.{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's signature
        """Write the verbs without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(_VERBS.items()))


def _version(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        click.echo(f"loopcert {version('loopcert')}")
        ctx.exit()


@click.group(cls=Verbs, epilog=_LOOP_HELP, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Show the version and exit."
)
def verbs() -> None:
    """Say, requirement by requirement, whether an asyncio event loop keeps asyncio's promises."""


def main() -> None:
    """Run the command line and leave with an exit code of the contract."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run the command line with ``arguments``; return the exit code. A user's mistake never shows a traceback."""
    try:
        code: Any = verbs.main(arguments, prog_name="loopcert", standalone_mode=False)
        sys.stdout.flush()
    except Stop as stop:
        return _end(stop.sentence, stop.code)
    except click.UsageError as error:
        verb = error.ctx.command_path if error.ctx else "loopcert"
        return _end(f"{error.format_message()} See `{verb} --help`.", Exit.USAGE)
    except click.ClickException as error:
        return _end(error.format_message(), Exit.USAGE)
    except (click.Abort, KeyboardInterrupt):
        return _end("interrupted; nothing had been measured yet", Exit.INCOMPLETE)
    except BrokenPipeError:
        # whoever read our output has gone; the interpreter must not complain about it at shutdown
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.AS_EXPECTED
    except Exception as error:  # noqa: BLE001 - whatever it is, it must not look like a loop that falls short
        return _failed(error)
    return int(code or Exit.AS_EXPECTED)


def _end(sentence: str, code: Exit) -> int:
    click.echo(f"loopcert: {sentence}", err=True)
    return code


def _failed(error: Exception) -> int:
    from loopcert.spec import SpecError

    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        where = f" ({error.filename})" if error.filename else ""
        return _end(f"the disk is full{where}; make room and run again", Exit.SUITE_FAILED)
    if isinstance(error, SpecError):
        return _end(f"the catalogue of requirements is broken: {error}", Exit.SUITE_FAILED)
    traceback.print_exception(error)
    return _end("the suite itself failed; a mistake of loopcert that says nothing of the loop", Exit.SUITE_FAILED)
