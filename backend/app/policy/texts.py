"""Text that libraries compile while READ_ONLY code runs: formulas, queries, generated methods.

What they generate themselves calls what is its own, and what a cell has them evaluate computes. So
text may call its own names and plain functions, and read no more than that; wherever it came from,
it then does not lead to what the guards of the cell keep from it.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator
from types import FrameType
from typing import Any

from ..runtime.own_account import on_own_account
from . import vocabulary
from .expressions import COMPUTING
from .refusal import refuse

_PARSERS = ("/ast.py",)
"""Files that compile for those who call them."""
_SAFE = frozenset({"dataclasses", "jinja2"})
"""Libraries into whose text no cell can put anything: its names are looked at before."""
_READING = frozenset({"traceback"})
"""Libraries that take source lines apart, to mark a place in them, and run nothing of them."""
_DECLARING = ("/typing.py", "/annotationlib.py")
"""Files that compile names of types, without a call."""


def check_text(text: Any, frame: FrameType) -> None:
    """Refuse text that does more than compute and call its own.

    Args:
        text: what is to be compiled, as text, bytes or a tree.
        frame: of who compiles it.

    Raises:
        ReadOnlyError: it does more.
    """
    frame = _on_behalf_of(frame)
    home = str(frame.f_globals.get("__name__", "")).partition(".")[0]
    tree = None if home in _SAFE | _READING else _parsed(text)
    if tree is None:
        return  # the compiler will say itself what is no Python
    bound = frozenset(_parameters(tree))
    declares = frame.f_code.co_filename.endswith(_DECLARING) and not any(_calls(tree))
    for node in ast.walk(tree):
        if not (_is_harmless(node, bound, home) or (declares and _is_public(node))):
            raise refuse(f"{ast.unparse(node)[:100]!r} in text that {home!r} evaluates")


def compiler(frame: FrameType) -> str:
    """The file on whose behalf something is compiled."""
    file = frame.f_code.co_filename
    if file.endswith(_PARSERS) and frame.f_back is not None:
        return frame.f_back.f_code.co_filename
    return file


def _on_behalf_of(frame: FrameType) -> FrameType:
    caller = frame.f_back
    if frame.f_code.co_filename.endswith(_PARSERS) and caller is not None:
        return caller
    return frame


def _parsed(text: Any) -> ast.AST | None:
    if isinstance(text, ast.AST):
        return text
    try:
        tree: ast.AST = on_own_account(lambda: ast.parse(text))
    except (SyntaxError, ValueError, TypeError, RecursionError, MemoryError):
        return None
    return tree


def _parameters(tree: ast.AST) -> Iterator[str]:
    """Of functions that are defined in the text: what their library will call them with."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            yield from (each.arg for each in ast.walk(node.args) if isinstance(each, ast.arg))


def _calls(tree: ast.AST) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def _is_harmless(node: ast.AST, bound: frozenset[str], home: str) -> bool:
    if isinstance(node, ast.Name):
        return node.id in bound or _is_harmless_name(node.id)
    if isinstance(node, ast.Attribute):
        return _is_public(node) and (node.attr in COMPUTING or _root(node) in bound)
    if isinstance(node, ast.Call):
        return isinstance(node.func, ast.Name | ast.Attribute)
    if isinstance(node, ast.ImportFrom):
        return (node.module or "").partition(".")[0] == home
    return not isinstance(node, ast.Import)


def _is_harmless_name(name: str) -> bool:
    """Whether it is one of the cell's builtins, or nothing that Python itself has."""
    return name in vocabulary.PLAIN_BUILTINS or not hasattr(builtins, name)


def _is_public(node: ast.AST) -> bool:
    return not isinstance(node, ast.Attribute) or vocabulary.may_read_attribute(node.attr)


def _root(node: ast.expr) -> str:
    """The variable that a chain of attributes, items and calls begins with."""
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Call):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else ""
