"""Bodies that are files: taken as they come, as fast as the disk takes them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from fastapi import HTTPException, Request
from fastapi.concurrency import contextmanager_in_threadpool, run_in_threadpool
from starlette.requests import ClientDisconnect

from ..services.data_files.upload import Upload, UploadWriter

_BLOCK = 2**20
"""Bytes that are gathered for one write."""
_CLOSE = {"Connection": "close"}
"""What is still to come of a body that was refused is not read."""


async def append_body(request: Request, upload: Upload, offset: int) -> int:
    """Put the body behind what is there; what came before it broke off stays.

    Returns:
        The offset at which the upload goes on.

    Raises:
        HTTPException: nothing came for too long: 408; or the client has left.
        FileConflictError, FileTooLargeError, QuotaError, StorageError: as `Upload.append`.
    """
    async with contextmanager_in_threadpool(upload.writing(offset)) as writer:
        await _write_all(request, writer)
        return writer.offset


async def _write_all(request: Request, writer: UploadWriter) -> None:
    block = bytearray()
    try:
        async for chunk in _chunks(request):
            block += chunk
            if len(block) >= _BLOCK:
                await run_in_threadpool(writer.write, bytes(block))
                block.clear()
    except HTTPException:
        await run_in_threadpool(writer.write, bytes(block))
        raise
    await run_in_threadpool(writer.write, bytes(block))


async def _chunks(request: Request) -> AsyncIterator[bytes]:
    """The body, as long as it goes on coming."""
    seconds = request.app.state.settings.body_timeout
    stream = request.stream()
    while True:
        try:
            async with asyncio.timeout(seconds):
                yield await anext(stream)
        except StopAsyncIteration:
            return
        except TimeoutError:
            raise HTTPException(408, f"Nothing came for {seconds:g} seconds.", _CLOSE) from None
        except ClientDisconnect:
            raise HTTPException(400, "The body broke off.", _CLOSE) from None
