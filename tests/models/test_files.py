from __future__ import annotations

import unicodedata
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from nbengine.models.files import (
    FileColumn,
    FileContext,
    FileInfo,
    FileTable,
    FolderContext,
    TextFormat,
)
from nbengine.models.short_text import ShortText, on_one_line


def context(name: str = "a.csv", **more: object) -> FileContext:
    info = FileInfo(
        name=name,
        size=10,
        modified=datetime(2024, 1, 1, tzinfo=UTC),
        media_type="text/csv",
        kind="delimited",
        etag="1",
    )
    return FileContext.model_validate({"file": info, "kind": "delimited", "format": "CSV", **more})


def test_a_context_as_text_names_what_a_reader_needs() -> None:
    """File, spelling, shape, columns with types and missing cells, and first rows."""
    table = FileTable(
        rows=1200,
        rows_exact=False,
        total_columns=2,
        columns=[
            FileColumn(name="a", type="integer", missing=3),
            FileColumn(name="b", type="text"),
        ],
        counted=100,
        head=[[1, "x"], [None, "y"]],
    )
    text = context(
        text=TextFormat(encoding="cp1252", guessed=True, delimiter=";", header=True, decimal=","),
        tables=[table],
        notes=["a note"],
    ).as_text()
    assert text.splitlines() == [
        'File "a.csv": CSV, 10 bytes',
        'Text: encoding cp1252 (a guess), delimiter ";", with header, decimal comma',
        'Note: "a note"',
        "Table: about 1,200 rows × 2 columns",
        '- "a": integer, 3 missing',
        '- "b": text',
        "(missing values counted in 100 rows)",
        'Row: [1, "x"]',
        'Row: [null, "y"]',
    ]


@given(st.text(), st.integers(20, 300))
def test_any_value_stays_on_its_line_and_within_its_length(value: str, limit: int) -> None:
    """Text, alone or in a list, becomes one printable line that is not longer than allowed."""
    for shown in (on_one_line(value, limit), on_one_line([value, 1], limit)):
        assert len(shown.splitlines()) == 1
        assert not {unicodedata.category(c) for c in shown} & {"Cc", "Cf", "Cs", "Zl", "Zp"}
        assert len(shown) <= limit + 2


@given(st.lists(st.text(max_size=50), max_size=50), st.integers(10, 500))
def test_a_text_is_never_longer_than_allowed(lines: list[str], limit: int) -> None:
    """What does not fit is left out, and the last line says so."""
    text = ShortText(limit)
    for line in lines:
        text.add(line)
    whole = text.whole()
    assert len(whole) <= limit
    assert ("cut" in whole) or whole == "\n".join(lines)


def test_a_wide_table_is_cut_and_says_so() -> None:
    """However many columns, names and rows there are, the text is bounded."""
    columns = [FileColumn(name="x" * 200, type="text") for _ in range(200)]
    wide = FileTable(rows=1, total_columns=100_000, columns=columns, head=[["y" * 1000] * 50])
    text = context(tables=[wide] * 20, total_tables=500).as_text()
    assert len(text) <= 2_000
    assert text.endswith("(cut)")


def test_all_files_share_the_room() -> None:
    """The text of a folder has a part of each file, and says what was not looked into."""
    folder = FolderContext(
        contexts=[context(f"{place}.csv", beginning="x" * 1000) for place in range(10)],
        unread=[context("late.csv").file],
        truncated=True,
    )
    text = folder.as_text(4_000)
    assert len(text) <= 4_000
    assert all(f'"{place}.csv"' in text for place in range(10))
    assert '"late.csv": 10 bytes, not looked into' in text
    assert text.endswith("more files that are not listed")
