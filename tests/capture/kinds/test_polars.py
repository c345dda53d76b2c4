from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from .conftest import Show

DATA = "application/vnd.dataresource+json"


def test_a_frame_is_what_polars_writes_and_its_data(show: Show) -> None:
    """A frame has polars' own text and HTML, and rows for a table viewer."""
    frame = pl.DataFrame({"a": [1, 2], "b": ["x", None]})
    data: Any = show(frame).data
    assert data["text/plain"] == repr(frame)
    assert data["text/html"] == frame._repr_html_()
    assert data[DATA]["data"] == [{"a": 1, "b": "x"}, {"a": 2, "b": None}]


def test_the_schema_names_every_type(show: Show) -> None:
    """Each polars type has its name in Table Schema; there is no key, as there is no index."""
    frame = pl.DataFrame(
        {
            "i": [1],
            "f": [1.5],
            "b": [True],
            "s": ["x"],
            "day": [date(2020, 1, 1)],
            "moment": [datetime(2020, 1, 1)],  # noqa: DTZ001
            "time": [time(1)],
            "span": [timedelta(1)],
            "decimal": [Decimal("1.5")],
            "list": [[1]],
            "struct": [{"k": 1}],
            "group": pl.Series(["x"], dtype=pl.Categorical),
            "object": pl.Series([object()], dtype=pl.Object),
            "null": [None],
        }
    )
    schema: Any = show(frame).data[DATA]
    schema = schema["schema"]
    assert "primaryKey" not in schema
    assert {field["name"]: field["type"] for field in schema["fields"]} == {
        "i": "integer",
        "f": "number",
        "b": "boolean",
        "s": "string",
        "day": "date",
        "moment": "datetime",
        "time": "time",
        "span": "duration",
        "decimal": "string",
        "list": "array",
        "struct": "object",
        "group": "string",
        "object": "any",
        "null": "any",
    }


def test_the_users_configuration_decides(show: Show) -> None:
    """`pl.Config` cuts the HTML as the user said; the data has its own bound."""
    frame = pl.DataFrame({"a": range(50)})
    with pl.Config(tbl_rows=4):
        data: Any = show(frame, table_rows=10).data
        assert data["text/html"] == frame._repr_html_()
    assert len(data[DATA]["data"]) == 10


def test_a_series_is_a_table_of_one_column(show: Show) -> None:
    """A Series has polars' own text and HTML, and its values as data."""
    series = pl.Series("a", [1, None])
    data: Any = show(series).data
    assert data["text/plain"] == repr(series)
    assert data["text/html"] == series._repr_html_()
    assert data[DATA]["data"] == [{"a": 1}, {"a": None}]


def test_a_lazy_frame_is_its_plan(show: Show) -> None:
    """A LazyFrame shows its plan and columns; its query is not run."""

    def fail(_frame: pl.DataFrame) -> pl.DataFrame:
        raise AssertionError("the query was run")

    lazy = pl.DataFrame({"a": [1]}).lazy().map_batches(fail, schema={"b": pl.Int64()})
    data: Any = show(lazy).data
    assert data["text/html"]
    assert data[DATA]["data"] == []
    assert data[DATA]["schema"]["fields"] == [{"name": "b", "type": "integer"}]


def test_a_series_without_html_is_its_text_and_data(
    show: Show, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Libraries that show tables themselves take the method away from Series."""
    monkeypatch.delattr(pl.Series, "_repr_html_")
    assert show(pl.Series("a", [1])).data.keys() == {"text/plain", DATA}
