from __future__ import annotations

import functools
import math
from collections import deque
from typing import Any

import pytest

from nbengine.capture.reach import NODE_LIMIT, reached_from


class Held:
    pass


class Slots:
    __slots__ = ("it",)

    def __init__(self, it: object) -> None:
        self.it = it


def reaches(value: object, wanted: object) -> bool:
    return reached_from([value], {id(wanted)}, {}) == {id(wanted)}


def holders(it: object) -> dict[str, Any]:
    """One thing of every sort that can hold another."""

    def closure() -> object:
        return it

    def default(value: object = it) -> object:
        return value

    plain = Held()
    plain.it = it  # type: ignore[attr-defined]
    return {
        "itself": it,
        "list": [it],
        "tuple": (1, it),
        "dict": {"k": it},
        "set": {it},
        "deque": deque([it]),
        "object": plain,
        "slots": Slots(it),
        "closure": closure,
        "default": default,
        "partial": functools.partial(print, it),
        "method": [it].append,
        "nested": [{"k": (plain,)}],
        "long list": [it, *range(10**5)],
    }


@pytest.mark.parametrize("way", holders(None))
def test_what_holds_an_object_reaches_it(way: str) -> None:
    """Containers, objects, closures and defaults lead to what they hold."""
    wanted = Held()
    assert reaches(holders(wanted)[way], wanted)


@pytest.mark.parametrize(
    "value",
    [1, "a", [], Held(), math, Held, print, lambda: 1],
    ids=["int", "str", "list", "object", "module", "class", "builtin", "function"],
)
def test_what_does_not_hold_it_does_not(value: object) -> None:
    """Other values lead nowhere."""
    assert not reaches(value, Held())


def test_modules_and_classes_are_not_entered() -> None:
    """What everything can get at through an import says nothing about a cell."""
    wanted = Held()
    module = type(math)("made")
    module.it = wanted  # type: ignore[attr-defined]
    assert not reaches(module, wanted)
    assert not reaches(type("Holder", (), {"it": wanted}), wanted)


def test_the_globals_of_a_function_are_not_entered() -> None:
    """A function does not reach what it merely could name."""
    wanted = Held()
    namespace: dict[str, Any] = {"it": wanted}
    exec("def f(): return it", namespace)
    assert reached_from([namespace["f"]], {id(wanted)}, namespace) == set()


def test_a_ring_ends() -> None:
    """Objects that hold one another are looked at once."""
    ring: list[object] = []
    ring.append(ring)
    assert not reaches(ring, Held())


def test_the_search_is_bounded() -> None:
    """A chain longer than the limit is given up."""
    wanted = Held()
    chain: object = wanted
    for _ in range(NODE_LIMIT + 10):
        chain = [chain]
    assert not reaches(chain, wanted)


def test_no_code_of_the_objects_is_run() -> None:
    """Looking through an object calls none of its methods."""

    class Hostile(list[object]):
        def __getattribute__(self, name: str) -> object:
            raise AssertionError(name)

        def __iter__(self) -> Any:
            raise AssertionError

        def __len__(self) -> int:
            raise AssertionError

    wanted = Held()
    assert reaches(Hostile([wanted]), wanted)
