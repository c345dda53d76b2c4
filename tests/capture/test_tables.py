from __future__ import annotations

import math
from datetime import datetime
from decimal import Decimal
from typing import Any

import numpy as np
import orjson
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.pandas import column, data_frames, range_indexes, series

from nbengine.capture.tables import is_table, preview
from nbengine.models.tables import Table
from nbengine.services.execution_service import ExecutionService
from nbengine.settings import Settings


def table(value: Any, **limits: Any) -> Table:
    return preview(value, Settings(**limits), name="t", source="variable")


def names(made: Table) -> list[str]:
    return [column.name for column in made.columns]


def dtypes(made: Table) -> list[str]:
    return [column.dtype for column in made.columns]


def test_a_frame_is_its_columns_and_rows() -> None:
    """A frame's preview has names, types, rows and sizes."""
    made = table(pd.DataFrame({"a": [1, 2], "b": ["x", "y"]}))
    assert made == Table(
        name="t",
        source="variable",
        columns=[{"name": "a", "dtype": "int64"}, {"name": "b", "dtype": "str"}],
        rows=[[1, "x"], [2, "y"]],
        total_rows=2,
        total_columns=2,
        truncated=False,
    )


def test_an_index_that_only_counts_is_left_out() -> None:
    """The index that pandas makes by itself is no column."""
    assert names(table(pd.DataFrame({"a": [5]}))) == ["a"]


@pytest.mark.parametrize(
    "index, name, label",
    [
        (pd.RangeIndex(1, 2), "index", 1),
        (pd.RangeIndex(0, 2, 2), "index", 0),
        (pd.RangeIndex(0, 1, name="row"), "row", 0),
        (pd.Index(["x"]), "index", "x"),
        (pd.Index([7], name=3), "3", 7),
        (pd.DatetimeIndex(["2020-01-01"], name="day"), "day", "2020-01-01T00:00:00"),
        (pd.PeriodIndex(["2020-01"], freq="M"), "index", "2020-01"),
        (pd.IntervalIndex.from_breaks([0, 1]), "index", "(0, 1]"),
    ],
    ids=["shifted", "every second", "named", "text", "number", "days", "periods", "intervals"],
)
def test_an_index_that_says_something_comes_first(index: Any, name: str, label: object) -> None:
    """An index with labels or a name of its own is the first column."""
    made = table(pd.DataFrame({"a": [5]}, index=index))
    assert names(made) == [name, "a"]
    assert made.rows == [[label, 5]]
    assert made.total_columns == 2


def test_levels_of_rows_are_columns() -> None:
    """Every level of a MultiIndex is a column, repeated labels included."""
    index = pd.MultiIndex.from_product([["a", "b"], [1, 2]], names=["k", None])
    made = table(pd.DataFrame({"v": [1.0, 2.0, 3.0, 4.0]}, index=index))
    assert names(made) == ["k", "level_1", "v"]
    assert made.rows == [["a", 1, 1.0], ["a", 2, 2.0], ["b", 1, 3.0], ["b", 2, 4.0]]


def test_levels_of_columns_are_joined() -> None:
    """The levels of a column's name are one name, empty ones left out."""
    columns = pd.MultiIndex.from_tuples([("w", "mean"), ("w", 1), ("n", "")])
    assert names(table(pd.DataFrame([[1, 2, 3]], columns=columns))) == ["w / mean", "w / 1", "n"]


def test_columns_of_one_name_are_kept() -> None:
    """Two columns of one name stay two, each with its own values."""
    made = table(pd.DataFrame([[1, "x"]], columns=["a", "a"]))
    assert names(made) == ["a", "a"]
    assert made.rows == [[1, "x"]]


def test_a_name_can_be_any_label() -> None:
    """Numbers, dates, None and objects are names as text."""
    columns = pd.Index([1, None, 2.5, pd.Timestamp("2020-01-01"), "\ud800"], dtype=object)
    made = table(pd.DataFrame([[0] * 5], columns=columns))
    assert names(made) == ["1", "None", "2.5", "2020-01-01 00:00:00", "\\ud800"]


class Broken:
    def __repr__(self) -> str:
        raise ValueError("no text")


