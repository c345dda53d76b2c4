from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from nbengine.capture.sheets import read_pandas
from nbengine.errors import InvalidInputError, UnknownTableError
from tests.capture.views.looking import look, ordered

SAME: dict[str, Any] = {
    "pandas": pd.DataFrame({"a": [2, 1], "b": ["x", None]}),
    "polars": pl.DataFrame({"a": [2, 1], "b": ["x", None]}),
    "arrow": pa.table({"a": [2, 1], "b": ["x", None]}),
    "batch": pa.record_batch({"a": [2, 1], "b": ["x", None]}),
}


@pytest.mark.parametrize("library", SAME)
def test_a_window_of_any_library(library: str) -> None:
    """The same table has the same cells whichever library holds it."""
    window = look(SAME[library], sort=[{"column": "a"}])
    assert (window.rows, window.row_numbers) == ([[1, None], [2, "x"]], [1, 0])
    assert [(each.name, each.position) for each in window.columns] == [("a", 0), ("b", 1)]
    assert (window.total_rows, window.total_columns, window.matching_rows) == (2, 2, 2)


@pytest.mark.parametrize(
    "series", [pd.Series([2, 1], name="a"), pl.Series("a", [2, 1])], ids=["pandas", "polars"]
)
def test_a_window_of_a_series(series: Any) -> None:
    """A Series is a table of one column."""
    window = look(series, sort=[{"column": "a"}])
    assert (window.rows, window.total_columns) == ([[1], [2]], 1)


def test_a_window_of_a_styler() -> None:
    """Of a Styler the data is shown, unstyled."""
    assert look(pd.DataFrame({"a": [1]}).style.format("{:.2f}")).rows == [[1]]


def test_a_window_of_records() -> None:
    """A NumPy array of records is a table of its fields, nested ones included."""
    array = np.array([(2, [1, 2]), (1, [3, 4])], dtype=[("x", ">i4"), ("y", "i2", 2)])
    assert look(array, sort=[{"column": "x"}]).rows == [[1, [3, 4]], [2, [1, 2]]]


@pytest.mark.parametrize("value", [1, [1], np.zeros((2, 2)), pl.LazyFrame({"a": [1]})])
def test_what_is_no_table(value: Any) -> None:
    """Anything else is refused, a query that has not run with what to do."""
    with pytest.raises(UnknownTableError, match=r"is no table: (it holds a \w+|.*collect\(\) it)"):
        look(value)


def test_cells_are_said_as_in_the_preview() -> None:
    """The first window of a table has what its preview has."""
    frame = pd.DataFrame(
        {
            "float": [1.5, float("nan"), float("inf")],
            "time": pd.to_datetime(pd.Series(["2020-01-01", None, "2020-01-02"]), utc=True),
            "span": pd.to_timedelta(["1h", None, "2D"]),
            "bytes": [b"a", None, b"\xff"],
            "list": [[1], {"a": 1}, None],
            "big": [2**60, 1, 0],
            "complex": [1j, 2, 3],
            "period": pd.period_range("2020", periods=3, freq="M"),
            "interval": pd.interval_range(0, 3),
        }
    )
    window, corner = look(frame), read_pandas(frame, 100, 100)
    assert window.rows == corner.by_row()
    assert window.nulled == corner.cells.nulled > 0
    json.dumps(window.model_dump(mode="json"), allow_nan=False)


def test_an_index_comes_as_leading_columns() -> None:
    """Each level of an index that says something is a column, marked, and sorts like one."""
    index = pd.MultiIndex.from_tuples([("b", 1), ("a", 2)], names=["g", None])
    frame = pd.DataFrame({"v": [1, 2]}, index=index)
    window = look(frame, sort=[{"column": "g"}])
    assert window.rows == [["a", 2, 2], ["b", 1, 1]]
    assert [(c.name, c.position, c.is_index) for c in window.columns] == [
        ("g", 0, True),
        ("level_1", 1, True),
        ("v", 2, False),
    ]
    assert ordered(frame, "level_1", ascending=False) == [1, 0]


def test_an_index_that_only_counts_is_left_out() -> None:
    """Rows that pandas has numbered itself have their numbers beside the cells."""
    window = look(pd.DataFrame({"a": [1, 2, 3]}), offset=1)
    assert (window.rows, window.row_numbers) == ([[2], [3]], [1, 2])


def test_columns_of_several_levels() -> None:
    """Their names are joined, and found that way."""
    frame = pd.DataFrame([[1, 2]], columns=pd.MultiIndex.from_tuples([("a", "x"), ("a", "y")]))
    assert look(frame, columns=["a / y"]).rows == [[2]]


def test_names_that_are_no_text() -> None:
    """They are found by their text."""
    frame = pd.DataFrame([[1, 2, 3]], columns=pd.Index([0, None, date(2020, 1, 1)]))
    assert look(frame, columns=["2020-01-01", "0"]).rows == [[3, 1]]


