from __future__ import annotations

import os
from collections import (
    ChainMap,
    Counter,
    OrderedDict,
    UserDict,
    UserList,
    UserString,
    defaultdict,
    deque,
)
from types import MappingProxyType, SimpleNamespace
from typing import Any, NamedTuple

import pytest
from IPython.lib.pretty import pretty

from nbengine.capture.pretty.text import pretty_text

WORD = "word" * 8


class List(list[Any]):
    pass


class LoudList(list[Any]):
    def __repr__(self) -> str:
        return f"LoudList of {len(self)}"


class Tuple(tuple[Any, ...]):
    __slots__ = ()


class Dict(dict[Any, Any]):
    pass


class Missing(dict[Any, Any]):
    def __getitem__(self, key: Any) -> Any:
        return f"for {key}"


class Set(set[Any]):
    pass


class Frozen(frozenset[Any]):
    pass


class Ordered(OrderedDict[Any, Any]):
    pass


class Tally(Counter[Any]):
    pass


class Default(defaultdict[Any, Any]):
    pass


class Queue(deque[Any]):
    pass


class Space(SimpleNamespace):
    pass


class Pair(NamedTuple):
    left: Any
    right: Any


class Holder:
    """Hashable, and prints the set that it holds."""

    def __init__(self) -> None:
        self.held: set[Any] = set()

    def _repr_pretty_(self, p: Any, cycle: bool) -> None:
        p.pretty(self.held)


def cycles() -> dict[str, Any]:
    """Each container with itself inside."""
    items: list[Any] = []
    items.append(items)
    mapping: dict[Any, Any] = {}
    mapping[1] = [mapping]
    through_tuple: tuple[list[Any]] = ([],)
    through_tuple[0].append(through_tuple)
    queue: deque[Any] = deque(maxlen=3)
    queue.append(queue)
    ordered: OrderedDict[Any, Any] = OrderedDict()
    ordered["me"] = ordered
    default: defaultdict[Any, Any] = defaultdict(list)
    default["me"] = default
    tally: Counter[Any] = Counter()
    tally["me"] = tally  # type: ignore[assignment]
    users: UserList[Any] = UserList()
    users.append(users)
    space = SimpleNamespace()
    space.me = space
    holder = Holder()
    holder.held.add(holder)
    return {
        "list in itself": items,
        "dict in itself": mapping,
        "dict in itself, proxied": MappingProxyType(mapping),
        "tuple in itself": through_tuple,
        "deque in itself": queue,
        "OrderedDict in itself": ordered,
        "defaultdict in itself": default,
        "Counter in itself": tally,
        "UserList in itself": users,
        "namespace in itself": space,
        "set in itself": holder,
        "one list twice": [items, items],
    }


