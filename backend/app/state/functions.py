"""Functions by value: their code, their live globals, and the cells that they share."""

from __future__ import annotations

import sys
import types
from collections.abc import Mapping
from typing import Any

from ..runtime.guard import bring_guards

_PARTS = ("__defaults__", "__kwdefaults__", "__qualname__", "__module__", "__doc__")
_NEWER_PARTS = ("__type_params__",) if sys.version_info >= (3, 12) else ()
_EMPTY = types.CellType()


def reduce_function(function: types.FunctionType) -> tuple[Any, ...]:
    """A function that is filled in once it is known, so that it may refer to itself."""
    args = (function.__code__, _home(function), function.__name__, function.__closure__)
    return make_function, args, _state(function), None, None, put_state


def make_function(
    code: types.CodeType,
    home: dict[str, Any] | types.ModuleType,
    name: str,
    closure: tuple[types.CellType, ...] | None,
) -> types.FunctionType:
    """The function as it is before its state is known."""
    bring_guards(code)
    namespace = vars(home) if isinstance(home, types.ModuleType) else home
    return types.FunctionType(code, namespace, name, None, closure)


def put_state(function: types.FunctionType, state: tuple[Mapping[str, Any], ...]) -> None:
    """Give the function its attributes, and what the signature and `help` say of it."""
    attributes, parts = state
    function.__dict__.update(attributes)
    for name, value in parts.items():
        setattr(function, name, value)


def reduce_cell(cell: types.CellType) -> tuple[Any, ...]:
    """A cell that is filled in once it is known: what is in it may close over it."""
    if cell == _EMPTY:
        return types.CellType, ()
    return types.CellType, (), (cell.cell_contents,), None, None, fill_cell


def fill_cell(cell: types.CellType, content: tuple[Any]) -> None:
    """Put the content into a cell, in the form of a state that is never None."""
    (cell.cell_contents,) = content


def _home(function: types.FunctionType) -> dict[str, Any] | types.ModuleType:
    """The module whose globals are the function's; the globals themselves where there is none."""
    namespace = function.__globals__
    module = sys.modules.get(namespace.get("__name__", ""))
    return module if module is not None and vars(module) is namespace else namespace


def _state(function: types.FunctionType) -> tuple[Mapping[str, Any], ...]:
    parts = {name: getattr(function, name) for name in (*_PARTS, *_NEWER_PARTS)}
    return dict(function.__dict__), parts | _annotations(function)


def _annotations(function: types.FunctionType) -> dict[str, Any]:
    """The annotations, or what evaluates them when they are first asked for."""
    evaluate = getattr(function, "__annotate__", None)  # since 3.14
    if evaluate is not None:
        return {"__annotate__": evaluate}
    return {"__annotations__": function.__annotations__}
