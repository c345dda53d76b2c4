"""A cell's source as a tree: IPython's syntax is read as IPython reads it."""

from __future__ import annotations

import ast
import string
from collections.abc import Iterator
from functools import cache
from typing import Any

from ...runtime.ipython.syntax import fits_in_memory, may_be_ipython

_MOST = 1_000_000
"""Characters of source that are read."""


def tree_of(source: str) -> ast.Module | None:
    """The cell as Python; None where it is none, also not for IPython."""
    if len(source) > _MOST:
        return None
    tree = _parsed(source)
    if tree is None and may_be_ipython(source, ()) and fits_in_memory(source):
        return _parsed(_transformed(source))
    return tree


def _parsed(source: str) -> ast.Module | None:
    try:
        return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _transformed(source: str) -> str:
    try:
        python: str = _transformer().transform_cell(source)
    except SyntaxError:
        return source
    return python


@cache
def _transformer() -> Any:
    from IPython.core.inputtransformer2 import TransformerManager

    return TransformerManager()  # type: ignore[no-untyped-call]


def statement_of_magic(line: str) -> str:
    """What a magic is to run, without the options before it: `-n 10 f(x)`."""
    words = line.split(" ")
    while words and (not words[0] or words[0].startswith("-")):
        option = words.pop(0)
        if option.startswith("-") and len(option) == 2 and words and words[0].isdecimal():
            words.pop(0)
    return " ".join(words)


def expansions(command: str) -> Iterator[str]:
    """Python expressions that IPython puts into a command before it is run: `{x + 1}`, `$x`."""
    try:
        fields = [field for _, field, _, _ in string.Formatter().parse(command) if field]
    except ValueError:
        fields = []
    yield from fields
    for piece in command.split("$")[1:]:
        end = next((n for n, c in enumerate(piece) if not (c.isalnum() or c == "_")), len(piece))
        if piece[:end].isidentifier():
            yield piece[:end]
