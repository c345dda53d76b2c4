from __future__ import annotations

import csv
import gzip
import io
import json
import pickle
import sqlite3
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import openpyxl
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet
import pytest
from PIL import Image

from nbengine.models.files import FileContext, FileTable
from nbengine.services.data_manager import DataManager
from nbengine.settings import load_settings

Look = Callable[[str], FileContext]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("data")


@pytest.fixture(scope="module")
def files(folder: Path) -> Iterator[DataManager]:
    """One for all tests of this file, so that the process that reads starts once."""
    with DataManager(folder, settings=load_settings({})) as manager:
        yield manager


@pytest.fixture
def look(files: DataManager) -> Look:
    def look(name: str) -> FileContext:
        context = files.context(name)
        assert FileContext.model_validate_json(context.model_dump_json()) == context
        assert len(context.as_text()) <= 2_000
        return context

    return look


@pytest.fixture
def frame() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "species": ["Adelie", None, "Gentoo"] * 20,
            "mass": [3700.5, 4200.25, None] * 20,
            "count": range(60),
            "seen": pd.date_range("2024-01-01", periods=60),
            "male": [True, False, True] * 20,
        }
    )


def only(context: FileContext) -> FileTable:
    assert context.problem is None
    (table,) = context.tables
    return table


def columns(table: FileTable) -> dict[str, tuple[str, int | None]]:
    return {column.name: (column.type, column.missing) for column in table.columns}


TEXT_COLUMNS = {
    "species": ("text", 20),
    "mass": ("number", 20),
    "count": ("integer", 0),
    "seen": ("date", 0),
    "male": ("boolean", 0),
}
FIRST = ["Adelie", 3700.5, 0, "2024-01-01", "True"]


@pytest.mark.parametrize(
    "name, options, delimiter",
    [
        ("plain.csv", {}, ","),
        ("semicolon.csv", {"sep": ";", "decimal": ","}, ";"),
        ("tabs.tsv", {"sep": "\t"}, "\t"),
        ("bars.txt", {"sep": "|"}, "|"),
        ("quoted.csv", {"quoting": csv.QUOTE_ALL}, ","),
        ("nonnumeric.csv", {"quoting": csv.QUOTE_NONNUMERIC, "sep": ";"}, ";"),
        ("crlf.csv", {"lineterminator": "\r\n"}, ","),
        ("old_mac.csv", {"lineterminator": "\r"}, ","),
        ("bom.csv", {"encoding": "utf-8-sig"}, ","),
        ("wide.csv", {"encoding": "utf-16"}, ","),
        ("wide_be.csv", {"encoding": "utf-16-be", "sep": ";"}, ";"),
        ("packed.csv.gz", {"compression": "gzip"}, ","),
        ("na.csv", {"na_rep": "NA"}, ","),
    ],
)
def test_delimited_text_of_pandas(
    look: Look,
    folder: Path,
    frame: pd.DataFrame,
    name: str,
    options: dict[str, Any],
    delimiter: str,
) -> None:
    """Delimiter, header, columns, types, missing cells and rows come out as they went in."""
    frame.to_csv(folder / name, index=False, **options)
    context = look(name)
    table = only(context)
    assert context.text is not None
    assert (context.text.delimiter, context.text.header) == (delimiter, True)
    assert columns(table) == TEXT_COLUMNS
    assert (table.rows, table.rows_exact, table.total_columns) == (60, True, 5)
    assert table.head[0] == FIRST
    assert table.head[1] == [None, 4200.25, 1, "2024-01-02", "False"]
    assert context.text.decimal == options.get("decimal", ".")


def test_delimited_text_of_polars(look: Look, folder: Path) -> None:
    """Polars writes booleans and times its own way."""
    frame = pl.DataFrame({"ok": [True, None], "at": ["2024-01-01 12:00:00", "2024-01-02 13:30:00"]})
    frame.write_csv(folder / "polars.csv")
    assert columns(only(look("polars.csv"))) == {"ok": ("boolean", 1), "at": ("datetime", 0)}


