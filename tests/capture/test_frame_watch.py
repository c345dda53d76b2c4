from __future__ import annotations

import ast
import gc
import sys
import weakref
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from nbengine.capture.fingerprint import WHOLE_LIMIT
from nbengine.capture.frame_watch import FrameWatch
from nbengine.runtime.cell_names import mutated_names, touched_names

pytestmark = pytest.mark.filterwarnings("ignore:The inplace keyword")

SMALL, LARGE = 5, WHOLE_LIMIT // 4 + 1
UNSEEN = LARGE // 2 + 1
"""A row of a large frame that is not among those looked at."""


class Cells:
    """A namespace in which cells run, and what the watch says after each."""

    def __init__(self, setup: str = "", **namespace: Any) -> None:
        self.namespace: dict[str, Any] = {"pd": pd, "np": np, "pl": pl, **namespace}
        self.watch = FrameWatch()
        self.before: dict[str, Any] = {}
        self.run(setup)

    def run(self, code: str) -> list[str]:
        tree = ast.parse(code)
        compiled = compile(tree, "cell", "exec")
        exec(compiled, self.namespace)
        now = dict(self.namespace)
        rebound = [name for name, value in now.items() if self.before.get(name) is not value]
        self.before = now
        return self.watch.changed(
            self.namespace,
            touched=touched_names([compiled], self.namespace),
            stored=mutated_names(tree),
            rebound=rebound,
        )


def frame(rows: int = SMALL) -> pd.DataFrame:
    """A frame whose rows are not in order, with a block of two columns and one of text."""
    return pd.DataFrame(
        {
            "a": np.arange(rows)[::-1].copy(),
            "b": np.arange(rows),
            "c": np.arange(rows, dtype=float),
            "s": ["x"] * rows,
        }
    )


IN_PLACE = {
    "a new column": "df['new'] = 1",
    "another column": "df['a'] = df['a'] * 2",
    "a column of equal size": "df['a'] = np.zeros(len(df))",
    "two columns": "df[['b', 'a']] = df[['a', 'b']].to_numpy()",
    "loc": "df.loc[3, 'a'] = 100",
    "loc of text": "df.loc[3, 's'] = 'y'",
    "loc of a mask": "df.loc[df['b'] == 3, 'c'] = -1.0",
    "iloc": "df.iloc[3, 0] = 100",
    "iloc augmented": "df.iloc[0, 0] += 1",
    "at": "df.at[3, 'c'] = 100.5",
    "iat": "df.iat[3, 0] = 100",
    "a new row": "df.loc[len(df)] = [1, 2, 3.0, 'z']",
    "insert": "df.insert(0, 'new', 1)",
    "pop": "df.pop('a')",
    "del": "del df['a']",
    "drop": "df.drop(columns='a', inplace=True)",
    "drop rows": "df.drop(index=[0], inplace=True)",
    "sort": "df.sort_values('a', inplace=True)",
    "sort by index": "df.sort_index(ascending=False, inplace=True)",
    "fill": "df.mask(df == 0, 9, inplace=True)",
    "replace": "df.replace(3, 33, inplace=True)",
    "update": "df.update(pd.DataFrame({'a': [50]}))",
    "rename": "df.rename(columns={'a': 'z'}, inplace=True)",
    "names": "df.columns = ['w', 'x', 'y', 'z']",
    "index": "df.index = range(10, 10 + len(df))",
    "name of the index": "df.index.name = 'row'",
    "set index": "df.set_index('a', inplace=True)",
    "reset index": "df.reset_index(inplace=True)",
    "arithmetic": "df['c'] += 1",
    "arithmetic of all": "df *= 2",
    "type": "df['a'] = df['a'].astype('int32')",
    "evaluation": "df.eval('d = a + b', inplace=True)",
    "attribute": "df.a = 5",
}
THROUGH = {
    "a function": "def f():\n    global df\n    {code}\nf()",
    "an argument": "def f(df):\n    {code}\nf(df)",
    "an alias": "def f():\n    df = other\n    {code}\nf()",
    "a list": "def f():\n    df = held[0]\n    {code}\nf()",
    "a dict in a list": "def f():\n    df = nested[0]['k']\n    {code}\nf()",
    "an object": "def f():\n    df = thing.frame\n    {code}\nf()",
    "a closure": "kept(lambda df: exec({code!r}, {{'df': df, 'pd': pd, 'np': np}}))",
}
SETUP = """
other = df
held = [df]
nested = [{"k": df}]
class Thing: pass
thing = Thing()
thing.frame = df
def keep(frame):
    return lambda change: change(frame)
kept = keep(df)
"""


