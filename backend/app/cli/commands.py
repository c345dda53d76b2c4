"""Every command by its name, and every error of ours as one sentence."""

from __future__ import annotations

import sys
from importlib.metadata import PackageNotFoundError, version
from typing import Annotated

import typer

from ..errors import NbengineError
from .doctor import doctor
from .exec import exec_
from .exit_codes import HELP
from .run import run
from .serve import serve
from .state import state

app = typer.Typer(
    name="nbengine",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=HELP,
)
app.command("run", no_args_is_help=True, epilog=HELP)(run)
app.command("exec", no_args_is_help=True, epilog=HELP)(exec_)
app.command("serve", epilog=HELP)(serve)
app.command("doctor", epilog=HELP)(doctor)
app.add_typer(state, name="state")


def main() -> int:
    """Run the command line; the exit code."""
    try:
        app(prog_name="nbengine")
    except NbengineError as error:
        sys.stderr.write(f"nbengine: {error}\n")
        return error.exit_code
    return 0


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"nbengine {_version()}")
        raise typer.Exit


@app.callback()
def _options(
    _show: Annotated[
        bool,
        typer.Option(
            "--version", is_eager=True, callback=_print_version, help="Print the version and exit."
        ),
    ] = False,
) -> None:
    """Run notebooks and Python cells, and show everything they show."""


def _version() -> str:
    try:
        return version("nbengine")
    except PackageNotFoundError:
        return "(not installed)"
