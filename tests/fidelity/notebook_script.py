"""The suite's notebooks: scripts of titled cells that may hold magics, so `.ipy` and not `.py`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

MARKER = "# %% "
"""Begins a cell; the rest of the line is its title, unique in the script."""


def read_script(path: Path) -> Any:
    """The script as an nbformat notebook; a cell's id is its title with hyphens.

    What stands before the first marker is prose.
    """
    from nbformat.v4 import new_code_cell, new_notebook

    _, *parts = ("\n" + path.read_text(encoding="utf-8")).split("\n" + MARKER)
    cells = []
    for part in parts:
        title, _, source = part.partition("\n")
        cells.append(new_code_cell(source.strip("\n"), id=title.strip().replace(" ", "-")))
    return new_notebook(cells=cells)


def read_any(path: Path) -> Any:
    """A script of this suite, or any notebook that the engine reads, as an nbformat notebook."""
    import nbformat

    from nbengine.services.notebook_file import notebook_json, read_notebook

    if path.suffix == ".ipy":
        return read_script(path)
    return nbformat.reads(notebook_json(read_notebook(path).notebook), as_version=4)
