"""Results kept in lists, tuples and dicts, and which values are worth reading at all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from typing import Any

from .evidence import Evidence, Origin
from .readers import READERS
from .readers.builtins import r_squared_keys
from .readers.numpy import is_curve_fit
from .readers.reader import library_of
from .readers.roles import name_tells
from .readers.scipy import Tests, is_test

RESULTS = frozenset({"scipy", "sklearn", "statsmodels"})
"""Libraries whose results people keep in collections."""

ELEMENTS = 1_000
"""Elements of a collection that are looked at, one level deep."""


def may_tell(value: Any, name: str | None) -> bool:
    """Whether a value is worth reading: by its library, its first element or its name."""
    library = library_of(type(value))
    if library == "builtins":
        return _plain_tells(value, name)
    return name_tells(name) if library == "numpy" else library in READERS


def _plain_tells(value: Any, name: str | None) -> bool:
    kind = type(value)
    if kind is float:
        return name_tells(name)
    if kind not in (list, tuple, dict) or not value:
        return False
    first = next(iter(value.values() if kind is dict else value))
    if library_of(type(first)) in RESULTS:
        return True
    if kind is dict:
        return "fit_time" in value or name_tells(name) or bool(r_squared_keys(value))
    if kind is tuple:
        return len(value) > 1 and is_curve_fit(value[0], value[1])
    return name_tells(name)


def evidence_of(value: Any, origin: Origin) -> Iterator[tuple[Evidence, str | None]]:
    """What a value says, and the collection's name where one of its elements says it."""
    held = _results(value)
    if not held:
        yield from ((evidence, None) for evidence in _read(value, origin))
    elif len(held) > 1 and all(map(is_test, held.values())):
        yield Tests(held, len(value), origin), None
    else:
        name = origin.name or "the shown collection"
        for label, element in held.items():
            for evidence in _read(element, replace(origin, name=f"{name}[{label}]")):
                yield evidence, name


def _read(value: object, origin: Origin) -> Iterator[Evidence]:
    return READERS[library_of(type(value))](value, origin)


def _results(value: Any) -> dict[str, object]:
    elements = islice(_elements(value), ELEMENTS)
    return {label: held for label, held in elements if library_of(type(held)) in RESULTS}


def _elements(value: Any) -> Iterator[tuple[str, object]]:
    if type(value) is dict:
        for place, (key, element) in enumerate(value.items()):
            yield (repr(key) if type(key) in (str, int) else f"key {place}"), element
    elif type(value) in (list, tuple):
        yield from ((str(place), element) for place, element in enumerate(value))
