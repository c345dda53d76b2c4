from __future__ import annotations

import math
import operator
import time
import tracemalloc
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nbengine.capture.json_cells import Cells
from nbengine.capture.views.columns import Columns
from nbengine.capture.views.rows import RowCache
from nbengine.models.tables import TableQuery
from tests.capture.views.looking import look, rows, sight, written

TIMELESS = settings(suppress_health_check=[HealthCheck.too_slow])
"""Tables are slow to make; how slow is a matter of the machine."""
EPOCH = datetime.fromisoformat("2020-02-28")
MOMENTS = st.integers(-3, 3).map(lambda hours: EPOCH + timedelta(hours=hours))
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "whole": st.integers(-3, 3) | st.sampled_from([-(2**63), 2**63 - 1, 2**53 + 1]),
    "float": st.floats(width=32) | st.sampled_from([0.0, -0.0, 1.5, 1e308]),
    "text": st.text("abAB", max_size=2),
    "truth": st.booleans(),
    "moment": MOMENTS,
    "kind": st.sampled_from(["low", "high"]),
}
LISTED = ("in", "between")
DTYPES: dict[str, Any] = {
    "whole": "Int64",
    "float": "float64",
    "text": "str",
    "truth": "boolean",
    "moment": "datetime64[us]",
    "kind": pd.CategoricalDtype(["low", "high"], ordered=True),
}
MIXED = st.none() | st.integers(-1, 1) | st.booleans() | st.text("ab", max_size=1)
COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


@st.composite
def frames(draw: st.DrawFn) -> pd.DataFrame:
    """Tables of a few rows with ties, missing values and a column of mixed ones."""
    height = draw(st.integers(2, 12))

    def column(values: st.SearchStrategy[Any]) -> list[Any]:
        return draw(st.lists(st.none() | values, min_size=height, max_size=height))

    made = {name: pd.Series(column(each), dtype=DTYPES[name]) for name, each in VALUES.items()}
    mixed = [1, "a", *column(MIXED)[2:]]
    return pd.DataFrame(made | {"mixed": pd.Series(mixed, dtype=object)})


@st.composite
def conditions(draw: st.DrawFn) -> dict[str, Any]:
    """What may be asked of these columns."""
    column = draw(st.sampled_from([*VALUES, "mixed"]))
    values: st.SearchStrategy[Any] = MIXED if column == "mixed" else VALUES[column]
    values = values.filter(_can_be_asked).map(_as_json)
    ops = ["is_null", "not_null", "==", "!=", "in"]
    ops += ["contains", "starts_with"] if column == "text" else []
    ops += [*COMPARE, "between"] if column not in ("mixed", "truth") else []
    op = draw(st.sampled_from(ops))
    several = st.lists(values, min_size=2, max_size=2)
    return {"column": column, "op": op, "value": draw(several if op in LISTED else values)}


QUERIES = st.fixed_dictionaries(
    {
        "filter": st.lists(conditions(), max_size=2),
        "sort": st.lists(
            st.fixed_dictionaries(
                {"column": st.sampled_from(list(VALUES)), "ascending": st.booleans()}
            ),
            max_size=3,
            unique_by=lambda key: key["column"],
        ),
        "offset": st.integers(0, 5),
        "limit": st.integers(0, 12),
    }
)


def _can_be_asked(value: Any) -> bool:
    """Whether JSON can say a value."""
    return value is not None and (not isinstance(value, float) or math.isfinite(value))


