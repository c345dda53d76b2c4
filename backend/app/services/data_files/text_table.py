"""A table made of rows of text: its header, the types of its columns, what is missing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, pairwise

from pydantic import JsonValue

from ...capture.json_cells import Cells
from ...models.files import FileColumn, FileTable
from .bounds import CELLS, COLUMNS, ROWS, short
from .cell_types import MISSING, PLAIN, CellType, NumberStyle, is_typed, type_of

_SKIPPED = 50
"""Lines before a table that are passed over."""
_HEADER_ROWS = 200

Rows = Sequence[Sequence[str]]


@dataclass(frozen=True)
class TextTable:
    """Rows of text as a table.

    `rows` are those of the beginning without header, `later` those from further on in the file.
    """

    names: list[str] | None
    """None where the file has no header."""
    rows: Rows
    later: Rows
    width: int

    @property
    def looked_at(self) -> int:
        """Rows whose cells were looked at."""
        return len(self.rows) + len(self.later)

    @property
    def uneven(self) -> int:
        """How many of them have another number of cells."""
        return sum(len(row) != self.width for row in chain(self.rows, self.later))

    def types(self) -> list[CellType]:
        """Of the first columns."""
        return [type_of(self._cells(column)) for column in range(min(self.width, COLUMNS))]

    def described(self, types: Sequence[CellType], total: int | None, *, exact: bool) -> FileTable:
        """The table, of `total` rows."""
        style = style_of(types)
        return FileTable(
            rows=total,
            rows_exact=exact,
            total_columns=self.width,
            columns=[self._column(place, found) for place, found in enumerate(types)],
            counted=None if exact else self.looked_at,
            head=[self._row(row, types, style) for row in self.rows[:ROWS]],
        )

    def _cells(self, column: int) -> list[str]:
        return [row[column] if column < len(row) else "" for row in chain(self.rows, self.later)]

    def _column(self, place: int, found: CellType) -> FileColumn:
        missing = sum(cell.strip() in MISSING for cell in self._cells(place))
        return FileColumn(name=self._name(place), type=found.name, missing=missing)

    def _name(self, place: int) -> str:
        if self.names is None or place >= len(self.names):
            return f"column {place + 1}"
        return short(self.names[place])

    def _row(
        self, row: Sequence[str], types: Sequence[CellType], style: NumberStyle
    ) -> list[JsonValue]:
        cells = Cells()
        return [
            cells.value(_value(cell, found, style))
            for cell, found in zip(row[:CELLS], types, strict=False)
        ]


def tabulated(rows: Rows, later: Rows, *, whole: bool) -> tuple[TextTable, int]:
    """The table among these rows, and how many come before it: a title, comments.

    Args:
        rows: from the beginning.
        later: from further on.
        whole: whether `rows` are all there are.
    """
    width = _width(rows)
    skipped = _before(rows, width)
    table = rows[skipped:]
    has_names = bool(table) and _is_header(table[0], table[1:_HEADER_ROWS], whole=whole)
    names = [cell.strip() for cell in table[0]] if has_names else None
    width = max(width, len(names)) if names and len(table) == 1 else width
    return TextTable(names, table[1:] if has_names else table, later, width), skipped


def style_of(types: Sequence[CellType]) -> NumberStyle:
    """How most of the columns that are numbers write them."""
    counts = Counter(style for found in types if found.name == "number" for style in found.styles)
    plain = sum(found.name == "integer" for found in types)
    if not counts:
        return PLAIN
    counts[PLAIN] += 0 if _needs_another(types) else plain
    return max(counts, key=lambda style: counts[style])


def _needs_another(types: Sequence[CellType]) -> bool:
    """Whether a column can be read only in another style than the plain one."""
    return any(found.styles and PLAIN not in found.styles for found in types)


def _width(rows: Rows) -> int:
    """As most rows have it; of equally many the larger."""
    counts = Counter(map(len, rows))
    return max(counts, key=lambda width: (counts[width], width), default=0)


def _before(rows: Rows, width: int) -> int:
    """How many rows come before the table: comments, and titles in the first cell alone."""
    place = 0
    while place < min(len(rows) - 1, _SKIPPED) and _is_preamble(rows[place], width):
        place += 1
    return place if place < _SKIPPED else 0


def _is_preamble(row: Sequence[str], width: int) -> bool:
    if row[0].startswith("#") and len(row) != width:
        return True
    is_padded = len(row) < width or width > 2
    return width > 1 and is_padded and not any(cell.strip() for cell in row[1:])


def _is_header(first: Sequence[str], rest: Rows, *, whole: bool) -> bool:
    """Whether the first row has names.

    Names are different words, and none of them is seen again below it. Words that might be data
    (2019, 2020, …) are names where others are text above columns that are not, or in a series.
    """
    names = [cell.strip() for cell in first[:COLUMNS]]
    given = [name for name in names if name]
    if len(set(given)) < len(given) or any(map(is_typed, given)):
        return _stands_out(names, rest) or (_is_series(names) and not any(map(_is_series, rest)))
    if not given or not rest:
        return bool(given) and whole
    return not any(
        name and name in {row[place].strip() for row in rest if place < len(row)}
        for place, name in enumerate(names)
    )


def _stands_out(names: Sequence[str], rest: Rows) -> bool:
    """Whether more names are text above something else than are what is below them."""
    votes = 0
    for place, name in enumerate(names):
        below = type_of(row[place] for row in rest if place < len(row)).name
        if below not in ("text", "empty"):
            own = type_of([name]).name
            votes += (own == "text") - (own == below)
    return votes > 0


def _is_series(cells: Sequence[str]) -> bool:
    """Whether a row has numbers that go up by one: 2019, 2020, 2021."""
    numbers = [int(cell) for cell in cells if cell.isdecimal() and len(cell) < 10]
    return len(numbers) > 1 and all(after - before == 1 for before, after in pairwise(numbers))


def _value(cell: str, found: CellType, style: NumberStyle) -> object:
    """A cell as what its column holds."""
    text = cell.strip()
    if text in MISSING:
        return None
    if found.name == "integer":
        return int(text) if len(text) <= 1_000 else text
    if found.name == "number":
        own = style if style in found.styles else found.styles[0]
        return own.value(text)
    return cell
