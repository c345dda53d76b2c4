"""Tables by handle: windows of rows and columns, profiles, files."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from ...engines.base import Tabling
from ...errors import InvalidInputError
from ...models.tables import TableForm, TableProfile, TableQuery, TableWindow
from ..answer import shown
from ..document import problems
from ..download import file_once
from ..engine_turn import ENGINE_TURN
from ..json_route import JsonRoute
from ..parameters import NotebookId, Notebooks, TableHandle
from ..table_query import Columns, Rows, Window

router = APIRouter(
    prefix="/notebooks/{notebook_id}/tables/{handle}",
    tags=["tables"],
    route_class=JsonRoute,
    dependencies=[ENGINE_TURN],
    responses=problems(410, 501),
)

_MEDIA_TYPES: dict[str, str] = {
    "csv": "text/csv; charset=utf-8",
    "parquet": "application/vnd.apache.parquet",
    "arrow": "application/vnd.apache.arrow.file",
}
_FILE: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The matching rows.",
        "content": {
            mime.partition(";")[0]: {"schema": {"type": "string", "format": "binary"}}
            for mime in _MEDIA_TYPES.values()
        },
    }
}


@router.get("", response_model=TableWindow)
def get_window(
    notebooks: Notebooks, notebook_id: NotebookId, handle: TableHandle, window: Window
) -> Response:
    """Some rows and columns of a table that a cell showed or a variable holds."""
    return shown(_tables(notebooks, notebook_id).table_window(notebook_id, handle, window))


@router.post("", response_model=TableWindow)
def query_window(
    notebooks: Notebooks, notebook_id: NotebookId, handle: TableHandle, body: TableQuery
) -> Response:
    """The same, for a question too long for an address."""
    return shown(_tables(notebooks, notebook_id).table_window(notebook_id, handle, body))


@router.get("/profile", response_model=TableProfile)
def get_profile(
    notebooks: Notebooks, notebook_id: NotebookId, handle: TableHandle, columns: Columns
) -> Response:
    """What columns hold, by default the first ones: counts, ranges, histograms, top values."""
    return shown(_tables(notebooks, notebook_id).table_profile(notebook_id, handle, columns))


@router.get("/download", response_class=Response, responses=_FILE)
def get_table_file(
    notebooks: Notebooks,
    notebook_id: NotebookId,
    handle: TableHandle,
    rows: Rows,
    form: Annotated[TableForm, Query(description="How it is written.")] = "csv",
) -> Response:
    """All rows that match, as a file."""
    tables = _tables(notebooks, notebook_id)
    path = tables.table_file(notebook_id, handle, rows, form)
    name = PurePosixPath(handle.partition(":")[2] or handle).name or "table"
    return file_once(path, f"{name}.{form}", _MEDIA_TYPES[form])


def _tables(notebooks: Notebooks, notebook_id: str) -> Tabling:
    """The engine, if it shows tables, and if there is such a notebook."""
    notebooks.channel(notebook_id)
    if not isinstance(notebooks.engine, Tabling):
        raise InvalidInputError("This engine does not show tables in pieces.")
    return notebooks.engine
