"""What an expression stands for, found in the live namespace without running it."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Mapping, Sequence
from typing import Any

from .columns import column, columns
from .live import MISSING, Found, found, is_class, item, member
from .tokens import Token, quiet, scan

MOST = 10_000
"""Characters of an expression that is looked at."""

_DISPLAYS: dict[type[ast.expr], type] = {
    ast.List: list,
    ast.ListComp: list,
    ast.Tuple: tuple,
    ast.Dict: dict,
    ast.DictComp: dict,
    ast.Set: set,
    ast.SetComp: set,
    ast.JoinedStr: str,
}


def evaluate(
    expression: str, namespace: Mapping[str, Any], assigned: Mapping[str, str] | None = None
) -> Found | None:
    """What `a.b["c"][0]` is; None where that would take running something.

    Args:
        expression: source text.
        namespace: the live names.
        assigned: names that the unfinished cell binds itself, see `assignments`.
    """
    if not expression or len(expression) > MOST:
        return None
    try:
        tree = ast.parse(quiet(expression, scan(expression)).strip(), mode="eval")
        return _Walk(namespace, assigned or {}).value(tree.body)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def assignments(tokens: Sequence[Token]) -> dict[str, str]:
    """The source of what each name is last bound to by `name = …` in code that has not run."""
    bound: dict[str, str] = {}
    line: list[Token] = []
    for token in tokens:
        if token.kind != "newline":
            line.append(token)
            continue
        if len(line) > 2 and line[0].kind == "name" and line[1].text == "=":
            bound[line[0].text] = " ".join(each.text for each in line[2:] if each.kind != "comment")
        line = []
    return bound


class _Walk:
    def __init__(self, namespace: Mapping[str, Any], assigned: Mapping[str, str]) -> None:
        self._namespace = namespace
        self._assigned = assigned

    def value(self, node: ast.expr) -> Found | None:
        match node:
            case ast.Name(id=name):
                return self._name(name)
            case ast.Attribute(value=of, attr=name):
                return self._attribute(self.value(of), name)
            case ast.Subscript(value=of, slice=key):
                return self._item(self.value(of), key)
            case ast.Call(func=function):
                return self._instance(self.value(function))
            case ast.Constant(value=constant):
                return found(constant)
        made = _DISPLAYS.get(type(node))
        return None if made is None else Found(made)

    def _name(self, name: str) -> Found | None:
        if name in self._assigned:
            others = {each: code for each, code in self._assigned.items() if each != name}
            made = evaluate(self._assigned[name], self._namespace, others)
            if made is not None:
                return made
        value = self._namespace.get(name, MISSING)
        if value is MISSING:
            value = vars(builtins).get(name, MISSING)
        return None if value is MISSING else found(value)

    def _attribute(self, of: Found | None, name: str) -> Found | None:
        if of is None:
            return None
        known = member(of, name)
        return column(of) if known is None and name in columns(of) else known

    def _item(self, of: Found | None, key: ast.expr) -> Found | None:
        if of is None or not of.is_known:
            return None
        constant = _constant(key)
        if constant is None:
            return None
        if type(constant) is str and constant in columns(of):
            return column(of)
        return item(of, constant)

    def _instance(self, of: Found | None) -> Found | None:
        """What a call of a class makes; what a function gives back is the analyser's business."""
        if of is None or not is_class(of.value) or type(of.value) is not type:
            return None
        return None if of.value is type else Found(of.value)


def _constant(node: ast.expr) -> str | int | None:
    match node:
        case ast.Constant(value=str() | int() as value):
            return value
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() as value)):
            return -value
    return None
