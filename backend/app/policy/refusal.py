"""How a cell is told that its mode does not allow something."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from ..models.session import ExecutionMode
from ..runtime.guard import PolicyError

ALLOWED_BY = ExecutionMode.WRITE_ENABLED.name


class ReadOnlyError(PermissionError):
    """A READ_ONLY cell was about to do what its mode does not allow; it was not done."""


def sentence(what: str, allowed_by: str = f"{ALLOWED_BY} allows it") -> str:
    """What is not allowed, and which mode allows it."""
    return f"{what} is not allowed in {ExecutionMode.READ_ONLY.name}; {allowed_by}."


def refuse(what: str) -> ReadOnlyError:
    """The error to raise."""
    return ReadOnlyError(sentence(what))


def policy_error(refusals: Iterable[tuple[ast.AST, str]], filename: str) -> PolicyError:
    """One error for all that the source may not have: the first in full, the others named."""
    found = sorted(refusals, key=lambda refusal: (_line(refusal[0]), _column(refusal[0])))
    node, what = found[0]
    message = sentence(what[:1].upper() + what[1:])
    if len(found) > 1:
        more = ", ".join(f"line {_line(other)}: {text}" for other, text in found[1:4])
        message += f" And {len(found) - 1} more ({more}{', …' if len(found) > 4 else ''})."
    error = PolicyError(message, (filename, _line(node), _column(node) + 1, None))
    end = getattr(node, "end_col_offset", None)
    if end is not None:
        error.end_lineno, error.end_offset = getattr(node, "end_lineno", None), end + 1
    return error


def _line(node: ast.AST) -> int:
    return getattr(node, "lineno", 1)


def _column(node: ast.AST) -> int:
    """In bytes, as the tree has it."""
    return getattr(node, "col_offset", 0)
