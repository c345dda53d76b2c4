from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

from nbengine.runtime.assistance.columns import column, columns, keys, subscripted_table
from nbengine.runtime.assistance.live import found


def overridden() -> pd.DataFrame:
    """A table of a user's own class, which has another idea of its columns."""

    def refuse(*_: object) -> Any:
        raise AssertionError

    own = {"columns": property(refuse), "__getattr__": refuse, "__getattribute__": refuse}
    table: pd.DataFrame = object.__new__(type("Override", (pd.DataFrame,), own))
    object.__setattr__(table, "_mgr", pd.DataFrame({"a": [1], "b c": [2]})._mgr)
    return table


LEVELS = pd.MultiIndex.from_tuples([("x", 1), ("y", 2)])


@pytest.mark.parametrize(
    "table, expected",
    [
        (pd.DataFrame({"a": [1], "b c": [2]}), ["a", "b c"]),
        (pd.DataFrame({"a": [1], 5: [2]}), ["a"]),
        (pd.DataFrame([[1, 2]], columns=LEVELS), ["x", "y"]),
        (pl.DataFrame({"a": [1], "b c": [2]}), ["a", "b c"]),
        (np.zeros(1, dtype=[("f", int), ("g", float)]), ["f", "g"]),
        (overridden(), ["a", "b c"]),
        (np.zeros(1), []),
        (5, []),
        (pd.DataFrame, []),
    ],
    ids=["pandas", "mixed", "levels", "polars", "numpy", "subclass", "plain", "number", "class"],
)
def test_columns_are_the_live_ones(table: Any, expected: list[str]) -> None:
    """The names that are text; a table's own class is not asked."""
    assert columns(found(table)) == expected


def test_a_forged_table_is_not_asked() -> None:
    """What a user put in the place of the library's structures is no structure of its."""

    class Forged:
        __module__ = "pandas.core.internals.managers"

        @property
        def axes(self) -> Any:
            raise AssertionError

    table = pd.DataFrame()
    object.__setattr__(table, "_mgr", Forged())
    assert columns(found(table)) == []


def test_keys_of_a_dictionary_are_text_and_numbers() -> None:
    """Other keys cannot be typed."""
    assert keys(found({"a": 1, 2: 3, (4,): 5, None: 6})) == ["a", 2]


def test_a_column_is_a_series() -> None:
    """Of the library that the table is of."""
    for library in (pd, pl):
        series = column(found(library.DataFrame({"a": [1]})))
        assert series is not None
        assert series.cls is library.Series
    assert column(found({"a": 1})) is None


def test_rows_and_columns_are_selected_from_the_table() -> None:
    """`df.loc[…]` takes its columns from `df`."""
    table = found(pd.DataFrame({"a": [1]}))
    assert subscripted_table(table, "loc") is table
    assert subscripted_table(table, "iloc") is None
