from __future__ import annotations

import enum
import math
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbengine.errors import InvalidInputError
from nbengine.models.notebook import Cell, Notebook
from nbengine.services.notebook_file import read_notebook, write_notebook
from nbengine.services.parameters import (
    doubtful_parameters,
    inject_parameters,
    parse_parameters,
    parse_raw_parameters,
)


@pytest.mark.parametrize(
    "text, value",
    [
        ("a=1", 1),
        ("a=-2.5e3", -2500.0),
        ("a=1_000", 1000),
        ("a=true", True),
        ("a=False", False),
        ("a=null", None),
        ("a=[1, 'x']", [1, "x"]),
        ("a={'k': (1, 2)}", {"k": (1, 2)}),
        ("a='quoted'", "quoted"),
        ("a=plain text", "plain text"),
        ("a=2024-01-31", "2024-01-31"),
        ("a=0x1f", "0x1f"),
        ("a=...", "..."),
        ("a=1+2j", "1+2j"),
        ("a=x=y", "x=y"),
        ("a=", ""),
        (" a = 1 ", 1),
        ("a=-inf", -math.inf),
    ],
)
def test_values_are_numbers_words_literals_or_text(text: str, value: object) -> None:
    """What reads as a number, a word or a Python literal is one, anything else is text."""
    parsed = parse_parameters([text])["a"]
    assert parsed == value
    assert type(parsed) is type(value)


@pytest.mark.parametrize("text", ["1", "true", "", " padded ", "[1", "x=y"])
def test_raw_values_are_text_to_the_last_blank(text: str) -> None:
    """Nothing is read into a raw value, and nothing is cut off it."""
    assert parse_raw_parameters([f"a={text}"]) == {"a": text}


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
        ("xs={[]: 1}", "cannot be read as one"),
    ],
)
def test_garbage_is_refused_with_a_sentence(text: str, said: str) -> None:
    """A text that is no assignment, or a literal left open, is refused."""
    with pytest.raises(InvalidInputError, match=said):
        parse_parameters([text])


def test_the_last_value_of_a_name_wins() -> None:
    """A repeated name overrides, as command line options do."""
    assert parse_parameters(["a=1", "b=2", "a=3"]) == {"a": 3, "b": 2}
    assert parse_raw_parameters(["a=1", "a=3"]) == {"a": "3"}


# ---------------------------------------------------------------- the cell


def cells(*tags: str) -> Notebook:
    return Notebook(
        id="n",
        cells=[Cell(id=f"c{n}", metadata={"tags": [t]} if t else {}) for n, t in enumerate(tags)],
    )


def test_an_injected_cell_is_tagged_and_named() -> None:
    """The new cell is told by its tag, and its id is like that of no other cell."""
    before = Notebook(id="n", cells=[Cell(id="injected-parameters")])
    cell = inject_parameters(before, {"a": 1}).cells[0]
    assert cell.metadata == {"tags": ["injected-parameters"]}
    assert cell.id == "injected-parameters-2"
    assert cell.source == "# Parameters\na = 1"


def test_a_replaced_cell_keeps_its_id() -> None:
    """Two runs with the same parameters give the same notebook."""
    once = inject_parameters(cells("parameters", ""), {"a": 1})
    assert inject_parameters(once, {"a": 1}) == once


def test_without_parameters_the_notebook_is_left_alone() -> None:
    """Nothing is injected when nothing is given."""
    before = cells("parameters")
    assert inject_parameters(before, {}) is before


def set_by_cell(value: object) -> object:
    namespace: dict[str, object] = {}
    exec(inject_parameters(Notebook(id="n"), {"a": value}).cells[0].source, namespace)
    return namespace["a"]


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(st.characters())
    | st.binary(),
    lambda inner: (
        st.lists(inner) | st.dictionaries(st.text() | st.integers(), inner) | st.tuples(inner)
    ),
    max_leaves=5,
)


@given(VALUES)
def test_the_injected_cell_sets_exactly_the_value(value: object) -> None:
    """Running the cell gives the variable the value it was given."""
    assert set_by_cell(value) == value


class Colour(enum.IntEnum):
    RED = 7


