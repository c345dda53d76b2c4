"""Which part of a table a URL asks for."""

from __future__ import annotations

from typing import Annotated, TypeVar

from fastapi import Depends, Query
from pydantic import TypeAdapter, ValidationError

from ..errors import InvalidInputError
from ..models.tables import (
    COLUMN_LIMIT,
    ROW_LIMIT,
    ColumnRef,
    Condition,
    SortKey,
    TableQuery,
)

T = TypeVar("T")

_MOST = 2**63 - 1
_COLUMNS = TypeAdapter(Annotated[list[ColumnRef], Query(max_length=COLUMN_LIMIT)])
_SORT = TypeAdapter(list[SortKey])
_FILTER = TypeAdapter(list[Condition])

_Names = Annotated[
    list[str] | None,
    Query(
        description="Names, the parameter once for each; or one JSON list, in which a number is a "
        "column's position.",
        examples=[["species"]],
    ),
]
_Keys = Annotated[
    list[str] | None,
    Query(
        description="Names, the first key first, with `-` before one for descending; or one JSON "
        "list of `SortKey`.",
        examples=[["-mass_g"]],
    ),
]
_Conditions = Annotated[
    str | None,
    Query(
        description="Conditions that all have to hold: a JSON list of `Condition`.",
        examples=['[{"column": "mass_g", "op": ">", "value": 4000}]'],
    ),
]


def asked_columns(columns: _Names = None) -> list[ColumnRef] | None:
    """The columns that are named; None if none is.

    Raises:
        InvalidInputError: what is given is none, or too many are.
    """
    if columns is None:
        return None
    if _is_json(columns):
        return _parsed("columns", _COLUMNS, columns[0])
    if len(columns) > COLUMN_LIMIT:
        raise InvalidInputError(f"{COLUMN_LIMIT} columns can be named at most.")
    return list(columns)


Columns = Annotated[list[ColumnRef] | None, Depends(asked_columns)]


def asked_rows(
    columns: Columns,
    sort: _Keys = None,
    filter: _Conditions = None,
    search: Annotated[
        str, Query(max_length=1_000, description="What some column has to contain or equal.")
    ] = "",
) -> TableQuery:
    """Which rows of which columns, in which order.

    Raises:
        InvalidInputError: a part of it makes no sense.
    """
    keys = _sort_keys(sort or [])
    conditions = [] if filter is None else _parsed("filter", _FILTER, filter)
    try:
        return TableQuery(columns=columns, sort=keys, filter=conditions, search=search)
    except ValidationError as error:
        raise _told("query", error) from None


Rows = Annotated[TableQuery, Depends(asked_rows)]


def asked_window(
    rows: Rows,
    offset: Annotated[int, Query(ge=0, le=_MOST, description="Matching rows to pass over.")] = 0,
    limit: Annotated[int, Query(ge=0, le=ROW_LIMIT)] = 100,
    column_offset: Annotated[int, Query(ge=0, le=_MOST)] = 0,
    column_limit: Annotated[int, Query(ge=0, le=COLUMN_LIMIT)] = 50,
) -> TableQuery:
    """The same, and how many of them, from where on."""
    window = {
        "offset": offset,
        "limit": limit,
        "column_offset": column_offset,
        "column_limit": column_limit,
    }
    return rows.model_copy(update=window)


Window = Annotated[TableQuery, Depends(asked_window)]


def _sort_keys(words: list[str]) -> list[SortKey]:
    if _is_json(words):
        return _parsed("sort", _SORT, words[0])
    return [SortKey(column=word.removeprefix("-"), ascending=word[:1] != "-") for word in words]


def _is_json(words: list[str]) -> bool:
    return len(words) == 1 and words[0].startswith("[")


def _parsed(what: str, adapter: TypeAdapter[T], text: str) -> T:
    try:
        return adapter.validate_json(text)
    except ValidationError as error:
        raise _told(what, error) from None


def _told(what: str, error: ValidationError) -> InvalidInputError:
    first = error.errors(include_url=False, include_context=False)[0]
    place = ", ".join(str(part) for part in first["loc"])
    return InvalidInputError(f"In {what}{f' ({place})' if place else ''}: {first['msg']}.")
