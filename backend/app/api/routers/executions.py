"""Running cells: one or several, waiting or not; interrupting, and answering what they ask."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, TypeAdapter

from ...models.notebook import ExecutionResult
from ...models.notebook_view import ExecutionInfo
from ..answer import listed, shown
from ..bodies import Execute, Line, Run
from ..document import problems
from ..json_route import JsonRoute
from ..parameters import CellId, ExecutionId, IfMatch, NotebookId, Notebooks
from ..running import Started, chosen_cells, result_of, start_cell

router = APIRouter(prefix="/notebooks/{notebook_id}", tags=["execution"], route_class=JsonRoute)
_INFOS = TypeAdapter(list[ExecutionInfo])


class Interrupted(BaseModel):
    """What became of an interrupt."""

    ended: bool
    """Whether what ran ended in time; nothing may have run."""


@router.post(
    "/cells/{cell_id}/execute",
    response_model=ExecutionResult,
    responses={
        202: {"model": ExecutionInfo, "description": "It runs, or waits to."},
        **problems(428),
    },
)
async def execute_cell(
    request: Request,
    notebooks: Notebooks,
    notebook_id: NotebookId,
    cell_id: CellId,
    body: Execute | None = None,
    if_match: IfMatch = None,
    wait: Annotated[bool, Query(description="Whether to answer once it has ended.")] = True,
) -> Response:
    """Run a cell when all before it have run; with a `source`, edit it first.

    A user's error is in the result. Whoever leaves meanwhile does not end the cell.
    """
    started = await run_in_threadpool(
        start_cell, notebooks, notebook_id, cell_id, body or Execute(), if_match
    )
    if wait:
        return await result_of(started, request)
    return await run_in_threadpool(_accepted, notebooks, notebook_id, started)


@router.post("/run", response_model=list[ExecutionInfo], status_code=202)
def run_cells(notebooks: Notebooks, notebook_id: NotebookId, body: Run) -> Response:
    """Run several cells, one after another; the first that fails ends the others."""
    cells = chosen_cells(notebooks, notebook_id, body)
    started = notebooks.start(notebook_id, cells, **body.options)
    infos = [notebooks.execution(notebook_id, each.id) for each in started]
    return listed(_INFOS, infos, status=202)


@router.get("/executions/{execution_id}", response_model=ExecutionInfo)
def get_execution(
    notebooks: Notebooks, notebook_id: NotebookId, execution_id: ExecutionId
) -> Response:
    """An execution that waits, runs or has ended, as it is now."""
    return shown(notebooks.execution(notebook_id, execution_id))


@router.post("/executions/{execution_id}/input", status_code=204, response_class=Response)
def answer_input(
    notebooks: Notebooks, notebook_id: NotebookId, execution_id: ExecutionId, body: Line
) -> None:
    """Give a cell the line that it asked for."""
    notebooks.answer(notebook_id, execution_id, body.line)


@router.post("/interrupt")
def interrupt(notebooks: Notebooks, notebook_id: NotebookId) -> Interrupted:
    """End the cell that runs, and run none of those that wait."""
    return Interrupted(ended=notebooks.interrupt(notebook_id))


@router.post("/restart", status_code=204, response_class=Response)
def restart(notebooks: Notebooks, notebook_id: NotebookId) -> None:
    """Give the notebook an empty namespace; results stay."""
    notebooks.restart(notebook_id)


def _accepted(notebooks: Notebooks, notebook_id: str, started: Started) -> Response:
    info = notebooks.execution(notebook_id, started.execution.id)
    location = f"/api/notebooks/{notebook_id}/executions/{info.execution_id}"
    return shown(info, 202, {"Location": location, **started.headers})
