from __future__ import annotations

import errno
import re
from datetime import date
from pathlib import Path
from typing import Any, TextIO, get_args

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from pyarrow import feather, parquet

from nbengine.capture.views import export
from nbengine.capture.views.export import Export
from nbengine.capture.views.source import source_of
from nbengine.errors import InvalidInputError, MissingDependencyError, StorageError
from nbengine.models.tables import TableForm
from tests.capture.views.looking import written

FRAME = pd.DataFrame({"a": [2, None, 1], "b": ["x", "y", 'x,\n"']})
SORTED: dict[str, Any] = {
    "sort": [{"column": "a"}],
    "filter": [{"column": "a", "op": "not_null"}],
    "limit": 1,
    "offset": 1,
}


def read(path: Path) -> pd.DataFrame:
    """The table in a file."""
    readers = {".csv": pd.read_csv, ".parquet": pd.read_parquet, ".arrow": pd.read_feather}
    frame: pd.DataFrame = readers[path.suffix](path)  # type: ignore[operator]
    return frame


@pytest.mark.parametrize("form", get_args(TableForm))
@pytest.mark.parametrize("library", ["pandas", "polars", "arrow"])
def test_a_file(form: TableForm, library: str, tmp_path: Path) -> None:
    """It has all matching rows in their order, whatever window the query is of."""
    tables = {"pandas": FRAME, "polars": pl.from_pandas(FRAME), "arrow": pa.table(FRAME)}
    path = written(tables[library], tmp_path, form, **SORTED)
    assert re.fullmatch(rf"table-[0-9a-f]{{32}}\.{form}", path.name)
    frame = read(path)
    assert frame.to_dict("list") == {"a": [1.0, 2.0], "b": ['x,\n"', "x"]}
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_of_some_columns(tmp_path: Path) -> None:
    """Only those named are written, in that order."""
    path = written(FRAME, tmp_path, columns=["b", "a"])
    assert path.read_text().splitlines()[0] == "b,a"


def test_a_file_of_every_column(tmp_path: Path) -> None:
    """Without names all are written, more than a window has."""
    path = written(pd.DataFrame([range(500)]), tmp_path, column_limit=3)
    assert len(path.read_text().splitlines()[0].split(",")) == 500


def test_an_index_and_names_that_occur_twice(tmp_path: Path) -> None:
    """Both are written; where names have to differ they get a number."""
    frame = pd.DataFrame([[1, 2]], columns=["a", "a"], index=pd.Index(["x"], name="key"))
    assert written(frame, tmp_path).read_text().splitlines() == ["key,a,a", "x,1,2"]
    table = parquet.read_table(written(frame, tmp_path, "parquet"))
    assert table.column_names == ["key", "a", "a.1"]


def test_types_survive(tmp_path: Path) -> None:
    """Parquet and Arrow keep what the library knows of its columns."""
    frame = pl.DataFrame({"l": [[1], None], "d": [date(2020, 1, 1), None], "i": [2**60, None]})
    for form, load in (("parquet", parquet.read_table), ("arrow", feather.read_table)):
        table = load(written(frame, tmp_path, form))  # type: ignore[arg-type]
        assert table.to_pylist() == frame.to_dicts()


KINDS: dict[str, Any] = {
    "pandas": pd.DataFrame(
        {
            "whole": pd.array([1, None, 2**60, 3, 4], dtype="Int64"),
            "kind": pd.Categorical(["x", "y", "x", None, "z"]),
            "mixed": [1, "x", None, 2.5, True],
            "day": [date(2020, 1, 1), None, date(2021, 1, 1), None, None],
            "late": pd.Series([None, None, None, 1, 2.5], dtype=object),
            "nested": [[1], None, ["a"], [2.5], []],
            "zone": pd.date_range("2020", periods=5, tz="Europe/Berlin"),
            "period": pd.period_range("2020", periods=5),
            "bytes": [b"a", None, b"\xff", b"", b"x"],
        }
    ),
    "polars": pl.DataFrame(
        {
            "kind": pl.Series(["x", "y", None, "y", "x"], dtype=pl.Enum(["y", "x"])),
            "object": pl.Series([1, "a", None, 2, 3], dtype=pl.Object),
            "nested": [[1], None, [2], [], [3]],
        }
    ),
    "arrow": pa.table({"kind": pa.array(["x", "y", "z", None, "x"]).dictionary_encode()}),
    "records": np.array([(1, "a", [1, 2])] * 5, [("i", "i4"), ("s", "U3"), ("v", "i4", (2,))]),
}


