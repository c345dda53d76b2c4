"""Where a pickle is cut into parts."""

from __future__ import annotations

import pickle
import random
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nbengine.state.output import PART, UNBOUNDED, Output, parts

_chance = random.Random(7)
LONG = {
    "bytes": lambda: _chance.randbytes(2 * PART),
    "a bytearray": lambda: bytearray(_chance.randbytes(2 * PART)),
    "a text": lambda: _chance.randbytes(PART).hex(),
}


def cut(value: object) -> list[bytes]:
    """The parts of the pickle of a value."""
    output = Output(UNBOUNDED)
    pickle.Pickler(output, 5).dump(value)
    return [bytes(part) for part in parts(output.getvalue(), output.cuts)]


@pytest.mark.parametrize("make", LONG.values(), ids=LONG)
def test_a_long_value_has_parts_of_its_own(make: Callable[[], Any]) -> None:
    """A change of its neighbour leaves them as they are."""
    value, neighbour = make(), make()
    before = set(cut({"a": neighbour, "b": value}))
    after = cut({"a": neighbour[:-5], "b": value})
    kept = sum(len(part) for part in after if part in before)
    assert kept >= len(value)


def test_what_is_added_at_the_end_leaves_the_beginning_as_it_is() -> None:
    """Also of a pickle without any long value in it."""
    rows = [{"a": n, "b": [n]} for n in range(150_000)]
    before = set(cut(rows))
    after = cut([*rows, 1])
    assert sum(part not in before for part in after) == 1


@settings(max_examples=50)
@given(st.binary(max_size=50), st.lists(st.integers(0, 6 * PART)), st.integers(0, 5 * PART))
def test_the_parts_are_the_whole(seed: bytes, cuts: list[int], length: int) -> None:
    """Whatever cuts there are, in any order; none is much longer than the others."""
    data = seed + bytes(length)
    found = list(parts(data, [0, *(place for place in cuts if place < len(data))]))
    assert b"".join(found) == data
    assert all(len(part) < 2 * PART for part in found)