OBJECTS = pd.Series([None], dtype=object)
COLUMNS: dict[str, tuple[Any, str, list[object], int]] = {
    "floats": ([1.5, math.nan, math.inf, -math.inf], "float64", [1.5, None, None, None], 3),
    "small floats": (np.array([0.5], dtype="float16"), "float16", [0.5], 0),
    "long doubles": (np.array([0.5, math.nan], dtype="longdouble"), "", [0.5, None], 1),
    "truths": ([True, False], "bool", [True, False], 0),
    "large integers": ([2**53, 2**53 + 1], "int64", [2**53, "9007199254740993"], 0),
    "small integers": ([-(2**53) - 1, 1], "int64", ["-9007199254740993", 1], 0),
    "huge integers": ([2**70, 1], "object", [str(2**70), 1], 0),
    "text": (["a", None], "str", ["a", None], 1),
    "surrogates": (pd.Series(["\ud800"], dtype=object), "object", ["\\ud800"], 0),
    "days": (
        pd.DatetimeIndex(["2020-01-02", "NaT"]),
        "datetime64[us]",
        ["2020-01-02T00:00:00", None],
        1,
    ),
    "zoned": (
        pd.to_datetime(["2020-07-01"]).tz_localize("Europe/Paris"),
        "datetime64[us, Europe/Paris]",
        ["2020-07-01T00:00:00+02:00"],
        0,
    ),
    "spans": (pd.to_timedelta(["90s", None]), "timedelta64[us]", ["P0DT0H1M30S", None], 1),
    "periods": (pd.PeriodIndex(["2020Q1", None], freq="Q"), "", ["2020Q1", None], 1),
    "intervals": (
        pd.arrays.IntervalArray.from_breaks([0, 1, 2]),
        "interval[int64, right]",
        ["(0, 1]", "(1, 2]"],
        0,
    ),
    "categories": (pd.Categorical(["a", None]), "category", ["a", None], 1),
    "nullable integers": (pd.array([1, None], dtype="Int64"), "Int64", [1, None], 0),
    "nullable truths": (pd.array([True, None], dtype="boolean"), "boolean", [True, None], 0),
    "nullable floats": (pd.array([1.5, None], dtype="Float64"), "Float64", [1.5, None], 0),
    "nullable text": (pd.array(["a", None], dtype="string"), "string", ["a", None], 0),
    "sparse": (pd.arrays.SparseArray([0.0, 1.0]), "Sparse[float64, nan]", [0.0, 1.0], 0),
    "arrow": (pd.array([1, None], dtype="int64[pyarrow]"), "int64[pyarrow]", [1, None], 0),
    "arrow lists": (
        pd.Series([[1, 2], None], dtype=pd.ArrowDtype(pa.list_(pa.int64()))),
        "list<item: int64>[pyarrow]",
        [[1, 2], None],
        0,
    ),
    "lists": ([[1, math.nan], {"k": (1,)}], "object", [[1, None], {"k": [1]}], 1),
    "bytes": ([b"\xff"], "object", ["b'\\xff'"], 0),
    "decimals": ([Decimal("1.10")], "object", ["1.10"], 0),
    "complex": ([1 + 2j], "complex128", ["(1+2j)"], 0),
    "broken": ([Broken()], "object", ["<Broken: its text raised ValueError>"], 0),
}


@pytest.mark.parametrize("kind", COLUMNS)
def test_every_type_of_column_is_strict_json(kind: str) -> None:
    """Each type has its name, JSON values, and a count of what JSON cannot say."""
    given, dtype, values, nulled = COLUMNS[kind]
    made = table(pd.DataFrame({"c": given}))
    assert [row[0] for row in made.rows] == values
    assert made.nulled == nulled
    assert dtypes(made) == [dtype or str(pd.DataFrame({"c": given})["c"].dtype)]
    orjson.dumps(made.rows)


def test_ten_thousand_columns_are_cut() -> None:
    """Of a wide frame the first columns come, and that there are more is said."""
    made = table(pd.DataFrame(np.zeros((2, 10_000))), table_columns=30)
    assert len(made.columns) == 30
    assert [len(row) for row in made.rows] == [30, 30]
    assert made.total_columns == 10_000
    assert made.truncated


def test_many_rows_are_cut() -> None:
    """Of a long frame the first rows come, and that there are more is said."""
    made = table(pd.DataFrame({"a": range(1000)}), table_rows=3)
    assert made.rows == [[0], [1], [2]]
    assert made.total_rows == 1000
    assert made.truncated


def test_the_index_counts_as_columns() -> None:
    """An index takes its place among the columns that may be shown."""
    made = table(pd.DataFrame([[1, 2]], index=["x"]), table_columns=2)
    assert names(made) == ["index", "0"]
    assert (made.total_columns, made.truncated) == (3, True)


