"""A large xlsx workbook made short: the same parts, its sheets cut after their first rows.

So the library that reads workbooks, which takes whole sheets into memory, can read any. The parts
are those of ECMA-376: `xl/worksheets/*.xml` with a `row` element a row, and `xl/sharedStrings.xml`.
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from xml.etree import ElementTree

_SHEET_BYTES = 2**18
_STRING_BYTES = 8 * 2**20
_OTHER_BYTES = 4 * 2**20
_MOST_SHEETS = 20
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_STRINGS = "xl/sharedStrings.xml"
_NEEDED = ("[Content_Types].xml", "_rels/.rels", "xl/workbook.xml", "xl/_rels/workbook.xml.rels",
           "xl/styles.xml")  # fmt: skip
_DIMENSION = re.compile(rb'<(?:\w+:)?dimension\s+ref="[A-Z]+(\d+):[A-Z]+(\d+)"')
_ROW_END = re.compile(rb"</(\w+:)?row>")
_STRING_COUNT = re.compile(rb'uniqueCount="(\d{1,9})"')
_MOST_STRINGS = 2_000_000
_STRING_END = re.compile(rb"</(\w+:)?si>")


class ShortWorkbook:
    """The short form of a workbook.

    Args:
        members: the archive that the workbook is.
    """

    def __init__(self, members: zipfile.ZipFile) -> None:
        self.file = io.BytesIO()
        """An xlsx file."""
        self.heights: dict[int, int] = {}
        """By the place of a sheet: rows that it has as it says itself, or else by its length."""
        self._members = members
        with zipfile.ZipFile(self.file, "w") as short:
            for name in _NEEDED:
                self._copy(name, short)
            self._copy_strings(short)
            for place, name in enumerate(self._sheets()):
                self._copy_sheet(place, name, short)
        self.file.seek(0)

    def _sheets(self) -> list[str]:
        """Names of the parts that are sheets, in the order of the sheets."""
        targets = {
            str(each.get("Id")): str(each.get("Target"))
            for each in ElementTree.fromstring(self._begin(_NEEDED[3], _OTHER_BYTES))
        }
        book = ElementTree.fromstring(self._begin(_NEEDED[2], _OTHER_BYTES))
        ids = [each.get(_RELATION) for each in book.iter() if each.tag.endswith("}sheet")]
        return [posixpath.join("/xl", targets.get(str(each), "")).lstrip("/") for each in ids]

    def _begin(self, name: str, count: int) -> bytes:
        with self._members.open(name) as part:
            return part.read(count)

    def _copy(self, name: str, short: zipfile.ZipFile) -> None:
        if name in self._members.namelist():
            short.writestr(name, self._begin(name, _OTHER_BYTES))

    def _copy_strings(self, short: zipfile.ZipFile) -> None:
        if _STRINGS in self._members.namelist():
            begin = self._begin(_STRINGS, _STRING_BYTES)
            if len(begin) == _STRING_BYTES:
                begin = _padded(begin)
            short.writestr(_STRINGS, begin)

    def _copy_sheet(self, place: int, name: str, short: zipfile.ZipFile) -> None:
        if name not in self._members.namelist():
            return
        begin = self._begin(name, _SHEET_BYTES if place < _MOST_SHEETS else 4 * 2**10)
        self.heights[place] = self._height(name, begin)
        if not begin.rstrip().endswith(b"worksheet>"):
            begin = _cut(begin, _ROW_END, b"sheetData", b"worksheet")
        short.writestr(name, begin)

    def _height(self, name: str, begin: bytes) -> int:
        told = _DIMENSION.search(begin)
        if told is not None and told[2] != b"1":
            return int(told[2]) - int(told[1]) + 1
        rows = len(_ROW_END.findall(begin))
        return round(rows * self._members.getinfo(name).file_size / max(1, len(begin)))


def _padded(begin: bytes) -> bytes:
    """As many strings as before; of those that were not read a sign that they are not."""
    told = _STRING_COUNT.search(begin)
    ends = len(_STRING_END.findall(begin))
    prefix = next((end[1] or b"" for end in _STRING_END.finditer(begin)), b"")
    left = min(int(told[1]) if told else 0, _MOST_STRINGS) - ends
    unread = b"<P:si><P:t>\xe2\x80\xa6</P:t></P:si>".replace(b"P:", prefix)
    cut = _cut(begin, _STRING_END)
    return cut + unread * max(0, left) + b"</" + prefix + b"sst>"


def _cut(begin: bytes, end: re.Pattern[bytes], *open_elements: bytes) -> bytes:
    """Cut after the last whole element, and what is open closed."""
    ends = list(end.finditer(begin))
    if not ends:
        return b"<" + (open_elements or (b"sst",))[-1] + b"/>"
    last = ends[-1]
    prefix = last[1] or b""
    return begin[: last.end()] + b"".join(b"</" + prefix + name + b">" for name in open_elements)
