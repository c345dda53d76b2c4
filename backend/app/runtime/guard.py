"""What holds a cell to a mode that allows less than Python does, as the runtime knows it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from importlib import import_module
from types import CodeType
from typing import Any, Protocol

GUARD_MARK = "guarded "
"""How names of guards begin in compiled code; the blank keeps source from spelling one."""


class Guard(Protocol):
    """The rules for one execution."""

    builtins: dict[str, Any]
    """Python's own names, as the cell is to find them."""

    def restrict(self, tree: ast.Module, filename: str) -> ast.Module:
        """The tree with guards in it.

        Raises:
            PolicyError: the mode does not allow it.
        """
        ...

    def judge(self, event: str, args: tuple[Any, ...]) -> None:
        """Look at an audit event of the cell.

        Raises:
            PermissionError: the mode does not allow what is about to happen.
        """
        ...


class PolicyError(SyntaxError):
    """The code is Python, but its execution mode does not allow it; nothing of it has run."""


def bring_guards(code: CodeType) -> None:
    """See to it that code compiled under guards finds them, in whichever process it is loaded."""
    if any(map(is_guarded, _codes(code))):
        import_module("..policy.builtins", __package__).install()


def is_guarded(code: CodeType) -> bool:
    """Whether guards are called by the code itself, apart from the functions in it."""
    return GUARD_MARK in "\n".join(code.co_names)


def _codes(code: CodeType) -> Iterator[CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _codes(constant)
