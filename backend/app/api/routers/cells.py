"""Cells: add, look, edit, move, split, merge, delete."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from ...errors import UnknownCellError
from ...models.notebook_view import CellView, NotebookView
from ..answer import NOT_MODIFIED, tagged
from ..bodies import CellEdit, Merge, Move, NewCell, Split
from ..document import problems
from ..json_route import JsonRoute
from ..parameters import CellId, IfMatch, IfNoneMatch, NotebookId, Notebooks, revision_of
from ..representation import represented

router = APIRouter(prefix="/notebooks/{notebook_id}/cells", tags=["cells"], route_class=JsonRoute)


@router.post("", response_model=CellView, status_code=201)
def add_cell(notebooks: Notebooks, notebook_id: NotebookId, body: NewCell) -> Response:
    """A new cell after another one, or first of all."""
    view = notebooks.add_cell(
        notebook_id,
        body.source,
        body.cell_type,
        after=body.after,
        cell_id=body.id,
        metadata=body.metadata,
    )
    response = tagged(view, status=201)
    response.headers["Location"] = f"/api/notebooks/{notebook_id}/cells/{view.id}"
    return response


@router.post("/merge", response_model=NotebookView)
def merge_cells(notebooks: Notebooks, notebook_id: NotebookId, body: Merge) -> Response:
    """Make one cell of several that follow one another: the last one, with its result."""
    return tagged(notebooks.merge_cells(notebook_id, body.revisions))


@router.get("/{cell_id}", response_model=CellView, responses=NOT_MODIFIED)
def get_cell(
    notebooks: Notebooks,
    notebook_id: NotebookId,
    cell_id: CellId,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """One cell, with its last result."""
    return tagged(notebooks.cell(notebook_id, cell_id), if_none_match)


@router.patch("/{cell_id}", response_model=CellView, responses=problems(428))
def edit_cell(
    notebooks: Notebooks,
    notebook_id: NotebookId,
    cell_id: CellId,
    body: CellEdit,
    if_match: IfMatch = None,
) -> Response:
    """Give a cell another source, type or metadata.

    If somebody else has edited it meanwhile: 409 with what is there now as `theirs`, and what was
    sent as `yours`. Nothing has changed then.
    """
    revision = revision_of("cell", if_match, body.revision)
    return tagged(notebooks.edit_cell(notebook_id, cell_id, revision, **body.change))


@router.post("/{cell_id}/move", response_model=NotebookView)
def move_cell(
    notebooks: Notebooks, notebook_id: NotebookId, cell_id: CellId, body: Move
) -> Response:
    """Put a cell after another one, or first of all."""
    return tagged(notebooks.move_cell(notebook_id, cell_id, body.after))


@router.post("/{cell_id}/split", response_model=NotebookView, responses=problems(428))
def split_cell(
    notebooks: Notebooks,
    notebook_id: NotebookId,
    cell_id: CellId,
    body: Split,
    if_match: IfMatch = None,
) -> Response:
    """Cut a cell in two at a character of its source; the second part keeps id and result."""
    revision = revision_of("cell", if_match, body.revision)
    return tagged(notebooks.split_cell(notebook_id, cell_id, revision, body.at))


@router.delete("/{cell_id}", response_model=NotebookView, responses=problems(428))
def delete_cell(
    notebooks: Notebooks, notebook_id: NotebookId, cell_id: CellId, if_match: IfMatch = None
) -> Response:
    """Take a cell away."""
    revision = revision_of("cell", if_match, None)
    return tagged(notebooks.delete_cell(notebook_id, cell_id, revision))


@router.get(
    "/{cell_id}/outputs/{number}",
    response_class=Response,
    responses={200: {"description": "One representation.", "content": {"*/*": {}}}},
)
def get_output(
    notebooks: Notebooks,
    notebook_id: NotebookId,
    cell_id: CellId,
    number: Annotated[int, Path(description="Its place, from 0.", examples=[0])],
    mime: Annotated[str | None, Query(max_length=200, examples=["text/html"])] = None,
) -> Response:
    """One representation of an output of the last result, for a frame or a picture of a page.

    HTML comes with a policy that gives it an origin of its own: it cannot act as the user.
    """
    result = notebooks.cell(notebook_id, cell_id).last_result
    outputs = result.outputs if result else []
    if not 0 <= number < len(outputs):
        raise UnknownCellError(f"Cell {cell_id!r} has {len(outputs)} outputs, no number {number}.")
    return represented(outputs[number], mime)
