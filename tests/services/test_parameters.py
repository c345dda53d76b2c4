from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbengine.errors import InvalidInputError
from nbengine.models.notebook import Cell, Notebook
from nbengine.services.parameters import inject_parameters, parse_parameters


@pytest.mark.parametrize(
    "text, value",
    [
        ("a=1", 1),
        ("a=-2.5e3", -2500.0),
        ("a=true", True),
        ("a=False", False),
        ("a=null", None),
        ("a=[1, 'x']", [1, "x"]),
        ("a={'k': (1, 2)}", {"k": (1, 2)}),
        ("a='quoted'", "quoted"),
        ("a=plain text", "plain text"),
        ("a=2024-01-31", "2024-01-31"),
        ("a=x=y", "x=y"),
        ("a=", ""),
        (" a = 1 ", 1),
        ("a=-inf", -math.inf),
    ],
)
def test_values_are_literals_yaml_words_or_text(text: str, value: object) -> None:
    """What reads as a Python literal or a YAML word is one, anything else is text."""
    parsed = parse_parameters([text])["a"]
    assert parsed == value
    assert type(parsed) is type(value)


@pytest.mark.parametrize(
    "text, said",
    [
        ("alpha", "not of the form NAME=VALUE"),
        ("=1", "not one that Python can assign to"),
        ("3x=1", "not one that Python can assign to"),
        ("for=1", "not one that Python can assign to"),
        ("a.b=1", "not one that Python can assign to"),
        ("xs=[1, 2", "cannot be read as one"),
        ("s='open", "cannot be read as one"),
        ("xs=[f()]", "cannot be read as one"),
    ],
)
def test_garbage_is_refused_with_a_sentence(text: str, said: str) -> None:
    """A text that is no assignment, or a literal left open, is refused."""
    with pytest.raises(InvalidInputError, match=said):
        parse_parameters([text])


def test_the_last_value_of_a_name_wins() -> None:
    """A repeated name overrides, as command line options do."""
    assert parse_parameters(["a=1", "b=2", "a=3"]) == {"a": 3, "b": 2}


def cells(*tags: str) -> Notebook:
    return Notebook(
        id="n",
        cells=[Cell(id=f"c{n}", metadata={"tags": [t]} if t else {}) for n, t in enumerate(tags)],
    )


@pytest.mark.parametrize(
    "tags, place",
    [
        (["", ""], 0),
        (["", "parameters", ""], 2),
        (["injected-parameters", "parameters"], 0),
        (["parameters", "", "injected-parameters", ""], 2),
    ],
)
def test_the_cell_stands_where_papermill_puts_it(tags: list[str], place: int) -> None:
    """After the defaults, in the place of an earlier injected cell, or first."""
    after = inject_parameters(cells(*tags), {"a": 1})
    assert [n for n, cell in enumerate(after.cells) if cell.source] == [place]
    assert after.cells[place].metadata == {"tags": ["injected-parameters"]}
    assert len(after.cells) == len([t for t in tags if t != "injected-parameters"]) + 1
    assert len({cell.id for cell in after.cells}) == len(after.cells)


def test_without_parameters_the_notebook_is_left_alone() -> None:
    """Nothing is injected when nothing is given."""
    before = cells("parameters")
    assert inject_parameters(before, {}) is before


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
).filter(lambda value: "inf" not in repr(value) or isinstance(value, float))


@given(VALUES)
def test_the_injected_cell_sets_exactly_the_value(value: object) -> None:
    """Running the cell gives the variable the value it was given."""
    namespace: dict[str, object] = {}
    exec(inject_parameters(Notebook(id="n"), {"a": value}).cells[0].source, namespace)
    assert namespace["a"] == value
