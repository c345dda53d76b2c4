"""The engine that a command runs its cells in."""

from __future__ import annotations

from enum import StrEnum
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any, Protocol, cast

import typer

from ..engines.base import Engine
from ..services.execution_service import ExecutionService


class EngineName(StrEnum):
    """Where cells run."""

    IN_PROCESS = "in_process"
    PROCESS = "process"


EngineOption = Annotated[
    EngineName,
    typer.Option(
        "--engine",
        metavar="ENGINE",
        help="Where cells run: in_process, beside the command itself, or process, in one of their "
        "own that the kernel holds to its mode.",
    ),
]
"""The option `--engine`."""


class CommandEngine(Engine, Protocol):
    """An engine whose notebooks may work in a folder of the caller's."""

    def open_notebook(self, notebook_id: str, *, cwd: Path | str | None = None) -> None:
        """Make a notebook known before its first cell."""


def opened(name: EngineName, **settings: Any) -> CommandEngine:
    """The engine, for one notebook; to be closed.

    What another than the common one is made of is only loaded for who asks for it.
    """
    if name is EngineName.IN_PROCESS:
        return ExecutionService(own_descriptors=True, **settings)
    bootstrap = import_module("..bootstrap", __package__)
    engine = bootstrap.open_engine(name.value, spare_workers=0, **settings)
    return cast(CommandEngine, engine)