def test_no_rows_leave_the_columns() -> None:
    """A frame without rows has its columns and their types."""
    made = table(pd.DataFrame({"a": pd.Series([], dtype="int64")}))
    assert (names(made), dtypes(made), made.rows) == (["a"], ["int64"], [])
    assert not made.truncated


def test_no_columns_leave_the_rows() -> None:
    """A frame without columns has as many empty rows as it has rows."""
    made = table(pd.DataFrame(index=range(3)))
    assert (made.columns, made.rows, made.total_rows) == ([], [[], [], []], 3)
    assert not made.truncated


def test_a_series_is_one_column() -> None:
    """A Series is a table of one column beside its index."""
    made = table(pd.Series([1, 2, 3], index=["a", "b", "c"], name="v"), table_rows=2)
    assert names(made) == ["index", "v"]
    assert made.rows == [["a", 1], ["b", 2]]
    assert (made.total_rows, made.truncated) == (3, True)


def test_a_styler_is_its_data() -> None:
    """A Styler is the frame that it styles."""
    assert table(pd.DataFrame({"a": [1]}).style).rows == [[1]]


def test_a_polars_frame_is_its_columns() -> None:
    """A polars frame has its own types' names and the same strict values."""
    frame = pl.DataFrame(
        {
            "a": [1, None, 3],
            "f": [math.nan, 1.5, None],
            "m": [datetime(2020, 1, 1), None, None],  # noqa: DTZ001
            "l": [[1], [], None],
            "s": [{"k": 1}, {"k": None}, None],
        }
    )
    made = table(frame, table_rows=2)
    assert dtypes(made)[:2] == ["Int64", "Float64"]
    assert made.rows == [
        [1, None, "2020-01-01T00:00:00", [1], {"k": 1}],
        [None, 1.5, None, [], {"k": None}],
    ]
    assert (made.total_rows, made.total_columns) == (3, 5)
    assert (made.nulled, made.truncated) == (1, True)


LONG = {
    "text": "x" * 5000,
    "text beyond ASCII": "é" * 1001,
    "bytes": b"x" * 1001,
    "bytes without letters": b"\0" * 1000,
    "list": list(range(101)),
    "nested list": [{"k": ["x" * 1001]}],
    "dict": dict.fromkeys(range(101)),
    "key": {"k" * 1001: 1},
    "integer": 10**2000,
    "decimal": Decimal("1" * 1001),
    "object": type("Long", (), {"__str__": lambda _: "x" * 1001})(),
}


@pytest.mark.parametrize("kind", LONG)
def test_a_value_that_was_cut_truncates_the_table(kind: str) -> None:
    """A preview that holds a part of a value only is not the whole table."""
    made = table(pd.DataFrame({"a": pd.Series([LONG[kind]], dtype=object)}))
    assert made.truncated
    assert (made.total_rows, made.total_columns) == (1, 1)


def test_values_at_their_limits_are_whole() -> None:
    """The longest values that fit leave the table whole."""
    fits = ["x" * 1000, b"x" * 900, list(range(100)), dict.fromkeys(range(100)), 10**900]
    assert not table(pd.DataFrame({"a": pd.Series(fits, dtype=object)})).truncated
    assert not table(pl.DataFrame({"a": ["x" * 1000]})).truncated


def test_an_empty_polars_frame_is_a_table() -> None:
    """A polars frame without columns has no rows either."""
    made = table(pl.DataFrame())
    assert (made.columns, made.rows, made.truncated) == ([], [], False)


def test_a_lazy_frame_is_a_schema() -> None:
    """A LazyFrame has its columns; its rows are not computed, and said to be left out."""
    made = table(pl.LazyFrame({"a": [1]}).with_columns(b=pl.lit("x")))
    assert names(made) == ["a", "b"]
    assert (made.rows, made.total_rows, made.truncated) == ([], None, True)


def test_a_lazy_frame_that_cannot_be_planned_is_a_table_all_the_same() -> None:
    """A query with a mistake has no columns to tell, and raises nothing."""
    made = table(pl.LazyFrame({"a": [1]}).select("missing"))
    assert (made.columns, made.truncated) == ([], True)


@pytest.mark.parametrize("make", [pa.table, pa.record_batch], ids=["table", "batch"])
def test_an_arrow_table_is_its_columns(make: Any) -> None:
    """An arrow table has arrow's names for its types."""
    made = table(make({"a": pa.array([1, None]), "b": pa.array(["x", "y"])}), table_rows=1)
    assert dtypes(made) == ["int64", "string"]
    assert made.rows == [[1, "x"]]
    assert (made.total_rows, made.truncated) == (2, True)


