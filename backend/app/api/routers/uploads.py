"""Uploads that go on where they broke off, after a restart too.

The server says at which offset it is, and takes bytes at that offset only, as in tus 1.0
(https://tus.io/protocols/resumable-upload), whose `HEAD` and `PATCH` these are.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Header, HTTPException, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel

from ...models.files import FileInfo
from ...services.data_files.upload import Upload
from ..answer import shown
from ..bodies import Finish, NewUpload
from ..json_route import JsonRoute
from ..parameters import Files, NotebookId, UploadId
from ..raw_body import append_body

_PREFIX = "/notebooks/{notebook_id}/uploads"
router = APIRouter(tags=["files"])
_json = APIRouter(prefix=_PREFIX, route_class=JsonRoute)
_raw = APIRouter(prefix=_PREFIX)

MEDIA_TYPE = "application/offset+octet-stream"
_NO_STORE = {"Cache-Control": "no-store"}


class UploadState(BaseModel):
    """How far an upload is."""

    id: str
    name: str
    offset: int
    """Bytes that are here."""
    size: int | None
    """Bytes that were announced."""


@_json.post("", response_model=UploadState, status_code=201)
def begin_upload(files: Files, notebook_id: NotebookId, body: NewUpload) -> Response:
    """Begin to bring in a file piece by piece."""
    upload = files.of(notebook_id).begin_upload(body.name, body.size, overwrite=body.overwrite)
    state = UploadState(id=upload.id, name=upload.name, offset=0, size=upload.size)
    location = f"/api/notebooks/{notebook_id}/uploads/{upload.id}"
    return shown(state, 201, {"Location": location, **_headers(upload, 0)})


@_json.get("/{upload_id}", response_model=UploadState)
def get_upload(files: Files, notebook_id: NotebookId, upload_id: UploadId) -> Response:
    """How far an upload is; `HEAD` says it in `Upload-Offset` and `Upload-Length`."""
    upload = files.of(notebook_id).find_upload(upload_id)
    offset = upload.offset
    state = UploadState(id=upload.id, name=upload.name, offset=offset, size=upload.size)
    return shown(state, 200, _headers(upload, offset))


_json.head("/{upload_id}", include_in_schema=False)(get_upload)


@_raw.patch(
    "/{upload_id}",
    status_code=204,
    response_class=Response,
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {MEDIA_TYPE: {"schema": {"type": "string", "format": "binary"}}},
        }
    },
)
async def append_to_upload(
    request: Request,
    files: Files,
    notebook_id: NotebookId,
    upload_id: UploadId,
    upload_offset: Annotated[int, Header(ge=0, le=2**63 - 1, examples=[8192])],
) -> Response:
    """Take the bytes that follow; what came before they broke off stays.

    If the upload is at another offset: 409, with that one as `offset`.
    """
    _check_type(request)
    manager = await run_in_threadpool(files.of, notebook_id)
    upload = await run_in_threadpool(manager.find_upload, upload_id)
    offset = await append_body(request, upload, upload_offset)
    return Response(status_code=204, headers=_headers(upload, offset))


@_json.post("/{upload_id}/finish", response_model=FileInfo, status_code=201)
def finish_upload(
    files: Files, notebook_id: NotebookId, upload_id: UploadId, body: Finish | None = None
) -> Response:
    """Make it the file."""
    manager = files.of(notebook_id)
    upload = manager.find_upload(upload_id)
    upload.finish(body.sha256 if body else None)
    info = manager.info(upload.name)
    return shown(info, 201, {"ETag": f'"{info.etag}"'})


@_json.delete("/{upload_id}", status_code=204, response_class=Response)
def cancel_upload(files: Files, notebook_id: NotebookId, upload_id: UploadId) -> None:
    """Forget it and the bytes that came."""
    files.of(notebook_id).find_upload(upload_id).cancel()


router.include_router(_json)
router.include_router(_raw)


def _headers(upload: Upload, offset: int) -> dict[str, str]:
    length = {} if upload.size is None else {"Upload-Length": str(upload.size)}
    return {"Upload-Offset": str(offset), **length, **_NO_STORE}


def _check_type(request: Request) -> None:
    given = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if given != MEDIA_TYPE:
        raise HTTPException(415, f"The body has to be {MEDIA_TYPE}.", {"Connection": "close"})
