"""Annotations: what is a type and no more, also where it is written as text."""

from __future__ import annotations

import ast

from . import vocabulary

_PARTS = (
    ast.Name, ast.Attribute, ast.Subscript, ast.Tuple, ast.List, ast.BinOp, ast.BitOr, ast.Constant,
    ast.Load, ast.Starred, ast.Expression,
)  # fmt: skip


def is_plain_annotation(node: ast.expr, *, as_text: bool) -> bool:
    """Whether whoever evaluates the annotation, or text in it, does no more than name types.

    Args:
        as_text: whether the whole annotation is kept as text.
    """
    constants = (part.value for part in ast.walk(node) if isinstance(part, ast.Constant))
    texts = [value for value in constants if isinstance(value, str)]
    return all(map(_names_types, texts)) and (not as_text or _is_plain(node))


def _names_types(text: str) -> bool:
    try:
        return _is_plain(ast.parse(text, mode="eval"))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return True  # nobody can evaluate it: the words of a `Literal`, a description


def _is_plain(tree: ast.AST) -> bool:
    return all(isinstance(part, _PARTS) and _is_public(part) for part in ast.walk(tree))


def _is_public(node: ast.AST) -> bool:
    name = getattr(node, "attr", None) or getattr(node, "id", None) or ""
    return not str(name).startswith("_") and name not in vocabulary.UNBINDABLE