@pytest.mark.parametrize("rows", [SMALL, LARGE], ids=["small", "large"])
@pytest.mark.parametrize("change", IN_PLACE)
def test_a_change_in_place_is_seen(change: str, rows: int) -> None:
    """Every way of changing a frame under its own name lists it, whatever its size."""
    cells = Cells(df=frame(rows))
    assert cells.run("df") == []
    assert cells.run(IN_PLACE[change]) == ["df"]
    assert cells.run("df.sum()") == []


@pytest.mark.parametrize("way", THROUGH)
@pytest.mark.parametrize("change", IN_PLACE)
def test_a_change_by_another_way_is_seen(change: str, way: str) -> None:
    """A change through a function, an alias or whatever holds the frame lists all its names."""
    cells = Cells(SETUP, df=frame())
    found = cells.run(THROUGH[way].format(code=IN_PLACE[change]))
    if way == "an argument" and change == "arithmetic of all":
        found = found or ["df", "other"]  # pandas may well make a new frame of it
    assert found == ["df", "other"]


READING = [
    "df",
    "df.head()",
    "df.describe()",
    "df.groupby('s').sum()",
    "df.values; df.to_numpy()",
    "df.copy(); df[['a', 'b']]; df['a'].rename('x')",
    "df.sort_values('a'); df.drop(columns='a')",
    "df._consolidate_inplace()",
    "repr(df); df._repr_html_()",
    "df.mean(numeric_only=True); df.isna().sum(); df.quantile(numeric_only=True)",
    "df.merge(df, on='b'); pd.concat([df, df])",
    "y = df['a']; y = y + 1",
    "view = df.loc[1:2]; view = view * 2",
    "copy = 1; part = 2",
    "for name in df: df[name].max()",
]


@pytest.mark.parametrize("rows", [SMALL, LARGE], ids=["small", "large"])
@pytest.mark.parametrize("code", READING)
def test_reading_is_no_change(code: str, rows: int) -> None:
    """Code that only looks at a frame does not list it, also where pandas regroups its blocks."""
    cells = Cells("df['new'] = 1", df=frame(rows))
    assert "df" not in cells.run(code)


def test_a_change_of_a_part_that_was_taken_is_none_of_the_frame() -> None:
    """Changing a column or slice that was taken out leaves the frame as it was."""
    cells = Cells(df=frame())
    assert cells.run("part = df['a']\npart.iloc[0] = 99\ncut = df.iloc[:2]\ncut['a'] = 5") == [
        "cut"
    ]


def test_new_frames_are_listed_in_order() -> None:
    """Tables that a cell makes are listed once, with those of other libraries; series are not."""
    cells = Cells(pa=pa)
    code = """
b = pd.DataFrame({"x": [1]})
a = pl.DataFrame({"x": [1]})
c = pa.table({"x": [1]})
s = b["x"]
n = 1
"""
    assert set(cells.run(code)) == {"a", "b", "c"}
    assert cells.run("n = 2") == []


def test_a_name_that_holds_another_frame_is_listed() -> None:
    """A name bound to a new frame is listed even if it has the values of the old one."""
    cells = Cells(df=frame())
    assert cells.run("df = df.copy()") == ["df"]


def test_a_second_name_is_listed_alone() -> None:
    """A new name for a table is new; the table's old name is not changed by that."""
    cells = Cells(df=frame())
    assert cells.run("again = df") == ["again"]
    assert cells.run("again.loc[0, 'a'] = 77") == ["df", "again"]


