"""What can be a cell of a notebook, and what cannot."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from ...errors import InvalidInputError
from ...models.notebook import Cell
from ...names import check_cell_id


def check_ids(cells: Sequence[Cell]) -> None:
    """Find out whether cells can be those of one notebook.

    Raises:
        InvalidIdError: an id cannot be one.
        InvalidInputError: two cells have the same.
    """
    seen: set[str] = set()
    for cell in cells:
        if check_cell_id(cell.id) in seen:
            raise InvalidInputError(f"Two cells have the id {cell.id!r}.")
        seen.add(cell.id)


def new_cell_id() -> str:
    """An id that no cell has."""
    return secrets.token_hex(8)


def new_cell(cell_id: str, cell_type: str, source: str, metadata: Mapping[str, Any]) -> Cell:
    """A cell that has not run.

    Raises:
        InvalidInputError: it cannot be one.
    """
    return valid_cell(
        {"id": cell_id, "cell_type": cell_type, "source": source, "metadata": dict(metadata)}
    )


def valid_cell(cell: Mapping[str, Any]) -> Cell:
    """A cell with these fields.

    Raises:
        InvalidInputError: it cannot be one; the message says why.
    """
    try:
        valid = Cell.model_validate(cell)
        json.dumps([valid.metadata, valid.attachments])
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise InvalidInputError(f"This cannot be a cell: {where}: {first['msg']}.") from None
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidInputError(f"This cannot be a cell's metadata: {error}.") from None
    return valid
