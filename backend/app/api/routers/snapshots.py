"""The variables of a notebook as they were: listing, taking back, bringing back."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Response
from pydantic import TypeAdapter

from ...models.snapshot import SnapshotInfo
from ..answer import listed, shown
from ..engine_turn import ENGINE_TURN
from ..json_route import JsonRoute
from ..parameters import NotebookId, Notebooks

router = APIRouter(
    prefix="/notebooks/{notebook_id}",
    tags=["snapshots"],
    route_class=JsonRoute,
    dependencies=[ENGINE_TURN],
)
_SNAPSHOTS = TypeAdapter(list[SnapshotInfo])


@router.get("/snapshots", response_model=list[SnapshotInfo])
def list_snapshots(notebooks: Notebooks, notebook_id: NotebookId) -> Response:
    """The snapshots of a notebook's variables, oldest first."""
    return listed(_SNAPSHOTS, notebooks.history(notebook_id))


@router.post("/snapshots/{snapshot_id}/restore", response_model=SnapshotInfo | None)
def restore_snapshot(
    notebooks: Notebooks,
    notebook_id: NotebookId,
    snapshot_id: Annotated[int, Path(ge=0, le=2**63 - 1, examples=[7])],
) -> Response:
    """Give the notebook the variables of a snapshot."""
    return shown(notebooks.restore(notebook_id, snapshot_id))


@router.post("/undo", response_model=SnapshotInfo | None)
def undo(notebooks: Notebooks, notebook_id: NotebookId) -> Response:
    """Give the notebook the variables that it had before its last cell that was saved.

    The answer is the snapshot that it goes on from; `null`, if it is empty now.
    """
    return shown(notebooks.undo(notebook_id))
