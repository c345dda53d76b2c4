from __future__ import annotations

import enum
import fractions
import math
from collections import OrderedDict, deque
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from pathlib import PurePosixPath
from typing import Any, NamedTuple
from uuid import UUID

import numpy as np
import orjson
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbengine.capture.json_cells import ITEM_LIMIT, TEXT_LIMIT, Cells


class Point(NamedTuple):
    x: int
    y: int


class Colour(enum.IntEnum):
    RED = 3


class Loud(str):
    def __str__(self) -> str:
        raise ValueError("no text")

    __repr__ = __str__
    __len__ = __str__  # type: ignore[assignment]


class Broken:
    def __str__(self) -> str:
        raise ValueError("no text")


def said(value: Any) -> Any:
    return Cells().value(value)


CASES: list[tuple[object, object]] = [
    (None, None),
    (True, True),
    (3, 3),
    (-0.5, -0.5),
    ("ä", "ä"),
    (2**53, 2**53),
    (2**53 + 1, "9007199254740993"),
    (-(2**53) - 1, "-9007199254740993"),
    (10**30, "1" + "0" * 30),
    (1 + 2j, "(1+2j)"),
    (Decimal("1.10"), "1.10"),
    (fractions.Fraction(1, 3), "1/3"),
    (b"\x00a", "b'\\x00a'"),
    (bytearray(b"a"), "b'a'"),
    (memoryview(b"a"), "b'a'"),
    (date(2020, 1, 2), "2020-01-02"),
    (time(1, 2, 3), "01:02:03"),
    (datetime(2020, 1, 2, 3, tzinfo=UTC), "2020-01-02T03:00:00+00:00"),
    (datetime(2020, 1, 2, tzinfo=timezone(timedelta(hours=-5))), "2020-01-02T00:00:00-05:00"),
    (timedelta(days=1, seconds=3661), "P1DT1H1M1S"),
    (timedelta(microseconds=5), "P0DT0H0M0.000005S"),
    (timedelta(days=-1), "P-1DT0H0M0S"),
    (pd.Timestamp("2020-01-02 03:04:05.000000006"), "2020-01-02T03:04:05.000000006"),
    (pd.Timedelta("1 day 1ns"), "P1DT0H0M0.000000001S"),
    (pd.Period("2020-03", "M"), "2020-03"),
    (pd.Interval(0, 1), "(0, 1]"),
    (pd.NA, None),
    (np.int64(3), 3),
    (np.uint64(2**63), str(2**63)),
    (np.bool_(True), True),
    (np.float32(0.5), 0.5),
    (np.longdouble(0.5), 0.5),
    (np.str_("a"), "a"),
    (np.datetime64("2020-01-02T03", "ns"), "2020-01-02T03:00:00.000000000"),
    (np.array([1, 2]), [1, 2]),
    (np.array(7), "7"),
    ([1, [2, (3,)]], [1, [2, [3]]]),
    (deque([1]), [1]),
    ({1}, [1]),
    ({"a": {1: None}}, {"a": {"1": None}}),
    (OrderedDict(a=1), {"a": 1}),
    (Point(1, 2), [1, 2]),
    (Colour.RED, 3),
    (UUID(int=1), "00000000-0000-0000-0000-000000000001"),
    (PurePosixPath("a/b"), "a/b"),
    ("\ud800", "\\ud800"),
    (Broken(), "<Broken: its text raised ValueError>"),
    (Loud("a"), "a"),
]


@pytest.mark.parametrize(
    "value, expected",
    CASES,
    ids=[f"{number}-{type(value).__name__}" for number, (value, _) in enumerate(CASES)],
)
def test_a_value_is_said(value: object, expected: object) -> None:
    """Every kind of value has one strict JSON form."""
    assert said(value) == expected
    assert type(said(value)) is type(expected)


@pytest.mark.parametrize(
    "value",
    [
        math.nan,
        math.inf,
        -math.inf,
        pd.NaT,
        np.float32("nan"),
        np.datetime64("NaT"),
        np.timedelta64("NaT"),
        Decimal("NaN"),
        Decimal("Infinity"),
    ],
    ids=repr,
)
def test_what_json_cannot_say_is_null_and_counted(value: object) -> None:
    """NaN, NaT and infinities of any library are null, at any depth, and counted."""
    cells = Cells()
    assert cells.value(value) is None
    assert cells.value([{"a": value}]) == [{"a": None}]
    assert cells.nulled == 2


@pytest.mark.parametrize("value", [None, pd.NA], ids=str)
def test_a_null_of_its_own_is_not_counted(value: object) -> None:
    """What is missing by itself loses nothing by being null."""
    cells = Cells()
    assert cells.value(value) is None
    assert cells.nulled == 0


def test_long_text_is_cut_and_says_so() -> None:
    """Of long text the beginning comes, with how much there was."""
    assert said("x" * 5000) == "x" * TEXT_LIMIT + "… (5,000 characters)"
    assert said(b"x" * 5000).endswith("… (5,000 bytes)")
    assert len(said(10**100_000)) < 100


def test_a_huge_repr_is_cut() -> None:
    """An object that writes a novel about itself fills no more than its cell."""

    class Novel:
        def __str__(self) -> str:
            return "x" * 10**6

    assert said(Novel()) == "x" * TEXT_LIMIT + "… (1,000,000 characters)"


def test_long_lists_are_cut_and_say_so() -> None:
    """Of a long list or dict the first items come, with how many there were."""
    assert said(list(range(5000))) == [*range(ITEM_LIMIT), "… (5,000 items)"]
    assert said(dict.fromkeys(range(5000)))["…"] == "… (5,000 items)"
    assert len(said(np.arange(5000))) == ITEM_LIMIT + 1


def test_nested_lists_are_bounded_as_a_whole() -> None:
    """A list of lists of lists does not multiply its bounds."""
    deep: list[Any] = [list(range(90)) for _ in range(90)]
    assert len(orjson.dumps(said([deep] * 90))) < 20_000


def test_a_list_that_holds_itself_ends() -> None:
    """A value without end is said to a bounded depth."""
    ring: list[Any] = []
    ring.append(ring)
    assert len(orjson.dumps(said(ring))) < 200


def test_the_next_cell_has_bounds_of_its_own() -> None:
    """A large cell takes nothing from those after it."""
    cells = Cells()
    cells.value([list(range(90)) for _ in range(90)])
    assert cells.value([1, 2]) == [1, 2]


anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.complex_numbers()
    | st.text(st.characters())
    | st.binary()
    | st.decimals()
    | st.datetimes(timezones=st.none() | st.timezones())
    | st.timedeltas(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.integers(), inner),
    max_leaves=20,
)


@given(anything)
def test_anything_is_strict_json(value: object) -> None:
    """Whatever is in a cell, writing its JSON and reading it back gives the same."""
    assert orjson.loads(orjson.dumps(said(value))) == said(value)
