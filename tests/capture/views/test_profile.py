from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from nbengine.capture.views.profile import BINS, SAMPLE, TOP
from tests.capture.views.looking import column_profile, profiled


def test_a_column_of_numbers() -> None:
    """Counts, ends, mean, quartiles and frequencies are exact."""
    column = column_profile(pd.Series([4.0, 1.0, 1.0, 2.0, None]))
    assert (column.count, column.missing, column.distinct) == (4, 1, 3)
    assert (column.minimum, column.maximum, column.mean) == (1.0, 4.0, 2.0)
    assert column.quantiles == {"0.25": 1.0, "0.5": 1.5, "0.75": 2.5}
    assert [(top.value, top.count) for top in column.top[:1]] == [(1.0, 2)]
    assert not column.distinct_is_estimate


@pytest.mark.parametrize("dtype", ["int8", "uint64", "Int64", "float32", "float64"])
def test_a_histogram(dtype: Any) -> None:
    """Every value is in the bin whose edges it lies between, the last with its upper edge."""
    values = pd.Series(np.random.default_rng(1).integers(0, 100, 500)).astype(dtype)
    histogram = column_profile(values).histogram
    assert histogram is not None
    edges = [edge for edge in histogram.edges if isinstance(edge, int | float)]
    counts, _ = np.histogram(values.astype("float64"), edges)
    assert histogram.counts == counts.tolist()
    assert (len(edges), sum(histogram.counts)) == (BINS + 1, 500)


def test_a_histogram_of_few_integers() -> None:
    """There are no bins between integers."""
    histogram = column_profile(pd.Series([1, 2, 2, 4])).histogram
    assert histogram is not None
    assert (histogram.edges, histogram.counts) == ([1.0, 2.0, 3.0, 4], [1, 2, 1])


def test_one_value() -> None:
    """A column of one value has one bin."""
    histogram = column_profile(pd.Series([5, 5])).histogram
    assert histogram is not None
    assert (histogram.edges, histogram.counts) == ([5, 5], [2])


@pytest.mark.parametrize(
    "values", [[float("inf"), 1.0, float("-inf"), 3.0], [1e308, -1e308], [2**63 - 1, -(2**63)]]
)
def test_extremes(values: list[Any]) -> None:
    """Infinities are left out of ends and means, and what floats cannot hold is left out."""
    column = column_profile(pd.Series(values))
    finite = [value for value in values if abs(value) != float("inf")]
    assert column.count == len(values)
    assert float(str(column.minimum)) == float(min(finite))
    assert float(str(column.maximum)) == float(max(finite))
    json.dumps(column.model_dump(mode="json"), allow_nan=False)


def test_nothing_but_infinities() -> None:
    """There is nothing to measure, and the values are counted."""
    column = column_profile(pd.Series([float("inf")] * 2))
    assert (column.count, column.minimum, column.histogram, column.distinct) == (2, None, None, 1)


@pytest.mark.parametrize("days", ["python", "polars", "arrow"])
def test_days(days: str) -> None:
    """Days are told as days."""
    values: list[date | None] = [date(2020, 1, 1), date(2020, 1, 3), None]
    tables = {
        "python": pd.Series(values),
        "polars": pl.Series(values),
        "arrow": pa.table({"a": values}),
    }
    column = column_profile(tables[days])
    assert (column.minimum, column.maximum) == ("2020-01-01", "2020-01-03")
    assert column.mean == "2020-01-02"
    assert {top.value for top in column.top} == {"2020-01-01", "2020-01-03"}


def test_moments_and_durations() -> None:
    """They have ends, means and edges in their own form."""
    moments = pd.to_datetime(pd.Series(["2020-01-01", "2020-01-02", None]), utc=True)
    column = column_profile(moments)
    assert (column.minimum, column.mean) == (
        "2020-01-01T00:00:00+00:00",
        "2020-01-01T12:00:00+00:00",
    )
    assert column.histogram is not None
    assert column.histogram.edges[-1] == "2020-01-02T00:00:00+00:00"
    durations = column_profile(pd.Series(pd.to_timedelta(["1h", "3h"])))
    assert durations.mean == "P0DT2H0M0S"


@pytest.mark.parametrize(
    "values, distinct, top",
    [
        (["b", "a", "b", None], 2, [("b", 2), ("a", 1)]),
        ([True, None, True], 1, [(True, 2)]),
        (pd.Series(["x", "x"], dtype=pd.CategoricalDtype(["x", "y"])), 1, [("x", 2)]),
        ([Decimal("1.50"), Decimal("1.50")], 1, [("1.50", 2)]),
        ([[1], [1]], None, []),
        ([{"a": 1}, 2], None, []),
        ([(1, 2)], None, []),
        ([None, None], 0, []),
        ([], 0, []),
    ],
)
def test_frequencies(values: Any, distinct: int | None, top: list[tuple[Any, int]]) -> None:
    """The most frequent values come first; what cannot be told apart safely is not counted."""
    series = pd.Series(values, dtype=object if isinstance(values, list) else None)
    column = column_profile(series)
    assert column.distinct == distinct
    assert [(each.value, each.count) for each in column.top] == top


def test_many_frequencies() -> None:
    """Only the most frequent are listed, all are counted."""
    column = column_profile(pd.Series(range(100)))
    assert (len(column.top), column.distinct) == (TOP, 100)


class Foreign:
    def __hash__(self) -> int:
        raise AssertionError


def test_objects_of_the_users() -> None:
    """Their code is not asked whether two are the same."""
    assert column_profile(pd.Series([Foreign(), Foreign()])).distinct is None


def test_a_large_table() -> None:
    """What is cheap is exact, the rest is told of a sample, and the profile says so."""
    height = 2 * SAMPLE
    frame = pd.DataFrame(
        {
            "unique": np.arange(height),
            "few": np.arange(height) % 7,
            "gaps": np.where(np.arange(height) % 2, np.nan, 1.0),
        }
    )
    profile = profiled(frame)
    unique, few, gaps = profile.columns
    assert (profile.sampled_rows, profile.total_rows) == (SAMPLE, height)
    assert (unique.minimum, unique.maximum, unique.mean) == (0, height - 1, (height - 1) / 2)
    assert (unique.distinct, few.distinct, unique.distinct_is_estimate) == (height, 7, True)
    assert (gaps.count, gaps.missing) == (height // 2, height // 2)
    assert unique.histogram is not None
    assert sum(unique.histogram.counts) == SAMPLE
    assert profiled(frame) == profile


def test_the_columns_of_a_wide_table() -> None:
    """A profile has the first columns; it says how many there are."""
    profile = profiled(pd.DataFrame(np.zeros((2, 1_000))))
    assert (len(profile.columns), profile.total_columns) == (50, 1_000)