ENCODED = {
    "cp1252": "Straße;Größe\nKöln;1,5\nMálaga;2,5\n€ “x”;3,5\n",
    "cp1250": "jméno;město\nŽofie;Plzeň\nŘehoř;Děčín\nŁukasz;Łódź\n",
    "cp932": "名前;都市\n太郎;東京\n花子;大阪\n",
    "cp1251": "имя;город\nИван;Москва\nОльга;Казань\n",
    "gb18030": "姓名;城市\n张伟;北京\n王芳;上海\n",
    "utf-32": "a;ä\n1;ö\n2;ü\n",
}


@pytest.mark.parametrize("encoding", ENCODED)
def test_odd_encodings_are_found(look: Look, folder: Path, encoding: str) -> None:
    """The encoding that is told decodes the file to what was written; a guess is said to be one."""
    text = ENCODED[encoding]
    name = f"{encoding}.csv"
    (folder / name).write_bytes(text.encode(encoding))
    context = look(name)
    assert context.text is not None
    assert (folder / name).read_text(context.text.encoding) == text
    assert context.text.guessed == (encoding != "utf-32")
    assert list(columns(only(context))) == text.splitlines()[0].split(";")


def test_latin_1_with_codes_that_windows_has_not(look: Look, folder: Path) -> None:
    """Bytes that cp1252 does not know are still text."""
    (folder / "latin.csv").write_bytes(
        "a,b\ncaf\xe9,\x8d\n\xfcber,stra\xdfe\nfa\xe7ade,na\xefve\n\xf1,\xe4\n".encode("latin-1")
    )
    context = look("latin.csv")
    assert context.text is not None
    assert context.text.encoding == "latin-1"


def test_numbers_are_found_however_they_are_written(look: Look, folder: Path) -> None:
    """Thousands and decimals of several countries; digits with leading zeros stay text."""
    for name, text, style in (
        ("german.csv", "a;b\n1.234,50;00123\n12,75;04103\n", (",", ".")),
        ("english.csv", 'a;b\n"1,234.50";00123\n12.75;04103\n', (".", ",")),
        ("swiss.csv", "a;b\n1'234.50;00123\n12.75;04103\n", (".", "'")),
        ("french.csv", "a;b\n1 234,50;00123\n12,75;04103\n", (",", " ")),
    ):
        (folder / name).write_text(text)
        context = look(name)
        assert context.text is not None
        assert (context.text.decimal, context.text.thousands) == style
        assert [row[0] for row in only(context).head] == [1234.5, 12.75]
        assert only(context).columns[1].type == "text (digits with leading zeros)"


@pytest.mark.parametrize(
    "text, names",
    [
        ("1,2\n3,4\n5,6\n", None),
        ("a,b\nc,d\ne,f\n", ["a", "b"]),
        ("Adelie,3700\nGentoo,5000\nAdelie,3800\n", None),
        ("year,2019,2020\nx,1.5,2.5\ny,3.5,4.5\n", ["year", "2019", "2020"]),
        ("a,b\n", ["a", "b"]),
        (",x\n0,1\n1,2\n", ["", "x"]),
    ],
)
def test_a_header_is_told_from_data(
    look: Look, folder: Path, text: str, names: list[str] | None
) -> None:
    """Names differ from what is below them; a table without them gets numbers."""
    (folder / "header.csv").write_text(text)
    context = look("header.csv")
    assert context.text is not None
    assert context.text.header == (names is not None)
    width = text.partition("\n")[0].count(",") + 1
    assert list(columns(only(context))) == (
        names or [f"column {place + 1}" for place in range(width)]
    )


