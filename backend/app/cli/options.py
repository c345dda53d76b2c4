"""Options that several commands have: what is refused before anything runs."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Annotated

import typer

from ..errors import InvalidInputError
from ..models.session import ExecutionMode

Mode = Annotated[
    ExecutionMode,
    typer.Option(metavar="MODE", help=f"What cells may do: {', '.join(ExecutionMode)}."),
]
"""The option `--mode`."""


def check_timeout(timeout: float | None) -> None:
    """Refuse a time limit that is none.

    Raises:
        InvalidInputError: zero, negative, infinite or not a number.
    """
    if timeout is not None and not (timeout > 0 and math.isfinite(timeout)):
        raise InvalidInputError(f"--timeout must be a positive number of seconds, not {timeout:g}.")


def working_folder(folder: Path) -> Path:
    """The folder, absolute.

    Raises:
        InvalidInputError: there is no such folder.
    """
    if not folder.is_dir():
        raise InvalidInputError(f"--cwd must be a folder, which {folder} is not.")
    return folder.resolve()
