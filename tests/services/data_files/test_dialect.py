from __future__ import annotations

import csv
import io
import string
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nbengine.models.files import Contents
from nbengine.services.data_files.dialect import Dialect, fitting
from nbengine.services.data_files.recognising import described_text, textual
from nbengine.services.data_files.text_sample import Sample

WORD = st.text(string.ascii_letters + "éüñ日本", min_size=1, max_size=10)
SENTENCE = st.lists(WORD, min_size=1, max_size=4).map(" ".join)


def read(text: str, ending: str = "csv") -> Contents:
    data = text.encode()
    return described_text(textual(Sample(data, len(data)), ending), ending)


@st.composite
def dialects(draw: st.DrawFn) -> dict[str, Any]:
    """Ways in which the csv module can write."""
    quoting = draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC]))
    doubled = draw(st.booleans())
    return {
        "delimiter": draw(st.sampled_from(",;\t|")),
        "quotechar": draw(st.sampled_from("\"'")),
        "lineterminator": draw(st.sampled_from(["\n", "\r\n", "\r"])),
        "quoting": quoting,
        "doublequote": doubled,
        "escapechar": None if doubled else "\\",
    }


@st.composite
def tables(draw: st.DrawFn, form: dict[str, Any]) -> list[list[str | float]]:
    """A header of words, then rows whose columns each have a kind of cell.

    Texts may hold the delimiter, quotes and line ends, which the writer has to quote.
    """
    delimiter, quote, end = form["delimiter"], form["quotechar"], form["lineterminator"]
    kinds = [
        st.integers(-(10**9), 10**9),
        st.floats(-1e6, 1e6, allow_nan=False).map(lambda number: round(number, 3)),
        SENTENCE,
        st.dates().map(str),
        st.one_of(SENTENCE, st.just("")),
        st.tuples(WORD, st.sampled_from([delimiter, quote, end, f"{delimiter} "]), WORD).map(
            "".join
        ),
    ]
    columns = draw(st.lists(st.sampled_from(kinds), min_size=2, max_size=6))
    names = draw(st.lists(WORD, min_size=len(columns), max_size=len(columns), unique=True))
    rows = draw(st.lists(st.tuples(*columns).map(list), min_size=4, max_size=12))
    return [names, *rows]


@given(st.data())
@settings(max_examples=100)
def test_what_the_csv_module_wrote_is_found(data: st.DataObject) -> None:
    """Delimiter, columns and rows of any table in any dialect come out as they went in."""
    form = data.draw(dialects())
    table = data.draw(tables(form))
    text = io.StringIO(newline="")
    csv.writer(text, **form).writerows(table)
    contents = read(text.getvalue())
    (found,) = contents.tables
    assert contents.text is not None
    assert contents.text.delimiter == form["delimiter"]
    assert found.total_columns == len(table[0])
    assert (found.rows or 0) + bool(contents.text.header) == len(table)


def test_single_quotes_around_delimiters() -> None:
    """Without them the rows would be even too, but for the header."""
    (found,) = read("A,AA\n" + "'A,A','A,A'\n" * 4).tables
    assert (found.total_columns, found.rows) == (2, 4)


@pytest.mark.parametrize(
    "text, delimiter",
    [
        ("1,5;2,5\n3,5;4,5\n", ";"),
        ("12:30,5\n13:30,6\n", ","),
        ("2024-01-01 12:00:00,5.1\n2024-01-02 13:00:00,5.2\n", ","),
        ("Doe, John;12\nRoe, Jane;13\n", ";"),
        ("a b\tc d\ne f\tg h\n", "\t"),
        ('"a;b","c"\n"d;e","f"\n', ","),
        ("a|b,c|d\ne|f,g|h\n", "|"),
        ("x y z\n1 2 3\n4 5 6\n", " "),
        ("name,text\nA,it's\nB,that's\n", ","),
        ('id,json\n1,"{""a"": 1, ""b"": 2}"\n2,"{""a"": 3, ""b"": 4}"\n', ","),
        ("url,n\nhttp://a.b/c?d=1;e=2,5\nhttp://a.b/c?d=1;e=3,6\n", ","),
    ],
)
def test_the_delimiter_is_the_one_that_people_see(text: str, delimiter: str) -> None:
    """Other candidates inside cells mislead nobody."""
    assert fitting(text).dialect.delimiter == delimiter


@pytest.mark.parametrize(
    "text",
    [
        "Dear reader, this is a letter.\nIt has sentences, some of them long.\nGoodbye.\n",
        "total: 5\nstatus: fine\nname: x\n",
        "one\ntwo\nthree\n",
        "2024-01-01 12:00:00 INFO server started\n2024-01-01 12:00:01 WARN a longer one, see b\n",
    ],
)
def test_prose_and_logs_are_no_tables(text: str) -> None:
    """A text of unknown name is a table only without any doubt."""
    assert textual(Sample(text.encode(), len(text)), "txt").kind == "text"


def test_a_single_column_has_rows() -> None:
    """A list of values under a name is a table of one column."""
    contents = read("value\n1\n2\n3\n")
    (table,) = contents.tables
    assert (table.rows, table.total_columns) == (3, 1)
    assert [column.type for column in table.columns] == ["integer"]


@given(st.text(max_size=300))
def test_any_text_has_a_dialect(text: str) -> None:
    """No text is too odd to be tried, and to be described."""
    fit = fitting(text)
    assert isinstance(fit.dialect, Dialect)
    found = textual(
        Sample(text.encode("utf-8", "replace"), len(text.encode("utf-8", "replace"))), "csv"
    )
    if found.text is not None:
        described_text(found, "csv")
