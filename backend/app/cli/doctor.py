"""`nbengine doctor`: what this host can promise of cells that nobody has read."""

from __future__ import annotations

from importlib import import_module
from typing import Annotated

import typer

from ..errors import IsolationUnavailableError
from .terminal import Terminal


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, and nothing else.")] = False,
) -> None:
    """Say what this host can hold cells to, and what would give it the rest.

    Each mode is tried out in a process that ends at once. The exit code is 0 if nothing is missing.
    """
    diagnosis = import_module(".diagnosis", __package__)
    found = diagnosis.diagnosis()
    with Terminal() as terminal:
        if as_json:
            terminal.out_file.write(found.model_dump_json(indent=2) + "\n")
        else:
            terminal.out.print(diagnosis.view(found))
    if not found.is_whole:
        raise typer.Exit(IsolationUnavailableError.exit_code)