@pytest.mark.parametrize("form", get_args(TableForm))
@pytest.mark.parametrize("library", KINDS)
@pytest.mark.parametrize("query", [{}, {"sort": [{"column": 0, "ascending": False}]}])
def test_a_file_is_the_same_in_one_block_or_many(
    form: TableForm,
    library: str,
    query: dict[str, Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Types and texts are those of whole columns, though few rows are looked at at a time."""
    whole = written(KINDS[library], tmp_path, form, **query)
    monkeypatch.setattr(export, "_CELLS", 1)
    monkeypatch.setattr(export, "_LEAST_ROWS", 2)
    pieces = written(KINDS[library], tmp_path, form, **query)
    load = {"csv": Path.read_text, "parquet": parquet.read_table, "arrow": feather.read_table}[form]
    assert load(pieces) == load(whole)


def test_few_rows_are_in_memory_at_a_time() -> None:
    """Of two million rows a file is made in several blocks."""
    source = source_of(pd.DataFrame({"a": range(2**21)}), "t")
    heights = [height for _, height in Export(source, [0], None).columns()]
    assert heights == [2**20, 2**20]


class Foreign:
    def __str__(self) -> str:
        raise AssertionError


def test_what_a_file_cannot_say(tmp_path: Path) -> None:
    """It is said as text, nested values as JSON, and of the user's own objects the class."""
    frame = pd.DataFrame({"m": [1, "x", None], "f": [Foreign(), [1, {"a": None}], b"\0"]})
    lines = written(frame, tmp_path).read_text().splitlines()
    assert lines == ["m,f", "1,<Foreign>", 'x,"[1,{""a"":null}]"', ",b'\\x00'"]
    table = parquet.read_table(written(frame, tmp_path, "parquet"))
    assert table.column("f").to_pylist() == ["<Foreign>", '[1,{"a":null}]', "b'\\x00'"]


def test_an_empty_table(tmp_path: Path) -> None:
    """It is a file with names and no rows."""
    assert written(FRAME.iloc[:0], tmp_path).read_text() == "a,b\n"


def test_an_unknown_form(tmp_path: Path) -> None:
    """The message says which there are."""
    with pytest.raises(InvalidInputError, match="csv, parquet, arrow, not 'xls'"):
        written(FRAME, tmp_path, "xls")  # type: ignore[arg-type]


def test_a_folder_that_cannot_be(tmp_path: Path) -> None:
    """A file in the folder's place is told, and stays."""
    place = tmp_path / "file"
    place.touch()
    with pytest.raises(StorageError, match="cannot be written"):
        written(FRAME, place)
    assert place.read_bytes() == b""


def test_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is left of a file that could not be finished."""

    def fail(_frame: Any, file: TextIO, **_: Any) -> None:
        file.write("a")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(pd.DataFrame, "to_csv", fail)
    with pytest.raises(StorageError, match="no space left"):
        written(FRAME, tmp_path)
    assert not list(tmp_path.iterdir())


def test_without_pyarrow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The message says how to get it; CSV needs none."""
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    with pytest.raises(MissingDependencyError, match=r"pip install 'nbengine\[files\]'"):
        written(pd.DataFrame({"a": [1]}), tmp_path, "parquet")
    assert written(pd.DataFrame({"a": [1]}), tmp_path).read_text() == "a\n1\n"
