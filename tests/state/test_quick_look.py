"""The quick look says the same as the proper one, or nothing."""

from __future__ import annotations

import types
from typing import Any

import pytest
from blake3 import blake3
from hypothesis import given
from hypothesis import strategies as st

from nbengine.state import owned
from nbengine.state.identity import shareable
from nbengine.state.known import Space
from nbengine.state.pickling import dump
from nbengine.state.quick_look import QuickLook

from .round_trip import NoDefinitions

MAIN = types.ModuleType("__main__")
QUICK = QuickLook(Space(MAIN))

_leaves = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(max_size=2000)
)
VALUES = st.recursive(
    _leaves,
    lambda inner: (
        st.lists(inner)
        | st.lists(inner).map(tuple)
        | st.dictionaries(st.text() | st.integers(), inner)
        | st.frozensets(st.integers() | st.text())
        | inner.map(lambda value: [value, value])
        | st.binary().map(bytearray)
        | st.sets(st.integers())
    ),
)


def properly(*values: Any) -> tuple[bytes, frozenset[int]]:
    """Digest and members as the first look finds them."""
    pickled = dump(values, Space(MAIN), NoDefinitions())
    return blake3(pickled.data).digest(), frozenset(map(id, shareable(pickled.owned)))


@given(st.lists(VALUES, min_size=1, max_size=3))
def test_plain_values_are_seen_as_by_a_proper_look(values: list[Any]) -> None:
    """The same digest, and the same objects that others could share."""
    assert QUICK.at(values) == properly(*values)


@pytest.mark.parametrize("tells", [True, False])
def test_what_values_share_and_cycles_are_seen(
    tells: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An equal value that is another object has other members or another pickle.

    Also where picklers do not tell the collector of their memo, as those of Python 3.11.2.
    """
    monkeypatch.setattr(owned, "_TELLS", tells and owned._TELLS)
    inner, cycle = [1], list[Any]()
    cycle.append(cycle)
    for values in ([inner, [inner]], [cycle]):
        assert QUICK.at(values) == properly(*values)
    assert QUICK.at([inner, [inner]]) != QUICK.at([inner, [[1]]])
    before, equal = QUICK.at([[inner]]), [1]
    assert QUICK.at([[equal]]) != before


def test_the_namespace_is_pointed_at() -> None:
    """A variable that holds all variables is no reason to look at them."""
    found = QUICK.at([[vars(MAIN)]])
    assert found is not None
    assert id(vars(MAIN)) not in found[1]


class Loud:
    def __reduce__(self) -> Any:
        raise AssertionError("it was asked")


class Text(str):
    pass


NOT_PLAIN = {
    "an object": Loud(),
    "an object deep in it": [{"a": ([1], Loud())}],
    "of a class above a builtin": Text("x"),
    "a class": Loud,
    "a function": properly,
    "a module": types,
    "a number that has no opcode": 1j,
    "long": "x" * 100_000,
    "long in sum": list(range(50_000)),
}


@pytest.mark.parametrize("value", NOT_PLAIN.values(), ids=NOT_PLAIN)
def test_what_is_not_small_and_plain_is_left_to_a_proper_look(value: object) -> None:
    """Nobody's code is asked, and the next value is seen as if nothing had happened."""
    assert QUICK.at([[1], value]) is None
    assert QUICK.at([[1]]) is not None


def test_what_is_nested_too_deeply_is_left_to_a_proper_look() -> None:
    """It is no error."""
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    assert QUICK.at([deep]) is None
    assert QUICK.at([[1]]) is not None
