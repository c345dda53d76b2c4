from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from nbengine.capture.plotly_json import both_forms

JSON = some.recursive(
    some.none() | some.booleans() | some.integers() | some.floats() | some.text(),
    lambda inner: some.lists(inner) | some.dictionaries(some.text(), inner),
)


def refuse(name: str) -> None:
    raise ValueError(f"{name} is no strict JSON")


@given(some.dictionaries(some.text(), JSON))
def test_both_forms_are_the_same_strict_json(figure: dict[str, Any]) -> None:
    """The values and the text agree, and neither has a NaN or an infinity."""
    plain, text = both_forms(figure)
    assert json.loads(text, parse_constant=refuse) == plain
    json.dumps(plain, allow_nan=False)


@pytest.mark.parametrize(
    "value, said",
    [
        ([1.5, float("nan"), float("inf"), None], [1.5, None, None, None]),
        ([1.0, float("nan")], [1.0, None]),
        ({5: True}, {"5": True}),
        (["\ud800", "ä"], ["?", "ä"]),
        ([2**70], [2**70]),
        ((1, 2), [1, 2]),
    ],
)
def test_values_are_said_as_json_can(value: Any, said: Any) -> None:
    """NaN and infinities are null, keys text, tuples lists, broken characters replaced."""
    assert both_forms({"a": value})[0] == {"a": said}


def test_a_figure_that_is_json_already_is_not_copied() -> None:
    """Megabytes of base64 are given back as they are."""
    figure = {"data": [{"x": {"dtype": "f8", "bdata": "AAAA"}, "y": [1.5, 2.5], "n": [[1]]}]}
    assert both_forms(figure)[0] is figure


def test_what_nobody_can_say_in_json_raises() -> None:
    """A value that plotly.py cannot say either is a TypeError."""
    with pytest.raises(TypeError):
        both_forms({"a": object()})
