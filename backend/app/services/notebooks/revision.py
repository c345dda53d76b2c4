"""What tells one version of a cell, or of a notebook, from another."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from ...models.notebook import Cell, Notebook
from ..notebook_run import TIMING_KEY

_DIGITS = 16


def cell_revision(cell: Cell) -> str:
    """A digest of all that an edit can change; what a run leaves behind is no part of it."""
    metadata = {key: value for key, value in cell.metadata.items() if key != TIMING_KEY}
    return _digest([cell.cell_type, cell.source, metadata, cell.attachments])


def cell_revisions(notebook: Notebook) -> dict[str, str]:
    """Cell id -> revision, in the order of the cells."""
    return {cell.id: cell_revision(cell) for cell in notebook.cells}


def notebook_revision(notebook: Notebook, cells: Mapping[str, str]) -> str:
    """A digest of the revisions of its cells, of their order, and of its own metadata.

    Args:
        notebook: it.
        cells: its `cell_revisions`.
    """
    return _digest([list(cells.items()), notebook.metadata])


def _digest(content: Any) -> str:
    text = json.dumps(content, sort_keys=True, default=str)
    return hashlib.blake2b(text.encode(), digest_size=_DIGITS // 2).hexdigest()
