"""Any Python value as one strict JSON value, bounded, whatever the value tries."""

from __future__ import annotations

import math
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import islice
from typing import Any, cast

from pydantic import JsonValue

from ..runtime.execution import speakable
from .silence import silence

TEXT_LIMIT = 1_000
"""Characters of one cell's text."""
ITEM_LIMIT = 100
"""Items of one nested list or dict."""
NODE_LIMIT = 1_000
"""Values inside one nested cell, at any depth."""
DEPTH_LIMIT = 8
"""Lists within lists within lists."""
EXACT_INTEGER = 2**53
"""Beyond it a reader that keeps numbers as doubles, as JavaScript does, would round."""
MORE = "…"


class Cells:
    """Says values as JSON, and counts those that JSON can only say as `null`.

    Numbers, booleans, text, None, lists and dicts are themselves; dates and durations ISO 8601
    text; integers beyond 2**53, decimals and complex numbers their digits as text, so that no
    reader rounds them; anything else the beginning of its `str`. Nothing raises.
    """

    def __init__(self) -> None:
        self.nulled = 0
        """NaN, NaT and infinities met so far. A None or `NA` is a null of its own."""
        self.cut = 0
        """Values met so far of which only a part, or the size, was said."""
        self._nodes = 0
        self._by_type = _BY_TYPE.copy()

    def column(self, values: Iterable[Any]) -> list[JsonValue]:
        """One column's values, in order."""
        return [self.value(value) for value in values]

    def value(self, value: Any) -> JsonValue:
        """One cell."""
        self._nodes = NODE_LIMIT
        return self._say(value, 0)

    def floats(self, values: list[Any]) -> list[JsonValue]:
        """A column that holds Python floats only."""
        if all(map(math.isfinite, values)):
            return values
        return self.column(values)

    def integers(self, values: list[Any]) -> list[JsonValue]:
        """A column that holds Python integers only."""
        if not values or -EXACT_INTEGER <= min(values) <= max(values) <= EXACT_INTEGER:
            return values
        return self.column(values)

    def _say(self, value: Any, depth: int) -> JsonValue:
        try:
            say = self._by_type.get(type(value)) or self._learn(type(value))
            return say(self, value, depth)
        except Exception as error:  # the user's own methods may raise anything
            return self._fit(_failed(value, error))

    def _null(self) -> JsonValue:
        self.nulled += 1
        return None

    def _fit(self, string: str) -> str:
        self.cut += len(string) > TEXT_LIMIT
        return bounded(string)

    def _text(self, value: Any, _depth: int) -> JsonValue:
        return self._fit(_own_text(value))

    def _string(self, value: str, _depth: int) -> JsonValue:
        exact = str.__str__(value)
        return exact if len(exact) <= TEXT_LIMIT and exact.isascii() else self._fit(exact)

    def _bytes(self, value: bytes | bytearray | memoryview, _depth: int) -> JsonValue:
        shown = repr(bytes(value[:TEXT_LIMIT]))
        if len(value) <= TEXT_LIMIT:
            return self._fit(shown)
        self.cut += 1
        return f"{bounded(shown)}{MORE} ({len(value):,} bytes)"

    def _learn(self, cls: type) -> _Say:
        known = (_BY_TYPE[base] for base in cls.__mro__ if base in _BY_TYPE)
        say = self._by_type[cls] = next(known, Cells._foreign)
        return say

    def _integer(self, value: int, _depth: int) -> JsonValue:
        exact = int.__index__(value)
        return exact if -EXACT_INTEGER <= exact <= EXACT_INTEGER else self._digits(exact)

    def _digits(self, value: int) -> str:
        """An integer's digits; of one too long to be worth it, the size."""
        if value.bit_length() <= 3 * TEXT_LIMIT:
            return str(value)
        self.cut += 1
        return f"<an integer of {value.bit_length():,} bits>"

    def _float(self, value: float, _depth: int) -> JsonValue:
        exact = float.__float__(value)
        return exact if math.isfinite(exact) else self._null()

    def _decimal(self, value: Decimal, _depth: int) -> JsonValue:
        return self._fit(str(value)) if value.is_finite() else self._null()

    def _moment(self, value: date | time, _depth: int) -> JsonValue:
        return value.isoformat() if value == value else self._null()  # noqa: PLR0124  NaT is not itself

    def _duration(self, value: timedelta, _depth: int) -> JsonValue:
        own = getattr(value, "isoformat", None)  # pandas' has nanoseconds
        return cast(str, own()) if own else _iso_duration(value)

    def _list(self, values: Any, depth: int) -> JsonValue:
        items = [self._say(item, depth + 1) for item in self._within(values, depth)]
        return items if len(items) == len(values) else [*items, self._rest(values)]

    def _dict(self, values: Mapping[Any, Any], depth: int) -> JsonValue:
        items = {
            self._key(key): self._say(item, depth + 1)
            for key, item in self._within(values.items(), depth)
        }
        return items if len(items) >= len(values) else items | {MORE: self._rest(values)}

    def _key(self, key: Any) -> str:
        return self._fit(_own_text(key))

    def _rest(self, values: Any) -> str:
        self.cut += 1
        return f"{MORE} ({len(values):,} items)"

    def _within(self, values: Iterable[Any], depth: int) -> Iterator[Any]:
        """As many of the values as the limits on depth, items and nodes allow."""
        for value in islice(values, ITEM_LIMIT if depth < DEPTH_LIMIT else 0):
            self._nodes -= 1
            if self._nodes < 0:
                return
            yield value

    def _foreign(self, value: Any, depth: int) -> JsonValue:
        """A value of a class the standard library does not know."""
        numpy, pandas = sys.modules.get("numpy"), sys.modules.get("pandas")
        if value is getattr(pandas, "NA", _NOTHING):
            return None
        if value is getattr(pandas, "NaT", _NOTHING):
            return self._null()
        if numpy is not None and isinstance(value, numpy.generic):
            return self._numpy_scalar(numpy, value, depth)
        if numpy is not None and isinstance(value, numpy.ndarray) and value.ndim:
            return self._list(value, depth)
        return self._text(value, depth)

    def _numpy_scalar(self, numpy: Any, value: Any, depth: int) -> JsonValue:
        if value.dtype.kind in "mM":
            return self._null() if numpy.isnat(value) else str(value)
        item = value.item()
        if isinstance(item, numpy.generic):  # a long double has no Python equal
            item = float(item) if value.dtype.kind == "f" else str(item)
        return self._say(item, depth)


