"""What the cells of a column of text hold: numbers however they are written, dates, truth, text."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Literal

MISSING = frozenset({
    "", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN",
    "<NA>", "N/A", "NA", "NULL", "NaN", "None", "n/a", "nan", "null",
})  # fmt: skip
"""What pandas' `read_csv` takes for missing unless told otherwise."""

_INTEGER = re.compile(r"[+-]?(?:0|[1-9][0-9]*)")
_LEADING_ZEROS = re.compile(r"0[0-9]+")
_TRUTH = frozenset({"true", "false", "yes", "no"})
_DATE = r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.](?:\d{4}|\d\d)"
_TIME = r"\d{1,2}:\d\d(?::\d\d(?:[.,]\d+)?)?(?: ?[AaPp][Mm])?"
_MOMENTS = {
    "date": re.compile(_DATE),
    "time": re.compile(_TIME),
    "datetime": re.compile(rf"(?:{_DATE})[T ]{_TIME}(?: ?(?:Z|UTC|[+-]\d\d:?\d\d))?"),
}


@dataclass(frozen=True)
class NumberStyle:
    """How the parts of a number are set apart."""

    decimal: Literal[".", ","] = "."
    thousands: str | None = None

    def matches(self, text: str) -> bool:
        """Whether this is a number so written."""
        return _PATTERNS[self].fullmatch(text) is not None

    def value(self, text: str) -> float:
        """The number."""
        if self.thousands:
            text = text.replace(self.thousands, "")
        return float(text.replace(self.decimal, "."))


PLAIN = NumberStyle()
STYLES = (
    PLAIN,
    NumberStyle(","),
    NumberStyle(".", ","),
    NumberStyle(",", "."),
    NumberStyle(",", " "),
    NumberStyle(",", "\u202f"),
    NumberStyle(",", "\xa0"),
    NumberStyle(".", " "),
    NumberStyle(".", "'"),
)
"""The commonest first: it is taken where a column could be several."""


def _pattern(style: NumberStyle) -> re.Pattern[str]:
    decimal = re.escape(style.decimal)
    if style.thousands is None:
        digits = rf"(?:\d+(?:{decimal}\d*)?|{decimal}\d+)(?:[eE][+-]?\d+)?"
        words = "|[Ii]nf(?:inity)?" if style.decimal == "." else ""
        return re.compile(rf"[+-]?(?:{digits}{words})", re.ASCII)
    return re.compile(
        rf"[+-]?\d{{1,3}}(?:{re.escape(style.thousands)}\d{{3}})*(?:{decimal}\d+)?", re.ASCII
    )


_PATTERNS = {style: _pattern(style) for style in STYLES}


@dataclass(frozen=True)
class CellType:
    """What a column holds, and for numbers how they may be written."""

    name: str
    styles: tuple[NumberStyle, ...] = ()


def type_of(values: Iterable[str]) -> CellType:
    """What all of the values are that are not missing; `text` if they have nothing in common."""
    found = {stripped for value in values if (stripped := value.strip()) not in MISSING}
    if not found:
        return CellType("empty")
    if all(map(_INTEGER.fullmatch, found)):
        return CellType("integer", (PLAIN,))
    if any(map(_LEADING_ZEROS.fullmatch, found)) and all(map(str.isdecimal, found)):
        return CellType("text (digits with leading zeros)")
    if styles := _styles(found):
        return CellType("number", styles)
    return CellType(_other(found))


def is_typed(value: str) -> bool:
    """Whether a cell is more than some text."""
    value = value.strip()
    return (
        value in MISSING
        or value.lower() in _TRUTH
        or any(style.matches(value) for style in STYLES[:4])
        or any(pattern.fullmatch(value) for pattern in _MOMENTS.values())
    )


def _styles(found: Collection[str]) -> tuple[NumberStyle, ...]:
    one = next(iter(found))
    fitting = [(style, _PATTERNS[style].fullmatch) for style in STYLES if style.matches(one)]
    return tuple(style for style, matches in fitting if all(map(matches, found)))


def _other(found: Collection[str]) -> str:
    if all(value.lower() in _TRUTH for value in found):
        return "boolean"
    for name, pattern in _MOMENTS.items():
        if all(map(pattern.fullmatch, found)):
            return name
    return "text"