def test_a_deleted_name_is_forgotten() -> None:
    """A table whose name is gone is not listed, and comes back as a new one."""
    cells = Cells(df=frame())
    assert cells.run("kept = [df]\ndel df") == []
    assert cells.run("df = kept[0]") == ["df"]


def test_private_names_are_not_listed() -> None:
    """Names with an underscore in front, history among them, are nobody's tables."""
    assert Cells().run("_ = _5 = _hidden = pd.DataFrame({'a': [1]})") == []


def test_a_large_frame_is_seen_to_change_where_it_is_looked_at() -> None:
    """Of a large frame the first, last and spread rows are compared, also through a list."""
    cells = Cells("held = [df]", df=frame(LARGE))
    assert cells.run("held[0].iloc[0, 0] = -5") == ["df"]
    assert cells.run("held[0].iloc[-1, 2] = -5") == ["df"]
    assert cells.run("held[0].iloc[:, 1] = 0") == ["df"]
    middle = f"{LARGE // 3}:{2 * LARGE // 3}"
    assert cells.run(f"held[0].iloc[{middle}, 1] = -5") == ["df"]
    assert cells.run("held[0].sum()") == []


def test_a_functions_own_variable_of_the_same_name_is_another() -> None:
    """A large frame is not believed to change by code that changes a local variable."""
    cells = Cells(df=frame(LARGE))
    assert cells.run("def change(df):\n    df.loc[3, 'a'] = 100\nchange(pd.DataFrame())") == []


WRITTEN = {
    "update": "df.update(pd.DataFrame({'c': [-5.0]}, index=[UNSEEN]))",
    "where": "df.where(df['b'] != UNSEEN, 5, inplace=True)",
    "clip": "df.clip(upper=UNSEEN, inplace=True)",
    "sort": "df.sort_values('b', key=lambda b: b + 2 * (b == UNSEEN), inplace=True)",
    "an alias": "other = df; other.iloc[UNSEEN, 0] = -5",
    "augmented": "df += 0",
}


@pytest.mark.parametrize("change", WRITTEN)
def test_code_that_may_change_a_large_frame_is_believed(change: str) -> None:
    """A cell written to change a large frame lists it, although the rows looked at are the same."""
    cells = Cells(df=frame(LARGE)[["a", "b", "c", "b"]].set_axis(list("abcd"), axis=1))
    cells.namespace["UNSEEN"] = UNSEEN
    cells.run("")
    assert "df" in cells.run(WRITTEN[change])
    assert "df" not in cells.run("df.sum(); df.clip(0, 1); df.sort_values('a', inplace=False)")


def test_an_unseen_row_of_a_large_frame_is_missed_without_its_name() -> None:
    """What a function does to single rows of a large frame it was handed can be missed."""
    cells = Cells("held = [df]", df=frame(LARGE), UNSEEN=UNSEEN)
    assert cells.run("held[0].iloc[UNSEEN, 0] = -5") == []


@pytest.mark.parametrize("rows", [SMALL, LARGE], ids=["small", "large"])
@pytest.mark.parametrize(
    "code",
    [
        "exec('d' + 'f.iloc[0, 0] = -5')",
        "eval('d' + 'f.isetitem(0, 5)')",
        "vars()['d' + 'f'].iloc[3, 0] = 77",
        "globals()['d' + 'f'].iloc[3, 0] = 77",
        "locals()['d' + 'f'].iloc[3, 0] = 77",
        "setattr(vars()['d' + 'f'], 'a', 5)",
        "def f():\n    globals()['d' + 'f'].iloc[3, 0] = 77\nf()",
    ],
)
def test_code_that_finds_names_at_run_time_reaches_every_frame(code: str, rows: int) -> None:
    """A cell that gets at variables through their names as text is looked at, whatever it says."""
    cells = Cells(df=frame(rows))
    assert cells.run("exec('1')") == []
    assert cells.run(code) == ["df"]
    assert cells.run("df.sum()") == []


