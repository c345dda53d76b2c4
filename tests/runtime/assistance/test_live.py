from __future__ import annotations

import collections
import math
from functools import cached_property
from types import ModuleType
from typing import Any

import pytest

from nbengine.runtime.assistance.live import (
    Found,
    found,
    imported,
    is_from,
    item,
    kind_of,
    member,
    member_names,
    own_dict,
    snapshot,
)


class Base:
    limit = 3

    def grow(self) -> None: ...


class Thing(Base):
    __slots__ = ("slot",)

    def __init__(self) -> None:
        self.slot = "in a slot"
        self.own = "own"

    @property
    def weight(self) -> int:
        raise AssertionError

    @cached_property
    def cached(self) -> int:
        raise AssertionError

    @staticmethod
    def free() -> None: ...

    @classmethod
    def of_class(cls) -> None: ...


def value_of(of: Any, name: str) -> Any:
    seen = member(found(of), name)
    return None if seen is None else seen.value


@pytest.mark.parametrize("name, expected", [("own", "own"), ("slot", "in a slot"), ("limit", 3)])
def test_attributes_that_lie_there_are_found(name: str, expected: object) -> None:
    """In the object, in a slot, in a base class."""
    assert value_of(Thing(), name) == expected


@pytest.mark.parametrize("name", ["weight", "cached", "nowhere"])
def test_what_would_have_to_run_is_not_found(name: str) -> None:
    """A property has no value here."""
    assert member(found(Thing()), name) is None


@pytest.mark.parametrize("name", ["grow", "free", "of_class"])
def test_methods_are_found(name: str) -> None:
    """With the note whether they have their first argument."""
    seen = member(found(Thing()), name)
    assert seen is not None
    assert seen.bound is (name != "free")
    assert kind_of(seen.value) == "function"


def test_a_cached_value_is_there() -> None:
    """What a cached property left in the object is an attribute like any other."""
    thing = Thing()
    thing.__dict__["cached"] = 7
    assert value_of(thing, "cached") == 7


def test_of_a_class_alone_its_instances_are_known() -> None:
    """Where there is no object yet, the class says what it will have."""
    of = Found(Thing)
    assert {"grow", "weight", "slot"} <= member_names(of).keys()
    assert member(of, "slot") is None


def test_modules_have_what_is_in_them() -> None:
    """Their lazy `__getattr__` is not asked."""
    module = ModuleType("lazy")
    exec("def __getattr__(name): raise AssertionError\nhere = 1", vars(module))
    assert value_of(module, "here") == 1
    assert member(found(module), "there") is None
    assert value_of(math, "pi") == math.pi


def test_names_that_are_no_plain_text_are_left_out() -> None:
    """A dictionary may have any key."""
    assert snapshot({"a": 1, 5: 2, (1, 2): 3}) == {"a": 1}


def test_an_object_without_a_dictionary_has_nothing_of_its_own() -> None:
    """Numbers, slots alone."""
    assert own_dict(5) == own_dict(object()) == {}


@pytest.mark.parametrize(
    "of, key, expected",
    [
        ({"a": 1}, "a", 1),
        ({1: "one"}, 1, "one"),
        ([1, 2, 3], -1, 3),
        ((1, 2), 1, 2),
        ("abc", 0, "a"),
    ],
)
def test_items_of_plain_containers_are_found(of: Any, key: Any, expected: object) -> None:
    """By a constant key or place."""
    seen = item(found(of), key)
    assert seen is not None
    assert seen.value == expected


@pytest.mark.parametrize(
    "of, key", [({}, "a"), ([], 0), (collections.defaultdict(list), "a"), (5, 0), ({1: 2}, True)]
)
def test_other_items_are_not(of: Any, key: Any) -> None:
    """A missing key, and whatever has a method of its own for it."""
    assert item(found(of), key) is None


def test_a_library_knows_its_own_classes() -> None:
    """A class that only bears the name is not one of its."""
    forged = type("Counter", (), {"__module__": "collections"})
    assert is_from(collections.Counter, "collections")
    assert not is_from(forged, "collections")
    assert imported("collections", "OrderedDict.fromkeys") is not None
