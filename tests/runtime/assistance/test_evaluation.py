from __future__ import annotations

import os
from typing import Any

import pandas as pd
import pytest

from nbengine.runtime.assistance.evaluation import assignments, evaluate
from nbengine.runtime.assistance.tokens import scan


class Thing:
    size = 4


NAMES: dict[str, Any] = {
    "os": os,
    "data": {"a": {"b": [1, "two"]}},
    "Thing": Thing,
    "thing": Thing(),
    "df": pd.DataFrame({"a": [1], "b c": [2]}),
}


@pytest.mark.parametrize(
    "expression, expected",
    [
        ("os.path.sep", os.path.sep),
        ("data['a']['b'][1]", "two"),
        ("data['a']['b'][-2]", 1),
        ("thing.size", 4),
        ("(thing)", NAMES["thing"]),
        ("len", len),
        ("'text'", "text"),
    ],
)
def test_what_an_expression_is(expression: str, expected: object) -> None:
    """Names, attributes, items and constants stand for the live object."""
    seen = evaluate(expression, NAMES)
    assert seen is not None
    assert seen.value == expected


@pytest.mark.parametrize(
    "expression, expected",
    [
        ("Thing()", Thing),
        ("[x for x in y]", list),
        ("{}", dict),
        ("f'{x}'", str),
        ("df['a']", pd.Series),
        ("df.a", pd.Series),
        ("df['b c']", pd.Series),
    ],
)
def test_of_what_is_not_made_yet_the_class_is_known(expression: str, expected: type) -> None:
    """A call of a class, a display, a column."""
    seen = evaluate(expression, NAMES)
    assert seen is not None
    assert (seen.cls, seen.is_known) == (expected, False)


@pytest.mark.parametrize(
    "expression",
    [
        "",
        "nothing",
        "thing.nothing",
        "len(x)",
        "1 +",
        "data[x]",
        "type(5)",
        "a\0b",
        "'\ud800",
        "(" * 5_000,
        "x" * 20_000,
        "thing" + ".size" * 2_000,
    ],
    ids=range(12),
)
def test_what_would_have_to_run_is_nothing(expression: str) -> None:
    """So is what is no expression."""
    assert evaluate(expression, NAMES) is None


def test_names_that_the_cell_binds_itself_come_first() -> None:
    """As far as can be said what they are; else the live object stands."""
    code = "thing = 'text' # a\nother = thing\nos = open()\nx.y = 1\nloop = loop\n"
    assigned = assignments(scan(code))
    assert assigned.keys() == {"thing", "other", "os", "loop"}
    for name, expected in (("thing", "text"), ("other", "text"), ("os", os)):
        seen = evaluate(name, NAMES, assigned)
        assert seen is not None
        assert seen.value == expected
    assert evaluate("loop", NAMES, assigned) is None
