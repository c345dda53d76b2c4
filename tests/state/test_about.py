"""What is told of a saved variable, and that nothing of the user's runs for it."""

from __future__ import annotations

import math
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from nbengine.state.about import about

TOLD = {
    "None": None,
    "bool True": True,
    "int -7": -7,
    "int": 2**70,
    "float nan": math.nan,
    "complex 1j": 1j,
    "str of 3": "abc",
    "bytes of 2": b"ab",
    "list of 0": [],
    "dict of 1": {1: 2},
    "frozenset of 1": frozenset({1}),
    "range of 5": range(5),
    "deque of 1": deque([1]),
    "OrderedDict of 0": OrderedDict(),
    "defaultdict of 0": defaultdict(list),
    "Counter of 2": Counter("ab"),
    "ndarray 2 × 3": np.zeros((2, 3)),
    "ndarray -": np.array(1),
    "float64": np.float64(1),
    "DataFrame 2 × 1": pd.DataFrame({"a": [1, 2]}),
    "Series 3": pl.Series([1, 2, 3]),
    "Table 2 × 1": pa.table({"a": [1, 2]}),
    "module math": math,
    "class": int,
    "function": lambda: None,
}


@pytest.mark.parametrize("words", TOLD)
def test_type_and_amount_are_told(words: str) -> None:
    """Of Python's own types and the tables and arrays of libraries; of others the type."""
    assert about(TOLD[words]) == words


class Asked(Exception):
    """Somebody asked the user's code."""


def refuse(*_: Any) -> Any:
    raise Asked


class Meta(type):
    __hash__ = __eq__ = __instancecheck__ = __getattribute__ = refuse


class Trap(metaclass=Meta):
    __len__ = __repr__ = __getattribute__ = __hash__ = __eq__ = refuse


class MyList(list[int]):
    __len__ = __repr__ = refuse


class MyFrame(pd.DataFrame):
    shape = property(refuse)


TRAPS: dict[str, Callable[[], Any]] = {
    "Trap": lambda: object.__new__(Trap),
    "class": lambda: Trap,
    "MyList": lambda: MyList([1]),
    "MyFrame": lambda: MyFrame({"a": [1]}),
}


@pytest.mark.parametrize("name", TRAPS)
def test_the_users_own_methods_are_not_called(name: str) -> None:
    """Not those of subclasses of known types either, nor of metaclasses."""
    assert about(TRAPS[name]()) == name


def test_a_class_that_only_bears_a_known_name_is_not_asked() -> None:
    """A user's `DataFrame` that claims to come from pandas is just a name."""
    named: Any = type("DataFrame", (), {"__module__": "pandas", "shape": property(refuse)})
    assert about(named()) == "DataFrame"


def test_a_long_name_is_cut() -> None:
    """What is told fits into a line."""
    assert len(about(type("A" * 1000, (), {})())) == 80
