from __future__ import annotations

from datetime import date, time, timedelta
from decimal import Decimal
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from nbengine.errors import InvalidInputError
from tests.capture.views.looking import kept, rows

DAYS = pd.to_datetime(pd.Series(["2020-01-01", None, "2020-01-03"]))


@pytest.mark.parametrize(
    "values, op, value, due",
    [
        ([1, 2, None], "!=", 1, [1]),
        ([1, 2, None], "is_null", None, [2]),
        ([1, 2, None], "not_null", None, [0, 1]),
        ([1, 2, 3], "between", [2, 3], [1, 2]),
        ([1, 2, 3], "in", [], []),
        ([1, 2, 3], "==", "2", [1]),
        ([1, 2, 3], "<", 10**400, [0, 1, 2]),
        ([1, 2, 3], ">", -(10**30), [0, 1, 2]),
        ([1, 2, 3], "==", 10**30, []),
        ([2**53, 2**53 + 1], "==", 2**53 + 1, [1]),
        ([2**53, 2**53 + 1], "==", str(2**53 + 1), [1]),
        ([0.5, float("nan"), float("inf")], ">=", 0.5, [0, 2]),
        ([0.5, 1e300], "<", 10**305, [0, 1]),
        (["Ab", "b", None], "contains", "B", [0, 1]),
        (["a.b", "ab"], "contains", ".", [0]),
        (["Ab", "ab"], "starts_with", "a", [1]),
        (["b", "a", None], "<=", "a", [1]),
        ([True, False, None], "==", True, [0]),
        (DAYS, ">", "2020-01-01", [2]),
        (DAYS, "between", ["2020-01-01T00:00:00", "2020-01-02"], [0]),
        (DAYS, "in", ["2020-01-03"], [2]),
        (DAYS.dt.tz_localize("Asia/Tokyo"), "==", "2020-01-01", [0]),
        (DAYS.dt.tz_localize("Asia/Tokyo"), "==", "2019-12-31T15:00:00Z", [0]),
        ([date(2020, 1, 1), None, date(2020, 1, 3)], ">", "2020-01-02", [2]),
        (pl.Series([date(2020, 1, 1), None]), "==", "2020-01-01", [0]),
        ([timedelta(hours=1), timedelta(days=1)], ">", "PT2H", [1]),
        ([time(1), time(2), None], "<", "01:30", [0]),
        (pd.period_range("2020-01", periods=3, freq="M").to_series(), ">", "2020-01", [1, 2]),
        (pd.period_range("2020-01", periods=3, freq="M").to_series(), "in", ["2020-02"], [1]),
        ([Decimal("0.1"), Decimal("0.3"), None], "==", 0.1, [0]),
        ([Decimal("0.1"), Decimal("0.3")], ">", "0.2", [1]),
        (pd.Series(["x", None, "y"], dtype="category"), "in", ["y"], [2]),
        (pd.Series([2, None, 1], dtype="category"), "<", 2, [2]),
        (pd.Series([None], dtype=pd.CategoricalDtype(["x"])), "==", "x", []),
        (pd.Series([1, "1", True, 1.0, None], dtype=object), "==", 1, [0, 3]),
        (pd.Series([1, "1", True, None], dtype=object), "!=", 1, [1, 2]),
        (pd.Series(["ab", 1, None], dtype=object), "contains", "B", [0]),
        (pd.Series(["ab", 1, None], dtype=object), "starts_with", "a", [0]),
        (pd.Series(["ab", 1, None], dtype=object), "in", [1, "ab"], [0, 1]),
        (pd.Series(pd.arrays.SparseArray([0, 1, 0])), "==", 1, [1]),
        (pd.Series([1, None], dtype=pd.ArrowDtype(pa.int64())), "==", 1, [0]),
        (pl.Series([[1], None]), "is_null", None, [1]),
    ],
)
def test_a_condition(values: Any, op: str, value: Any, due: list[int]) -> None:
    """The rows that fulfil it, read by the column's type; a missing value fulfils nothing."""
    assert kept(_series(values), op, value) == due


