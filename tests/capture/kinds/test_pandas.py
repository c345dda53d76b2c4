from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path
from textwrap import dedent
from typing import Any

import numpy as np
import orjson
import pandas as pd
import pytest
from nbformat import from_dict, v4, validate

from .conftest import Show

DATA = "application/vnd.dataresource+json"


@pytest.fixture(autouse=True)
def pandas_as_in_a_notebook() -> Any:
    """What pandas sets when it is imported in a notebook."""
    with pd.option_context("display.max_columns", 20):
        yield


def every_type() -> pd.DataFrame:
    """One column of each type that Table Schema and pandas understand alike."""
    return pd.DataFrame(
        {
            "integer": [1, 2],
            "nullable": pd.array([1, None], dtype="UInt8"),
            "number": [1.5, None],
            "truth": [True, False],
            "text": ["a", "ä"],
            "objects": pd.Series(["a", None], dtype=object),
            "day": pd.to_datetime(["2020-01-01", "2021-02-03 04:05:06.789"], format="ISO8601"),
            "zoned": pd.to_datetime(["2020-01-01", "2021-02-03"]).tz_localize("Europe/Paris"),
            "duration": pd.to_timedelta(["1s", "-2 days"]),
            "group": pd.Categorical(["a", "b"], ordered=True),
            "arrow": pd.array([1, None], dtype="int64[pyarrow]"),
            "sparse": pd.arrays.SparseArray([0, 1]),
        }
    )


def test_text_and_html_are_those_of_pandas(show: Show) -> None:
    """A frame's text and HTML are what pandas itself makes, cut as its options say."""
    frame = pd.DataFrame(np.arange(5000).reshape(100, 50))
    data = show(frame).data
    assert data["text/plain"] == repr(frame)
    assert data["text/html"] == frame._repr_html_()  # type: ignore[operator]
    assert "100 rows × 50 columns" in str(data["text/html"])


@pytest.mark.parametrize(
    "option, value",
    [("display.max_rows", 4), ("display.max_columns", 3), ("display.precision", 1)],
)
def test_the_users_options_decide(show: Show, option: str, value: int) -> None:
    """Display options that the user set are those that the output was made with."""
    frame = pd.DataFrame(np.linspace(0, 1, 1000).reshape(100, 10))
    before = show(frame).data["text/html"]
    with pd.option_context(option, value):
        after = show(frame).data["text/html"]
        assert after == frame._repr_html_()  # type: ignore[operator]
    assert after != before


def test_html_can_be_switched_off(show: Show) -> None:
    """A user who wants no HTML gets none, and the text and data all the same."""
    with pd.option_context("display.notebook_repr_html", False):
        assert set(show(pd.DataFrame({"a": [1]})).data) == {"text/plain", DATA}


def test_latex_comes_when_it_is_asked_for(show: Show) -> None:
    """With pandas told to write LaTeX, a frame has it."""
    with pd.option_context("styler.render.repr", "latex"):
        assert "tabular" in str(show(pd.DataFrame({"a": [1]})).data["text/latex"])


def test_as_many_columns_as_in_jupyter(tmp_path: Path) -> None:
    """Wherever pandas was imported, a cell prints and shows twenty columns; the host all it can."""
    host = f"""
        from nbengine import ExecutionService
        service = ExecutionService(workspace_dir={str(tmp_path)!r})
        service.execute_code("1", "c1", "n")
        import pandas
        code = "import pandas as pd\\nwide = pd.DataFrame([range(40)])\\nprint(wide)\\nwide"
        for _ in range(2):
            result = service.execute_code(code, "c2", "n")
            assert "1 rows × 40 columns" in result.outputs[1].data["text/html"], result.outputs
            assert result.stdout == result.outputs[1].data["text/plain"] + "\\n"
            assert pandas.get_option("display.max_columns") == 20
            service.close()
            assert pandas.get_option("display.max_columns") == 0
        """
    subprocess.run([sys.executable, "-c", dedent(host)], check=True)


def test_the_schema_is_the_one_that_pandas_writes(show: Show) -> None:
    """Names, types, qualifiers and key are those of `to_json(orient="table")`."""
    frame = every_type()
    ours: Any = show(frame).data[DATA]
    assert ours["schema"] == json.loads(frame.to_json(orient="table"))["schema"]


def test_pandas_reads_the_data_back(show: Show) -> None:
    """The data with its schema is a frame again, with the same types."""
    frame = every_type().drop(columns=["duration", "objects", "sparse"]).set_index("integer")
    text = orjson.dumps(show(frame).data[DATA]).decode()
    back = pd.read_json(io.StringIO(text), orient="table")
    expected = frame.astype({"day": back.dtypes["day"], "zoned": back.dtypes["zoned"]})
    pd.testing.assert_frame_equal(back, expected, check_dtype=False)


def test_the_key_is_the_index(show: Show) -> None:
    """Every level of the index is part of the rows' key, named as pandas names it."""
    index = pd.MultiIndex.from_product([["a", "b"], [1, 2]], names=["letter", None])
    resource: Any = show(pd.DataFrame({"v": range(4)}, index=index)).data[DATA]
    assert resource["schema"]["primaryKey"] == ["letter", "level_1"]
    assert resource["data"][1] == {"letter": "a", "level_1": 2, "v": 1}


def test_an_index_that_repeats_is_no_key(show: Show) -> None:
    """Rows with the same label are not said to be identified by it."""
    resource: Any = show(pd.DataFrame({"v": [1, 2]}, index=["a", "a"])).data[DATA]
    assert "primaryKey" not in resource["schema"]


