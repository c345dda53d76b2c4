"""A notebook as the engine runs it, in a process of its own as Jupyter's kernel has one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

from nbengine import ExecutionService
from nbengine.services.notebook_file import read_notebook, write_notebook
from tests.fidelity.surroundings import ROOT, environment

TIMEOUT = 170


def run_in_engine(notebook: Any, folder: Path, home: Path) -> Any:
    """The notebook with what its cells showed; a failed cell stops nothing.

    Raises:
        RuntimeError: the process of the engine failed.
    """
    import nbformat

    home.mkdir(parents=True)
    given, ran = home / "given.ipynb", home / "ran.ipynb"
    nbformat.write(notebook, given)
    done = subprocess.run(
        [sys.executable, "-m", "tests.fidelity.engine_side", given, ran, folder],
        cwd=ROOT,
        env=environment(home),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"the engine's process ended with {done.returncode}:\n{done.stderr}")
    return nbformat.read(ran, as_version=4)


def run_file(given: Path, ran: Path, folder: Path) -> None:
    """Run every code cell of a notebook file with the engine and write what came of it."""
    notebook = read_notebook(given).notebook
    cells = list(notebook.cells)
    with ExecutionService(
        own_descriptors=True, snapshots=False, workspace_dir=ran.with_name("workspace")
    ) as service:
        service.open_notebook(notebook.id, cwd=folder)
        ran_as = {
            place: service.execute_code(cell.source, cell.id, notebook.id).execution_id
            for place, cell in enumerate(cells)
            if cell.cell_type == "code" and cell.source.strip()
        }
        # Only now: a later cell may have changed what an earlier one shows.
        for place, execution_id in ran_as.items():
            result = service.result(execution_id)
            cells[place] = cells[place].model_copy(update={"last_result": result})
    write_notebook(notebook.model_copy(update={"cells": cells}), ran)


if __name__ == "__main__":
    run_file(*map(Path, sys.argv[1:]))
