"""Who runs a whole notebook from file to file, by a call in a process that has them loaded."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from time import perf_counter
from typing import Protocol

from benchmarks.quantities import FLOOR, OURS

from . import plain_notebook


class NotebookRunner(Protocol):
    """Runs notebooks."""

    def run_file(self, source: Path, target: Path) -> None:
        """Read a notebook, run its cells, write it with what they showed; raise if one fails."""

    def close(self) -> None:
        """Give everything back."""


class _Stateless:
    """Keeps nothing between two notebooks."""

    def close(self) -> None:
        """Nothing is to be given back."""


class EngineRunner(_Stateless):
    """nbengine: a new service for every notebook."""

    def run_file(self, source: Path, target: Path) -> None:
        from nbengine import ExecutionService
        from nbengine.services.notebook_file import read_notebook, write_notebook
        from nbengine.services.notebook_run import CellEnded, run_notebook

        notebook = read_notebook(source).notebook
        with ExecutionService(snapshots=False) as service:
            service.open_notebook(notebook.id, cwd=source.parent)
            for step in run_notebook(service, notebook):
                if isinstance(step, CellEnded):
                    notebook = step.notebook
                    if step.failed:
                        raise RuntimeError(f"a cell failed: {step.result.error}")
        write_notebook(notebook, target)


class _Peer(_Stateless):
    """One whose kernels write to standard error that nobody listens in."""

    def __init__(self) -> None:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 2)
        os.close(nowhere)


class ClientRunner(_Peer):
    """nbclient: `NotebookClient.execute`."""

    def run_file(self, source: Path, target: Path) -> None:
        import nbformat
        from nbclient import NotebookClient

        notebook = nbformat.read(source, as_version=4)
        NotebookClient(notebook).execute()
        nbformat.write(notebook, target)


class PapermillRunner(_Peer):
    """papermill: `execute_notebook`."""

    def run_file(self, source: Path, target: Path) -> None:
        from papermill import execute_notebook

        execute_notebook(source, target, progress_bar=False)


class PlainRunner(_Stateless):
    """The floor."""

    def run_file(self, source: Path, target: Path) -> None:
        plain_notebook.run_file(source, target)


RUNNERS: Mapping[str, Callable[[], NotebookRunner]] = {
    OURS: EngineRunner,
    FLOOR: PlainRunner,
    "nbclient": ClientRunner,
    "papermill": PapermillRunner,
}


def time_run(runner: NotebookRunner, source: Path, target: Path) -> float:
    """Seconds that one call took."""
    began = perf_counter()
    runner.run_file(source, target)
    return perf_counter() - began