def test_a_change_made_out_of_sight_is_listed_late() -> None:
    """A change that no cell's code explains is listed by the next cell that reaches the frame."""
    cells = Cells(df=frame())
    cells.namespace["df"].iloc[2, 0] = -5
    assert cells.run("n = 1") == []
    assert cells.run("df.sum()") == ["df"]


def test_code_that_assigns_but_is_not_reached_changes_no_small_frame() -> None:
    """A small frame is compared whole, so an assignment that did not happen is not believed."""
    cells = Cells(df=frame())
    assert cells.run("if False:\n    df['a'] = 1") == []


def test_all_names_are_looked_at_when_nobody_says_which() -> None:
    """Without a list of rebound names the watch finds new tables by itself."""
    watch = FrameWatch()
    assert watch.changed({"x": 1, "df": frame()}) == ["df"]


def test_frames_are_not_kept_alive() -> None:
    """The watch holds no table, no column and no index of one."""
    cells = Cells(df=frame())
    made = cells.namespace["df"]
    cells.before.clear()
    parts = [weakref.ref(made), *map(weakref.ref, [*made._mgr.blocks, *made._mgr.axes])]
    del made
    cells.namespace.clear()
    gc.collect()
    assert [part() for part in parts] == [None] * len(parts)


@pytest.mark.parametrize(
    "dtype, value",
    [
        ("Int64", 7),
        ("Float64", 7.5),
        ("boolean", False),
        ("category", 0),
        ("string[python]", "y"),
        ("string[pyarrow]", "y"),
        ("int64[pyarrow]", 7),
        ("object", "y"),
        ("datetime64[ns]", pd.Timestamp("2000-01-01")),
        ("datetime64[ns, UTC]", pd.Timestamp("2000-01-01", tz="UTC")),
        ("timedelta64[ns]", pd.Timedelta(5)),
        ("period[D]", pd.Period("2000-01-01", "D")),
        ("interval[int64, right]", pd.Interval(7, 9)),
        ("complex128", 7j),
        ("float16", 7),
    ],
)
def test_every_type_of_column_is_compared(dtype: str, value: object) -> None:
    """One value set in place through a list is seen in columns of every type."""
    if dtype.startswith("period"):
        values: Any = pd.period_range("2020-01-01", periods=3)
    elif dtype.startswith("interval"):
        values = pd.interval_range(0, 3)
    elif dtype.startswith("string"):
        values = pd.array(["a", "b", "c"], dtype=dtype)  # type: ignore[call-overload]
    else:
        values = pd.Series([1, 1, 0]).astype(dtype)  # type: ignore[call-overload]
    cells = Cells("held = [df]", df=pd.DataFrame({"c": values}), value=value)
    assert cells.run("held[0]") == []
    assert cells.run("held[0].iloc[1, 0] = value") == ["df"]


POLARS = {
    "a value": "df[0, 'a'] = 9",
    "a new column": "df.insert_column(0, pl.Series('z', [1, 2, 3]))",
    "another column": "df.replace_column(0, pl.Series('a', [7, 8, 9]))",
    "a column less": "df.drop_in_place('a')",
    "more rows": "df.extend(df.clone())",
    "names": "df.columns = ['x', 'y', 'z']",
}


@pytest.mark.parametrize(
    "way", ["{code}", "def f(df):\n    {code}\nf(held[0])"], ids=["own", "list"]
)
@pytest.mark.parametrize("change", POLARS)
def test_a_polars_frame_changed_in_place_is_seen(change: str, way: str) -> None:
    """Every way of changing a polars frame in place lists it."""
    made = pl.DataFrame({"a": [1, 2, 3], "b": ["x", "y", "z"], "l": [[1], [2], []]})
    cells = Cells("held = [df]", df=made)
    assert cells.run("df.head(); df.sort('a')") == []
    assert cells.run(way.format(code=POLARS[change])) == ["df"]


def test_the_library_is_not_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without any table library imported there are no tables."""
    namespace = {"df": frame()}
    with monkeypatch.context() as without:
        for library in ("pandas", "polars", "pyarrow"):
            without.delitem(sys.modules, library)
        assert FrameWatch().changed(namespace) == []
    assert FrameWatch().changed(namespace) == ["df"]
