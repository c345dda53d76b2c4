"""The files beside a notebook's cells: list, bring in, take out, delete, and what is in them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, HTTPException, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import PlainTextResponse

from ...models.files import FileContext, FileInfo, FileList, FolderContext
from ..answer import NOT_MODIFIED, shown
from ..document import problems
from ..download import download
from ..engine_turn import ENGINE_TURN
from ..json_route import has_body
from ..parameters import FileName, Files, NotebookId
from ..raw_body import append_body

router = APIRouter(prefix="/notebooks/{notebook_id}", tags=["files"])

_Form = Annotated[
    Literal["json", "text"], Query(alias="as", description="`text`: compact, for a prompt.")
]
FILE: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "All of it.",
        "content": {"*/*": {"schema": {"type": "string", "format": "binary"}}},
    },
    206: {"description": "The bytes that `Range` asks for."},
    **NOT_MODIFIED,
    **problems(416),
}
_OR_TEXT: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/plain": {"schema": {"type": "string"}}}},
    **problems(501),
}
_RAW = {
    "requestBody": {
        "required": False,
        "description": "The bytes of the file, whatever they are.",
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}


@router.get("/files", response_model=FileList)
def list_files(files: Files, notebook_id: NotebookId, hidden: bool = False) -> Response:
    """The files of the folder where the cells work, by name."""
    return shown(files.of(notebook_id).list(hidden=hidden))


@router.get("/files/{name:path}", response_class=Response, responses=FILE)
def get_file(
    request: Request,
    files: Files,
    notebook_id: NotebookId,
    name: FileName,
    in_place: Annotated[
        bool, Query(description="Have a browser show it, if it is a picture.")
    ] = False,
) -> Response:
    """A file, or a part of it."""
    return download(files.of(notebook_id), name, request, in_place=in_place)


router.head("/files/{name:path}", include_in_schema=False)(get_file)


@router.put("/files/{name:path}", response_model=FileInfo, status_code=201, openapi_extra=_RAW)
async def put_file(
    request: Request,
    files: Files,
    notebook_id: NotebookId,
    name: FileName,
    overwrite: Annotated[
        bool, Query(description="Whether a file of this name may be replaced.")
    ] = False,
    sha256: Annotated[
        str | None, Query(max_length=64, description="What the bytes must hash to.")
    ] = None,
) -> Response:
    """Bring in a file: the body is its bytes. It is there whole, or not at all."""
    manager = await run_in_threadpool(files.of, notebook_id)
    size = _announced(request)
    upload = await run_in_threadpool(manager.begin_upload, name, size, overwrite=overwrite)
    try:
        await append_body(request, upload, 0)
        await run_in_threadpool(upload.finish, sha256)
    finally:
        await run_in_threadpool(upload.cancel)
    info = await run_in_threadpool(manager.info, upload.name)
    return shown(info, 201, {"ETag": f'"{info.etag}"'})


@router.delete("/files/{name:path}", status_code=204, response_class=Response)
def delete_file(files: Files, notebook_id: NotebookId, name: FileName) -> None:
    """Remove a file, a link (not what it leads to), or an empty folder."""
    files.of(notebook_id).delete(name)


@router.get(
    "/contexts", response_model=FolderContext, responses=_OR_TEXT, dependencies=[ENGINE_TURN]
)
def describe_files(files: Files, notebook_id: NotebookId, form: _Form = "json") -> Response:
    """What is in the files, as far as ten seconds allow: shapes, columns, types, first rows."""
    return _described(files.of(notebook_id).context_of_all(), form)


@router.get(
    "/contexts/{name:path}",
    response_model=FileContext,
    responses=_OR_TEXT,
    dependencies=[ENGINE_TURN],
)
def describe_file(
    files: Files, notebook_id: NotebookId, name: FileName, form: _Form = "json"
) -> Response:
    """What is in a file, at a cost that does not grow with it."""
    return _described(files.of(notebook_id).context(name), form)


def _described(context: FileContext | FolderContext, form: str) -> Response:
    return PlainTextResponse(context.as_text()) if form == "text" else shown(context)


def _announced(request: Request) -> int | None:
    """Bytes that the body says it has.

    Raises:
        HTTPException: the body is encoded; what would be stored is not the file.
    """
    if request.headers.get("content-encoding", "identity") != "identity":
        raise HTTPException(415, "Send the file as it is, without Content-Encoding.")
    length = request.headers.get("content-length", "")
    return int(length) if length.isdecimal() else None if has_body(request) else 0
