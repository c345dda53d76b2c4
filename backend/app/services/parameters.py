"""Parameters of a notebook, given from outside, as papermill does it.

They become a cell of assignments tagged `injected-parameters`: instead of an earlier injected
one, or after the cell tagged `parameters`, or first.
"""

from __future__ import annotations

import ast
import keyword
import math
import warnings
from collections.abc import Collection, Iterable, Mapping
from difflib import get_close_matches
from types import EllipsisType, NoneType

from ..errors import InvalidInputError
from ..models.notebook import Cell, Notebook
from ..runtime.cell_names import bound_names
from ..runtime.compiling import compile_cell

DEFAULTS_TAG = "parameters"
INJECTED_TAG = "injected-parameters"

_WORDS: dict[str, bool | None] = {"true": True, "false": False, "null": None, "none": None}
_OPENING = tuple("[{(\"'")
_OWN_SOURCE = (NoneType, EllipsisType, bool, bytes, complex)
_LONGEST_DECIMAL = 10_000
"""Bits of an integer that Python still reads as a decimal number."""


def parse_parameters(given: Iterable[str]) -> dict[str, object]:
    """The values of `NAME=VALUE` texts, the last one of a name winning.

    A value is a number as `int` and `float` read it, a word (`true`, `False`, `null`, `None`), or
    a Python literal if it begins as a list, mapping, tuple or quoted text; else it is text.

    Raises:
        InvalidInputError: no `=`, a name Python cannot assign to, or a literal that is not closed.
    """
    return {name: _value(name, text.strip()) for name, text in map(_parts, given)}


def parse_raw_parameters(given: Iterable[str]) -> dict[str, object]:
    """The same with every value taken as the text that it is, to its last blank.

    Raises:
        InvalidInputError: no `=`, or a name Python cannot assign to.
    """
    return dict(map(_parts, given))


def check_parameter_name(name: object) -> str:
    """The name itself, if Python can assign to it.

    Raises:
        InvalidInputError: it cannot.
    """
    if isinstance(name, str) and name.isidentifier() and not keyword.iskeyword(name):
        return name
    raise InvalidInputError(f"Parameter name {name!r} is not one that Python can assign to.")


def inject_parameters(notebook: Notebook, parameters: Mapping[str, object]) -> Notebook:
    """The notebook with a cell that sets the parameters; without parameters the notebook as is.

    Raises:
        InvalidInputError: a value is nested too deeply, or in itself.
    """
    if not parameters:
        return notebook
    cells = list(notebook.cells)
    source = "\n".join(["# Parameters", *map(_assignment, parameters.items())])
    place = _first(cells, INJECTED_TAG)
    if place is not None:
        cells[place] = _cell(cells[place].id, source)
    else:
        defaults = _first(cells, DEFAULTS_TAG)
        cells.insert(0 if defaults is None else defaults + 1, _cell(_free_id(cells), source))
    return notebook.model_copy(update={"cells": cells})


def doubtful_parameters(notebook: Notebook, names: Collection[str]) -> list[str]:
    """One sentence for each reason to think that the parameters will not do what is wanted.

    Nothing says where they go; or the cell tagged `parameters` sets no such name. Of a cell that
    is not plain Python it is not known what it sets.
    """
    defaults = _first(notebook.cells, DEFAULTS_TAG)
    if defaults is not None:
        known = _names_set(notebook.cells[defaults].source)
        return [_unknown(n, known) for n in names if known is not None and n not in known]
    if names and _first(notebook.cells, INJECTED_TAG) is None:
        return ["no cell is tagged `parameters`; those given are set before the first cell"]
    return []


def tags(cell: Cell) -> list[str]:
    """The tags in a cell's metadata."""
    found = cell.metadata.get("tags")
    return [tag for tag in found if isinstance(tag, str)] if isinstance(found, list) else []


# ---------------------------------------------------------------- what is given


def _parts(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise InvalidInputError(f"Parameter {text!r} is not of the form NAME=VALUE.")
    return check_parameter_name(name.strip()), value


def _value(name: str, text: str) -> object:
    if text.lower() in _WORDS:
        return _WORDS[text.lower()]
    for number in (int, float):
        try:
            return number(text)
        except ValueError:
            pass
    return _literal(name, text) if text.startswith(_OPENING) else text


def _literal(name: str, text: str) -> object:
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        raise InvalidInputError(
            f"Parameter {name!r} begins like a Python literal but cannot be read as one: {text}"
        ) from None


# ---------------------------------------------------------------- the cell


def _first(cells: Iterable[Cell], tag: str) -> int | None:
    return next((place for place, cell in enumerate(cells) if tag in tags(cell)), None)


def _cell(cell_id: str, source: str) -> Cell:
    return Cell(id=cell_id, source=source, metadata={"tags": [INJECTED_TAG]})


def _free_id(cells: Iterable[Cell]) -> str:
    taken = {cell.id for cell in cells}
    name = INJECTED_TAG
    while name in taken:
        name += "-2"
    return name


def _assignment(parameter: tuple[str, object]) -> str:
    name, value = parameter
    try:
        return f"{name} = {_source(value)}"
    except RecursionError:
        raise InvalidInputError(f"Parameter {name!r} is nested too deeply.") from None


def _source(value: object) -> str:
    """Python source of a value."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_source(k)}: {_source(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return f"[{_row(value)}]"
    if isinstance(value, tuple):
        return f"({_row(value)},)" if len(value) == 1 else f"({_row(value)})"
    if isinstance(value, set) and value:
        return f"{{{_row(value)}}}"
    return _plain_source(value)


def _row(values: Iterable[object]) -> str:
    return ", ".join(map(_source, values))


def _plain_source(value: object) -> str:
    """Source of a value without parts; of one that has no source, such as a date, its text."""
    if isinstance(value, _OWN_SOURCE):
        return repr(value)
    if isinstance(value, int):
        return int.__repr__(value) if value.bit_length() < _LONGEST_DECIMAL else hex(value)
    if isinstance(value, float):
        return float.__repr__(value) if math.isfinite(value) else f"float('{float(value)}')"
    return str.__repr__(value if isinstance(value, str) else str(value))


# ---------------------------------------------------------------- what the notebook expects


def _names_set(source: str) -> set[str] | None:
    """Names that a cell sets; None if it is not plain Python."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # they are the cell's, and told when it runs
            steps = compile_cell(source, "<parameters>").steps
    except SyntaxError:
        return None
    return {name for step in steps for name in bound_names(step.code)}


def _unknown(name: str, known: set[str]) -> str:
    near = get_close_matches(name, known, n=1)
    hint = f"; the nearest is {near[0]!r}" if near else ""
    return f"parameter {name!r} is not set in the cell tagged `parameters`{hint}"
