"""Which rows fulfil a condition, as a NumPy array of booleans."""

from __future__ import annotations

import operator
from collections.abc import Callable
from contextlib import suppress
from functools import reduce
from typing import Any, NoReturn

from pydantic import JsonValue

from ...errors import InvalidInputError
from ...models.tables import Condition, Operator
from .operands import operand
from .vector import Vector

ITEM_LIMIT = 1_000
"""Values of one `in`."""

_COMPARE: dict[Operator, Callable[[Any, Any], Any]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_SCALARS = (str, int, float, bool)


def fulfilling(vector: Vector, condition: Condition) -> Any:
    """Of each row whether the condition holds; a missing value fulfils nothing but `is_null`.

    Raises:
        InvalidInputError: the column cannot be asked that.
    """
    if condition.op == "is_null":
        return vector.missing
    if condition.op == "not_null":
        return ~vector.missing
    return _fulfilling(vector, condition.op, condition.value) & ~vector.missing


def searched(vector: Vector, text: str) -> Any:
    """Of each row whether the column contains a text or equals the number or date that it is."""
    import numpy

    if vector.kind in ("text", "mixed"):
        return _matching(vector, "contains", text) & ~vector.missing
    if vector.kind == "category":
        return _of_categories(vector, lambda categories: searched(categories, text))
    if vector.kind in ("number", "moment"):
        with suppress(InvalidInputError):
            return _fulfilling(vector, "==", text) & ~vector.missing
    return numpy.zeros(len(vector.series), bool)


def _fulfilling(vector: Vector, op: Operator, value: JsonValue) -> Any:
    if vector.kind == "category":
        return _category(vector, op, value)
    if op in ("contains", "starts_with"):
        if not isinstance(value, str):
            _refuse(op, "a text")
        return _matching(vector, op, value)
    if op == "in":
        if not isinstance(value, list) or len(value) > ITEM_LIMIT:
            _refuse(op, f"a list of at most {ITEM_LIMIT:,} values")
        return _among(vector, [operand(vector, each) for each in value])
    if op == "between":
        if not isinstance(value, list) or len(value) != 2:
            _refuse(op, "a list of two values")
        low, high = value
        return _fulfilling(vector, ">=", low) & _fulfilling(vector, "<=", high)
    return _compared(vector, op, operand(vector, value))


def _refuse(op: Operator, wanted: str) -> NoReturn:
    raise InvalidInputError(f"The condition {op!r} takes {wanted}.")


def _compared(vector: Vector, op: Operator, value: Any) -> Any:
    compare = _COMPARE[op]
    if vector.kind == "mixed":
        if op not in ("==", "!="):
            vector.refuse(f"has no order to compare by: it holds {vector.content()}")
        return _each(vector, lambda own: compare(_equal(own, value), True))
    if vector.has_objects:
        return _each(vector, lambda own: compare(own, value))
    return compare(vector.series, value).to_numpy(bool, na_value=False)


def _equal(own: object, value: object) -> bool:
    """As in JSON: a boolean is no number."""
    same_sort = isinstance(own, bool) is isinstance(value, bool)
    return type(own) in _SCALARS and same_sort and own == value


def _among(vector: Vector, values: list[Any]) -> Any:
    if vector.kind in ("mixed", "period") or vector.has_objects:
        each = (_compared(vector, "==", value) for value in values)
        return reduce(operator.or_, each, ~(vector.missing | True))
    return vector.series.isin(values).to_numpy(bool)


def _matching(vector: Vector, op: Operator, text: str) -> Any:
    if vector.kind == "mixed":
        wanted = text.casefold() if op == "contains" else text
        if op == "contains":
            return _each(vector, lambda own: type(own) is str and wanted in own.casefold())
        return _each(vector, lambda own: type(own) is str and own.startswith(wanted))
    if vector.kind != "text":
        vector.refuse(f"is no text: it holds {vector.content()}, and {op!r} is for text")
    strings = vector.series.str
    if op == "contains":
        return strings.contains(text, case=False, regex=False).to_numpy(bool, na_value=False)
    return strings.startswith(text).to_numpy(bool, na_value=False)


def _each(vector: Vector, holds: Callable[[Any], bool]) -> Any:
    """What holds of each value that is there, one by one."""
    import numpy

    result = numpy.zeros(len(vector.series), bool)
    result[~vector.missing] = [bool(holds(value)) for value in vector.present.array]
    return result


def _category(vector: Vector, op: Operator, value: JsonValue) -> Any:
    """What holds of the category of each value; ordered ones compare by their own order."""
    import pandas

    def of_categories(categories: Vector) -> Any:
        if not (vector.series.cat.ordered and op in ("<", "<=", ">", ">=", "between")):
            return _fulfilling(categories, op, value)
        ranks = Vector(pandas.Series(range(len(categories.series)), dtype="int64"), vector.column)
        known = {each: rank for rank, each in enumerate(categories.series)}
        bounds: list[JsonValue] = list(value) if isinstance(value, list) else [value]
        places: list[JsonValue] = []
        for each in bounds:
            place = known.get(operand(categories, each))
            if place is None:
                vector.refuse(f"has an order of its own, in which {each!r} has no place")
            places.append(place)
        return _fulfilling(ranks, op, places if isinstance(value, list) else places[0])

    return _of_categories(vector, of_categories)


def _of_categories(vector: Vector, holds: Callable[[Vector], Any]) -> Any:
    import numpy
    import pandas

    categories = Vector(pandas.Series(vector.series.cat.categories), vector.column)
    return numpy.append(holds(categories), False)[vector.series.cat.codes]