def _as_json(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def _fulfils(own: Any, condition: dict[str, Any], column: pd.Series[Any]) -> bool:
    """What the condition means, said value by value."""
    op, value = condition["op"], condition["value"]
    if pd.isna(own) or op in ("is_null", "not_null"):
        return bool(pd.isna(own)) is (op == "is_null")
    if op in ("contains", "starts_with"):
        return value.lower() in own.lower() if op == "contains" else own.startswith(value)
    if op == "in":
        return any(_fulfils(own, {"op": "==", "value": each}, column) for each in value)
    if op == "between":
        ends = zip((">=", "<="), value, strict=True)
        return all(_fulfils(own, {"op": op, "value": end}, column) for op, end in ends)
    if isinstance(own, pd.Timestamp):
        value = pd.Timestamp(value)
    if column.dtype == "category" and op not in ("==", "!="):
        own, value = (["low", "high"].index(each) for each in (own, value))
    if isinstance(own, bool | np.bool) is not isinstance(value, bool):
        return bool(op == "!=")
    return bool(COMPARE[op](own, value))


def _expected(frame: pd.DataFrame, query: dict[str, Any]) -> list[int]:
    """The rows that pandas gives, sorted by itself."""
    for condition in query["filter"]:
        column = frame[condition["column"]]
        frame = frame[np.array([_fulfils(own, condition, column) for own in column], bool)]
    if query["sort"]:
        frame = frame.sort_values(
            [key["column"] for key in query["sort"]],
            ascending=[key["ascending"] for key in query["sort"]],
            kind="stable",
            na_position="last",
        )
    numbers: list[int] = frame.index.tolist()
    return numbers[query["offset"] :][: query["limit"]]


def _polars(frame: pd.DataFrame) -> pl.DataFrame:
    """The same in polars; mixed values it can only have as objects."""
    made = pl.from_pandas(frame.drop(columns=["mixed", "kind"]))
    kind = pl.Series("kind", _or_none(frame["kind"]), dtype=pl.Enum(["low", "high"]))
    mixed = pl.Series("mixed", frame["mixed"].tolist(), dtype=pl.Object)
    return made.with_columns(kind, mixed)


def _or_none(values: pd.Series[Any]) -> list[Any]:
    return [None if pd.isna(value) else value for value in values]


@TIMELESS
@given(frames(), QUERIES)
def test_rows_are_those_of_pandas(frame: pd.DataFrame, query: dict[str, Any]) -> None:
    """Whatever is filtered, sorted and paged, the rows are those that pandas gives."""
    assert rows(frame, **query) == _expected(frame, query)


@TIMELESS
@given(frames(), QUERIES)
def test_rows_are_the_same_in_polars(frame: pd.DataFrame, query: dict[str, Any]) -> None:
    """A polars table has the same rows in the same order."""
    assert rows(_polars(frame), **query) == _expected(frame, query)


@TIMELESS
@given(frames().map(lambda frame: frame.drop(columns="mixed")), QUERIES)
def test_rows_are_the_same_in_arrow(frame: pd.DataFrame, query: dict[str, Any]) -> None:
    """So has an Arrow table, in one piece or several."""
    filters = [each for each in query["filter"] if each["column"] != "mixed"]
    query |= {"filter": [each for each in filters if not _is_own_order(each)]}
    query |= {"sort": [key for key in query["sort"] if key["column"] != "kind"]}
    table = pa.Table.from_pandas(frame, preserve_index=False)
    pieces = pa.concat_tables([table.slice(0, 5), table.slice(5)])
    assert rows(table, **query) == rows(pieces, **query) == _expected(frame, query)


def _is_own_order(condition: dict[str, Any]) -> bool:
    return condition["column"] == "kind" and condition["op"] in ("<", "<=", ">", ">=", "between")


@TIMELESS
@given(frames(), st.sampled_from(["a", "B", "1", "0", "2020-02-28", "2020-02-28T01:00:00"]))
def test_a_search_finds_what_some_column_has(frame: pd.DataFrame, text: str) -> None:
    """A row is found if a text in it contains the text, or a number or time in it equals it."""

    def found(value: Any) -> bool:
        if pd.isna(value) or isinstance(value, bool | np.bool):
            return False
        if isinstance(value, str):
            return text.lower() in value.lower()
        if isinstance(value, pd.Timestamp):
            return text.startswith("2020") and value == pd.Timestamp(text)
        return text.isdecimal() and value == int(text)

    searched = frame.drop(columns="mixed")
    due = [n for n, row in enumerate(searched.itertuples(index=False)) if any(map(found, row))]
    assert rows(searched, search=text) == due


@pytest.mark.parametrize("height", [0, 1, 5])
def test_pages_make_up_the_whole(height: int) -> None:
    """Windows after one another have every row once, and there is nothing after the last."""
    frame = pd.DataFrame({"a": range(height)})
    pages = [rows(frame, offset=offset, limit=2) for offset in range(0, height + 4, 2)]
    assert list(chain(*pages)) == list(range(height))
    assert look(frame, offset=99).matching_rows == height


def test_rows_are_remembered_within_bytes() -> None:
    """The rows of a query are found once, until others have taken their room."""
    cache, made = RowCache(100), list[str]()

    def make(name: str) -> Any:
        made.append(name)
        return np.zeros(6, "int64")

    for name in ("a", "a", "b", "b", "c", "a"):
        cache.get(name, lambda name=name: make(name))  # type: ignore[misc]
    assert made == ["a", "b", "c", "a"]


def test_rows_beyond_all_bytes_are_remembered_once() -> None:
    """The last query is remembered however large: its next page is not sorted again."""
    cache, made = RowCache(1), list[int]()

    def make() -> Any:
        made.append(1)
        return np.zeros(99)

    for _ in range(2):
        cache.get("a", make)
    assert made == [1]


def test_rows_that_several_want_at_once_are_found_once() -> None:
    """Two who ask for the same order wait for one sort, and get the same rows."""
    cache, made, begun = RowCache(100), list[int](), Event()

    def make() -> Any:
        begun.set()
        time.sleep(0.1)
        made.append(1)
        return np.zeros(1)

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(cache.get, "a", make)
        begun.wait()
        assert pool.submit(cache.get, "a", make).result() is first.result()
    assert made == [1]


def test_rows_that_could_not_be_found_are_looked_for_again() -> None:
    """An error is told to whoever asked, and remembered for nobody."""
    cache = RowCache(100)
    with pytest.raises(ZeroDivisionError):
        cache.get("a", lambda: 1 / 0)
    assert cache.get("a", lambda: np.zeros(2)).size == 2


def test_a_window_takes_the_columns_that_it_shows_alone() -> None:
    """Of ten thousand columns in blocks of their own the others are not touched."""
    frame = pd.DataFrame({f"c{n}": [n, n] if n % 2 else ["a", "b"] for n in range(10_000)})
    table = sight(frame)
    tracemalloc.start()
    try:
        table.source.cells(np.array([1, 0]), range(50), Cells())
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 2**20


def test_numbers_of_another_byte_order() -> None:
    """They are filtered, sorted and written, though pandas itself cannot take rows of them."""
    frame = pd.DataFrame({"a": np.array([2, 3, 1], ">i4"), "b": ["x", "y", "z"]})
    window = look(frame, sort=[{"column": "a"}], filter=[{"column": "a", "op": ">", "value": 1}])
    assert (window.rows, window.columns[0].dtype) == ([[2, "x"], [3, "y"]], ">i4")
    with TemporaryDirectory() as folder:
        path = written(frame, Path(folder), sort=[{"column": "a"}])
        assert path.read_text().splitlines() == ["a,b", "1,z", "2,x", "3,y"]


def test_a_window_by_position_is_not_sorted() -> None:
    """Without an order or a condition no row is looked at but those that are shown."""
    seen = sight(pd.DataFrame({"a": [2, 1]}))
    assert seen.matching(Columns(seen.source), TableQuery(offset=1)) is None