VALUES: dict[str, Any] = {
    **cycles(),
    "empty": [[], (), {}, set(), frozenset(), deque(), OrderedDict(), Counter(), UserList()],
    "empty, a line each": [WORD, [], WORD, (), {}, set(), frozenset(), deque(), OrderedDict()],
    "flat list": [1, 2.5, "a", b"b", None, True, ..., NotImplemented, 1j],
    "flat list, broken": [WORD] * 4,
    "list of the width": ["x" * 73, 1],
    "list of the width and one": ["x" * 74, 1],
    "tuple of one": (1,),
    "tuple of one, wide": (WORD * 3,),
    "tuples": ((), (1,), ((2,), (3, 4))),
    "dict": {"a": 1, 2: "b", (1, 2): [3], None: {"c": {}}},
    "dict, broken": {WORD: WORD, "b": {"c": [WORD, WORD, {WORD}]}},
    "dict with wide keys": {(WORD, WORD, WORD): [WORD, WORD, WORD], (1, 2): ["x" * 80, "y", "z"]},
    "set": {3, 1, 2},
    "set, unsortable": {1, "a", None, (2,)},
    "set of sets": {frozenset({2, 1}), frozenset({3}), frozenset()},
    "set, broken": {WORD + str(number) for number in range(9)},
    "frozenset, broken": frozenset(WORD + str(number) for number in range(9)),
    "nested frozensets": [frozenset({frozenset({1, "a"})})],
    "deque": deque([1, [2]], maxlen=5),
    "deque, broken": deque([WORD] * 5),
    "OrderedDict": OrderedDict({"a": 1, "b": [WORD, WORD, WORD]}),
    "defaultdict": defaultdict(list, {"a": [1], WORD: [WORD] * 3}),
    "defaultdict without factory": defaultdict(None, {1: 2}),
    "Counter": Counter("abracadabra"),
    "Counter, broken": Counter({WORD: 3, WORD * 2: 7, "a": 7}),
    "mappingproxy": MappingProxyType({"a": 1, "b": [WORD] * 3}),
    "UserDict": UserDict({"a": [WORD] * 3}),
    "UserList": UserList([WORD] * 3),
    "UserString": UserString("text"),
    "ChainMap": ChainMap({1: 2}, {3: 4}),
    "namespace": SimpleNamespace(a=1, b=[WORD] * 3, c=SimpleNamespace()),
    "environ": os.environ,
    "namedtuple": [Pair(1, [WORD] * 3), Pair(Pair(1, 2), WORD)],
    "subclass of list": List([1, List([WORD] * 3)]),
    "subclass of list with a repr": [LoudList([1, 2])],
    "subclass of tuple": [Tuple([1]), Tuple()],
    "subclass of dict": Dict({"a": Dict()}),
    "subclass of dict, own items": Missing({"a": 1}),
    "subclass of set": [Set(), Set([1]), Frozen(), Frozen([1])],
    "subclass of OrderedDict": [Ordered(), Ordered({1: 2})],
    "subclass of Counter": [Tally(), Tally("aab")],
    "subclass of defaultdict": Default(int, {1: 2}),
    "subclass of deque": Queue([1]),
    "subclass of namespace": Space(a=1),
    "views": [{1: 2}.keys(), {1: 2}.values(), {1: 2}.items()],
    "long list": list(range(1001)),
    "list as long as may be": list(range(1000)),
    "long tuple": tuple(range(1500)),
    "long set": set(range(1500)),
    "set that is not sorted": {f"{number}" for number in range(1000)},
    "set that is sorted": {f"{number}" for number in range(999)},
    "long dict": dict.fromkeys(range(3000), "v"),
    "long deque": deque(range(2000)),
    "long OrderedDict": OrderedDict.fromkeys(range(2000)),
    "long defaultdict": defaultdict(int, dict.fromkeys(range(2000), 1)),
    "long Counter": Counter({number: number % 7 for number in range(2000)}),
    "long UserList": UserList(range(2000)),
    "long containers inside": {"a": [list(range(1200))], "b": deque(range(1001))},
    "long strings": ["a" * 5000, "line\n" * 300, b"\x00" * 400],
}


@pytest.mark.parametrize("name", VALUES)
@pytest.mark.parametrize("max_width", [79, 30, 1])
def test_containers_look_as_in_ipython(name: str, max_width: int) -> None:
    """Containers, their subclasses and cycles give the text that IPython gives."""
    value = VALUES[name]
    expected = pretty(value, max_width=max_width)  # type: ignore[no-untyped-call]
    assert pretty_text(value, max_width=max_width) == expected


@pytest.mark.parametrize("name", VALUES)
@pytest.mark.parametrize("most", [0, 1, 3])
def test_containers_are_shortened_as_in_ipython(name: str, most: int) -> None:
    """As many items as are asked for are printed, 0 means all of them."""
    value = VALUES[name]
    expected = pretty(value, max_seq_length=most)  # type: ignore[no-untyped-call]
    assert pretty_text(value, max_seq_length=most) == expected


def test_counts_that_cannot_be_compared_raise_as_in_ipython() -> None:
    """A Counter with counts of no common order has no text, in IPython neither."""
    value: Counter[str] = Counter({"a": 1, "b": None})
    with pytest.raises(TypeError):
        pretty(value)  # type: ignore[no-untyped-call]
    with pytest.raises(TypeError):
        pretty_text(value)
