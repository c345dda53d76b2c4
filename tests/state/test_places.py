"""Ways to objects within values, as one would write them."""

from __future__ import annotations

import functools
from collections import ChainMap, deque
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from nbengine.state.places import places


class Slotted:
    __slots__ = ("part",)
    part: object


class Reading(dict[str, object]):
    """Refuses to be read in the usual ways."""

    def __getattribute__(self, name: str) -> Any:
        raise ZeroDivisionError

    def __iter__(self) -> Any:
        raise ZeroDivisionError


def slotted(part: object) -> Slotted:
    made = Slotted()
    made.part = part
    return made


def closing_over(part: object) -> Callable[[], object]:
    return lambda: part


def with_default(part: object) -> Callable[..., object]:
    def function(first: object = part) -> object:
        return first

    return function


def caused_by(part: object) -> ValueError:
    error = ValueError()
    error.args = (part,)
    return error


WAYS: dict[str, Callable[[object], Any]] = {
    "": lambda part: part,
    "['a']": lambda part: {"a": part},
    "[2]": lambda part: [0, 0, part],
    "[1][0]": lambda part: (1, [part]),
    "[1]": lambda part: deque([0, part]),
    "{…}": lambda part: {part},
    "[…]": lambda part: {(1, 2): part},
    ".a.b": lambda part: SimpleNamespace(a=SimpleNamespace(b=part)),
    ".part": slotted,
    ".maps[0]['x']": lambda part: ChainMap({"x": part}),
    ".args[0]": lambda part: functools.partial(print, part),
    ".keywords['end']": lambda part: functools.partial(print, end=part),
    ".__closure__[0].cell_contents": closing_over,
    ".__defaults__[0]": with_default,
    ".args[0] ": caused_by,
    "['k']": lambda part: Reading(k=part),
    "[3]": lambda part: np.array([1, 2, 3, part], dtype=object),
    "['" + "k" * 39 + "…]": lambda part: {"k" * 1000: part},
}


@pytest.mark.parametrize("way, make", WAYS.items(), ids=WAYS)
def test_the_way_is_written_as_one_would(way: str, make: Callable[[object], Any]) -> None:
    """Through containers and attributes, past whatever the classes make of being read."""
    part = object()
    assert places(make(part), {id(part)}) == {id(part): way.strip()}


def test_the_shortest_way_is_told_and_circles_end() -> None:
    """Of several ways one is enough."""
    part = object()
    value: dict[str, Any] = {"long": [[[part]]], "short": part}
    value["me"] = value
    assert places(value, {id(part), 1}) == {id(part): "['short']"}


def test_no_more_is_looked_at_than_is_allowed() -> None:
    """What would take too long to find is not found."""
    part = object()
    value = [[number] for number in range(1000)] + [[part]]
    assert places(value, {id(part)}, most=100) == {}
    assert places(value, {id(part)}) == {id(part): "[1000][0]"}


def test_classes_and_metaclasses_are_not_asked() -> None:
    """A metaclass that answers nothing does not stand in the way."""

    class Silent(type):
        def __getattribute__(cls, name: str) -> Any:
            raise ZeroDivisionError

        def __hash__(cls) -> int:
            raise ZeroDivisionError

    part = object()
    shy: Any = Silent("shy", (), {"part": part})
    assert places([object.__new__(shy), shy], {id(part)}) == {id(part): "[1].part"}
