"""Settings in, wired engines out: the only file that knows all of them by name."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .engines.base import Engine
from .engines.process import ProcessEngine
from .errors import InvalidInputError
from .services.execution_service import ExecutionService
from .services.notebook_service import NotebookService
from .settings import Settings, chosen_settings

ENGINES: dict[str, Callable[[Settings], Engine]] = {
    "in_process": ExecutionService,
    "process": ProcessEngine,
}


def open_engine(
    name: str = "in_process", settings: Settings | None = None, **overrides: Any
) -> Engine:
    """Start an engine; to be closed, or used as a context manager.

    Args:
        name: `in_process` runs cells in this process, `process` each notebook's in a worker.
        settings: limits and choices; by default read from environment and file.
        **overrides: single settings by name.

    Raises:
        InvalidInputError: there is no such engine.
    """
    make = ENGINES.get(name)
    if make is None:
        near = difflib.get_close_matches(str(name), ENGINES, n=1)
        meant = f"; did you mean {near[0]!r}?" if near else ""
        raise InvalidInputError(
            f"There is no engine {name!r}: choose one of {', '.join(ENGINES)}{meant}"
        )
    return make(chosen_settings(settings, overrides))


@contextmanager
def open_notebooks(
    settings: Settings | None = None,
    *,
    engine: str = "process",
    folder: Path | str | None = None,
    **overrides: Any,
) -> Iterator[NotebookService]:
    """Notebooks on an engine of their own, both closed in the end.

    Args:
        settings: limits and choices; by default read from environment and file.
        engine: as in `open_engine`.
        folder: of notebooks of the user's own; see `NotebookService`.
        **overrides: single settings by name.
    """
    chosen = chosen_settings(settings, overrides)
    with (
        open_engine(engine, chosen) as runner,
        NotebookService(runner, chosen, folder=folder) as notebooks,
    ):
        yield notebooks
