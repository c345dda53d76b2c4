"""The scopes of a cell's source: which of its names are the notebook's."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
_INNER = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)

LOCAL = "@"
"""Marks what is no name of the notebook: `name@3` is a variable of the third scope."""


@dataclass
class Scope:
    """Names that are bound in one function, class or comprehension."""

    kind: Literal["function", "class", "comprehension"]
    number: int
    bound: set[str] = field(default_factory=set)
    """Of a class those bound so far: before, they are the notebook's there."""
    declared: set[str] = field(default_factory=set)
    """By `global`."""


class Scopes:
    """The scopes that a place in the source is in, the notebook's own not counted."""

    def __init__(self) -> None:
        self.open: list[Scope] = []
        self._count = 0

    def enter(self, kind: Literal["function", "class", "comprehension"]) -> Scope:
        """Go into a scope; to be taken from `open` when it ends."""
        self._count += 1
        self.open.append(Scope(kind, self._count))
        return self.open[-1]

    def key(self, name: str) -> str:
        """A name as it is known outside of its scope: one of the notebook's is itself."""
        for depth, scope in enumerate(reversed(self.open)):
            if scope.kind == "class" and depth:
                continue
            if name in scope.declared:
                return name
            if name in scope.bound:
                return f"{name}{LOCAL}{scope.number}"
        return name

    def bind(self, name: str) -> str:
        """The key of a name that is bound here."""
        if self.open and self.open[-1].kind == "class" and name not in self.open[-1].declared:
            self.open[-1].bound.add(name)
        return self.key(name)


def parameters(arguments: ast.arguments) -> Iterator[ast.arg]:
    """All of a function's parameters."""
    yield from (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)
    yield from filter(None, (arguments.vararg, arguments.kwarg))


def with_default(arguments: ast.arguments) -> Iterator[tuple[str, ast.expr]]:
    """Parameters that have a default value, with it."""
    plain = (*arguments.posonlyargs, *arguments.args)
    first = len(plain) - len(arguments.defaults)
    for parameter, value in zip(plain[first:], arguments.defaults, strict=True):
        yield parameter.arg, value
    for parameter, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        if default is not None:
            yield parameter.arg, default


def bound_in(function: Function, scope: Scope) -> None:
    """Note the names that a function binds: its parameters, and what its body assigns."""
    for parameter in parameters(function.args):
        scope.bound.add(parameter.arg)
    body = [function.body] if isinstance(function, ast.Lambda) else function.body
    outer: set[str] = set()
    for node in (n for each in body for n in _own_nodes(each)):
        if isinstance(node, ast.Global):
            scope.declared.update(node.names)
        elif isinstance(node, ast.Nonlocal):
            outer.update(node.names)
        scope.bound.update(binding_names(node))
    scope.bound -= scope.declared | outer


def binding_names(node: ast.AST) -> Iterator[str]:
    """Names that this node itself binds or deletes."""
    if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
        yield node.id
    elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield node.name
    elif isinstance(node, ast.Import | ast.ImportFrom):
        yield from (imported_name(alias) for alias in node.names)
    elif isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and node.name:
        yield node.name
    elif isinstance(node, ast.MatchMapping) and node.rest:
        yield node.rest


def imported_name(alias: ast.alias) -> str:
    """What an import binds."""
    return alias.asname or alias.name.partition(".")[0]


def _own_nodes(node: ast.AST) -> Iterator[ast.AST]:
    """The node and what is in it, without the insides of functions, classes, comprehensions."""
    yield node
    if isinstance(node, _INNER):
        return
    for child in ast.iter_child_nodes(node):
        if isinstance(node, ast.comprehension) and child is node.target:
            continue
        yield from _own_nodes(child)
