"""How the cells of a delimited text are set apart, found by trying.

Of each delimiter and quote a score is made of how even the rows come out and of how many cells are
then of a known type. The idea is that of van den Burg, Nazábal and Sutton, "Wrangling messy CSV
files by detecting row and type patterns" (Data Mining and Knowledge Discovery 33, 2019).
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from .cell_types import is_typed

_WEIGHTS = {",": 1.0, "\t": 1.0, ";": 1.0, "|": 1.0, " ": 0.8, ":": 0.6, "^": 0.9, "~": 0.9}
"""Delimiters, and how readily each is believed."""
_TRIED_CHARACTERS = 64 * 2**10
_TRIED_ROWS = 200
_TRIED_CELLS = 30
"""Of one row."""
_TEXT, _SUSPECT = 0.8, 0.2
"""What a cell of text is worth beside one that is typed: suspect with signs of another dialect."""


TOO_LONG: list[str] = []
"""A row with a cell of more characters than the csv module reads (131,072)."""


@dataclass(frozen=True)
class Dialect:
    """One way to take text for cells."""

    delimiter: str = ","
    quote: str | None = None
    escape: str | None = None

    def rows(self, text: str) -> Iterator[list[str]]:
        """The rows that are not empty; `TOO_LONG` stands for each that cannot be read."""
        reader = csv.reader(
            io.StringIO(text, newline=""),
            delimiter=self.delimiter,
            quotechar=self.quote,
            quoting=csv.QUOTE_NONE if self.quote is None else csv.QUOTE_MINIMAL,
            escapechar=self.escape,
        )
        while (row := _next(reader)) is not None:
            if row or row is TOO_LONG:
                yield row


def _next(reader: Iterator[list[str]]) -> list[str] | None:
    """The row that follows; after one that is too long it goes on with the next line."""
    try:
        return next(reader, None)
    except csv.Error:
        return TOO_LONG


@dataclass(frozen=True)
class Fit:
    """How well a dialect fits a text."""

    dialect: Dialect
    score: float = 0.0
    width: int = 1
    """Cells of most rows."""
    evenness: float = 0.0
    """Share of the rows that have so many."""
    rows: int = 0


def fitting(text: str, preferred: str = "") -> Fit:
    """The dialect that fits best.

    Args:
        text: from the beginning.
        preferred: delimiters that the name of the file promises.
    """
    beginning = text[:_TRIED_CHARACTERS]
    is_cut = len(beginning) < len(text)
    fits = [_fit(beginning, dialect, is_cut) for dialect in _candidates(beginning)]
    best = max(
        fits,
        key=lambda fit: fit.score * (1.1 if fit.dialect.delimiter in preferred else 1),
        default=Fit(Dialect()),
    )
    return best if best.width > 1 else Fit(_alone(beginning), rows=best.rows)


def _alone(text: str) -> Dialect:
    """The dialect of a single column, whose cells may be quoted."""
    return Dialect(quote='"' if text.lstrip().startswith('"') else None)


def _candidates(text: str) -> Iterator[Dialect]:
    for delimiter in _WEIGHTS:
        if delimiter in text:
            for quote in _quotes(text, delimiter):
                yield Dialect(delimiter, quote)
                if "\\" in text and any(f"\\{sign}" in text for sign in (quote, delimiter)):
                    yield Dialect(delimiter, quote, "\\")


def _quotes(text: str, delimiter: str) -> Iterator[str | None]:
    yield None
    for quote in ('"', "'"):
        opens = any(before + quote in text for before in (delimiter, "\n", "\r"))
        if text.startswith(quote) or opens:
            yield quote


def _fit(text: str, dialect: Dialect, is_cut: bool) -> Fit:
    rows = list(islice(dialect.rows(text), _TRIED_ROWS + 1))
    if len(rows) > _TRIED_ROWS or (is_cut and len(rows) > 1):
        rows.pop()
    if not rows:
        return Fit(dialect)
    widths = Counter(map(len, rows))
    width = max(widths, key=lambda each: (widths[each], each))
    even = sum((n / len(rows)) ** 2 * (each - 1) / each for each, n in widths.items())
    score = even * _typed(rows, dialect) * _WEIGHTS[dialect.delimiter]
    return Fit(dialect, score, width, widths[width] / len(rows), len(rows))


def _typed(rows: list[list[str]], dialect: Dialect) -> float:
    """What the cells are worth on average."""
    cells = [cell for row in rows for cell in row[:_TRIED_CELLS]]
    signs = [sign for sign in ',\t;|"' if sign not in (dialect.delimiter, dialect.quote)]
    known: dict[str, float] = {}
    return sum(known.get(cell) or _worth(cell, signs, dialect, known) for cell in cells) / len(
        cells
    )


def _worth(cell: str, signs: list[str], dialect: Dialect, known: dict[str, float]) -> float:
    if is_typed(cell):
        worth = 1.0
    elif any(sign in cell for sign in signs) or _is_torn(cell, dialect):
        worth = _SUSPECT
    else:
        worth = _TEXT
    known[cell] = worth
    return worth


def _is_torn(cell: str, dialect: Dialect) -> bool:
    """Whether a quote or escape is left at an end of the cell, as when it was cut wrongly."""
    if dialect.quote != "'" and cell.startswith("'") != cell.endswith("'"):
        return True
    edges = (cell[:1], cell[-1:])
    return any(sign in edges for sign in ('"', "\\") if sign != dialect.escape)
