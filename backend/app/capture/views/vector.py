"""One column to compare, sort and count by, whichever library it comes from."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import Any, Literal, NoReturn

from ...errors import InvalidInputError
from ...models.tables import Column
from ...runtime.assistance.live import name_of_class
from .ordering import order
from .series import as_days, standard

Kind = Literal[
    "number",
    "boolean",
    "text",
    "moment",
    "duration",
    "clock",
    "period",
    "interval",
    "bytes",
    "category",
    "complex",
    "mixed",
    "other",
]
"""What a column holds. `mixed` are objects without a common order, `other` what only its own
library understands, such as lists and shapes."""

_BY_LETTER: dict[str, Kind] = {
    "i": "number",
    "u": "number",
    "f": "number",
    "b": "boolean",
    "M": "moment",
    "m": "duration",
    "c": "complex",
}
_BY_NAME: dict[str, Kind] = {
    "CategoricalDtype": "category",
    "IntervalDtype": "interval",
    "PeriodDtype": "period",
    "StringDtype": "text",
}
_NUMBERS = {int, float, bool, Decimal, Fraction}
_ALIKE: tuple[tuple[set[type], Kind, str], ...] = (
    ({str}, "text", "str"),
    ({bool}, "boolean", "boolean"),
    (_NUMBERS, "number", ""),
    ({date}, "moment", "days"),
    ({datetime}, "moment", "moments"),
    ({timedelta}, "duration", "durations"),
    ({time}, "clock", ""),
    ({bytes}, "bytes", ""),
)
"""Classes of objects -> what a column of them is, and the type that it is better said in."""
_UNORDERED = ("complex", "mixed", "other")


class Vector:
    """A column's values.

    Args:
        series: a pandas Series.
        column: what messages call it, and its type in its own library.
    """

    def __init__(self, series: Any, column: Column) -> None:
        self.column = column
        self.series = standard(series)
        self.kind = self._kind()

    @cached_property
    def missing(self) -> Any:
        """Of each value whether it is missing: NaN, NaT, None or NA, as the window says `null`."""
        return self.series.isna().to_numpy(bool)

    @property
    def has_objects(self) -> bool:
        """Whether the values are Python objects that no vectorised operation understands."""
        return getattr(self.series.dtype, "char", "") == "O"

    @cached_property
    def classes(self) -> set[type]:
        """Of Python objects, those of the values that are not missing."""
        return set(map(type, self.present.array)) if self.has_objects else set()

    @property
    def present(self) -> Any:
        """The values that are not missing."""
        return self.series[~self.missing] if self.missing.any() else self.series

    def order(self, rows: Any, *, ascending: bool) -> Any:
        """Of these rows (None: all) the places in sorted order: stable, missing values last.

        Raises:
            InvalidInputError: the values have no order.
        """
        if self.kind in _UNORDERED:
            self.refuse(f"has no order to sort by: it holds {self.content()}")
        return order(self.series if rows is None else self.series.take(rows), ascending=ascending)

    def content(self) -> str:
        """What the column holds, for messages."""
        if self.kind != "mixed":
            return self.column.dtype
        return " and ".join(sorted(map(name_of_class, self.classes))[:5]) or "nothing"

    def refuse(self, what: str) -> NoReturn:
        """Say what cannot be done with the column.

        Raises:
            InvalidInputError: always.
        """
        raise InvalidInputError(f"Column {self.column.name!r} {what}.")

    def _kind(self) -> Kind:
        dtype = self.series.dtype
        if self.has_objects:
            return self._kind_of_objects()
        if type(dtype).__name__ in _BY_NAME:
            return _BY_NAME[type(dtype).__name__]
        is_own = type(dtype).__module__.partition(".")[0] in ("numpy", "pandas")
        return _BY_LETTER.get(getattr(dtype, "kind", ""), "other") if is_own else "other"

    def _kind_of_objects(self) -> Kind:
        classes = self.classes
        for alike, kind, better in _ALIKE:
            if classes <= alike:
                try:
                    self.series = _said_in(self.series, better)
                except (ValueError, TypeError):  # no pandas type can hold all of them
                    return "mixed"
                return kind
        return "mixed"


def _said_in(series: Any, better: str) -> Any:
    import pandas

    if better == "days":
        return as_days(pandas.to_datetime(series))
    if better == "moments":
        return pandas.to_datetime(series)
    if better == "durations":
        return pandas.to_timedelta(series)
    return series.astype(better) if better else series
