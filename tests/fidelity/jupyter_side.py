"""A notebook as Jupyter runs it: nbclient drives an ipykernel of its own."""

from __future__ import annotations

import copy
import subprocess
from pathlib import Path
from typing import Any

from tests.fidelity.surroundings import environment

CELL_TIMEOUT = 40
"""Seconds. Now and then nbclient does not look up for a reply that is there until they are over."""


def run_in_jupyter(notebook: Any, folder: Path, home: Path) -> Any:
    """The notebook with what its cells showed; a failed cell stops nothing."""
    from nbclient import NotebookClient

    home.mkdir(parents=True)
    client = NotebookClient(
        copy.deepcopy(notebook),
        timeout=CELL_TIMEOUT,
        allow_errors=True,
        kernel_name="python3",
        resources={"metadata": {"path": str(folder)}},
    )
    return client.execute(
        env=environment(home), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
