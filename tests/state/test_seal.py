from __future__ import annotations

import gc
import weakref
from collections import OrderedDict, defaultdict, deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from queue import Queue
from threading import Thread
from types import GeneratorType
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nbengine.state.seal import is_sealed


class Plain:
    def __init__(self, value: object = None) -> None:
        self.value = value

    def method(self) -> None:
        """Does nothing."""


class Slotted:
    __slots__ = ("value",)

    def __init__(self, value: object = None) -> None:
        self.value = value


def closure(local: object) -> Callable[[], object]:
    """A function that keeps a value."""
    return lambda: local


class Items(list[Any]):
    pass


@dataclass
class Record:
    one: object
    two: object


def members_of(roots: Iterable[object]) -> list[object]:
    """The objects and all they hold, but classes, and what a generator sees: the whole process."""
    members: dict[int, object] = {}
    todo = list(roots)
    while todo:
        value = todo.pop()
        if id(value) not in members and not issubclass(type(value), type):
            members[id(value)] = value
            if not isinstance(value, GeneratorType):
                todo.extend(gc.get_referents(value))
            if isinstance(value, np.ndarray) and value.base is not None:
                todo.append(value.base)
    return list(members.values())


def sealed(namespace: Mapping[str, object]) -> bool:
    """Whether the namespace is the only one who has these objects."""
    held: dict[int, int] = {}
    for value in namespace.values():
        held[id(value)] = held.get(id(value), 0) + 1
    values = list(namespace.values())
    members = members_of(values)
    del values
    if namespace:
        del value
    return is_sealed(members, held)


MAKERS: dict[str, Callable[[], object]] = {
    "list": lambda: [1, [2, [3]]],
    "dict": lambda: {"a": [1], "b": {"c": {1, 2}}},
    "tuple": lambda: ([1], (2, [3])),
    "instance": lambda: Plain([1]),
    "slots": lambda: Slotted({1: [2]}),
    "subclass": lambda: Items([[1], [2]]),
    "dataclass": lambda: Record([1], {2: [3]}),
    "deque": lambda: deque([[1]]),
    "defaultdict": lambda: defaultdict(None, {"a": [1]}),
    "OrderedDict": lambda: OrderedDict(a=[1]),
    "array": lambda: np.arange(10),
    "view": lambda: [np.arange(10).reshape(2, 5), Plain()],
    "bytearray": lambda: [bytearray(10), frozenset([(1, 2)])],
}
makers = pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)


@makers
def test_objects_that_only_the_namespace_has(make: Callable[[], object]) -> None:
    """All their references are accounted for."""
    assert sealed({"x": make()})


@makers
def test_two_names_for_one_object(make: Callable[[], object]) -> None:
    """Both of the namespace's references count."""
    namespace = {"x": make()}
    namespace["y"] = namespace["x"]
    assert sealed(namespace)


@makers
def test_any_one_object_in_other_hands_breaks_the_seal(make: Callable[[], object]) -> None:
    """Whichever of the objects that can change is known to someone else."""
    namespace = {"x": make()}
    for place in range(len(changeable(namespace))):
        outside = changeable(namespace)[place]
        assert not sealed(namespace)
        del outside
    assert sealed(namespace)


def changeable(namespace: Mapping[str, object]) -> list[object]:
    """The objects that can change."""
    fixed = (int, str, tuple, frozenset, type(None))
    return [v for v in members_of(namespace.values()) if not isinstance(v, fixed)]


def test_cycles_are_sealed_and_seen_through() -> None:
    """Objects that hold each other are accounted for like others."""
    one, two = Plain(), Plain()
    one.value, two.value = two, [one, two]
    namespace = {"x": one}
    del two
    assert not sealed(namespace)
    del one
    assert sealed(namespace)


def test_a_tuple_of_lists_in_other_hands() -> None:
    """Who has the tuple gets at the lists, though they themselves have no other owner."""
    namespace = {"x": ([1], [2])}
    assert sealed(namespace)
    outside = namespace["x"]
    assert not sealed(namespace)
    del outside


def test_who_has_what_cannot_change_does_not_matter() -> None:
    """Numbers, strings and tuples of them are shared by everyone."""
    constant, text = (10**30, ("a", None)), "a text of one's own" * 2
    assert sealed({"x": [constant, text, 1, None, b"", (), frozenset([1.5])]})
    assert constant
    assert text


def test_an_instances_attributes_with_and_without_a_dict() -> None:
    """Whether `__dict__` was ever asked for does not matter, unless someone keeps it."""
    namespace: dict[str, Any] = {"x": Plain([1])}
    assert sealed(namespace)
    kept = namespace["x"].__dict__
    assert not sealed(namespace)
    del kept
    assert sealed(namespace)
    namespace["d"] = vars(namespace["x"])
    assert sealed(namespace)
    del namespace["x"]
    assert sealed(namespace)