def text(value: Any) -> str:
    """The beginning of a value's `str`; what it prints meanwhile is not shown."""
    return bounded(_own_text(value))


def bounded(string: str) -> str:
    """Text that fits a cell and that UTF-8 can say; what was cut is told in the text."""
    if len(string) > TEXT_LIMIT:
        string = f"{string[:TEXT_LIMIT]}{MORE} ({len(string):,} characters)"
    return speakable(string)


def _own_text(value: Any) -> str:
    if type(value) is str:
        return value
    try:
        with silence():
            return str(value)
    except Exception as error:  # the user's own methods may raise anything
        return _failed(value, error)


def _failed(value: object, error: Exception) -> str:
    return f"<{type(value).__qualname__}: its text raised {type(error).__name__}>"


def _plain(_cells: Cells, value: Any, _depth: int) -> JsonValue:
    return cast(JsonValue, value)


def _iso_duration(value: timedelta) -> str:
    minutes, seconds = divmod(value.seconds, 60)
    hours, minutes = divmod(minutes, 60)
    fraction = f".{value.microseconds:06}" if value.microseconds else ""
    return f"P{value.days}DT{hours}H{minutes}M{seconds}{fraction}S"


_Say = Callable[[Cells, Any, int], JsonValue]
_NOTHING = object()

_BY_TYPE: dict[type, _Say] = {
    type(None): _plain,
    bool: _plain,
    int: Cells._integer,
    float: Cells._float,
    str: Cells._string,
    bytes: Cells._bytes,
    bytearray: Cells._bytes,
    memoryview: Cells._bytes,
    complex: Cells._text,
    Decimal: Cells._decimal,
    datetime: Cells._moment,
    date: Cells._moment,
    time: Cells._moment,
    timedelta: Cells._duration,
    list: Cells._list,
    tuple: Cells._list,
    set: Cells._list,
    frozenset: Cells._list,
    deque: Cells._list,
    dict: Cells._dict,
}
