from __future__ import annotations

import gc
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from nbengine.capture.views.shown import COPIED, ShownTables
from nbengine.errors import GoneTableError, UnknownTableError
from nbengine.settings import Settings
from tests.conftest import Run

BIG = COPIED // 8 + 1
"""Floats that take up more than is copied."""


def tables(**limits: int) -> ShownTables:
    return ShownTables(Settings(**limits))


def test_a_shown_table_is_kept() -> None:
    """Whether or not anybody else holds it, its handle finds it."""
    shown = tables()
    handle = shown.add(pd.DataFrame({"a": [1]}))
    gc.collect()
    assert shown.get(handle)["a"].tolist() == [1]


def test_the_oldest_go_first() -> None:
    """Beyond the number of handles, and the message says why and what to do."""
    shown = tables(table_handles=2)
    first, *rest = [shown.add(pd.DataFrame({"a": [number]})) for number in range(3)]
    assert [shown.get(handle)["a"][0] for handle in rest] == [1, 2]
    with pytest.raises(GoneTableError, match=r"2 shown tables are kept.*Show it again"):
        shown.get(first)


def test_bytes_are_bounded() -> None:
    """The oldest make room for the newest."""
    shown = tables(table_bytes=3 * 8 * BIG)
    handles = [shown.add(pd.DataFrame({"a": np.zeros(BIG)})) for _ in range(4)]
    with pytest.raises(GoneTableError):
        shown.get(handles[0])
    assert all(len(shown.get(handle)) == BIG for handle in handles[-2:])


LARGE: dict[str, Callable[[], Any]] = {
    "larger than all": lambda: pd.DataFrame({"a": np.zeros(3 * BIG)}),
    "part of a larger": lambda: pd.DataFrame({"a": np.zeros(9 * BIG)}).iloc[: 2 * BIG],
    "polars": lambda: pl.DataFrame({"a": np.zeros(2 * BIG)}),
    "part of Arrow's": lambda: pa.table({"a": np.zeros(9 * BIG)}).slice(0, 2 * BIG),
}


@pytest.mark.parametrize("name", LARGE)
def test_a_large_table_is_not_kept_alive(name: str) -> None:
    """One that would keep much memory is found while somebody holds it, and then is gone."""
    shown, table = tables(table_bytes=2 * 8 * BIG + 100_000), LARGE[name]()
    handle, seen = shown.add(table), weakref.ref(table)
    assert shown.get(handle) is table
    del table
    gc.collect()
    assert seen() is None
    with pytest.raises(GoneTableError, match="too large to be kept"):
        shown.get(handle)


PARTS: dict[str, Callable[[], Any]] = {
    "pandas": lambda: pd.DataFrame({"a": np.arange(9.0 * BIG)}).iloc[:5],
    "series": lambda: pd.Series(np.arange(9.0 * BIG)).iloc[:5],
    "polars": lambda: pl.DataFrame({"a": np.arange(9.0 * BIG)}).head(5),
    "arrow": lambda: pa.table({"a": np.arange(9.0 * BIG)}).slice(0, 5),
    "records": lambda: np.zeros(9 * BIG, [("a", float)])[:5],
}


@pytest.mark.parametrize("name", PARTS)
def test_of_a_part_the_whole_is_not_kept(name: str) -> None:
    """The first rows of a large table are kept without the others."""
    shown = tables()
    allocated = pa.total_allocated_bytes()
    part = PARTS[name]()
    handle = shown.add(part)
    held = shown.get(handle)
    assert held is not part
    assert len(held) == 5
    base: Any = held.to_numpy() if name in ("pandas", "series") else held
    while isinstance(getattr(base, "base", None), np.ndarray):
        base = base.base
    assert getattr(base, "nbytes", 0) < COPIED
    del part
    gc.collect()
    assert pa.total_allocated_bytes() - allocated < COPIED


@pytest.mark.parametrize("handle", ["shown:", "shown:x", "shown:x-1", "shown:x-y"])
def test_a_handle_of_another_process(handle: str) -> None:
    """It is gone with it, and the message says so."""
    with pytest.raises(GoneTableError, match="restarted, or its process ended"):
        tables().get(handle)


@pytest.mark.parametrize("number", ["0", "2", "-1", "x", "", "²"])
def test_a_handle_that_never_was(number: str) -> None:
    """It is unknown, not gone."""
    shown = tables()
    prefix = shown.add(pd.DataFrame({"a": [1]})).rpartition("-")[0]
    with pytest.raises(UnknownTableError, match="There is no table") as raised:
        shown.get(f"{prefix}-{number}")
    assert raised.type is UnknownTableError


def test_handles_in_a_result(run: Run) -> None:
    """A table that a variable holds has its name for a handle, any other one of its own."""
    result = run(
        "import pandas as pd\ndf = pd.DataFrame({'a': [1]})\ndisplay(df, df * 2, df.style)\nlen(df)"
    )
    handles = [table.handle for table in result.tables]
    assert handles[0] == handles[2] == handles[3] == "variable:df"
    assert handles[1] is not None
    assert handles[1].startswith("shown:")


def test_a_query_that_has_not_run_has_no_handle(run: Run) -> None:
    """There are no rows to look at."""
    result = run("import polars as pl\nlf = pl.LazyFrame({'a': [1]})\nlf")
    assert {table.handle for table in result.tables} == {None}


def test_a_deleted_variable_is_freed(run: Run) -> None:
    """Showing a table that has a name keeps nothing of it."""
    run("import pandas as pd, weakref\ndf = pd.DataFrame({'a': [1]})\nseen = weakref.ref(df)")
    run("display(df)")
    result = run("import gc\ndel df\ngc.collect()\nprint(seen())")
    assert result.stdout == "None\n"
