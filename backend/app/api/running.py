"""From a request to a running cell, and from its end to the answer."""

from __future__ import annotations

import asyncio
from asyncio import Future
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from fastapi import Request, Response
from fastapi.concurrency import run_in_threadpool

from ..errors import InvalidInputError
from ..models.notebook import ExecutionResult
from ..runtime.bundles import size_of_result
from ..services.notebook_service import NotebookService
from ..services.notebooks.cell_queue import Execution
from .answer import shown
from .bodies import Execute, Run
from .parameters import revision_of

_LARGE = 100_000
"""Bytes of a result beyond which making its JSON is no matter of a moment."""
_GONE = 499
"""What the log says of a request whose client has left; nobody receives it."""


@dataclass(frozen=True)
class Started:
    """An execution, and what its response says beside."""

    execution: Execution
    headers: Mapping[str, str] = field(default_factory=dict)


def start_cell(
    notebooks: NotebookService,
    notebook_id: str,
    cell_id: str,
    body: Execute,
    if_match: str | None,
) -> Started:
    """Let a cell run, with another source if one is given; the response names its revision then."""
    headers = {}
    if body.source is not None:
        revision = revision_of("cell", if_match, body.revision)
        view = notebooks.edit_cell(notebook_id, cell_id, revision, source=body.source)
        headers["ETag"] = f'"{view.revision}"'
    (execution,) = notebooks.start(notebook_id, [cell_id], **body.options)
    return Started(execution, headers)


def chosen_cells(notebooks: NotebookService, notebook_id: str, body: Run) -> list[str]:
    """The ids of those that are to run.

    Raises:
        InvalidInputError: before or after which cell, was not said.
    """
    if isinstance(body.cells, list):
        return body.cells
    if body.cells == "all":
        return notebooks.code_cells(notebook_id)
    if body.cells == "stale":
        return notebooks.stale_cells(notebook_id)
    if body.cell is None:
        raise InvalidInputError(f'Say {body.cells} which cell: name it in "cell".')
    if body.cells == "above":
        return notebooks.code_cells(notebook_id, until=body.cell)
    return notebooks.code_cells(notebook_id, since=body.cell)


async def result_of(started: Started, request: Request) -> Response:
    """The result once it is there; nothing, once the client has left. The cell runs on."""
    ended = asyncio.wrap_future(started.execution.future)
    ended.add_done_callback(Future.exception)  # looked at, even when nobody waits any more
    gone = asyncio.ensure_future(_until_gone(request))
    either: set[Future[Any]] = {ended, gone}
    try:
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        if not ended.done():
            return Response(status_code=_GONE)
        return await _told(ended.result(), started.headers)
    finally:
        gone.cancel()


async def _told(result: ExecutionResult, headers: Mapping[str, str]) -> Response:
    if size_of_result(result) > _LARGE:
        return await run_in_threadpool(shown, result, 200, headers)
    return shown(result, 200, headers)


async def _until_gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
