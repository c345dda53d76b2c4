"""Which global names a cell binds, changes in place or mentions, read off its tree and code."""

from __future__ import annotations

import ast
import dis
from collections.abc import Iterable, Iterator, Mapping
from types import CodeType, FunctionType

_BINDING = frozenset(dis.opmap[name] for name in ("STORE_NAME", "DELETE_NAME"))
_EXTENDED_ARG = dis.opmap["EXTENDED_ARG"]

DYNAMIC = frozenset({"exec", "eval", "globals", "vars", "locals", "setattr"})
"""Functions by which code gets at variables that it does not name."""

_WRITING = frozenset({"update", "replace_column"})
"""Methods of tables that set values in place, whatever their arguments."""

_MOST_FUNCTIONS = 1000
"""How many functions are followed through their calls."""


def bound_names(code: CodeType) -> set[str]:
    """Names that the cell's own top level may bind or delete.

    Read off the code units, which is fifteen times as fast as walking the tree and knows scopes.
    """
    names = code.co_names
    return {names[argument] for operation, argument in instructions(code) if operation in _BINDING}


def instructions(code: CodeType) -> Iterator[tuple[int, int]]:
    """Each operation of the code with its argument, as the compiler wrote them.

    A code unit (CPython) is two bytes, an operation and its argument; longer arguments have their
    upper bytes in operations of their own before it. Space for the interpreter's caches comes as
    operations that do nothing.
    """
    units = code.co_code
    extended = 0
    for operation, argument in zip(units[::2], units[1::2], strict=True):
        if operation == _EXTENDED_ARG:
            extended = (extended | argument) << 8
        else:
            yield operation, extended | argument
            extended = 0


def mutated_names(tree: ast.Module) -> frozenset[str]:
    """Names whose object code anywhere in the cell is written to change in place.

    Those at the root of an assignment to an item or attribute, of an augmented assignment, and of
    a call of a method that is told `inplace` or sets values by its nature.
    """
    targets = filter(None, map(_changed_in_place, ast.walk(tree)))
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


def _changed_in_place(node: ast.AST) -> ast.expr | None:
    if isinstance(node, ast.Subscript | ast.Attribute):
        return None if isinstance(node.ctx, ast.Load) else node
    if isinstance(node, ast.AugAssign):
        return node.target
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return node.func if node.func.attr in _WRITING or _is_in_place(node) else None
    return None


def _is_in_place(call: ast.Call) -> bool:
    """Whether it has the argument `inplace`, other than a plain False."""
    given = (keyword.value for keyword in call.keywords if keyword.arg == "inplace")
    return any(not (isinstance(v, ast.Constant) and v.value is False) for v in given)


def _root(node: ast.expr) -> ast.expr:
    while isinstance(node, ast.Subscript | ast.Attribute):
        node = node.value
    return node