@pytest.mark.parametrize(
    "values, op, value, told",
    [
        ([1], "==", "x", "holds int64, to be compared with a number, not 'x'"),
        ([1], "==", True, "with a number, not True"),
        ([1], "==", None, "with a number, not None"),
        ([1], "==", "nan", "with a number"),
        ([1], "contains", "1", "is no text: it holds int64, and 'contains' is for text"),
        (["a"], "contains", 1, "'contains' takes a text"),
        (["a"], "==", 1, "with a text, not 1"),
        (["a"], "in", "a", "'in' takes a list of at most 1,000 values"),
        ([1], "in", [1] * 1_001, "'in' takes a list"),
        ([1], "between", [1], "'between' takes a list of two"),
        ([True], "==", 1, "with true or false, not 1"),
        (DAYS, "==", "yesterday", "a date or time as ISO 8601 text"),
        (DAYS, "==", "2020-13-01", "a date or time as ISO 8601 text"),
        (DAYS, "==", 5, "a date or time as ISO 8601 text"),
        (DAYS, "==", "2020-01-01T00:00:00Z", "has times without a zone"),
        ([timedelta(1)], ">", "1 day", "a duration as ISO 8601 text"),
        ([[1]], "==", [1], "a text, a number or a boolean"),
        ([1j], "==", 1, "cannot be compared: it holds complex128"),
        (pd.Series([1, "a"], dtype=object), "<", 1, "no order to compare by: it holds int and str"),
        (pl.Series([[1]]), "==", 1, r"cannot be compared: it holds List\(Int64\)"),
        (pd.interval_range(0, 1).to_series(), "==", "x", "cannot be compared: it holds interval"),
    ],
)
def test_a_condition_that_makes_no_sense(values: Any, op: str, value: Any, told: str) -> None:
    """It is refused in one sentence with the column, what it holds and what it takes."""
    with pytest.raises(InvalidInputError, match=told):
        kept(_series(values), op, value)


def _series(values: Any) -> Any:
    if isinstance(values, list):
        return pd.Series(values)
    return values.reset_index(drop=True) if isinstance(values, pd.Series) else values


def test_a_list_equals_no_scalar() -> None:
    """Values that JSON's scalars cannot equal do not."""
    assert kept(pd.Series([[1], {"a": 1}]), "==", 1) == []


def test_an_order_of_categories() -> None:
    """Ordered categories compare by their own order; what is none of them has no place in it."""
    sizes = pd.CategoricalDtype(["small", "large"], ordered=True)
    series = pd.Series(["large", "small", None], dtype=sizes)
    assert kept(series, "<", "large") == [1]
    assert kept(series, "between", ["small", "small"]) == [1]
    assert kept(series, "==", "huge") == []
    with pytest.raises(InvalidInputError, match="order of its own, in which 'huge' has no place"):
        kept(series, "<", "huge")


def test_an_enum_of_polars() -> None:
    """Its categories have an order, too."""
    series = pl.Series(["large", "small", None], dtype=pl.Enum(["small", "large"]))
    assert kept(series, "<", "large") == [1]


def test_all_conditions_hold() -> None:
    """Several conditions, and a search, all have to."""
    frame = pd.DataFrame({"a": [1, 2, 3], "b": ["x", "xy", "y"]})
    conditions = [
        {"column": "a", "op": ">", "value": 1},
        {"column": "b", "op": "contains", "value": "x"},
    ]
    assert rows(frame, filter=conditions) == [1]
    assert rows(frame, filter=conditions, search="y") == [1]
    assert rows(frame, filter=conditions, search="z") == []


def test_nothing_is_evaluated() -> None:
    """Text of a condition is a value, whatever it looks like."""
    frame = pd.DataFrame({"a": ["@x", "a or True", "__import__('os')"]})
    assert kept(frame, "==", "a or True", "a") == [1]
    assert kept(frame, "contains", "(", "a") == [2]
