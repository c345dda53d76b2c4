"""Parameters of a notebook, given from outside, as papermill does it.

They become a cell of assignments tagged `injected-parameters`: after the cell tagged
`parameters`, instead of an earlier injected one, or first.
"""

from __future__ import annotations

import ast
import keyword
import math
from collections.abc import Iterable, Mapping

from ..errors import InvalidInputError
from ..models.notebook import Cell, Notebook

DEFAULTS_TAG = "parameters"
INJECTED_TAG = "injected-parameters"

_WORDS: dict[str, bool | float | None] = {
    "true": True,
    "false": False,
    "null": None,
    "none": None,
    "nan": math.nan,
    "inf": math.inf,
    "+inf": math.inf,
    "-inf": -math.inf,
}
_OPENING = tuple("[{(\"'")


def parse_parameters(given: Iterable[str]) -> dict[str, object]:
    """The values of `NAME=VALUE` texts, the last one of a name winning.

    A value is a Python literal or a YAML word (`true`, `null`, `nan` …); anything else is text.

    Raises:
        InvalidInputError: no `=`, a name Python cannot assign to, or a literal that is not closed.
    """
    return dict(_parse(text) for text in given)


def inject_parameters(notebook: Notebook, parameters: Mapping[str, object]) -> Notebook:
    """The notebook with a cell that sets the parameters; without parameters the notebook as is."""
    if not parameters:
        return notebook
    cells = [cell for cell in notebook.cells if INJECTED_TAG not in tags(cell)]
    defaults = (n for n, cell in enumerate(cells, start=1) if DEFAULTS_TAG in tags(cell))
    place = _earlier_place(notebook) if _has_injected(notebook) else next(defaults, 0)
    cells.insert(place, _cell(notebook, parameters))
    return notebook.model_copy(update={"cells": cells})


def has_place_for_parameters(notebook: Notebook) -> bool:
    """Whether a tag says where parameters go; else they are set before the first cell."""
    return any({DEFAULTS_TAG, INJECTED_TAG} & set(tags(cell)) for cell in notebook.cells)


def tags(cell: Cell) -> list[str]:
    """The tags in a cell's metadata."""
    found = cell.metadata.get("tags")
    return [tag for tag in found if isinstance(tag, str)] if isinstance(found, list) else []


def _parse(text: str) -> tuple[str, object]:
    name, equals, value = text.partition("=")
    name = name.strip()
    if not equals:
        raise InvalidInputError(f"Parameter {text!r} is not of the form NAME=VALUE.")
    if not name.isidentifier() or keyword.iskeyword(name):
        raise InvalidInputError(f"Parameter name {name!r} is not one that Python can assign to.")
    return name, _value(name, value.strip())


def _value(name: str, text: str) -> object:
    if text.lower() in _WORDS:
        return _WORDS[text.lower()]
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        pass
    if text.startswith(_OPENING):
        raise InvalidInputError(
            f"Parameter {name!r} begins like a Python literal but cannot be read as one: {text}"
        )
    return text


def _has_injected(notebook: Notebook) -> bool:
    return any(INJECTED_TAG in tags(cell) for cell in notebook.cells)


def _earlier_place(notebook: Notebook) -> int:
    return next(n for n, cell in enumerate(notebook.cells) if INJECTED_TAG in tags(cell))


def _cell(notebook: Notebook, parameters: Mapping[str, object]) -> Cell:
    lines = [f"{name} = {_literal(value)}" for name, value in parameters.items()]
    return Cell(
        id=_free_id({cell.id for cell in notebook.cells}),
        source="\n".join(["# Parameters", *lines]),
        metadata={"tags": [INJECTED_TAG]},
    )


def _literal(value: object) -> str:
    if isinstance(value, float) and not math.isfinite(value):
        return f'float("{value}")'
    return repr(value)


def _free_id(taken: set[str]) -> str:
    name = INJECTED_TAG
    while name in taken:
        name += "-2"
    return name