@pytest.mark.parametrize(
    "value, variable",
    [
        (math.nan, "nan"),
        ([math.inf, -math.inf, {"k": math.nan}], "[inf, -inf, {'k': nan}]"),
        (Colour.RED, "7"),
        ((), "()"),
        (set(), "'set()'"),
        ({1}, "{1}"),
        ([b"x", 1j, ...], "[b'x', 1j, Ellipsis]"),
        (date(2024, 1, 31), "'2024-01-31'"),
        (Path("a") / "b", repr(str(Path("a") / "b"))),
    ],
)
def test_every_value_has_a_source_that_runs(value: object, variable: str) -> None:
    """Numbers that are no literals are written as calls; what has no source becomes its text."""
    assert repr(set_by_cell(value)) == variable


def test_an_integer_too_long_for_decimal_source_is_set_all_the_same() -> None:
    """Python refuses decimal numbers of more than 4300 digits, not hexadecimal ones."""
    assert set_by_cell(1 << 100_000) == 1 << 100_000


def test_a_value_within_itself_is_refused() -> None:
    """No source can be written for it, and one sentence says so."""
    endless: list[object] = []
    endless.append(endless)
    with pytest.raises(InvalidInputError, match=r"^Parameter 'a' is nested too deeply\.$"):
        inject_parameters(cells(""), {"a": endless})


# ---------------------------------------------------------------- names that are not expected

DEFAULTS = "alpha: float = 0.1\nbeta, (gamma, *rest) = 1, (2, 3)\nif beta:\n    delta = '\\d'"


@pytest.mark.parametrize("name", ["alpha", "beta", "gamma", "rest", "delta"])
def test_a_parameter_with_a_default_is_expected(name: str) -> None:
    """Whatever way the tagged cell sets a name, giving it is not remarked on."""
    assert doubtful_parameters(with_defaults(DEFAULTS), [name]) == []


def test_an_unknown_parameter_is_told_with_the_nearest() -> None:
    """A slip of the finger in a name is met with the one that was probably meant."""
    assert doubtful_parameters(with_defaults(DEFAULTS), ["alhpa", "zzz"]) == [
        "parameter 'alhpa' is not set in the cell tagged `parameters`; the nearest is 'alpha'",
        "parameter 'zzz' is not set in the cell tagged `parameters`",
    ]


@pytest.mark.parametrize("source", ["%env A=1\nalpha = 1", "def (:", "alpha = 1\0"])
def test_of_a_cell_that_is_not_plain_python_nothing_is_said(source: str) -> None:
    """Who does not know which names are expected warns of none."""
    assert doubtful_parameters(with_defaults(source), ["beta"]) == []


def test_a_cell_of_defaults_may_have_none_yet() -> None:
    """A tagged cell of comments expects nothing, so that every parameter is told."""
    assert len(doubtful_parameters(with_defaults("# to come"), ["a", "b"])) == 2


def test_parameters_without_a_place_are_told_once() -> None:
    """Nothing is said where a tag marks the place, or where nothing is given."""
    said = ["no cell is tagged `parameters`; those given are set before the first cell"]
    assert doubtful_parameters(cells("", "other"), ["a", "b"]) == said
    assert doubtful_parameters(cells("injected-parameters"), ["a"]) == []
    assert doubtful_parameters(cells(""), []) == []


def with_defaults(source: str) -> Notebook:
    cell = Cell(id="c", source=source, metadata={"tags": ["parameters"]})
    return Notebook(id="n", cells=[Cell(id="b"), cell])


# ---------------------------------------------------------------- beside papermill

ALIKE: dict[str, object] = {
    "none": None,
    "yes": True,
    "no": False,
    "zero": 0,
    "big": 10**40,
    "negative": -7,
    "small": 1e-300,
    "minus_zero": -0.0,
    "nan": math.nan,
    "infinite": [math.inf, -math.inf],
    "empty": "",
    "quotes": 'it\'s "so" \'\'\'called\'\'\' """text"""',
    "slashes": "C:\\new\\table\\",
    "lines": "one\ntwo\r\n\tthree\x00",
    "unicode": "Größe 企鹅 🐧 \u2028",
    "surrogate": "\ud800",
    "braces": "{not} {{a}} %(template)s $x",
    "nested": {"a": [1, {"b": [None, True, 2.5, {"ü": []}]}], "": {}},
    "date": date(2024, 1, 31),
}


