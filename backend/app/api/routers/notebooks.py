"""Notebooks: list, make, look, rename, copy, delete, and bring back."""

from __future__ import annotations

from fastapi import APIRouter, Response
from pydantic import TypeAdapter

from ...models.notebook_view import Discarded, NotebookSummary, NotebookView
from ..answer import NOT_MODIFIED, listed, shown, tagged
from ..bodies import Copy, Name, NewNotebook
from ..json_route import JsonRoute
from ..parameters import IfNoneMatch, NotebookId, Notebooks, TrashEntry

router = APIRouter(tags=["notebooks"], route_class=JsonRoute)
_SUMMARIES = TypeAdapter(list[NotebookSummary])
_DISCARDED = TypeAdapter(list[Discarded])


@router.get("/notebooks", response_model=list[NotebookSummary])
def list_notebooks(notebooks: Notebooks) -> Response:
    """Every notebook, by path."""
    return listed(_SUMMARIES, notebooks.notebooks())


@router.post("/notebooks", response_model=NotebookView, status_code=201)
def create_notebook(notebooks: Notebooks, body: NewNotebook) -> Response:
    """A new notebook; `name 2` and so on, if there is one of this name."""
    view = notebooks.create(body.name, body.cells)
    response = tagged(view, status=201)
    response.headers["Location"] = f"/api/notebooks/{view.id}"
    return response


@router.get("/notebooks/{notebook_id}", response_model=NotebookView, responses=NOT_MODIFIED)
def open_notebook(
    notebooks: Notebooks, notebook_id: NotebookId, if_none_match: IfNoneMatch = None
) -> Response:
    """All that there is to see of a notebook.

    `Last-Event-ID` is the number of the last event before this was looked at.
    """
    last = notebooks.channel(notebook_id).last
    response = tagged(notebooks.open(notebook_id), if_none_match)
    response.headers["Last-Event-ID"] = str(last)
    return response


@router.patch("/notebooks/{notebook_id}", response_model=NotebookView)
def rename_notebook(notebooks: Notebooks, notebook_id: NotebookId, body: Name) -> Response:
    """Give it another name; in a folder of the user's, it has another id then."""
    return tagged(notebooks.rename(notebook_id, body.name))


@router.post("/notebooks/{notebook_id}/duplicate", response_model=NotebookView, status_code=201)
def duplicate_notebook(
    notebooks: Notebooks, notebook_id: NotebookId, body: Copy | None = None
) -> Response:
    """A copy with the same cells, results and variables."""
    view = notebooks.duplicate(notebook_id, body.name if body else None)
    response = tagged(view, status=201)
    response.headers["Location"] = f"/api/notebooks/{view.id}"
    return response


@router.post("/notebooks/{notebook_id}/save", response_model=NotebookView)
def save_notebook(notebooks: Notebooks, notebook_id: NotebookId) -> Response:
    """Write now what would be in the file in a moment."""
    return tagged(notebooks.save(notebook_id))


@router.delete("/notebooks/{notebook_id}", response_model=Discarded)
def delete_notebook(notebooks: Notebooks, notebook_id: NotebookId) -> Response:
    """Put it into the trash, with all that is its own."""
    return shown(notebooks.delete(notebook_id))


@router.get("/trash", response_model=list[Discarded])
def list_trash(notebooks: Notebooks) -> Response:
    """The notebooks that were deleted, the last one first."""
    return listed(_DISCARDED, notebooks.trash())


@router.post("/trash/{entry}/restore", response_model=NotebookView)
def bring_back(notebooks: Notebooks, entry: TrashEntry) -> Response:
    """Take a notebook out of the trash again."""
    return tagged(notebooks.bring_back(entry))


@router.delete("/trash", status_code=204, response_class=Response)
def empty_trash(notebooks: Notebooks) -> None:
    """Let go of what was deleted, for good."""
    notebooks.empty_trash()
