"""Values of conditions, which come as JSON, as values of a column."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import time
from decimal import Decimal, InvalidOperation
from typing import Any

from pydantic import JsonValue

from .vector import Kind, Vector

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9:.]{2,18}(Z|[+-][0-9]{2}:?[0-9]{2})?)?")
_DURATION = re.compile(r"-?P(?=.)[0-9.DTHMS-]+")


def operand(vector: Vector, value: JsonValue) -> Any:
    """A JSON value as one that the column's can be compared with.

    Raises:
        InvalidInputError: the column's values cannot be compared, or not with this one.
    """
    if vector.kind not in _READERS:
        vector.refuse(f"cannot be compared: it holds {vector.content()}")
    try:
        return _READERS[vector.kind](vector, value)
    except (ValueError, TypeError, OverflowError, InvalidOperation):
        wanted = _WANTED.get(vector.kind, "a text, a number or a boolean")
        vector.refuse(f"holds {vector.content()}, to be compared with {wanted}, not {value!r:.80}")


def _number(vector: Vector, value: JsonValue) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise TypeError
    exact = Decimal(str(value))
    if not exact.is_finite() or exact.adjusted() > 400:
        raise ValueError
    if vector.has_objects or exact == exact.to_integral_value():
        return exact if vector.has_objects else _fitting(vector, int(exact))
    return float(exact)


def _fitting(vector: Vector, value: int) -> int | float:
    """An integer as the column's type can be asked about it: beyond it, just beyond."""
    if vector.series.dtype.kind == "f":
        return value if -(2**53) <= value <= 2**53 else _double(value)
    return value


def _double(value: int) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.copysign(math.inf, value)


def _boolean(_vector: Vector, value: JsonValue) -> bool:
    if not isinstance(value, bool):
        raise TypeError
    return value


def _text(_vector: Vector, value: JsonValue) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _moment(vector: Vector, value: JsonValue) -> Any:
    import pandas

    if not isinstance(value, str) or not _DATE.fullmatch(value):
        raise ValueError
    moment = pandas.Timestamp(value)
    zone = getattr(vector.series.dtype, "tz", None)
    if zone is None:
        return (
            moment
            if moment.tz is None
            else vector.refuse(f"has times without a zone, and {value!r} has one")
        )
    return moment.tz_localize(zone) if moment.tz is None else moment.tz_convert(zone)


def _duration(_vector: Vector, value: JsonValue) -> Any:
    import pandas

    if not isinstance(value, str) or not _DURATION.fullmatch(value):
        raise ValueError
    return pandas.Timedelta(value)


def _clock(_vector: Vector, value: JsonValue) -> time:
    return time.fromisoformat(_text(_vector, value))


def _period(vector: Vector, value: JsonValue) -> Any:
    import pandas

    return pandas.Period(_text(vector, value), freq=vector.series.dtype.freq)


def _scalar(_vector: Vector, value: JsonValue) -> JsonValue:
    if not isinstance(value, str | int | float):
        raise TypeError
    return value


_READERS: dict[Kind, Callable[[Vector, JsonValue], Any]] = {
    "number": _number,
    "boolean": _boolean,
    "text": _text,
    "moment": _moment,
    "duration": _duration,
    "clock": _clock,
    "period": _period,
    "mixed": _scalar,
}
_WANTED: dict[Kind, str] = {
    "number": "a number",
    "boolean": "true or false",
    "text": "a text",
    "moment": "a date or time as ISO 8601 text",
    "duration": "a duration as ISO 8601 text",
    "clock": "a time of day as ISO 8601 text",
    "period": "a period as text",
}