def jupyter_notebook(path: Path, *tags: str) -> Path:
    """A notebook whose cells leave a trace of the order in which they run."""
    given = nbformat.v4.new_notebook(
        metadata={"kernelspec": {"name": "python3", "display_name": "P", "language": "python"}},
        cells=[
            nbformat.v4.new_code_cell(
                f"trace = [*globals().get('trace', []), ({n}, globals().get('a'))]\na = {n}",
                metadata={"tags": [tag]} if tag else {},
            )
            for n, tag in enumerate(tags)
        ],
    )
    nbformat.write(given, path)
    return path


def by_papermill(path: Path, parameters: dict[str, Any]) -> list[Any]:
    """The cells of the notebook as papermill prepares it."""
    from papermill.iorw import load_notebook_node
    from papermill.parameterize import parameterize_notebook

    return list(parameterize_notebook(load_notebook_node(str(path)), parameters).cells)


def by_us(path: Path, parameters: dict[str, Any]) -> list[Any]:
    """The cells of the notebook as we write it."""
    write_notebook(inject_parameters(read_notebook(path).notebook, parameters), path)
    return list(nbformat.read(path, as_version=4).cells)


def variables(prepared: list[Any]) -> dict[str, str]:
    """What the variables are once the cells ran, with their types, as text: NaN is like NaN."""
    namespace: dict[str, Any] = {}
    for cell in prepared:
        exec(cell.source, namespace)
    return {
        name: f"{type(value).__name__} {value!r}"
        for name, value in namespace.items()
        if name != "__builtins__"
    }


def test_a_notebook_has_the_same_variables_as_with_papermill(tmp_path: Path) -> None:
    """Every value of the table arrives the same, whichever of the two wrote the cell."""
    path = jupyter_notebook(tmp_path / "a.ipynb", "parameters")
    theirs = variables(by_papermill(path, ALIKE))
    assert set(ALIKE) < set(theirs)
    assert variables(by_us(path, ALIKE)) == theirs


@pytest.mark.parametrize(
    "tags",
    [
        ["", ""],
        ["", "parameters", ""],
        ["parameters", "parameters"],
        ["injected-parameters", "parameters"],
        ["parameters", "", "injected-parameters", ""],
        ["parameters", "injected-parameters", "injected-parameters"],
    ],
    ids=" ".join,
)
def test_the_cell_stands_where_papermill_puts_it(tmp_path: Path, tags: list[str]) -> None:
    """In the place of the first injected cell, after the first defaults, or first of all."""
    path = jupyter_notebook(tmp_path / "a.ipynb", *tags)
    theirs, ours = by_papermill(path, {"a": "given"}), by_us(path, {"a": "given"})
    assert [cell.metadata.get("tags", []) for cell in ours] == [
        cell.metadata.get("tags", []) for cell in theirs
    ]
    assert variables(ours) == variables(theirs)


TYPED = {
    "integer": "12",
    "grouped": "1_000",
    "long": "9" * 50,
    "negative": "-3",
    "real": "2.50",
    "exponent": "1e3",
    "nan": "nan",
    "infinite": "-inf",
    "word": "True",
    "other_word": "False",
    "nothing": "None",
    "text": "Adelie",
    "words": "two words",
    "empty": "",
    "hexadecimal": "0x1f",
    "complex": "1+2j",
    "date": "2024-01-31",
    "dots": "...",
    "tuple": "1, 2",
    "equals": "a=b",
    "path": "C:\\data\\new.csv",
    "unicode": "Größe",
}
"""Texts that both command lines take for the same value."""


def test_a_command_line_is_read_as_papermill_reads_it(tmp_path: Path) -> None:
    """Typed and raw values of the table give both notebooks the same variables."""
    path = jupyter_notebook(tmp_path / "a.ipynb", "parameters")
    raw = {f"raw_{name}": text for name, text in TYPED.items()}
    options = [part for item in TYPED.items() for part in ("-p", *item)]
    options += [part for item in raw.items() for part in ("-r", *item)]
    prepared = tmp_path / "theirs.ipynb"
    command = [sys.executable, "-m", "papermill", str(path), str(prepared), "--prepare-only"]
    subprocess.run([*command, *options], check=True, capture_output=True)
    theirs = variables(nbformat.read(prepared, as_version=4).cells)
    given = parse_parameters([f"{name}={text}" for name, text in TYPED.items()])
    given |= parse_raw_parameters([f"{name}={text}" for name, text in raw.items()])
    assert variables(by_us(path, given)) == theirs
