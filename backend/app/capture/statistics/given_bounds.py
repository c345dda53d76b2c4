"""The `bounds` that a cell gave to its calls, read off its syntax tree; nothing of it runs."""

from __future__ import annotations

import ast
import math
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from types import ModuleType
from typing import Any

from .readers.reader import library_of

_READABLE = frozenset({list, tuple, int, float})
"""Types of the standard library whose values may be bounds or a part of them."""

_BLOCKS = ("body", "handlers", "cases", "orelse", "finalbody")
"""Where statements hold others."""


class GivenBounds:
    """By the name that took a call's result, what stood behind `bounds=` in the call.

    Numbers, `inf`, lists and tuples are read as they are written, names looked up among the
    notebook's variables as they are when the cell has ended. Whatever else stands there is NaN,
    which is no limit. Functions and classes have variables of their own and are not looked into.
    """

    def __init__(self, tree: ast.Module, namespace: Mapping[str, object]) -> None:
        self._tree = tree
        self._namespace = namespace

    def of(self, name: str | None) -> object:
        """The bounds, or None if the last assignment to this name gave none."""
        node = self._nodes.get(name)
        return None if node is None else self._value(node)

    @cached_property
    def _nodes(self) -> Mapping[str | None, ast.expr | None]:
        return {
            name: _bounds(assignment.value)
            for assignment in _assignments(self._tree.body)
            for name in map(_first_name, assignment.targets)
        }

    def _value(self, node: ast.expr) -> Any:
        match node:
            case ast.Constant(value=int() | float() | None as value):
                return value
            case ast.UnaryOp(op=ast.USub(), operand=ast.Constant() | ast.Attribute() as operand):
                value = self._value(operand)
                return math.nan if value is None else -value
            case ast.Tuple(elts=items) | ast.List(elts=items):
                return [self._value(item) for item in items]
            case ast.Name(id=name):
                return self._variable(name)
            case ast.Attribute(value=ast.Name(id=name), attr="inf"):
                return math.inf if type(self._namespace.get(name)) is ModuleType else math.nan
        return math.nan

    def _variable(self, name: str) -> object:
        value = self._namespace.get(name, math.nan)
        known = type(value) in _READABLE or library_of(type(value)) in ("numpy", "scipy")
        return value if known else math.nan


def _bounds(node: ast.expr) -> ast.expr | None:
    keywords = node.keywords if isinstance(node, ast.Call) else ()
    return next((keyword.value for keyword in keywords if keyword.arg == "bounds"), None)


def _first_name(target: ast.expr) -> str | None:
    """The variable itself, or the first of several."""
    if isinstance(target, ast.Tuple | ast.List) and target.elts:
        target = target.elts[0]
    return target.id if isinstance(target, ast.Name) else None


def _assignments(statements: Iterable[ast.AST]) -> Iterator[ast.Assign]:
    """In the order of the source, those of functions and classes left out."""
    for statement in statements:
        if isinstance(statement, ast.Assign):
            yield statement
        elif not isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            for block in _BLOCKS:
                held = getattr(statement, block, ())
                yield from _assignments(held if isinstance(held, list) else ())