def test_only_the_rows_that_are_written_need_a_key(show: Show) -> None:
    """A label that comes again further down, where nobody looks, makes no difference."""
    frame = pd.DataFrame({"v": range(4)}, index=["a", "b", "c", "a"])
    resource: Any = show(frame, table_rows=3).data[DATA]
    assert resource["schema"]["primaryKey"] == ["index"]


def test_columns_of_one_name_stay_apart(show: Show) -> None:
    """Rows keyed by name lose no column when two have the same."""
    frame = pd.DataFrame([[1, 2, 3, 4]], columns=["a", "a", "a.1", "index"])
    resource: Any = show(frame).data[DATA]
    assert resource["data"] == [{"index": 0, "a": 1, "a.1": 2, "a.1.1": 3, "index.1": 4}]


def test_the_data_is_bounded(show: Show) -> None:
    """The data has no more rows and columns than the settings allow, and the metadata says so."""
    bundle = show(pd.DataFrame(np.zeros((50, 30))), table_rows=7, table_columns=5)
    resource: Any = bundle.data[DATA]
    assert len(resource["data"]) == 7
    assert len(resource["schema"]["fields"]) == 5
    assert bundle.metadata["nbengine"] == {
        "kind": "pandas",
        "total_rows": 50,
        "total_columns": 31,
        "truncated": True,
    }


def test_periods_and_intervals_are_text(show: Show) -> None:
    """In the data, and so in the schema."""
    periods, intervals = pd.period_range("2020", periods=1, freq="M"), pd.interval_range(0, 1)
    resource: Any = show(pd.DataFrame({"p": periods, "i": intervals})).data[DATA]
    assert resource["schema"]["fields"][1:] == [
        {"name": "p", "type": "string"},
        {"name": "i", "type": "string"},
    ]
    assert resource["data"] == [{"index": 0, "p": "2020-01", "i": "(0, 1]"}]


@pytest.mark.parametrize("count, is_listed", [(100, True), (101, False)])
def test_a_long_list_of_categories_stays_out_of_the_schema(
    count: int, is_listed: bool, show: Show
) -> None:
    """The schema of a column with many categories does not grow with them."""
    names = [str(n) for n in range(count)]
    resource: Any = show(pd.DataFrame({"c": pd.Categorical(["0"], categories=names)})).data[DATA]
    listed = {"constraints": {"enum": names}} if is_listed else {}
    assert resource["schema"]["fields"][1] == {
        "name": "c",
        "type": "any",
        "ordered": False,
        **listed,
    }


def test_a_series_is_text_and_a_table_of_one_column(show: Show) -> None:
    """A Series has pandas' text, no HTML, and its values beside its index as data."""
    series = pd.Series([1.5, 2.5], index=["a", "b"], name="v")
    data: Any = show(series).data
    assert data["text/plain"] == repr(series)
    assert set(data) == {"text/plain", DATA}
    assert data[DATA]["data"] == [{"index": "a", "v": 1.5}, {"index": "b", "v": 2.5}]


def test_a_series_without_a_name_has_values(show: Show) -> None:
    """A nameless Series' column is called as pandas calls it."""
    resource: Any = show(pd.Series([1])).data[DATA]
    assert resource["data"] == [{"index": 0, "values": 1}]


@pytest.mark.parametrize(
    "value",
    [
        pd.Index(["a"], name="i"),
        pd.MultiIndex.from_tuples([("a", 1)]),
        pd.DataFrame({"a": [1]}).groupby("a"),
        pd.Series([1]).rolling(1),
        pd.Timestamp("2020"),
        pd.NA,
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_is_no_table_is_plain(show: Show, value: object) -> None:
    """Indexes, groups, windows and scalars are their repr."""
    assert show(value).data == {"text/plain": repr(value)}


def test_a_subclass_of_a_frame_is_one(show: Show) -> None:
    """A subclass that does not say how it looks is shown as a frame."""

    class Measurements(pd.DataFrame):
        pass

    assert "text/html" in show(Measurements({"a": [1]})).data


def test_a_subclass_that_says_how_it_looks_is_heard(show: Show) -> None:
    """A subclass with a repr of its own is shown by that."""

    class Measurements(pd.DataFrame):
        def _repr_html_(self) -> str:
            return "<b>mine</b>"

    assert show(Measurements({"a": [1]})).data["text/html"] == "<b>mine</b>"


@pytest.mark.parametrize(
    "frame",
    [
        pd.DataFrame(),
        pd.DataFrame({"a": []}),
        pd.DataFrame(index=range(3)),
        pd.DataFrame({"a": ["\ud800", None]}, dtype=object),
        pd.DataFrame({"a": [np.inf, -np.inf, np.nan]}),
        pd.DataFrame({"a": [{"k": [np.nan]}, [1, (2,)], {1, 2}]}),
    ],
    ids=["empty", "no rows", "no columns", "surrogate", "infinities", "nested"],
)
def test_every_frame_fits_a_notebook_file(show: Show, frame: pd.DataFrame) -> None:
    """Whatever a frame holds, its output is strict JSON and valid in a notebook."""
    bundle = show(frame)
    output = {"output_type": "display_data", "data": bundle.data, "metadata": bundle.metadata}
    outputs = [from_dict(orjson.loads(orjson.dumps(output)))]
    cell = v4.new_code_cell(outputs=outputs)
    validate(v4.new_notebook(cells=[cell]))
