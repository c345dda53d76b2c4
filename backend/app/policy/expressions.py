"""Expressions that libraries read from text: the queries of pandas, the formulas of models."""

from __future__ import annotations

import ast
import io
import tokenize
from collections.abc import Iterable, Iterator
from importlib import import_module
from typing import Any

from .refusal import refuse

_LOCAL = "local_variable_"
_COLUMN = "column"

_OPERATIONS = (
    ast.Expression, ast.Module, ast.Expr, ast.BoolOp, ast.And, ast.Or, ast.BinOp, ast.UnaryOp,
    ast.Compare, ast.operator, ast.unaryop, ast.cmpop, ast.Constant, ast.Name, ast.Load, ast.List,
    ast.Tuple, ast.keyword,
)  # fmt: skip
_MATH = frozenset(
    """
    sin cos tan arcsin arccos arctan arctan2 sinh cosh tanh arcsinh arccosh arctanh exp expm1 log
    log1p log10 log2 sqrt abs absolute square power sign floor ceil round where maximum minimum
    cbrt reciprocal clip isnan isfinite
    """.split()
)
_FORMULA_FUNCTIONS = _MATH | frozenset(
    "C I Q Treatment Sum Poly Helmert Diff bs cr cc te center standardize scale".split()
)
_FIELDS = frozenset(
    """
    str dt year month day hour minute second date time quarter dayofweek day_of_week dayofyear
    weekday days seconds index
    """.split()
)
_METHODS = frozenset(
    """
    contains startswith endswith match fullmatch len lower upper strip title isalpha isdigit isin
    isna isnull notna notnull between abs sum mean median std var min max quantile count nunique
    fillna astype round shift diff rank cumsum year day_name month_name normalize floor
    """.split()
)
COMPUTING = _MATH | _FIELDS | _METHODS
"""Attributes of columns, and functions of NumPy, that text may name."""


def check_query(text: Any) -> None:
    """Refuse a query that does more than compare and compute.

    Variables of the notebook (`@name`) may be compared with, not called or looked into.

    Raises:
        ReadOnlyError: it does more, or cannot be read.
    """
    tree = _parsed(text, _without_signs, "query", mode="exec")
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign):
            allowed = all(isinstance(target, ast.Name) for target in node.targets)
        elif isinstance(node, ast.Call):
            allowed = _is_query_call(node.func)
        elif isinstance(node, ast.Attribute):
            allowed = node.attr in _FIELDS | _METHODS and not _is_local(node.value)
        else:
            allowed = isinstance(node, (*_OPERATIONS, ast.Store)) and _is_public(node)
        if not allowed:
            raise refuse(f"{ast.unparse(node)!r} in the query {text!r}")


def check_formula(text: Any) -> None:
    """Refuse a formula that does more than name columns and transform them.

    Raises:
        ReadOnlyError: it does more, or cannot be read.
    """
    tree = _parsed(text, _as_python, "formula", mode="eval")
    functions = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    modules = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    for node in ast.walk(tree):
        if id(node) in functions:
            allowed = _is_formula_function(node)
        elif id(node) in modules:
            allowed = isinstance(node, ast.Name)
        else:
            allowed = isinstance(node, (*_OPERATIONS, ast.Call)) and _is_public(node)
        if not allowed:
            raise refuse(f"{ast.unparse(node)!r} in the formula {text!r}")


def _is_query_call(function: ast.expr) -> bool:
    if isinstance(function, ast.Name):
        return function.id in _MATH
    return isinstance(function, ast.Attribute) and function.attr in _METHODS


def _is_formula_function(function: ast.AST) -> bool:
    if isinstance(function, ast.Name):
        return function.id in _FORMULA_FUNCTIONS
    if not isinstance(function, ast.Attribute) or function.attr not in _MATH:
        return False
    return isinstance(function.value, ast.Name) and function.value.id in ("np", "numpy")


def _is_public(node: ast.AST) -> bool:
    return not (isinstance(node, ast.Name) and node.id.startswith("__"))


def _is_local(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id.startswith(_LOCAL)


def _parsed(text: Any, read: Any, what: str, *, mode: str) -> ast.AST:
    if type(text) is not str:
        raise refuse(f"A {what} that is no text")
    try:
        return ast.parse(tokenize.untokenize(read(text)).strip(), mode=mode)
    except (SyntaxError, ValueError, RecursionError, MemoryError, tokenize.TokenError):
        raise refuse(f"A {what} that cannot be read ({text!r})") from None


def _without_signs(text: str) -> Iterator[tuple[int, str]]:
    """The tokens of a query with names in place of columns in backticks and of `@name`."""
    parsing = import_module("pandas.core.computation.parsing")
    lines = [line.strip() for line in text.splitlines()]
    for kind, token in parsing.tokenize_string("\n".join(line for line in lines if line)):
        if kind == parsing.BACKTICK_QUOTED_STRING:
            yield tokenize.NAME, _COLUMN
        elif token == "@":
            yield tokenize.OP, _LOCAL
        elif kind == tokenize.OP and token in ("&", "|"):
            yield kind, token
        else:
            yield kind, token


def _as_python(text: str) -> Iterable[tuple[int, str]]:
    """The tokens of a formula with an operator of Python's in place of `~` and `:`."""
    tokens = tokenize.generate_tokens(io.StringIO(text.strip()).readline)
    for place, token in enumerate(tokens):
        if token.string in ("~", ":") and token.type == tokenize.OP:
            yield tokenize.OP, "|" if place else "+"
        else:
            yield token.type, token.string