def test_what_is_above_and_beside_a_table_is_said(look: Look, folder: Path) -> None:
    """Titles and comments are passed over; ragged rows, doubled names and line ends are noted."""
    (folder / "odd.csv").write_bytes(
        b"# measured in May\nStation 7,,\na,b,a\r\n1,2,3\n4,5\n6,7,8,9\n1,2,3\n4,5,6\n"
    )
    context = look("odd.csv")
    assert context.text is not None
    assert context.text.skipped == 2
    assert only(context).rows == 5
    told = " ".join(context.notes)
    for word in ("mixed", "2 of 5 rows", "same name"):
        assert word in told


def test_cells_with_line_ends_and_quotes_are_one_cell(look: Look, folder: Path) -> None:
    """Rows are counted, not lines."""
    with (folder / "inner.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerows([["id", "text"], [1, 'a "b"\nc, d'], [2, "\r\n"], [3, ""]])
    table = only(look("inner.csv"))
    assert (table.rows, table.head[0]) == (3, [1, 'a "b"\nc, d'])


def test_excel_workbooks(look: Look, folder: Path, frame: pd.DataFrame) -> None:
    """Each sheet with its shape, types and missing cells; titles above the table are skipped."""
    with pd.ExcelWriter(folder / "book.xlsx") as writer:
        frame.to_excel(writer, sheet_name="Penguins", index=False, startrow=2)
        writer.sheets["Penguins"]["A1"] = "Title"
        pd.DataFrame({"a": [1]}).to_excel(writer, sheet_name="Other", index=False)
        pd.DataFrame().to_excel(writer, sheet_name="Empty")
    context = look("book.xlsx")
    first, second, third = context.tables
    assert (first.name, first.rows, first.rows_exact) == ("Penguins", 60, True)
    assert columns(first) == {**TEXT_COLUMNS, "species": ("text", 20)}
    assert first.head[0] == ["Adelie", 3700.5, 0, "2024-01-01", True]
    assert (second.name, second.rows, columns(second)) == ("Other", 1, {"a": ("integer", 0)})
    assert (third.name, third.rows, third.columns) == ("Empty", 0, [])


def test_an_open_document_spreadsheet(look: Look, folder: Path) -> None:
    """Repeated rows count as often as they are repeated."""
    cell = "<table:table-cell office:value-type={}><text:p>{}</text:p></table:table-cell>"
    head = "".join(cell.format('"string"', name) for name in "ab")
    row = "".join(cell.format(f'"float" office:value="{n}"', n) for n in (1, 2.5))
    names = ("office", "table", "text")
    spaces = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in names
    )
    with zipfile.ZipFile(folder / "a.ods", "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
        archive.writestr(
            "content.xml",
            f"<office:document-content {spaces}><office:body><office:spreadsheet>"
            f'<table:table table:name="One"><table:table-row>{head}</table:table-row>'
            f'<table:table-row table:number-rows-repeated="3">{row}</table:table-row>'
            "</table:table></office:spreadsheet></office:body></office:document-content>",
        )
    context = look("a.ods")
    table = only(context)
    assert context.format == "OpenDocument spreadsheet"
    assert (table.name, table.rows, table.head[0]) == ("One", 3, [1, 2.5])


def large_workbook(path: Path) -> None:
    """Two sheets of 120,000 rows; the text of the second is behind 17 MB of other text.

    The first says how many rows it has, the second does not.
    """
    book = openpyxl.Workbook()
    first = book.active
    assert first is not None
    first.title = "One"
    for sheet in (first, book.create_sheet("Two")):
        sheet.append(["id", "name", "value"])
        sheet.append([0, "a name", 0.5])
    small = io.BytesIO()
    book.save(small)
    parts = {
        "xl/worksheets/sheet1.xml": ("A1:C120000", 0),
        "xl/worksheets/sheet2.xml": ("A1", 150_000),
    }
    strings = "".join(f"<si><t>string {place} {'x' * 100}</t></si>" for place in range(150_001))
    with (
        zipfile.ZipFile(small) as source,
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as target,
    ):
        for name in source.namelist():
            text = source.read(name).decode()
            if name in parts:
                dimension, string = parts[name]
                rows = "".join(xlsx_row(place, string) for place in range(3, 120_001))
                text = text.replace("A1:C2", dimension).replace(
                    "</sheetData>", f"{rows}</sheetData>"
                )
            target.writestr(name, text)
        target.writestr("xl/sharedStrings.xml", f'<sst uniqueCount="150001">{strings}</sst>')


def xlsx_row(place: int, string: int) -> str:
    cells = f'<c r="A{place}"><v>{place}</v></c><c r="B{place}" t="s"><v>{string}</v></c>'
    return f'<row r="{place}">{cells}<c r="C{place}"><v>{place * 1.5}</v></c></row>'


def test_a_large_workbook_costs_what_its_beginning_costs(look: Look, folder: Path) -> None:
    """Beyond 32 MB its sheets are cut; rows are what a sheet says, or else by its length."""
    large_workbook(folder / "large.xlsx")
    context = look("large.xlsx")
    assert context.problem is None
    assert [table.name for table in context.tables] == ["One", "Two"]
    for table in context.tables:
        assert columns(table) == {"id": ("integer", 0), "name": ("text", 0), "value": ("number", 0)}
        assert table.rows == pytest.approx(119_999, rel=0.1)
        assert not table.rows_exact
    assert context.tables[0].head[1] == [3, "string 0 " + "x" * 100, 4.5]
    assert context.tables[1].head[1] == [3, "…", 4.5]


def test_parquet(look: Look, folder: Path, frame: pd.DataFrame) -> None:
    """Rows, types and missing values are those of the footer."""
    frame.to_parquet(folder / "a.parquet", row_group_size=25)
    context = look("a.parquet")
    table = only(context)
    assert (table.rows, table.rows_exact, table.counted) == (60, True, None)
    assert [column.missing for column in table.columns] == [20, 20, 0, 0, 0]
    assert table.head[1] == [None, 4200.25, 1, "2024-01-02T00:00:00", False]
    assert context.details["row groups"] == 3


def test_parquet_with_columns_of_one_name(look: Look, folder: Path) -> None:
    """Each has its own values; how many are missing is told of the others alone."""
    table = pa.table([[1, 2], ["x", None], [3.5, None]], names=["a", "a", "b.c"])
    pyarrow.parquet.write_table(table, folder / "twice.parquet")
    (found,) = look("twice.parquet").tables
    assert [(c.name, c.missing) for c in found.columns] == [("a", None), ("a", None), ("b.c", 1)]
    assert found.head == [[1, "x", 3.5], [2, None, None]]


def test_parquet_of_polars_with_nested_columns(look: Look, folder: Path) -> None:
    """Lists and structs are columns too, and their cells are JSON."""
    pl.DataFrame({"a": [[1, 2], []], "b": [{"x": 1.5}, {"x": None}]}).write_parquet(
        folder / "nested.parquet"
    )
    table = only(look("nested.parquet"))
    assert [column.name for column in table.columns] == ["a", "b"]
    assert table.head == [[[1, 2], {"x": 1.5}], [[], {"x": None}]]


@pytest.mark.parametrize("compression", ["uncompressed", "lz4", "zstd"])
def test_feather(look: Look, folder: Path, frame: pd.DataFrame, compression: str) -> None:
    """Rows of all record batches."""
    name = f"{compression}.feather"
    pyarrow.feather.write_feather(frame, folder / name, compression=compression, chunksize=25)
    table = only(look(name))
    assert table.rows == 60
    assert [column.name for column in table.columns] == list(TEXT_COLUMNS)
    assert table.head[0] == ["Adelie", 3700.5, 0, "2024-01-01T00:00:00", True]


def test_an_arrow_stream(look: Look, folder: Path, frame: pd.DataFrame) -> None:
    """It has a schema and first rows, and does not say how many there are."""
    table = pa.Table.from_pandas(frame)
    with (
        pa.OSFile(str(folder / "a.arrows"), "wb") as file,
        pa.ipc.new_stream(file, table.schema) as writer,
    ):
        writer.write_table(table)
    found = only(look("a.arrows"))
    assert (found.rows, len(found.columns), len(found.head)) == (None, 5, 5)


def test_json_records(look: Look, folder: Path, frame: pd.DataFrame) -> None:
    """An array of objects is a table."""
    frame.to_json(folder / "a.json", orient="records", date_format="iso")
    table = only(look("a.json"))
    assert (table.rows, table.rows_exact) == (60, True)
    assert columns(table)["mass"] == ("number", 20)
    assert table.head[0][:3] == ["Adelie", 3700.5, 0]


def test_a_json_object(look: Look, folder: Path) -> None:
    """Its keys with their types, and the tables within it."""
    (folder / "object.json").write_text(
        json.dumps({"title": "x", "rows": [{"a": 1}, {"a": None, "b": 2.5}], "n": 3})
    )
    context = look("object.json")
    assert context.details["types"] == {"title": "text", "rows": "array", "n": "integer"}
    (table,) = context.tables
    assert (table.name, columns(table)) == ("rows", {"a": ("integer", 1), "b": ("number", 1)})


def test_a_large_json_object_around_a_table(look: Look, folder: Path) -> None:
    """The table that does not end in what is read of it is described by its beginning."""
    features = [{"type": "Feature", "id": number} for number in range(100_000)]
    data = {"type": "FeatureCollection", "features": features, "after": 1}
    (folder / "large.geojson").write_text(json.dumps(data))
    context = look("large.geojson")
    assert context.details["types"] == {"type": "text", "features": "array"}
    (table,) = context.tables
    assert (table.name, table.rows_exact) == ("features", False)
    assert table.rows == pytest.approx(100_000, rel=0.05)
    assert [column.name for column in table.columns] == ["type", "id"]


def test_json_lines_under_the_name_of_json(look: Look, folder: Path, frame: pd.DataFrame) -> None:
    """What a file is is decided by its content; lines that are no JSON are counted."""
    text = frame.to_json(orient="records", lines=True, date_format="iso")
    (folder / "lines.json").write_text(text + "nonsense\n")
    context = look("lines.json")
    assert context.kind == "json_lines"
    assert columns(only(context))["species"] == ("text", 20)
    assert "1 of 61 lines looked at are not JSON" in context.notes


def test_very_many_small_records_are_all_counted(look: Look, folder: Path) -> None:
    """Their types and missing values are those of the first ones, and the table says so."""
    (folder / "many.jsonl").write_text('{"a": 1}\n' * 50_000)
    table = only(look("many.jsonl"))
    assert (table.rows, table.rows_exact, table.counted) == (50_000, True, 20_000)


def test_hdf5(look: Look, folder: Path) -> None:
    """Data sets with shape and type; values in other files are left alone."""
    (folder / "outside.raw").write_bytes(b"secret!!")
    with h5py.File(folder / "a.h5", "w") as file:
        file["x/y"] = np.arange(12.0).reshape(4, 3)
        file["names"] = ["é", "b"]
        file["cube"] = np.zeros((2, 2, 2))
        file["elsewhere"] = h5py.ExternalLink(str(folder / "none.h5"), "/x")
        file.create_dataset(
            "raw", (8,), "u1", external=[(str(folder / "outside.raw"), 0, h5py.h5f.UNLIMITED)]
        )
    context = look("a.h5")
    tables = {table.name: table for table in context.tables}
    assert (tables["x/y"].rows, tables["x/y"].total_columns) == (4, 3)
    assert tables["x/y"].head[1] == [3.0, 4.0, 5.0]
    assert tables["names"].head == [["é"], ["b"]]
    assert tables["raw"].head == []
    assert context.details["shapes"] == {
        "x/y": "float64 4 × 3",
        "names": "text 2",
        "cube": "float64 2 × 2 × 2",
        "raw": "uint8 8",
    }
    assert any("other files" in note for note in context.notes)


def test_hdf5_of_pandas(look: Look, folder: Path, frame: pd.DataFrame) -> None:
    """A frame in PyTables' format is a table of fields; its indexes are not shown."""
    frame[["mass", "count"]].to_hdf(folder / "frame.h5", key="penguins", format="table")
    context = look("frame.h5")
    (table,) = context.tables
    assert (table.name, table.rows) == ("penguins/table", 60)
    assert table.columns[0].name == "index"


def test_hdf5_of_pandas_in_its_fixed_format(look: Look, folder: Path) -> None:
    """A frame is one table with its columns in their order; Python objects are not unpickled."""
    frame = pd.DataFrame(
        {
            "a": [1, 2, 3],
            "text": ["x", "y", None],
            "day": pd.to_datetime(pd.Series(["2020-01-01", "2020-01-02", None])),
            "b": [1.5, None, 2.5],
            "c": [4, 5, 6],
        }
    )
    frame.to_hdf(folder / "fixed.h5", key="all/frame")
    frame.set_index(["a", "c"])[["b"]].to_hdf(folder / "fixed.h5", key="indexed")
    frame[["a"]].set_axis(["\xe9"], axis=1).iloc[:0].to_hdf(folder / "fixed.h5", key="none")
    table, indexed, none = look("fixed.h5").tables
    assert (table.name, table.rows, table.total_columns) == ("all/frame", 3, 5)
    assert [column.name for column in table.columns] == ["a", "text", "day", "b", "c"]
    day = "2020-01-01T00:00:00.000000"
    assert table.head[0] == [1, "(not read)", day, 1.5, 4]
    assert table.head[2] == [3, "(not read)", None, 2.5, 6]
    assert (indexed.rows, indexed.head) == (3, [[1.5], [None], [2.5]])
    assert (none.name, none.rows, none.columns[0].name) == ("none", 0, "\xe9")


def test_sqlite(look: Look, folder: Path, frame: pd.DataFrame) -> None:
    """Tables with declared types and counted rows, views by name; nothing is written beside it."""
    with sqlite3.connect(folder / "a.db") as database:
        frame.to_sql("penguins", database, index=False)
        database.execute('CREATE TABLE "odd "" name" (id INTEGER PRIMARY KEY, x) WITHOUT ROWID')
        database.execute("CREATE VIEW heavy AS SELECT * FROM penguins")
    database.close()
    before = sorted(path.name for path in folder.iterdir())
    context = look("a.db")
    odd, penguins = context.tables
    assert (penguins.name, penguins.rows, penguins.rows_exact) == ("penguins", 60, True)
    assert columns(penguins)["mass"] == ("REAL", 20)
    assert (odd.name, odd.rows, columns(odd)) == (
        'odd " name',
        0,
        {"id": ("INTEGER", 0), "x": ("any", 0)},
    )
    assert context.details["views"] == ["heavy"]
    assert sorted(path.name for path in folder.iterdir()) == before


def test_numpy_arrays(look: Look, folder: Path) -> None:
    """Shape, type and first values of one array and of an archive; pickled objects stay closed."""
    np.save(folder / "a.npy", np.arange(6, dtype="int16").reshape(3, 2))
    np.save(folder / "t.npy", np.array([(1, 2.5)], dtype=[("id", "i4"), ("v", "f8")]))
    np.savez(folder / "b.npz", x=np.eye(2), y=np.array([{}], dtype=object))
    assert only(look("a.npy")).head == [[0, 1], [2, 3], [4, 5]]
    assert columns(only(look("t.npy"))) == {"id": ("int32", None), "v": ("float64", None)}
    context = look("b.npz")
    assert context.details["shapes"] == {"x": "float64 2 × 2", "y": "objects (not read) 1"}
    assert context.tables[1].head == []
    assert any("pickled" in note for note in context.notes)


@pytest.mark.parametrize("form", ["png", "jpeg", "gif", "bmp", "tiff", "webp"])
def test_images(look: Look, folder: Path, form: str) -> None:
    """Size and mode by the header."""
    Image.new("RGB", (30, 20)).save(folder / f"a.{form}")
    context = look(f"a.{form}")
    assert (context.kind, context.details["width"], context.details["height"]) == ("image", 30, 20)


def test_text_archives_and_others(look: Look, folder: Path) -> None:
    """Lines of a text, members of an archive, first bytes of what nobody reads."""
    (folder / "a.md").write_text("# Title\n\nSome, text, with\ncommas, and, such")
    (folder / "code.py").write_text("a, b = 1, 2\nc, d = 3, 4\ne, f = 5, 6\n")
    with zipfile.ZipFile(folder / "a.zip", "w") as archive:
        archive.writestr("x/y.txt", "hello")
    (folder / "a.bin").write_bytes(bytes(range(256)) * 8)
    (folder / "a.pdf").write_bytes(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
    (folder / "inner.gz").write_bytes(gzip.compress(bytes(range(256)) * 8))
    assert look("a.md").details == {"lines": 4}
    assert look("a.md").beginning == (folder / "a.md").read_text()
    assert look("code.py").kind == "text"
    assert look("a.zip").details["names"] == ["x/y.txt"]
    assert look("a.bin").details["begins"] == bytes(range(16)).hex(" ")
    assert look("a.pdf").format == "PDF document"
    assert look("inner.gz").format == "gzip of a binary file"


def test_a_pickle_is_never_loaded(look: Look, folder: Path) -> None:
    """Whatever it would run is not run, and the context says why there is no more."""
    marker = folder / "marker"

    class Bomb:
        def __reduce__(self) -> tuple[Any, ...]:
            return (Path.touch, (marker,))

    (folder / "bomb.pkl").write_bytes(pickle.dumps(Bomb()))
    (folder / "bomb.csv").write_bytes((folder / "bomb.pkl").read_bytes())
    for name in ("bomb.pkl", "bomb.csv"):
        assert look(name).kind == "pickle"
        assert "runs code" in (look(name).problem or "")
    assert not marker.exists()


def test_a_wrong_ending_is_said(look: Look, folder: Path, frame: pd.DataFrame) -> None:
    """The content wins over the name."""
    frame.to_parquet(folder / "really_parquet.csv")
    context = look("really_parquet.csv")
    assert context.kind == "parquet"
    assert context.notes[0] == "the name ends in .csv, but by its content it is: Parquet"
    assert only(context).rows == 60


def test_a_context_is_remembered_until_the_file_changes(files: DataManager, folder: Path) -> None:
    """The same file has the same context object; another content another one."""
    (folder / "again.csv").write_text("a,b\n1,2\n")
    first = files.context("again.csv")
    assert files.context("again.csv") is first
    (folder / "again.csv").write_text("a,b\n1,2\n3,4\n")
    assert only(files.context("again.csv")).rows == 2


def test_the_context_of_all_files(tmp_path: Path) -> None:
    """By name, each with its share of a bounded text; without time they are at least listed."""
    for place in range(30):
        (tmp_path / f"{place:02}.csv").write_text("a,b\n1,2\n")
    with DataManager(tmp_path, settings=load_settings()) as files:
        found = files.context_of_all()
        assert [context.file.name for context in found.contexts] == [
            f"{place:02}.csv" for place in range(30)
        ]
        text = found.as_text()
        assert len(text) <= 8_000
        assert all(f'"{place:02}.csv"' in text for place in range(30))
        hurried = files.context_of_all(seconds=0)
        assert (hurried.contexts, len(hurried.unread)) == ([], 30)
        assert '"29.csv"' in hurried.as_text()
