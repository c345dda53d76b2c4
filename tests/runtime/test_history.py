from __future__ import annotations

from typing import Any

import pytest

from nbengine.runtime.history import History, approximate_size


def history(length: int = 100, size: int = 10**9) -> tuple[History, dict[str, Any]]:
    namespace: dict[str, Any] = {}
    return History(namespace, length=length, size=size), namespace


def last_three(namespace: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(namespace.get(name, "gone") for name in ("_", "__", "___"))


def test_the_last_three_values() -> None:
    """`_`, `__` and `___` move on with each shown value."""
    past, namespace = history()
    for number in range(1, 5):
        past.add_output(number, number * 10)
    assert last_three(namespace) == (40, 30, 20)
    assert namespace["Out"] == {1: 10, 2: 20, 3: 30, 4: 40}
    assert namespace["_2"] == 20


@pytest.mark.parametrize("name", ["_", "__", "___"])
def test_a_name_that_the_user_took_is_respected(name: str) -> None:
    """As in IPython, none of the three is touched while one of them is the user's."""
    past, namespace = history()
    past.add_output(1, 10)
    namespace[name] = "mine"
    past.add_output(2, 20)
    assert namespace[name] == "mine"
    assert namespace["Out"] == {1: 10, 2: 20}


def test_a_deleted_name_comes_back() -> None:
    """As in IPython, `del _` gives the name back to the history."""
    past, namespace = history()
    past.add_output(1, 10)
    namespace["_"] = "mine"
    past.add_output(2, 20)
    del namespace["_"]
    past.add_output(3, 30)
    assert last_three(namespace) == (30, 20, 10)


def test_showing_the_history_does_not_put_it_into_itself() -> None:
    """`Out` as a value is not remembered."""
    past, namespace = history()
    past.add_output(1, 10)
    past.add_output(2, namespace["Out"])
    assert namespace["Out"] == {1: 10}
    assert namespace["_"] == 10


def test_inputs_have_the_number_of_their_cell() -> None:
    """`In[n]` is the source of cell n, and `_i` that of the cell before."""
    past, namespace = history()
    for number, source in enumerate(["a", "b", "c", "d"], start=1):
        past.add_input(number, source)
    assert namespace["In"] == ["", "a", "b", "c", "d"]
    assert [namespace[name] for name in ("_i", "_ii", "_iii")] == ["c", "b", "a"]


def test_inputs_have_numbered_names_for_a_cell_that_speaks_of_them() -> None:
    """`_i2` is the source of cell 2; the names of inputs that are forgotten go away."""
    namespace: dict[str, object] = {}
    past = History(namespace, length=3, size=1000)
    for number, source in enumerate(["a", "b", "_i1", "d", "e", "_i4"], start=1):
        past.add_input(number, source)
        if source == "_i1":
            assert [namespace[f"_i{n}"] for n in (1, 2, 3)] == ["a", "b", "_i1"]
    assert {name for name in namespace if name[2:].isdigit()} == {"_i4", "_i5", "_i6"}
    assert namespace["_i4"] == "d"


def test_length_is_bounded() -> None:
    """Old inputs become empty text at their number, old outputs disappear with their name."""
    past, namespace = history(length=3)
    for number in range(1, 11):
        past.add_input(number, f"source {number}")
        past.add_output(number, number)
    assert namespace["Out"] == {8: 8, 9: 9, 10: 10}
    assert sorted(name for name in namespace if name[1:].isdigit()) == ["_10", "_8", "_9"]
    assert len(namespace["In"]) == 11
    assert [source for source in namespace["In"] if source] == [
        "source 8",
        "source 9",
        "source 10",
    ]


def test_bytes_are_bounded() -> None:
    """Big values push older ones out; the newest is always kept."""
    past, namespace = history(size=1000)
    past.add_output(1, b"x" * 600)
    past.add_output(2, b"y" * 600)
    past.add_output(3, b"z" * 5000)
    assert list(namespace["Out"]) == [3]
    past.add_output(4, 1)
    assert list(namespace["Out"]) == [4]


def test_what_was_forgotten_takes_no_room() -> None:
    """Small values after a big one are all remembered."""
    past, namespace = history(size=1000)
    past.add_output(1, b"x" * 5000)
    for number in range(2, 8):
        past.add_output(number, number)
    assert list(namespace["Out"]) == [2, 3, 4, 5, 6, 7]


def test_an_entry_that_the_user_removed_is_no_trouble() -> None:
    """Users may empty `Out` and delete `_N` themselves."""
    past, namespace = history(length=1)
    past.add_output(1, 10)
    namespace["Out"].clear()
    del namespace["_1"]
    past.add_output(2, 20)
    assert namespace["Out"] == {2: 20}


def test_the_size_of_a_value_whose_attributes_raise_is_guessed() -> None:
    """Asking for the size of a value never raises."""

    class Odd:
        @property
        def nbytes(self) -> int:
            raise ValueError

    assert approximate_size(Odd()) == 64


def test_the_size_of_arrays_and_frames_is_that_of_their_buffers() -> None:
    """Numbers held by NumPy and pandas count in full."""
    import numpy as np
    import pandas as pd

    numbers = np.zeros(1000)
    assert approximate_size(numbers) == 8000
    assert approximate_size(pd.DataFrame({"a": numbers, "b": numbers})) == 16000
