"""What can be done to the cells of a notebook; each gives a new notebook, the old one stays."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ...errors import EditConflictError, InvalidInputError, UnknownCellError
from ...models.notebook import Cell, Notebook
from ...models.notebook_view import CellView
from ...names import check_cell_id
from .revision import cell_revision
from .valid_cells import valid_cell

Edit = Callable[[Notebook], Notebook]

CHANGEABLE = frozenset({"source", "cell_type", "metadata", "attachments"})
"""What an edit can change of a cell."""
ANY = "*"
"""In place of a revision: whatever is there may be overwritten."""


def place_of(notebook: Notebook, cell_id: str) -> int:
    """Where in the notebook a cell is, from 0.

    Raises:
        UnknownCellError: it is not there, or not any more.
    """
    for place, cell in enumerate(notebook.cells):
        if cell.id == cell_id:
            return place
    raise UnknownCellError(f"Notebook {notebook.id!r} has no cell {cell_id!r}.")


def find_cell(notebook: Notebook, cell_id: str) -> Cell:
    """A cell.

    Raises:
        UnknownCellError: it is not there, or not any more.
    """
    return notebook.cells[place_of(notebook, cell_id)]


def find_code(notebook: Notebook, cell_id: str) -> Cell:
    """A cell that can be run.

    Raises:
        UnknownCellError: it is not there, or not any more.
        InvalidInputError: it is no code.
    """
    cell = find_cell(notebook, cell_id)
    if cell.cell_type != "code":
        raise InvalidInputError(f"Cell {cell.id!r} is {cell.cell_type}, and cannot be run.")
    return cell


def checked(
    notebook: Notebook, cell_id: str, revision: str, yours: Mapping[str, Any] | None = None
) -> Cell:
    """A cell that is still what its editor has seen.

    Raises:
        EditConflictError: somebody has edited it since; carries the cell as it is.
        UnknownCellError: it is not there, or not any more.
    """
    cell = find_cell(notebook, cell_id)
    now = cell_revision(cell)
    if revision not in (ANY, now):
        raise EditConflictError(
            f"Cell {cell_id!r} was edited by somebody else meanwhile: it has revision "
            f"{now}, not {revision}. Nothing was changed.",
            theirs=CellView(**dict(cell, last_result=None), revision=now),
            yours=yours and dict(yours),
        )
    return cell


def add(cell: Cell, after: str | None) -> Edit:
    """Put a new cell after another one, or first of all.

    Raises:
        InvalidInputError: a cell has this id already.
    """

    def edit(notebook: Notebook) -> Notebook:
        check_cell_id(cell.id)
        if any(each.id == cell.id for each in notebook.cells):
            raise InvalidInputError(f"Notebook {notebook.id!r} has a cell {cell.id!r} already.")
        return _spliced(notebook, _place_after(notebook, after), 0, [cell])

    return edit


def edit(cell_id: str, revision: str, change: Mapping[str, Any]) -> Edit:
    """Give a cell another source, type or metadata.

    A cell that is no code any more has no result.

    Raises:
        InvalidInputError: it cannot be a cell then.
    """
    if strange := sorted(change.keys() - CHANGEABLE):
        raise InvalidInputError(f"An edit of a cell cannot change its {strange[0]}.")

    def edit(notebook: Notebook) -> Notebook:
        cell = checked(notebook, cell_id, revision, change)
        cell = valid_cell({**dict(cell), **change})
        if cell.cell_type != "code":
            cell = cell.model_copy(update={"last_result": None})
        return _spliced(notebook, place_of(notebook, cell_id), 1, [cell])

    return edit


def move(cell_id: str, after: str | None) -> Edit:
    """Put a cell after another one, or first of all."""

    def edit(notebook: Notebook) -> Notebook:
        if after == cell_id:
            return notebook
        cell = find_cell(notebook, cell_id)
        rest = _spliced(notebook, place_of(notebook, cell_id), 1, [])
        return _spliced(rest, _place_after(rest, after), 0, [cell])

    return edit


def delete(cell_id: str, revision: str) -> Edit:
    """Take a cell away."""

    def edit(notebook: Notebook) -> Notebook:
        checked(notebook, cell_id, revision)
        return _spliced(notebook, place_of(notebook, cell_id), 1, [])

    return edit


def split(cell_id: str, revision: str, at: int, new_id: str) -> Edit:
    """Cut a cell in two at a character of its source; line breaks at the cut go.

    The second part keeps the id and the result: it is the one that showed it. Both have the
    metadata and the attachments.

    Raises:
        InvalidInputError: the source has no such place.
    """

    def edit(notebook: Notebook) -> Notebook:
        cell = checked(notebook, cell_id, revision)
        if not 0 <= at <= len(cell.source):
            raise InvalidInputError(
                f"Cell {cell_id!r} has {len(cell.source)} characters: it cannot be split at {at}."
            )
        before, after = cell.source[:at].rstrip("\n"), cell.source[at:].lstrip("\n")
        first = cell.model_copy(
            update={"id": new_id, "source": before, "last_result": None, "unknown": {}}
        )
        second = cell.model_copy(update={"source": after})
        return _spliced(notebook, place_of(notebook, cell_id), 1, [first, second])

    return edit


def merge(cell_ids: Sequence[str], revisions: Mapping[str, str]) -> Edit:
    """Make one cell of several that follow one another: the last one, whose result stays.

    It has the metadata and attachments of all; of metadata that several have, those of the last.

    Raises:
        InvalidInputError: they are fewer than two, do not follow one another, are of different
            types, or have different attachments of one name.
    """

    def edit(notebook: Notebook) -> Notebook:
        cells = [checked(notebook, each, revisions[each]) for each in cell_ids]
        places = [place_of(notebook, each) for each in cell_ids]
        if len(cells) < 2 or places != list(range(places[0], places[0] + len(places))):
            raise InvalidInputError("Only two or more cells that follow one another can be merged.")
        if len({cell.cell_type for cell in cells}) > 1:
            raise InvalidInputError("Cells of different types cannot be merged.")
        source = "\n\n".join(cell.source for cell in cells)
        update = {
            "source": source,
            "metadata": _all_of([cell.metadata for cell in cells]),
            "attachments": _all_attachments(cells),
            "unknown": _all_of([cell.unknown for cell in cells]),
        }
        merged = cells[-1].model_copy(update=update)
        return _spliced(notebook, places[0], len(places), [merged])

    return edit


def replaced(notebook: Notebook, cell: Cell) -> Notebook:
    """The notebook with this cell in the place of the one that has its id."""
    return _spliced(notebook, place_of(notebook, cell.id), 1, [cell])


def _all_of(parts: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {key: value for part in parts for key, value in part.items()}


def _all_attachments(cells: Sequence[Cell]) -> dict[str, Any] | None:
    given = [cell.attachments for cell in cells if cell.attachments is not None]
    if not given:
        return None
    every = _all_of(given)
    for attachments in given:
        for name, content in attachments.items():
            if every[name] != content:
                raise InvalidInputError(
                    f"These cells have different attachments of the name {name[:80]!a}: rename "
                    "one of them before they are merged."
                )
    return every


def _place_after(notebook: Notebook, after: str | None) -> int:
    return 0 if after is None else place_of(notebook, after) + 1


def _spliced(notebook: Notebook, place: int, count: int, cells: Sequence[Cell]) -> Notebook:
    rest = notebook.cells[place + count :]
    return notebook.model_copy(update={"cells": [*notebook.cells[:place], *cells, *rest]})