def test_arrow_columns_of_one_name_are_kept() -> None:
    """Two arrow columns of one name stay two."""
    made = table(pa.Table.from_arrays([pa.array([1]), pa.array(["x"])], names=["a", "a"]))
    assert made.rows == [[1, "x"]]


def test_records_are_rows() -> None:
    """A NumPy array of records has its fields as columns."""
    made = table(np.array([(1, b"x"), (2, b"y")], dtype=[("n", "i8"), ("s", "S1")]))
    assert names(made) == ["n", "s"]
    assert made.rows == [[1, "b'x'"], [2, "b'y'"]]


@pytest.mark.parametrize(
    "value",
    [np.zeros((2, 2)), np.zeros(3), [1], {"a": 1}, None, pd.DataFrame, pd.Index([1])],
    ids=["matrix", "vector", "list", "dict", "None", "class", "index"],
)
def test_what_is_no_table_is_refused(value: object) -> None:
    """Arrays, containers and classes are no tables."""
    assert not is_table(value)
    with pytest.raises(TypeError, match="is no table"):
        table(value)


def test_an_object_that_lies_about_its_class_is_no_table() -> None:
    """What only pretends to be a frame is not read as one."""

    class Pretender:
        @property
        def __class__(self) -> Any:
            return pd.DataFrame

        @__class__.setter
        def __class__(self, _: object) -> None: ...

    assert not is_table(Pretender())


elements = st.one_of(
    st.floats(), st.integers(), st.text(), st.binary(), st.none(), st.booleans(), st.datetimes()
)
frames = data_frames(
    columns=[
        column("f", dtype=float),
        column("i", dtype="int64"),
        column("b", dtype=bool),
        column("m", dtype="datetime64[ns]"),
        column("o", elements=elements, dtype=object),
    ],
    index=range_indexes(max_size=12),
)


@given(frames, st.integers(1, 15), st.integers(1, 8))
def test_any_frame_survives_json(frame: pd.DataFrame, rows: int, columns: int) -> None:
    """Any frame's table is within its bounds, strict JSON, and the same when read back."""
    made = table(frame, table_rows=rows, table_columns=columns)
    text = orjson.dumps(made.model_dump())
    assert Table.model_validate_json(text) == made
    assert Table.model_validate(orjson.loads(text), strict=True) == made
    assert len(made.rows) == min(rows, len(frame))
    assert made.total_rows == len(frame)
    assert {len(row) for row in made.rows} <= {len(made.columns)}
    assert made.truncated == (rows < len(frame) or columns < made.total_columns)


@given(series(dtype=float))
def test_numbers_are_told_exactly(values: pd.Series) -> None:
    """Every finite number comes back as it was; each other one is counted."""
    made = table(values.to_frame("v").reset_index(drop=True), table_rows=1000)
    told = [row[0] for row in made.rows]
    finite = [value if math.isfinite(value) else None for value in values]
    assert told == finite
    assert made.nulled == finite.count(None)


def test_a_cell_lists_what_it_showed_made_and_changed() -> None:
    """A result has the tables that its cell showed, made in a variable or changed in place."""
    with ExecutionService() as service:

        def tables(code: str) -> list[tuple[str | None, str]]:
            result = service.execute_code(code, cell_id="c", notebook_id="n")
            assert result.error is None
            assert Table.model_validate_json(result.tables[0].model_dump_json()) in result.tables
            return [(made.name, made.source) for made in result.tables]

        assert tables("import pandas as pd\ndf = pd.DataFrame({'a': [1, 2]})") == [
            ("df", "variable")
        ]
        assert tables("df.head()") == [(None, "display")]
        assert tables("df.loc[0, 'a'] = 5") == [("df", "variable")]
        assert tables("def f(it):\n    it['b'] = 1\nf(df)") == [("df", "variable")]
        assert tables("other = df.copy()") == [("other", "variable")]


def test_a_cell_that_changes_no_table_lists_none() -> None:
    """Looking at a variable's values is not listed."""
    with ExecutionService() as service:
        service.execute_code(
            "import pandas as pd\ndf = pd.DataFrame({'a': [1, 2]})", cell_id="a", notebook_id="n"
        )
        result = service.execute_code("df['a'].sum()", cell_id="b", notebook_id="n")
    assert result.tables == []