def test_columns_of_one_name() -> None:
    """They are told apart by position; by name alone that is what is said."""
    frame = pd.DataFrame([[1, 2, 3]], columns=["a", "b", "a"])
    assert look(frame, columns=[2, "b"]).rows == [[3, 2]]
    with pytest.raises(InvalidInputError, match=r"Several columns .* 0, 2"):
        look(frame, columns=["a"])


@pytest.mark.parametrize(
    "column, told",
    [
        ("Speceis", "There is no column 'Speceis'; the nearest is 'species'"),
        ("zzz", r"There is no column 'zzz'\.$"),
        (7, "There is no column 7: the table has 1"),
        (-1, "There is no column -1"),
    ],
)
def test_an_unknown_column(column: Any, told: str) -> None:
    """The message names the nearest, wherever the column is asked for."""
    frame = pd.DataFrame({"species": [1]})
    for query in (
        {"columns": [column]},
        {"sort": [{"column": column}]},
        {"filter": [{"column": column, "op": "is_null"}]},
    ):
        with pytest.raises(InvalidInputError, match=told):
            look(frame, **query)


def test_a_window_of_columns() -> None:
    """Of a wide table only the columns asked for come, wherever they are."""
    frame = pd.DataFrame(np.arange(30_000).reshape(3, 10_000))
    window = look(frame, column_offset=9_998, column_limit=5)
    assert window.rows[0] == [9_998, 9_999]
    assert [each.position for each in window.columns] == [9_998, 9_999]
    assert window.total_columns == 10_000


def test_a_window_without_columns() -> None:
    """Its rows are there, empty."""
    assert look(pd.DataFrame(index=range(2))).rows == [[], []]
    assert look(pd.DataFrame({"a": [1, 2]}), columns=[]).rows == [[], []]


def test_a_window_is_bounded() -> None:
    """At most a thousand rows are answered, however many there are."""
    assert len(look(pd.DataFrame({"a": range(5_000)}), limit=1_000).rows) == 1_000


class Foreign:
    """Of the user's: none of its code is to run."""

    def __str__(self) -> str:
        raise AssertionError

    def __eq__(self, other: object) -> bool:
        raise AssertionError

    def __hash__(self) -> int:
        raise AssertionError


class ForeignList(list[int]):
    def __iter__(self) -> Any:
        raise AssertionError


class ForeignFrame(pd.DataFrame):
    @property
    def shape(self) -> Any:
        raise AssertionError

    @property
    def _constructor(self) -> Any:
        raise AssertionError

    iloc = index = columns = shape


def test_objects_of_the_users_say_nothing() -> None:
    """Of a value whose class is the user's own the class is shown, also within others."""
    frame = pd.DataFrame({"a": [Foreign(), ForeignList(), [Foreign()], {Foreign.__name__: 1}]})
    values = [row[0] for row in look(frame).rows]
    assert values == ["<Foreign>", "<ForeignList>", ["<Foreign>"], {"Foreign": 1}]


def test_a_key_of_the_users_says_nothing() -> None:
    """So with the keys of a dict."""

    class Key:
        def __str__(self) -> str:
            raise AssertionError

    name = f"<{test_a_key_of_the_users_says_nothing.__name__}.Key>"
    assert look(pd.DataFrame({"a": [{Key(): 1}]})).rows == [[{name: 1}]]


def test_a_frame_of_the_users_class() -> None:
    """A class derived from DataFrame is read without its properties."""
    frame = ForeignFrame.__new__(ForeignFrame)
    object.__setattr__(frame, "_mgr", pd.DataFrame({"a": [2, 1]})._mgr)
    assert look(frame, sort=[{"column": "a"}]).rows == [[1], [2]]


def test_a_window_leaves_the_frame_as_it_is() -> None:
    """Looking copies nothing that stays: the frame's memory is its own again."""
    frame = pd.DataFrame({"a": [1.0, 2.0]})
    look(frame, sort=[{"column": "a"}])
    before = frame["a"].to_numpy(copy=False).__array_interface__["data"]
    frame.loc[0, "a"] = 5.0
    assert frame["a"].to_numpy(copy=False).__array_interface__["data"] == before


def test_times_of_all_units() -> None:
    """Nanoseconds beyond Python's own times are said and sorted."""
    table = pa.table({"t": pa.array([2, None, 1], pa.timestamp("ns"))})
    window = look(table, sort=[{"column": "t", "ascending": False}])
    assert window.row_numbers == [0, 2, 1]
    assert window.rows[1] == ["1970-01-01T00:00:00.000000001"]


def test_times_with_a_zone() -> None:
    """They are said with their offset."""
    moments = pl.Series("t", [datetime(2020, 7, 1, tzinfo=UTC)]).dt.convert_time_zone(
        "Europe/Berlin"
    )
    assert look(moments).rows == [["2020-07-01T02:00:00+02:00"]]
