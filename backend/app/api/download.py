"""A file as a response: for download, never as a page."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable, Mapping
from email.utils import format_datetime
from io import FileIO, RawIOBase
from pathlib import Path
from urllib.parse import quote

from fastapi import Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from ..errors import UnknownFileError
from ..models.files import FileInfo
from ..runtime.ordinary_file import opened
from ..services.data_manager import DataManager
from .answer import has_tag
from .byte_range import ByteRange, UnsatisfiableRange, asked_range
from .problem import refusal

_BLOCK = 256 * 1024
_PICTURES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp", "image/bmp"})
"""What a browser may show in place: no script can be in it."""


class FileDownload(StreamingResponse):
    """The bytes of an open file, which is closed however the response ends.

    Args:
        file: from its place on; it is this response's to close.
        length: bytes that it has.
        media_type: of them.
        headers: what else is to be said.
        status: that of the response.
        on_close: called in the end, too.
    """

    def __init__(
        self,
        file: RawIOBase,
        length: int,
        media_type: str,
        headers: Mapping[str, str],
        *,
        status: int = 200,
        on_close: Callable[[], object] = lambda: None,
    ) -> None:
        said = {"Content-Length": str(length), "Content-Security-Policy": _POLICY, **headers}
        super().__init__(_blocks(file, length), status, said, media_type)
        self._file = file
        self._on_close = on_close

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._file.close()
            self._on_close()


_POLICY = "default-src 'none'; sandbox; frame-ancestors 'none'"


def download(
    files: DataManager, name: str, request: Request, *, in_place: bool = False
) -> Response:
    """A file of a folder, or the part of it that the request asks for.

    Args:
        files: the folder.
        name: of the file.
        request: its `Range`, `If-Range` and `If-None-Match` are heeded.
        in_place: whether a picture may be shown as one; anything else is for download.

    Raises:
        UnknownFileError: there is none of this name.
    """
    info = files.info(name)
    tag = f'"{info.etag}"'
    headers = {
        "ETag": tag,
        "Accept-Ranges": "bytes",
        "Last-Modified": format_datetime(info.modified, usegmt=True),
    }
    if has_tag(request.headers.get("if-none-match"), tag):
        return Response(status_code=304, headers=headers)
    in_place = in_place and info.media_type in _PICTURES
    headers["Content-Disposition"] = disposition(name, "inline" if in_place else "attachment")
    try:
        part = _part(request, info)
    except UnsatisfiableRange:
        where = {"Content-Range": f"bytes */{info.size}"}
        detail = f"{name!r} has {info.size:,} bytes, and none of them is in that range."
        return refusal(416, detail, request.url.path, where)
    if request.method == "HEAD":
        headers["Content-Length"] = str(info.size)
        return Response(headers=headers, media_type=info.media_type)
    return _opened(files, info, part, headers)


def file_once(path: Path, name: str, media_type: str) -> FileDownload:
    """A file that was made for this response alone, and is deleted in the end.

    Cells may write beside it: what they put in its place is not sent.

    Raises:
        UnknownFileError: it is gone.
    """
    try:
        file = FileIO(path, "rb", opener=opened)
    except OSError:
        raise UnknownFileError(f"The file {name!r} was removed before it could be sent.") from None
    headers = {"Content-Disposition": disposition(name), "Cache-Control": "no-store"}
    length = os.fstat(file.fileno()).st_size

    def remove() -> None:
        path.unlink(missing_ok=True)

    return FileDownload(file, length, media_type, headers, on_close=remove)


def disposition(name: str, kind: str = "attachment") -> str:
    """What a client is told of a file's name.

    Source: RFC 6266, and RFC 5987 for what is not ASCII; https://www.rfc-editor.org/rfc/rfc6266
    """
    last = name.rpartition("/")[2]
    plain = "".join(c if c.isascii() and c.isprintable() and c not in '"\\%' else "_" for c in last)
    if plain == last:
        return f'{kind}; filename="{plain}"'
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{quote(last, safe='')}"


def _part(request: Request, info: FileInfo) -> ByteRange | None:
    """What is asked for of the file as the client knows it."""
    if_range = request.headers.get("if-range")
    if if_range is not None and if_range.strip() != f'"{info.etag}"':
        return None
    return asked_range(request.headers.get("range"), info.size)


def _opened(
    files: DataManager, info: FileInfo, part: ByteRange | None, headers: dict[str, str]
) -> Response:
    """The file as it was just looked at; if it is another by now, all of that."""
    stream, now = files.open(info.name)
    if part is None or now.etag != info.etag:
        return FileDownload(stream, now.size, info.media_type, headers | {"ETag": f'"{now.etag}"'})
    stream.seek(part.start)
    headers["Content-Range"] = f"bytes {part.start}-{part.stop - 1}/{info.size}"
    return FileDownload(stream, part.stop - part.start, info.media_type, headers, status=206)


async def _blocks(file: RawIOBase, length: int) -> AsyncIterator[bytes]:
    """So many bytes of the file; if it was cut short meanwhile, the client sees that some miss."""
    while length > 0:
        block = await run_in_threadpool(file.read, min(_BLOCK, length))
        if not block:
            return
        length -= len(block)
        yield block