def test_a_dict_that_replaced_an_instances_own() -> None:
    """It is found as any other object is."""
    instance: Any = Plain([1])
    instance.__dict__ = {"value": [2]}
    namespace: dict[str, Any] = {"x": instance}
    del instance
    assert sealed(namespace)
    kept = namespace["x"].__dict__
    assert not sealed(namespace)
    del kept


def test_a_method_or_an_iterator_that_someone_keeps() -> None:
    """A bound method is a reference, and so is an iterator."""
    namespace: dict[str, Any] = {"x": Plain([1])}
    kept = namespace["x"].method
    assert not sealed(namespace)
    kept = iter(namespace["x"].value)
    assert not sealed(namespace)
    del kept


def test_a_weak_reference_is_someone() -> None:
    """Unless it is among the objects."""
    namespace: dict[str, Any] = {"x": Plain([1])}
    outside = weakref.ref(namespace["x"])
    assert not sealed(namespace)
    del outside
    assert sealed(namespace)
    namespace["r"] = weakref.ref(namespace["x"])
    assert sealed(namespace)
    registry = weakref.WeakValueDictionary({"a": namespace["x"]})
    assert not sealed(namespace)
    assert registry


def test_a_frame_of_a_thread_is_found() -> None:
    """A list in a local variable of a function that waits elsewhere is in other hands."""
    namespace: dict[str, Any] = {"x": [[1]]}
    inbox: Queue[object] = Queue()
    ready: Queue[None] = Queue()

    def wait(local: list[int]) -> None:
        ready.put(None)
        inbox.get()
        local.append(2)

    thread = Thread(target=wait, args=(namespace["x"][0],))
    thread.start()
    ready.get()
    assert not sealed(namespace)
    inbox.put(None)
    thread.join()
    del thread
    assert sealed(namespace)


def test_a_suspended_generator_and_a_closure_are_found() -> None:
    """So are variables that functions keep."""
    namespace: dict[str, Any] = {"x": [1]}
    generator = (item for item in namespace["x"])
    assert not sealed(namespace)
    generator.close()
    del generator
    assert sealed(namespace)
    keep = closure(namespace["x"])
    assert not sealed(namespace)
    assert keep() == [1]


@pytest.mark.parametrize(
    "value",
    [
        np.array([[1], None], dtype=object),
        np.frombuffer(bytearray(8), np.uint8),
        memoryview(bytearray(8)),
        iter([[1]]),
        (item for item in [[1]]),
    ],
    ids=["objects", "foreign", "memoryview", "iterator", "generator"],
)
def test_what_does_not_tell_what_it_holds(value: object) -> None:
    """Such an object may hide something that others have, so it is never sealed."""
    assert not sealed({"x": [value]})


def test_classes_are_never_sealed() -> None:
    """Whoever has a class above one finds the classes below it."""
    made = type("Made", (), {})
    assert not is_sealed([made], {id(made): gc.get_referrers(made).__len__()})


def test_views_of_an_array() -> None:
    """They are accounted for if the array is, and break its seal if they are elsewhere."""
    namespace: dict[str, Any] = {"a": np.arange(10)}
    namespace["b"] = namespace["a"][2:5]
    assert sealed(namespace)
    outside = namespace["a"][1:]
    assert not sealed(namespace)
    del outside
    view = namespace["b"]
    assert not is_sealed([view], {id(view): 2})
    buffer = memoryview(namespace["a"])
    assert not sealed(namespace)
    del buffer


def test_subclasses_of_arrays_are_not_trusted() -> None:
    """What a class in another library's C code holds is unknown."""
    assert not sealed({"x": np.ma.masked_array([1, 2])})


def test_nothing_is_sealed() -> None:
    """No objects have no references."""
    assert is_sealed([], {})


_trees: st.SearchStrategy[Any] = st.recursive(
    st.integers() | st.text(max_size=3) | st.none(),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.lists(inner, max_size=4).map(tuple),
        st.dictionaries(st.text(max_size=3), inner, max_size=4),
        inner.map(Plain),
        inner.map(Slotted),
        inner.map(lambda value: [value, value]),
    ),
    max_leaves=20,
)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_an_alias_into_any_structure_is_found(data: st.DataObject) -> None:
    """A copy of the structure is sealed, and is not while someone holds a part that can change."""
    namespace = {"x": _copied(data.draw(_trees))}
    assert sealed(namespace)
    count = len(changeable(namespace))
    if count:
        outside = changeable(namespace)[data.draw(st.integers(0, count - 1))]
        assert not sealed(namespace)
        del outside


def _copied(value: Any) -> Any:
    """Made anew, since the one that draws examples keeps them."""
    if isinstance(value, list | tuple):
        return type(value)(map(_copied, value))
    if isinstance(value, dict):
        return {key: _copied(item) for key, item in value.items()}
    if isinstance(value, Plain | Slotted):
        return type(value)(_copied(value.value))
    return value
