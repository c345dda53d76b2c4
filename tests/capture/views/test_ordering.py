from __future__ import annotations

from datetime import date, time
from decimal import Decimal
from typing import Any

import pandas as pd
import polars as pl
import pytest

from nbengine.errors import InvalidInputError
from tests.capture.views.looking import ordered

RAISING: dict[str, Any] = {
    "extremes": [1, -(2**63), 2**63 - 1],
    "unsigned": pd.Series([1, 0, 2**64 - 1], dtype="uint64"),
    "infinite": [0.0, float("-inf"), float("inf")],
    "missing": [1.0, 0.0, float("nan")],
    "nullable": pd.Series([1, 0, None], dtype="Int8"),
    "missing truth": pd.Series([True, False, None], dtype="boolean"),
    "text": ["b", "B", "ä"],
    "decimals and numbers": pd.Series([Decimal("1.5"), 1, 2.5], dtype=object),
    "bytes": [b"b", b"a", None],
    "days": [date(2020, 1, 2), date(2020, 1, 1), None],
    "clock": [time(2), time(1), None],
    "zone": pd.to_datetime(pd.Series(["2020-01-02", "2020-01-01", None]), utc=True),
    "periods": pd.Series(pd.PeriodIndex(["2020-02", "2020-01", "NaT"], freq="M")),
    "intervals": pd.Series(pd.IntervalIndex.from_tuples([(0, 2), (0, 1), (1, 2)])),
    "categories": pd.Series(["a", "b", None], dtype=pd.CategoricalDtype(["b", "a"])),
    "enum": pl.Series(["a", "b", None], dtype=pl.Enum(["b", "a"])),
    "durations": pl.Series([2, 1, None]).cast(pl.Duration),
    "narrow": [70_000, 4_500, 70_001],
}
"""Of each the second value is the least, the third the greatest or missing."""


@pytest.mark.parametrize("name", RAISING)
def test_an_order(name: str) -> None:
    """Values are sorted as their type has it, and missing ones are last both ways."""
    values = RAISING[name]
    series = pd.Series(values) if isinstance(values, list) else values
    is_missing = pd.isna(series.to_list()[2])
    assert ordered(series) == [1, 0, 2]
    assert ordered(series, ascending=False) == ([0, 1, 2] if is_missing else [2, 0, 1])


def test_ties_keep_their_order() -> None:
    """Equal values stay as they are, both ways."""
    frame = pd.DataFrame({"a": [1, 0] * 100})
    evens, odds = list(range(0, 200, 2)), list(range(1, 200, 2))
    assert ordered(frame) == (odds + evens)[:100]
    assert ordered(frame, ascending=False) == (evens + odds)[:100]


class Foreign:
    def __lt__(self, other: object) -> bool:
        raise AssertionError


@pytest.mark.parametrize(
    "values, told",
    [
        ([1j], "complex128"),
        ([[1]], "list"),
        ([{"a": 1}], "dict"),
        ([1, "a"], "int and str"),
        ([Foreign()], "Foreign"),
        ([1, date(2020, 1, 1)], "date and int"),
    ],
)
def test_what_has_no_order(values: list[Any], told: str) -> None:
    """Is refused in one sentence that says what the column holds."""
    with pytest.raises(InvalidInputError, match=f"'values' has no order .* it holds {told}"):
        ordered(pd.Series(values))
