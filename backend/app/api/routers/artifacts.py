"""The whole of what a result holds only a part of: streams that were longer than they may be."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from ...models.files import FileList
from ..answer import shown
from ..download import download
from ..parameters import ArtifactName, Files, NotebookId
from .files import FILE

router = APIRouter(prefix="/notebooks/{notebook_id}/artifacts", tags=["artifacts"])


@router.get("", response_model=FileList)
def list_artifacts(files: Files, notebook_id: NotebookId) -> Response:
    """The artifacts of a notebook; `cuts` in a result name them."""
    return shown(files.artifacts(notebook_id).list())


@router.get("/{name}", response_class=Response, responses=FILE)
def get_artifact(
    request: Request, files: Files, notebook_id: NotebookId, name: ArtifactName
) -> Response:
    """An artifact, or a part of it."""
    return download(files.artifacts(notebook_id), name, request)


router.head("/{name}", include_in_schema=False)(get_artifact)
